"""A client as a stranger would write it, with nothing of the library in it."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import aiohttp
import attrs
from yarl import URL

from avepoint_async.testing import CUSTOMERS_SCOPE, USERS_SCOPE, Emulator

GRANT = {
    "grant_type": "client_credentials",
    "client_id": "emulated-client",
    "client_secret": "emulated-secret",
    "scope": USERS_SCOPE,
}


@attrs.frozen
class Reply:
    """One answer, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)

    @property
    def emails(self) -> list[str]:
        """The addresses on a page of users."""
        return [row["email"] for row in self.json["data"]]


class Raw:
    """Sends what it is told to, right or wrong."""

    def __init__(self, emulator: Emulator, http: aiohttp.ClientSession) -> None:
        self.emulator = emulator
        self.http = http
        self.bearers: dict[str, str] = {}

    async def send(self, method: str, path: str, **options: Any) -> Reply:
        """Any request at all; the path is sent as it is spelled."""
        url = URL(self.emulator.url + path, encoded=True)
        async with self.http.request(method, url, allow_redirects=False, **options) as response:
            return Reply(response.status, response.headers, await response.read())

    async def token(self, form: Mapping[str, str] | None = None, /, **changes: str) -> Reply:
        """A token request; ``changes`` replace members of the right form."""
        return await self.send("POST", "/connect/token", data=form or {**GRANT, **changes})

    async def sign_in(self) -> None:
        """Fetch a token for each scope."""
        for scope in (USERS_SCOPE, CUSTOMERS_SCOPE):
            self.bearers[scope] = (await self.token(scope=scope)).json["access_token"]

    async def users(
        self, ref: tuple[str, str], body: Any = None, *, bearer: str | None = None, **query: object
    ) -> Reply:
        """One page of users/batch."""
        customer, tenant = (quote(each, safe="") for each in ref)
        path = f"customers/{customer}/tenants/{tenant}/cloud-backup-m365/users/batch"
        return await self.batch(path, body, query, bearer or self.bearers[USERS_SCOPE])

    async def customers(
        self, body: Any = None, *, bearer: str | None = None, **query: object
    ) -> Reply:
        """One page of customers/batch."""
        known = bearer or self.bearers[CUSTOMERS_SCOPE]
        return await self.batch("customers/batch", body, query, known)

    async def get(self, path: str, scope: str, **query: object) -> Reply:
        """A GET with a token for this scope; the path follows the prefix that all share."""
        headers = _authorized(await self.bearer(scope))
        return await self.send("GET", _full(path, query), headers=headers)

    async def post(self, path: str, scope: str, body: Any = None, **query: object) -> Reply:
        """A POST of JSON with a token for this scope; the path follows the common prefix."""
        headers = {**_authorized(await self.bearer(scope)), "Content-Type": "application/json"}
        return await self.send("POST", _full(path, query), data=_data(body), headers=headers)

    async def bearer(self, scope: str) -> str:
        """A token for this scope, fetched once."""
        if scope not in self.bearers:
            self.bearers[scope] = (await self.token(scope=scope)).json["access_token"]
        return self.bearers[scope]

    async def batch(self, path: str, body: Any, query: Mapping[str, object], token: str) -> Reply:
        """A POST with a JSON body; bytes are sent as they are."""
        headers = {**_authorized(token), "Content-Type": "application/json"}
        full = _full(f"general/{path}", query)
        return await self.send("POST", full, data=_data(body), headers=headers)


def _authorized(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _data(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()


def _full(path: str, query: Mapping[str, object]) -> str:
    pairs = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in query.items())
    return f"/partner/external/v3/{path}?{pairs}"


@asynccontextmanager
async def talking_to(emulator: Emulator) -> AsyncIterator[Raw]:
    """The emulator running, and a client that has signed in at it."""
    async with emulator, aiohttp.ClientSession() as http:
        raw = Raw(emulator, http)
        await raw.sign_in()
        yield raw
