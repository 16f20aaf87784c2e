"""Each setting of a client reaches what it sets, whichever way the client is made."""

import asyncio
import gzip
import time
from abc import abstractmethod
from typing import Any, Protocol

import aiohttp
import pytest

from avepoint_async.client import AvePointClient
from avepoint_async.errors import ServerError
from avepoint_async.exchange.retry import RetryPolicy
from avepoint_async.testing import Emulator, Fault
from tests.conftest import CUSTOMER, TENANT, Serve, new_client


class Make(Protocol):
    """Makes a client of an emulator."""

    @abstractmethod
    def __call__(self, emulator: Emulator, **options: Any) -> AvePointClient:
        """With these settings."""


def from_env(emulator: Emulator, **options: Any) -> AvePointClient:
    """A client whose credential and addresses stand in variables."""
    return AvePointClient.from_env(environ=emulator.settings, **options)


made_both_ways = pytest.mark.parametrize("make", [new_client, from_env])


@made_both_ways
async def test_the_ceiling_on_the_pace(emulator: Emulator, make: Make) -> None:
    """Requests are spaced from the first on, and the pace is told; without a ceiling there is none.

    Of six at twenty a second the last goes a quarter of a second after the first; a late one may
    catch up by 0.02 s.
    """
    async with make(emulator, max_requests_per_second=20) as client:
        assert client.stats.pace == 20
        before = time.monotonic()
        pager = client.protected_users(CUSTOMER, TENANT)
        assert await asyncio.gather(*(pager.count() for _ in range(6))) == [5] * 6
        assert time.monotonic() - before >= 0.2
        assert client.stats.pace == 20
    async with make(emulator) as client:
        assert await client.protected_users(CUSTOMER, TENANT).count() == 5
        assert client.stats.pace is None


@made_both_ways
async def test_the_requests_in_flight(emulator: Emulator, make: Make) -> None:
    """So many are sent, and the others wait."""
    async with make(emulator, concurrency=2) as client:
        emulator.hold()
        pager = client.protected_users(CUSTOMER, TENANT)
        calls = [asyncio.create_task(pager.count()) for _ in range(5)]
        await emulator.arrived(2)
        assert (client.stats.in_flight, client.stats.waiting) == (2, 3)
        emulator.release()
        assert await asyncio.gather(*calls) == [5] * 5
    assert emulator.peak_in_flight == 2


@made_both_ways
async def test_the_number_of_attempts(emulator: Emulator, make: Make) -> None:
    """A call ends where the policy ends it."""
    emulator.script(Fault.status(500), times=None)
    async with make(emulator, retry=RetryPolicy(attempts=2, backoff=0.001)) as client:
        with pytest.raises(ServerError):
            await client.protected_users(CUSTOMER, TENANT).count()
    assert len(emulator.api_requests) == 2


@made_both_ways
async def test_the_session(emulator: Emulator, make: Make) -> None:
    """The caller's own session sends it all."""
    async with (
        aiohttp.ClientSession(headers={"X-Mine": "yes"}) as http,
        make(emulator, session=http) as client,
    ):
        assert await client.protected_users(CUSTOMER, TENANT).count() == 5
    assert [request.headers.get("X-Mine") for request in emulator.requests] == ["yes"] * 2


async def test_bytes_are_counted_unpacked(serve: Serve) -> None:
    """Every answer counts with its whole body as it reads, that of an error included."""
    served = await serve(client={"retry": RetryPolicy(backoff=0.001)})
    page = b'{"data": [], "metadata": {"totalCount": 0}}'
    packed = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    served.emulator.script(
        Fault.status(500, body=b"x" * 1000),
        Fault.body(page),
        Fault.status(200, body=gzip.compress(page), headers=packed),
    )
    assert served.client.stats.received_bytes == 0
    assert await served.users().collect() == []
    assert served.client.stats.received_bytes == 1000 + len(page)
    assert await served.users().collect() == []
    assert served.client.stats.received_bytes == 1000 + 2 * len(page)
