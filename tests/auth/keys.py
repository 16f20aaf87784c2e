"""Real keys, certificates and files to load them from; each key is made once per run."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs12
from cryptography.x509.oid import NameOID

NOW = 1_790_000_000.0
"""The moment of these tests, in seconds since the epoch."""

PASSWORD = "pässword-öf-the-file"

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def clock() -> float:
    """Stand still at ``NOW``."""
    return NOW


def rsa_key(number: int = 0, *, bits: int = 2048) -> rsa.RSAPrivateKey:
    """The RSA key of this number."""
    return _rsa_key(number, bits)


@cache
def _rsa_key(_: int, bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    """A key on P-256."""
    return ec.generate_private_key(ec.SECP256R1())


def certificate(
    key: Key, *, starts: float = -1.0, ends: float = 365.0, now: float = NOW
) -> x509.Certificate:
    """A self-signed certificate, valid from and until so many days after ``now``."""
    moment = datetime.fromtimestamp(now, UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "avepoint-async")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment + timedelta(days=starts))
        .not_valid_after(moment + timedelta(days=ends))
        .sign(key, hashes.SHA256())
    )


def pem_key(
    key: Key, password: str | None = None, form: PrivateFormat = PrivateFormat.PKCS8
) -> bytes:
    """The private key as PEM."""
    return key.private_bytes(serialization.Encoding.PEM, form, _encryption(password))


def pem(*certificates: x509.Certificate) -> bytes:
    """The certificates as PEM, one after another."""
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates)


def pfx(
    key: Key | None,
    own: x509.Certificate | None,
    chain: Iterable[x509.Certificate] = (),
    password: str | None = PASSWORD,
) -> bytes:
    """A PFX file."""
    return pkcs12.serialize_key_and_certificates(
        b"avepoint-async", key, own, list(chain), _encryption(password)
    )


def _encryption(password: str | None) -> serialization.KeySerializationEncryption:
    if password is None:
        return serialization.NoEncryption()
    return serialization.BestAvailableEncryption(password.encode())
