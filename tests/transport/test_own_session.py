"""What our own aiohttp session is set up for, and what a caller's session may not change."""

import asyncio
from typing import Any

import aiohttp
import pytest
from yarl import URL

from avepoint_async.auth.credentials import ClientSecret
from avepoint_async.auth.environment import Environment
from avepoint_async.client import AvePointClient
from avepoint_async.errors import AuthenticationError, ServerError
from avepoint_async.testing import Emulator, Fault
from tests.conftest import CUSTOMER, TENANT, Serve, new_client
from tests.transport.conftest import QUICK

COOKIE = {"Set-Cookie": "route=backend-7; Path=/"}


async def test_more_than_a_hundred_in_flight(serve: Serve) -> None:
    """The client's bound is the only one: aiohttp's own, a hundred connections, does not hold."""
    served = await serve(client={"concurrency": 150})
    served.emulator.hold()
    calls = [asyncio.create_task(served.users().count()) for _ in range(160)]
    async with asyncio.timeout(60):
        await served.emulator.arrived(150)
    assert served.emulator.in_flight == 150
    assert (served.client.stats.in_flight, served.client.stats.waiting) == (150, 10)
    served.emulator.release()
    assert await asyncio.gather(*calls) == [3] * 160
    assert served.emulator.peak_in_flight == 150


async def test_cookies_are_not_kept(emulator: Emulator) -> None:
    """One that a gateway sets would tie every later request to the same backend."""
    # By name, since aiohttp keeps no cookie of a bare address anyway.
    url = str(URL(emulator.url).with_host("localhost"))
    environment = Environment(graph_url=url, token_url=url + "/connect/token")
    emulator.script(Fault.status(500, headers=COOKIE), Fault.status(500, headers=COOKIE))
    async with AvePointClient(emulator.credential, environment=environment, **QUICK) as client:
        assert await client.protected_users(CUSTOMER, TENANT).count() == 5
    assert len(emulator.api_requests) == 3
    assert [request for request in emulator.requests if "Cookie" in request.headers] == []


async def test_a_refused_credential_is_read_whatever_the_session_raises(emulator: Emulator) -> None:
    """A session that raises for status would hide why, and have a refused secret sent again."""
    wrong = ClientSecret(client_id=emulator.tokens.client_id, client_secret="wrong")
    async with (
        aiohttp.ClientSession(raise_for_status=True) as http,
        AvePointClient(wrong, environment=emulator.environment, session=http, **QUICK) as client,
    ):
        with pytest.raises(AuthenticationError) as caught:
            await client.protected_users(CUSTOMER, TENANT).count()
    assert caught.value.error == "invalid_client"
    assert len(emulator.token_requests) == 1


@pytest.mark.parametrize("kind", ["token", "users"])
async def test_retries_are_ours_whatever_the_session_raises(emulator: Emulator, kind: Any) -> None:
    """Status and Retry-After are read, and the error is ours, with a session that raises."""
    emulator.script(Fault.status(503, retry_after=9_999_999), kind=kind, times=None)
    async with (
        aiohttp.ClientSession(raise_for_status=True) as http,
        new_client(emulator, session=http, **QUICK) as client,
    ):
        with pytest.raises(ServerError) as caught:
            await client.protected_users(CUSTOMER, TENANT).count()
    assert (caught.value.status, caught.value.retry_after) == (503, 9_999_999)
    assert [request.kind for request in emulator.requests].count(kind) == 1


async def test_what_is_sent_says_what_it_is(serve: Serve) -> None:
    """JSON is sent and JSON asked for; the token's form is a form."""
    served = await serve()
    assert await served.users().count() == 3
    sent = [
        (request.kind, request.headers["Content-Type"], request.headers["Accept"])
        for request in served.emulator.requests
    ]
    assert sent == [
        ("token", "application/x-www-form-urlencoded", "application/json"),
        ("users", "application/json", "application/json"),
    ]
