"""Checks a client assertion as a strict identity service does (RFC 7523, RFC 7515).

The signature is verified with cryptography alone, not with the library that made it.
"""

import base64
import binascii
from collections.abc import Callable
from typing import Any, cast

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509 import Certificate, load_pem_x509_certificate

_LONGEST_LIFE = 600.0
_CLOCK_SKEW = 60.0


class AssertionRefused(Exception):
    """Raised with the reason why an assertion is not accepted."""


class Assertions:
    """Accepts each assertion once, if everything about it is right."""

    def __init__(self, wall_clock: Callable[[], float]) -> None:
        self._wall_clock = wall_clock
        self._seen: dict[str, float] = {}

    def check(
        self, assertion: str, certificate_pem: bytes | None, client_id: str, audience: str
    ) -> None:
        """Let a good assertion pass.

        Raises:
            AssertionRefused: anything about it is wrong, or its ``jti`` came before.
        """
        if certificate_pem is None:
            raise AssertionRefused("No certificate is registered.")
        certificate = load_pem_x509_certificate(certificate_pem)
        signed, _, signature = assertion.rpartition(".")
        first, _, second = signed.partition(".")
        _check_header(_members(first), certificate)
        _check_signature(signed, signature, certificate)
        claims, now = _members(second), self._wall_clock()
        _check_parties(claims, client_id, audience)
        self._refuse_replay(claims, _checked_expiry(claims, now), now)

    def _refuse_replay(self, claims: dict[str, Any], expiry: float, now: float) -> None:
        jti = claims.get("jti")
        if not isinstance(jti, str) or not jti:
            raise AssertionRefused("The assertion has no jti.")
        self._seen = {key: until for key, until in self._seen.items() if until > now}
        if jti in self._seen:
            raise AssertionRefused("The jti was used before.")
        self._seen[jti] = expiry


def _check_header(header: dict[str, Any], certificate: Certificate) -> None:
    fingerprint = certificate.fingerprint(SHA1())  # noqa: S303  the service identifies keys by it
    x5t = base64.urlsafe_b64encode(fingerprint).rstrip(b"=").decode()
    if header.get("alg") != "RS256":
        raise AssertionRefused("The algorithm is not RS256.")
    if header.get("kid") != fingerprint.hex().upper():
        raise AssertionRefused("The kid is not the upper-case hex SHA-1 of the certificate.")
    if header.get("x5t") != x5t:
        raise AssertionRefused("The x5t is not the base64url SHA-1 of the certificate.")


def _check_signature(signed: str, signature: str, certificate: Certificate) -> None:
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise AssertionRefused("The registered certificate has no RSA key.")
    try:
        key.verify(_decoded(signature), signed.encode(), PKCS1v15(), SHA256())
    except InvalidSignature as error:
        raise AssertionRefused("The signature is wrong.") from error


def _check_parties(claims: dict[str, Any], client_id: str, audience: str) -> None:
    if not claims.get("iss") == claims.get("sub") == client_id:
        raise AssertionRefused("The iss and sub must both be the client id.")
    if claims.get("aud") not in (audience, [audience]):
        raise AssertionRefused("The aud is not the token address.")


def _checked_expiry(claims: dict[str, Any], now: float) -> float:
    expiry = _seconds(claims, "exp", None)
    issued = _seconds(claims, "iat", now)
    not_before = _seconds(claims, "nbf", now)
    if expiry <= now:
        raise AssertionRefused("The assertion has expired.")
    if max(issued, not_before) > now + _CLOCK_SKEW:
        raise AssertionRefused("The assertion is from the future.")
    if expiry - min(issued, now) > _LONGEST_LIFE:
        raise AssertionRefused("The assertion lives longer than ten minutes.")
    return expiry


def _seconds(claims: dict[str, Any], name: str, default: float | None) -> float:
    value = claims.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise AssertionRefused(f"The {name} is not a number.")
    return value


def _members(part: str) -> dict[str, Any]:
    try:
        members = msgspec.json.decode(_decoded(part))
    except msgspec.DecodeError:
        members = None
    if not isinstance(members, dict):
        raise AssertionRefused("The assertion is not a JSON Web Token.")
    return cast("dict[str, Any]", members)


def _decoded(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise AssertionRefused("The assertion is not base64url.") from error
