"""Tokens from a strict OAuth 2.0 server that is not ours: ``oidc-provider`` of the npm registry.

A secret, a PFX and a PEM certificate each walk one list again and again, through several
lifetimes of three seconds. The API behind it asks the server about every bearer, so that a token
used a moment too long is a 401. Nothing is measured; a single 401 is a failure.

Usage: ``interop_oidc.py FOLDER``, where FOLDER holds ``node_modules/oidc-provider``.
"""

import asyncio
import base64
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import attrs
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from avepoint_async import AvePointClient, ClientCertificate, ClientSecret, Environment

LIFETIME = 3
LIFETIMES = 4
SCOPE = "elements.cbprotected.read.all"
API_CLIENT = {"client_id": "the-api", "client_secret": "the-api-secret"}
PASSWORD = b"of the PFX"

Credential = ClientSecret | ClientCertificate


@attrs.frozen
class Certificate:
    """A self-signed certificate in each form that is needed."""

    pem: bytes
    pfx: bytes
    public_key: dict[str, str]


def make_certificate(name: str) -> Certificate:
    """A certificate for an hour, with a key of 2048 bits."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain
    )
    sealed = serialization.BestAvailableEncryption(PASSWORD)
    pfx = pkcs12.serialize_key_and_certificates(name.encode(), key, made, None, sealed)
    numbers = key.public_key().public_numbers()
    thumbprint = made.fingerprint(hashes.SHA1()).hex().upper()
    public = {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e), "kid": thumbprint}
    return Certificate(pem, pfx, public)


def _number(value: int) -> str:
    raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def client_entry(client_id: str, **members: object) -> dict[str, object]:
    """What the server is to know of a client."""
    entry = {"client_id": client_id, "redirect_uris": [], "response_types": []}
    return {**entry, "grant_types": ["client_credentials"], "scope": SCOPE, **members}


@asynccontextmanager
async def provider(folder: Path, clients: list[dict[str, object]]) -> AsyncIterator[str]:
    """The server, for as long as it is needed; gives its address."""
    settings = {"clients": clients, "scopes": [SCOPE], "lifetime": LIFETIME}
    script = Path(__file__).with_name("oidc_provider.mjs")
    process = await asyncio.create_subprocess_exec(
        *("node", str(script), json.dumps(settings)), cwd=folder, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    lines = [line async for line in _until_port(process.stdout)]
    try:
        yield f"http://127.0.0.1:{int(lines[-1])}"
    finally:
        process.terminate()
        await process.wait()


async def _until_port(output: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while line := await output.readline():
        yield line
        if line.strip().isdigit():
            return


class Api:
    """The API behind the server: asks it about every bearer."""

    def __init__(self, identity: str, http: aiohttp.ClientSession) -> None:
        self.statuses: Counter[int] = Counter()
        self.bearers: set[str] = set()
        self._identity = identity
        self._http = http

    async def handle(self, request: web.BaseRequest) -> web.Response:
        """One page of a list of five; 401 to a bearer that is not active."""
        bearer = request.headers["Authorization"].removeprefix("Bearer ")
        form = {"token": bearer, **API_CLIENT}
        async with self._http.post(f"{self._identity}/introspect", data=form) as response:
            active = (await response.json())["active"]
        self.bearers.add(bearer)
        self.statuses[200 if active else 401] += 1
        if not active:
            return web.json_response({"message": "not active"}, status=401)
        index = int(request.query["pageIndex"])
        paging = {"pageIndex": index, "pageSize": 1, "totalCount": 5}
        user: dict[str, object] = {"email": f"user{index}@contoso.com", "moduleStatus": []}
        return web.json_response({"data": [user], "metadata": paging})


@asynccontextmanager
async def serve(api: Api) -> AsyncIterator[str]:
    """The API on a port of its own; gives its address."""
    runner = web.ServerRunner(web.Server(api.handle), shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def walk_for_lifetimes(name: str, credential: Credential, identity: str) -> bool:
    """Walk again and again until several tokens have ended; tells whether no 401 was met."""
    async with aiohttp.ClientSession() as http:
        api = Api(identity, http)
        async with serve(api) as address:
            environment = Environment(graph_url=address, token_url=f"{identity}/connect/token")
            end = time.monotonic() + LIFETIME * LIFETIMES
            async with AvePointClient(credential, environment=environment) as client:
                while time.monotonic() < end:
                    users = await client.protected_users("c", "t", page_size=1).collect()
                    assert len(users) == 5
    requests, refused = sum(api.statuses.values()), api.statuses[401]
    print(f"{name:6} {requests:6} requests, {len(api.bearers)} tokens, {refused} times 401")
    return refused == 0 and len(api.bearers) >= LIFETIMES


async def main(folder: Path) -> int:
    """Walk with each kind of credential at once."""
    pfx, pem = make_certificate("pfx"), make_certificate("pem")
    by_key = {
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "RS256",
    }
    by_secret = {"token_endpoint_auth_method": "client_secret_post"}
    clients = [
        client_entry("by-secret", client_secret="a-secret", **by_secret),
        client_entry("by-pfx", jwks={"keys": [pfx.public_key]}, **by_key),
        client_entry("by-pem", jwks={"keys": [pem.public_key]}, **by_key),
        client_entry(**API_CLIENT, **by_secret),
    ]
    credentials: dict[str, Credential] = {
        "secret": ClientSecret(client_id="by-secret", client_secret="a-secret"),
        "PFX": ClientCertificate.from_pfx(client_id="by-pfx", data=pfx.pfx, password=PASSWORD),
        "PEM": ClientCertificate.from_pem(client_id="by-pem", data=pem.pem),
    }
    async with provider(folder, clients) as identity:
        walks = (walk_for_lifetimes(name, each, identity) for name, each in credentials.items())
        return 0 if all(await asyncio.gather(*walks)) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Path(sys.argv[1]))))
