"""Which certificate of a file signs for us, and whether it may."""

from datetime import UTC, datetime

import attrs
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from joserfc.jwk import RSAKey

from avepoint_async.auth.material import Material
from avepoint_async.auth.secret import Secret

_SMALLEST = 2048  # bits, for RS256: RFC 7518, section 3.3


@attrs.frozen(kw_only=True)
class Contents:
    """What a file held, before anything of it is judged; chain certificates may be among it."""

    key: PrivateKeyTypes | None
    certificates: tuple[x509.Certificate, ...]


@attrs.frozen(kw_only=True)
class Identity:
    """An RSA key, and the certificate that the service knows it by.

    Attributes:
        key: the private key, parsed once.
        thumbprint: the SHA-1 of the certificate, 40 upper-case hexadecimal digits.
        not_valid_after: the end of its validity, in UTC.
    """

    key: Secret[RSAKey] = attrs.field(eq=False)
    thumbprint: str
    not_valid_after: datetime


def identify(material: Material, contents: Contents, now: float) -> Identity:
    """The key with the certificate that belongs to it, at ``now`` (seconds since the epoch).

    Raises:
        ConfigurationError: there is no RSA key of at least 2048 bits, no certificate that belongs
            to it, or none that is valid now.
    """
    key = _signing_key(material, contents.key)
    moment = datetime.fromtimestamp(now, UTC)
    certificate = _certificate_of(key, material, contents.certificates, moment)
    _require_valid(certificate, material, moment)
    return Identity(
        key=Secret(RSAKey.import_key(key)),
        # SHA-1 names the certificate here, and protects nothing.
        thumbprint=certificate.fingerprint(hashes.SHA1()).hex().upper(),  # noqa: S303 (see above)
        not_valid_after=certificate.not_valid_after_utc,
    )


def _signing_key(material: Material, key: PrivateKeyTypes | None) -> RSAPrivateKey:
    if key is None:
        material.refuse("holds no private key: export it together with its private key")
    if not isinstance(key, RSAPrivateKey):
        kind = type(key).__name__.removesuffix("PrivateKey")
        material.refuse(f"holds a key of type {kind}: the service takes RSA keys alone")
    if key.key_size < _SMALLEST:
        problem = f"holds an RSA key of {key.key_size} bits: at least {_SMALLEST} are needed"
        material.refuse(problem)
    return key


def _certificate_of(
    key: RSAPrivateKey,
    material: Material,
    certificates: tuple[x509.Certificate, ...],
    moment: datetime,
) -> x509.Certificate:
    """The one for this key; of several, as after a renewal, the valid one that lasts longest."""
    if not certificates:
        material.refuse("holds no certificate: add the one that belongs to the key")
    own = [certificate for certificate in certificates if _is_for(key, certificate)]
    if not own:
        problem = "holds a private key and a certificate that do not belong together"
        material.refuse(f"{problem}: put the certificate of this key into it")
    return max(own, key=lambda each: (_has_begun(each, moment), each.not_valid_after_utc))


def _is_for(key: RSAPrivateKey, certificate: x509.Certificate) -> bool:
    try:
        return certificate.public_key() == key.public_key()
    except (UnsupportedAlgorithm, ValueError):
        # A chain certificate with a key that cannot be read here is not ours.
        return False


def _has_begun(certificate: x509.Certificate, moment: datetime) -> bool:
    return certificate.not_valid_before_utc <= moment


def _require_valid(certificate: x509.Certificate, material: Material, moment: datetime) -> None:
    if not _has_begun(certificate, moment):
        since = f"not valid before {_shown(certificate.not_valid_before_utc)}"
        problem = f"{since}, and the clock here says {_shown(moment)}: wait, or set the clock"
        material.refuse(f"holds a certificate that is {problem}")
    if certificate.not_valid_after_utc < moment:
        until = f"expired on {_shown(certificate.not_valid_after_utc)}"
        problem = f"{until}, and the clock here says {_shown(moment)}: register a new one"
        material.refuse(f"holds a certificate that {problem}")


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
