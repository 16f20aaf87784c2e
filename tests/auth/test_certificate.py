"""Which certificate of a file is taken, and what is said of a file that has none to take."""

from itertools import permutations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat

from avepoint_async.auth.credentials import ClientCertificate
from avepoint_async.errors import ConfigurationError
from tests.auth.keys import PASSWORD, certificate, clock, ec_key, pem, pem_key, pfx, rsa_key

KEY = rsa_key()
OWN = certificate(KEY)
CHAIN = (certificate(rsa_key(1)), certificate(ec_key()))
TRADITIONAL = PrivateFormat.TraditionalOpenSSL


def from_pem(data: bytes, password: str | bytes | None = None) -> ClientCertificate:
    """The credential in a PEM."""
    return ClientCertificate.from_pem(client_id="app", data=data, password=password, clock=clock)


def from_pfx(data: bytes, password: str | bytes | None = PASSWORD) -> ClientCertificate:
    """The credential in a PFX."""
    return ClientCertificate.from_pfx(client_id="app", data=data, password=password, clock=clock)


def thumbprint(own: x509.Certificate) -> str:
    """What names a certificate."""
    return own.fingerprint(hashes.SHA1()).hex().upper()


def named(value: object) -> str:
    """The id of a test case: what it says, and not the content of a file."""
    return value if isinstance(value, str) else type(value).__name__


def exotic() -> x509.Certificate:
    """A chain certificate on a curve that nobody knows."""
    known, unknown = bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("2a8648ce3d03017f")
    der = certificate(ec_key()).public_bytes(Encoding.DER)
    return x509.load_der_x509_certificate(der.replace(known, unknown))


def test_a_pem_may_stand_in_any_order() -> None:
    """The certificate is found by its key, wherever it stands among those of the chain."""
    for order in permutations((pem_key(KEY), pem(OWN), pem(*CHAIN))):
        credential = from_pem(b"Bag Attributes: <none>\r\n".join(order))
        assert credential.thumbprint == thumbprint(OWN)


@pytest.mark.parametrize(
    ("key", "password"),
    [
        (pem_key(KEY), None),
        (pem_key(KEY), ""),
        (pem_key(KEY), b""),
        (pem_key(KEY, form=TRADITIONAL), None),
        (pem_key(KEY, PASSWORD), PASSWORD),
        (pem_key(KEY, PASSWORD), PASSWORD.encode()),
        (pem_key(KEY, PASSWORD, TRADITIONAL), PASSWORD),
        (pem_key(KEY).replace(b"\n", b"\r\n"), None),
    ],
    ids=named,
)
def test_a_pem_key_may_be_encrypted_in_either_form(
    key: bytes, password: str | bytes | None
) -> None:
    """PKCS #8 and the traditional form, in clear and encrypted, with any line ends."""
    assert from_pem(key + pem(OWN), password).thumbprint == thumbprint(OWN)


@pytest.mark.parametrize("file_password", [PASSWORD, None])
def test_a_pfx_may_be_encrypted_and_hold_a_chain(file_password: str | None) -> None:
    """Its own certificate is taken, not one of the chain."""
    data = pfx(KEY, OWN, CHAIN, file_password)
    assert from_pfx(data, file_password).thumbprint == thumbprint(OWN)
    assert from_pfx(data, (file_password or "").encode()).thumbprint == thumbprint(OWN)


def test_of_two_certificates_for_one_key_the_valid_one_that_lasts_is_taken() -> None:
    """After a renewal with the same key, the old one and a future one may stand beside it."""
    renewals = [(-9, -1), (-2, 5), (-1, 9), (3, 99)]
    old, short, long, future = (certificate(KEY, starts=a, ends=b) for a, b in renewals)
    for order in ((old, short, long, future), (future, long, short, old), (long, old)):
        assert from_pem(pem_key(KEY) + pem(*order)).thumbprint == thumbprint(long)


def test_a_chain_certificate_that_cannot_be_understood_does_no_harm() -> None:
    """Only our own has to be readable."""
    assert from_pem(pem_key(KEY) + pem(exotic(), OWN)).thumbprint == thumbprint(OWN)


