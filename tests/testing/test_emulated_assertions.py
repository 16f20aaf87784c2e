"""Client assertions: accepted only if everything about them is right."""

import base64
import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import attrs
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from avepoint_async.testing import USERS_SCOPE, Emulator, Fleet, Tokens
from tests.testing.raw import Raw, Reply, talking_to

NOW = 1_800_000_000.0
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def certificate_for(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """A certificate that the key's owner signed for itself."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "emulated")])
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7).not_valid_before(start)
    return builder.not_valid_after(start + dt.timedelta(days=3650)).sign(key, SHA256())


KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CERTIFICATE = certificate_for(KEY)
FINGERPRINT = CERTIFICATE.fingerprint(SHA1())
TOKENS = Tokens(certificate=CERTIFICATE.public_bytes(Encoding.PEM))


def b64(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


HEADER: dict[str, Any] = {"alg": "RS256", "kid": FINGERPRINT.hex().upper(), "x5t": b64(FINGERPRINT)}


@attrs.define
class Signer:
    """Makes assertions for one emulator."""

    raw: Raw
    made: int = 0

    def assertion(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        """A right assertion, but for what is replaced; None takes a member away."""
        self.made += 1
        right = {
            "iss": "emulated-client",
            "sub": "emulated-client",
            "aud": self.raw.emulator.environment.token_url,
            "iat": NOW,
            "exp": NOW + 300,
            "jti": f"number {self.made}",
        }
        parts = [
            b64(json.dumps({k: v for k, v in (a | dict(b)).items() if v is not None}).encode())
            for a, b in ((HEADER, header), (right, claims))
        ]
        signed = ".".join(parts)
        return f"{signed}.{b64(KEY.sign(signed.encode(), PKCS1v15(), SHA256()))}"

    async def send(self, assertion: str, **changes: str) -> Reply:
        """A token request with this assertion."""
        form = {
            "grant_type": "client_credentials",
            "client_id": "emulated-client",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
            "scope": USERS_SCOPE,
        }
        return await self.raw.token({**form, **changes})

    async def try_with(
        self, header: Mapping[str, Any] | None = None, claims: Mapping[str, Any] | None = None
    ) -> Reply:
        """A token request with an assertion that differs from a right one as told."""
        return await self.send(self.assertion(header or {}, claims or {}))


def emulator(tokens: Tokens = TOKENS) -> Emulator:
    """An emulator whose wall clock stands still."""
    return Emulator(fleet=Fleet.of({("c1", "t1"): 1}), tokens=tokens, wall_clock=lambda: NOW)


async def test_a_right_assertion_gets_a_token_that_works() -> None:
    """RS256, the parties, the times, a fresh jti and both thumbprints: accepted."""
    async with talking_to(emulator()) as raw:
        reply = await Signer(raw).try_with()
        assert reply.status == 200
        assert (await raw.users(("c1", "t1"), bearer=reply.json["access_token"])).status == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "list"},
        {"iat": NOW + 50},
        {"iat": NOW - 200, "exp": NOW + 300},
        {"iat": None},
        {"nbf": NOW + 50},
    ],
    ids=str,
)
async def test_what_is_unusual_but_right_is_accepted(claims: dict[str, Any]) -> None:
    """An audience in a list, a clock a little ahead, a backdated or absent iat pass."""
    async with talking_to(emulator()) as raw:
        if "aud" in claims:
            claims = {"aud": [raw.emulator.environment.token_url]}
        assert (await Signer(raw).try_with(claims=claims)).status == 200


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "RS512"},
        {"kid": None},
        {"kid": FINGERPRINT.hex()},
        {"x5t": None},
        {"x5t": b64(FINGERPRINT) + "="},
    ],
    ids=["no algorithm", "RS512", "no kid", "kid in lower case", "no x5t", "padded x5t"],
)
async def test_a_wrong_header_is_refused(header: dict[str, Any]) -> None:
    """The algorithm is RS256; kid and x5t are both there and both right."""
    async with talking_to(emulator()) as raw:
        assert (await Signer(raw).try_with(header)).json["error"] == "invalid_client"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "someone-else"},
        {"sub": "someone-else"},
        {"iss": None, "sub": None},
        {"aud": "https://elsewhere/connect/token"},
        {"aud": None},
        {"exp": None},
        {"exp": str(NOW + 300)},
        {"exp": True},
        {"exp": NOW},
        {"exp": NOW + 601},
        {"iat": NOW - 400, "exp": NOW + 300},
        {"iat": NOW + 61},
        {"iat": "today"},
        {"nbf": NOW + 61},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
    ],
    ids=str,
)
async def test_wrong_claims_are_refused(claims: dict[str, Any]) -> None:
    """Each claim is checked: who, for whom, how long, and a name of its own."""
    async with talking_to(emulator()) as raw:
        reply = await Signer(raw).try_with(claims=claims)
    assert (reply.status, reply.json["error"]) == (400, "invalid_client")


async def test_an_assertion_is_accepted_once() -> None:
    """The same jti again is a replay, in whatever assertion it stands, until that one expires."""
    now = NOW
    held = Emulator(fleet=Fleet.of({}), tokens=TOKENS, wall_clock=lambda: now)
    async with talking_to(held) as raw:
        signer = Signer(raw)
        assertion = signer.assertion({}, {"jti": "once"})
        assert (await signer.send(assertion)).status == 200
        assert (await signer.send(assertion)).json[
            "error_description"
        ] == "The jti was used before."
        now = NOW + 300
        again = signer.assertion({}, {"jti": "once", "iat": now, "exp": now + 10})
        assert (await signer.send(again)).status == 200


async def test_a_refused_assertion_does_not_use_its_jti_up() -> None:
    """Only what was accepted counts as used."""
    async with talking_to(emulator()) as raw:
        signer = Signer(raw)
        assert (await signer.try_with(claims={"jti": "same", "exp": NOW})).status == 400
        assert (await signer.try_with(claims={"jti": "same"})).status == 200


@pytest.mark.parametrize(
    "assertion",
    ["", "one", "one.two", "e30.e30.e30", "W10.W10.W10", "é.é.é", "{}.{}.{}", "AB!C.e30.e30"],
)
async def test_what_is_no_token_is_refused(assertion: str) -> None:
    """Anything but three parts of base64url with JSON objects in them is no assertion."""
    async with talking_to(emulator()) as raw:
        assert (await Signer(raw).send(assertion)).json["error"] == "invalid_client"


@pytest.mark.parametrize("spoilt", ["", "AAAA", "!"])
async def test_a_wrong_signature_is_refused(spoilt: str) -> None:
    """The signature is verified with the registered certificate."""
    async with talking_to(emulator()) as raw:
        signer = Signer(raw)
        signed = signer.assertion({}, {}).rpartition(".")[0]
        assert (await signer.send(f"{signed}.{spoilt}")).json["error"] == "invalid_client"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_assertion_type": "urn:wrong"}, "invalid_client"),
        ({"client_secret": "emulated-secret"}, "invalid_request"),
        ({"client_id": "someone-else"}, "invalid_client"),
    ],
)
async def test_the_form_around_it_is_checked(changes: dict[str, str], error: str) -> None:
    """Its type is named, no secret stands beside it, and the client id agrees."""
    async with talking_to(emulator()) as raw:
        signer = Signer(raw)
        reply = await signer.send(signer.assertion({}, {}), **changes)
    assert reply.json["error"] == error


async def test_without_a_certificate_no_assertion_is_accepted() -> None:
    """A registration with a secret alone does not know any key."""
    async with talking_to(emulator(Tokens())) as raw:
        assert (await Signer(raw).try_with()).json["error"] == "invalid_client"


async def test_a_certificate_without_an_rsa_key_accepts_nothing() -> None:
    """RS256 needs an RSA key."""
    certificate = certificate_for(ec.generate_private_key(ec.SECP256R1()))
    tokens = Tokens(certificate=certificate.public_bytes(Encoding.PEM))
    thumb = certificate.fingerprint(SHA1())
    async with talking_to(emulator(tokens)) as raw:
        header = {"kid": thumb.hex().upper(), "x5t": b64(thumb)}
        assert "no RSA key" in (await Signer(raw).try_with(header)).json["error_description"]
