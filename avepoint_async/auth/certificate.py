"""The certificate that signs assertions: chosen from a file, and checked to be usable now."""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from joserfc.jwk import RSAKey

from avepoint_async.auth.assertion import SigningCertificate
from avepoint_async.auth.certificate_file import CertificateFile, Format
from avepoint_async.auth.secret import Secret

_SMALLEST = 2048  # bits, for RS256: RFC 7518, section 3.3


def choose_certificate(
    file: CertificateFile, *, now: float, form: Format | None = None
) -> SigningCertificate:
    """The key of a file with the certificate that belongs to it.

    Args:
        file: PFX or PEM.
        now: seconds since the epoch.
        form: what the file has to be; None: either.

    Raises:
        ConfigurationError: the file cannot be parsed; there is no RSA key of at least 2048 bits,
            no certificate that belongs to it, or none that is valid now.
    """
    contents = file.parse(form)
    key = _signing_key(file, contents.key)
    moment = datetime.fromtimestamp(now, UTC)
    certificate = _certificate_of(key, file, contents.certificates, moment)
    _require_valid(certificate, file, moment)
    return SigningCertificate(
        key=Secret(RSAKey.import_key(key)),
        # SHA-1 names the certificate here, and protects nothing.
        thumbprint=certificate.fingerprint(hashes.SHA1()).hex().upper(),  # noqa: S303 (see above)
        not_valid_after=certificate.not_valid_after_utc,
    )


def _signing_key(file: CertificateFile, key: PrivateKeyTypes | None) -> RSAPrivateKey:
    if key is None:
        file.refuse("holds no private key: export it together with its private key")
    if not isinstance(key, RSAPrivateKey):
        kind = type(key).__name__.removesuffix("PrivateKey")
        file.refuse(f"holds a key of type {kind}: the service takes RSA keys alone")
    if key.key_size < _SMALLEST:
        problem = f"holds an RSA key of {key.key_size} bits: at least {_SMALLEST} are needed"
        file.refuse(problem)
    return key


def _certificate_of(
    key: RSAPrivateKey,
    file: CertificateFile,
    certificates: tuple[x509.Certificate, ...],
    moment: datetime,
) -> x509.Certificate:
    """The one for this key; of several, as after a renewal, the valid one that lasts longest."""
    if not certificates:
        file.refuse("holds no certificate: add the one that belongs to the key")
    own = [certificate for certificate in certificates if _is_for(key, certificate)]
    if not own:
        problem = "holds a private key and a certificate that do not belong together"
        file.refuse(f"{problem}: put the certificate of this key into it")
    return max(own, key=lambda each: (_has_begun(each, moment), each.not_valid_after_utc))


def _is_for(key: RSAPrivateKey, certificate: x509.Certificate) -> bool:
    try:
        return certificate.public_key() == key.public_key()
    except (UnsupportedAlgorithm, ValueError):
        # A chain certificate with a key that cannot be read here is not ours.
        return False


def _has_begun(certificate: x509.Certificate, moment: datetime) -> bool:
    return certificate.not_valid_before_utc <= moment


def _require_valid(certificate: x509.Certificate, file: CertificateFile, moment: datetime) -> None:
    if not _has_begun(certificate, moment):
        since = f"not valid before {_shown(certificate.not_valid_before_utc)}"
        problem = f"{since}, and the clock here says {_shown(moment)}: wait, or set the clock"
        file.refuse(f"holds a certificate that is {problem}")
    if certificate.not_valid_after_utc < moment:
        until = f"expired on {_shown(certificate.not_valid_after_utc)}"
        problem = f"{until}, and the clock here says {_shown(moment)}: register a new one"
        file.refuse(f"holds a certificate that {problem}")


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