@pytest.mark.parametrize(
    ("data", "password", "problem"),
    [
        (b"", None, "is empty"),
        (b"\x30", None, "is neither a PEM nor a PFX file"),
        (b"hello", None, "is neither a PEM nor a PFX file"),
        (OWN.public_bytes(Encoding.DER), None, "is neither a PEM nor a PFX file"),
        (b"-----BEGIN CERTIFICATE-----\ncut off", None, "is neither a PEM nor a PFX file"),
        (pem(OWN).replace(b"END", b"END OLD"), None, "is neither a PEM nor a PFX file"),
        (pfx(KEY, OWN), PASSWORD, "is a PFX file: use from_pfx"),
        (b" " * (1 << 20) + pem(OWN), None, "is larger than 1048576 bytes"),
        (pem(OWN), None, "holds no private key"),
        (pem_key(KEY), None, "holds no certificate"),
        (pem_key(KEY) * 2 + pem(OWN), None, "holds 2 private keys"),
        (pem_key(KEY) + pem(*CHAIN), None, "do not belong together"),
        (pem_key(ec_key()) + pem(certificate(ec_key())), None, "a key of type EC: .* RSA"),
        (pem_key(rsa_key(bits=1024)), None, "an RSA key of 1024 bits: at least 2048"),
        (pem_key(KEY, PASSWORD) + pem(OWN), None, "encrypted .* password is missing"),
        (pem_key(KEY, PASSWORD) + pem(OWN), "", "encrypted .* password is missing"),
        (pem_key(KEY, PASSWORD, TRADITIONAL), None, "encrypted .* password is missing"),
        (pem_key(KEY, PASSWORD) + pem(OWN), "wrong", "the password is wrong"),
        (pem_key(KEY, PASSWORD, TRADITIONAL), "wrong", "the password is wrong"),
        (pem_key(KEY) + pem(OWN), "wrong", "is not encrypted: leave the password out"),
        (pem_key(KEY).replace(b"\nMII", b"\nAAA"), None, "has a PRIVATE KEY that cannot be read"),
        (
            pem_key(KEY) + pem(OWN).replace(b"\nMII", b"\nAAA"),
            None,
            "certificate that cannot be read",
        ),
    ],
    ids=named,
)
def test_a_pem_that_does_not_serve_says_why(
    data: bytes, password: str | None, problem: str
) -> None:
    """Each cause has words of its own."""
    with pytest.raises(ConfigurationError, match=f"^certificate data .*{problem}"):
        from_pem(data, password)


@pytest.mark.parametrize(
    ("data", "password", "problem"),
    [
        (b"", PASSWORD, "is empty"),
        (b"hello", PASSWORD, "is neither a PFX nor a PEM file"),
        (OWN.public_bytes(Encoding.DER), PASSWORD, "is neither a PFX nor a PEM file"),
        (pem_key(KEY) + pem(OWN), None, "is a PEM file: use from_pem"),
        (pfx(KEY, OWN), None, "the password is missing"),
        (pfx(KEY, OWN), "", "the password is missing"),
        (pfx(KEY, OWN), "wrong", "the password is wrong"),
        (pfx(KEY, OWN), b"\xff\xfe", "the password is wrong"),
        (pfx(KEY, OWN)[:-9], PASSWORD, "damaged"),
        (pfx(None, OWN), PASSWORD, "holds no private key"),
        (pfx(KEY, None), PASSWORD, "holds no certificate"),
        (pfx(KEY, None, CHAIN), PASSWORD, "do not belong together"),
        (pfx(ec_key(), CHAIN[1]), PASSWORD, "a key of type EC: .* RSA"),
        (pfx(rsa_key(bits=1024), None), PASSWORD, "an RSA key of 1024 bits: at least 2048"),
    ],
    ids=named,
)
def test_a_pfx_that_does_not_serve_says_why(
    data: bytes, password: str | bytes | None, problem: str
) -> None:
    """Each cause has words of its own."""
    with pytest.raises(ConfigurationError, match=f"^certificate data .*{problem}"):
        from_pfx(data, password)


@pytest.mark.parametrize(
    ("starts", "ends", "problem"),
    [
        (-9, -1 / 86400, r"expired on 2026-09-21 14:13:19 UTC, .* says 2026-09-21 14:13:20 UTC"),
        (1 / 86400, 9, r"not valid before 2026-09-21 14:13:21 UTC, .* 2026-09-21 14:13:20 UTC"),
    ],
)
def test_a_certificate_outside_its_validity_says_its_dates(
    starts: float, ends: float, problem: str
) -> None:
    """Expired, or too early: the date is told, and what the clock says."""
    own = certificate(KEY, starts=starts, ends=ends)
    with pytest.raises(ConfigurationError, match=problem):
        from_pem(pem_key(KEY) + pem(own))
    with pytest.raises(ConfigurationError, match=problem):
        from_pfx(pfx(KEY, own))


def test_a_certificate_serves_from_its_first_to_its_last_second() -> None:
    """Both ends of the validity belong to it."""
    own = certificate(KEY, starts=0, ends=0)
    assert from_pem(pem_key(KEY) + pem(own)).thumbprint == thumbprint(own)
