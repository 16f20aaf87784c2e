"""A certificate that signs for us, and the assertion by which it stands in for a secret.

Pure but for the ``jti``. It knows no file: `SigningCertificate` is made by `auth.certificate`.
"""

from base64 import urlsafe_b64encode
from datetime import datetime
from typing import Any

import attrs

from avepoint_async.auth.secret import Secret

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
"""What the token request calls it: RFC 7523, section 2.2."""

LIFETIME = 300
"""Seconds from ``iat`` to ``exp``: what the service allows at most."""

CLOCK_LEAD = 60
"""Seconds that the clock here may run ahead: the assertion is dated back by as much.

So its ``iat`` and ``nbf`` do not lie in the server's future, and the time from ``iat`` to ``exp``
stays within what a strict server counts. A clock that is late still has the other 240 seconds.
"""


@attrs.frozen(kw_only=True)
class SigningCertificate:
    """An RSA key, and the certificate that the service knows it by.

    Attributes:
        key: the private key, parsed once.
        thumbprint: the SHA-1 of the certificate, 40 upper-case hexadecimal digits.
        not_valid_after: the end of its validity, in UTC.
    """

    # A joserfc RSAKey. Its name is not imported: that takes longer than all the rest of us.
    key: Secret[Any] = attrs.field(eq=False)
    thumbprint: str
    not_valid_after: datetime


def sign_assertion(
    certificate: SigningCertificate, *, client_id: str, token_url: str, now: float
) -> str:
    """An RS256 JWT with a new ``jti``, to be sent once.

    Args:
        certificate: the key, and what names its certificate.
        client_id: issuer and subject.
        token_url: the audience.
        now: seconds since the epoch.

    Source: RFC 7523, section 3; AvePoint Graph API, *Use AvePoint Graph API*, for the headers.
    """
    # Imported here, since authlib takes a while. Its stubs leave the types of its arguments open.
    from authlib.oauth2.rfc7523 import (  # noqa: PLC0415
        private_key_jwt_sign,  # pyright: ignore[reportUnknownVariableType] (see the line above)
    )

    issued = int(now) - CLOCK_LEAD
    # authlib's signing function and not its PrivateKeyJWT, which leaves iat and lifetime (3600 s)
    # to itself. Both write jti and alg into the dicts they are given, so these are new each time.
    return private_key_jwt_sign(
        certificate.key.reveal(),
        client_id,
        token_url,
        "RS256",
        {"nbf": issued},
        header={"kid": certificate.thumbprint, "x5t": _x5t(certificate.thumbprint)},
        issued_at=issued,
        expires_at=issued + LIFETIME,
    )


def _x5t(thumbprint: str) -> str:
    """The same digest as base64url without padding (RFC 7515, section 4.1.7)."""
    return urlsafe_b64encode(bytes.fromhex(thumbprint)).rstrip(b"=").decode()
