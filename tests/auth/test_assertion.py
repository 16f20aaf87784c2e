"""The assertion, verified as a strict server would: by joserfc and cryptography."""

import base64
import binascii
import hashlib
import re
from pathlib import Path
from urllib.parse import parse_qs

import attrs
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import RSAKey

from avepoint_async.auth.credentials import ClientCertificate
from tests.auth.keys import NOW, certificate, clock, pem, pem_key, rsa_key

TOKEN_URL = "https://identity.example.test/connect/token"
OWN = certificate(rsa_key())


CREDENTIAL = ClientCertificate.from_pem(
    client_id="app", data=pem_key(rsa_key()) + pem(OWN), clock=clock
)


def assertion(credential: ClientCertificate, token_url: str = TOKEN_URL) -> str:
    """The assertion of one token request."""
    return parse_qs(credential.sign(token_url, "grant_type=x").reveal())["client_assertion"][0]


def verified(token: str, key: int = 0) -> jwt.Token:
    """The assertion, if this key has signed it."""
    return jwt.decode(token, RSAKey.import_key(rsa_key(key).public_key()), algorithms=["RS256"])


def test_header_names_the_certificate_in_both_ways() -> None:
    """RS256, with ``kid`` in upper-case hexadecimal and ``x5t`` in base64url, of the one digest."""
    digest = hashlib.sha1(OWN.public_bytes(Encoding.DER)).digest()
    header = verified(assertion(CREDENTIAL)).header
    assert header == {
        "alg": "RS256",
        "typ": "JWT",
        "kid": binascii.hexlify(digest).decode().upper(),
        "x5t": base64.urlsafe_b64encode(digest).decode().rstrip("="),
    }


def test_claims_are_those_of_the_profile() -> None:
    """Issuer and subject are the app, the audience is the token address as it is spelled."""
    address = "https://Identity.example.test:443/connect/token/"
    claims = verified(assertion(CREDENTIAL, address)).claims
    assert re.fullmatch(r"[\w-]{20,}", claims.pop("jti"))
    assert claims == {
        "iss": "app",
        "sub": "app",
        "aud": address,
        "iat": NOW - 60,
        "nbf": NOW - 60,
        "exp": NOW + 240,
    }


@given(seconds=st.floats(-0.9 * 86400, 360 * 86400))
@settings(max_examples=25)
def test_lifetime_and_tolerance_hold_at_any_moment(seconds: float) -> None:
    """Whole seconds; five minutes at most; good for a server a minute behind or three ahead."""
    now = NOW + seconds
    claims = verified(assertion(attrs.evolve(CREDENTIAL, clock=lambda: now))).claims
    assert {type(claims[name]) for name in ("iat", "nbf", "exp")} == {int}
    assert claims["exp"] - claims["iat"] <= 300
    assert claims["iat"] == claims["nbf"] <= now - 60
    assert claims["exp"] >= now + 180


def test_every_attempt_has_a_new_jti_and_a_new_time() -> None:
    """A repeated assertion would be refused as a replay; a late one as expired."""
    moments = iter([NOW, NOW, NOW + 9])
    credential = attrs.evolve(CREDENTIAL, clock=lambda: next(moments))
    claims = [verified(assertion(credential)).claims for _ in "123"]
    assert len({each["jti"] for each in claims}) == 3
    assert [each["iat"] - NOW for each in claims] == [-60, -60, -51]


def test_another_key_does_not_verify_it() -> None:
    """The signature is by the key of the certificate and no other."""
    token = assertion(CREDENTIAL)
    with pytest.raises(BadSignatureError):
        verified(token, key=1)


def test_key_and_certificate_are_read_once(tmp_path: Path) -> None:
    """A file that is gone after construction does no harm."""
    file = tmp_path / "app.pem"
    file.write_bytes(pem_key(rsa_key()) + pem(OWN))
    credential = ClientCertificate.from_pem(client_id="app", path=file, clock=clock)
    key = credential.certificate.key.reveal()
    file.unlink()
    assert verified(assertion(credential)).claims["iss"] == "app"
    assert credential.certificate.key.reveal() is key
