"""A token source with the emulator that it asks, both on a clock of the test's own."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from avepoint_async.auth.credentials import ClientSecret
from avepoint_async.auth.token import AccessToken
from avepoint_async.auth.token_source import TokenSource
from avepoint_async.exchange.connections import Connections
from avepoint_async.exchange.retry import RetryPolicy
from avepoint_async.testing import USERS_SCOPE, Emulator, Fleet

USERS = frozenset({USERS_SCOPE})
QUICK = RetryPolicy(attempts=3, backoff=0.001)


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """The seconds of now."""
        return self.now


def refreshes() -> list["asyncio.Task[object]"]:
    """The refreshes that are under way."""
    return [t for t in asyncio.all_tasks() if t.get_name() == "avepoint_async token refresh"]


class Bench:
    """A token source, the emulator that it asks, and the clock of both."""

    def __init__(self, emulator: Emulator, clock: Clock, http: aiohttp.ClientSession) -> None:
        self.emulator, self.clock, self.http = emulator, clock, http
        self.source = self.made_with(emulator.credential)

    def made_with(self, credential: ClientSecret) -> TokenSource:
        """A token source of this credential."""
        return TokenSource(
            credential=credential,
            token_url=self.emulator.environment.token_url,
            policy=QUICK,
            connections=Connections(self.http),
            clock=self.clock,
        )

    async def settled(self) -> AccessToken:
        """The token, once the refresh that asking for it may have started has ended."""
        await self.source.get(USERS)
        if tasks := refreshes():
            await asyncio.wait(tasks)
        return await self.source.get(USERS)

    @property
    def asked(self) -> int:
        """Token requests so far."""
        return len(self.emulator.token_requests)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """A token source with an emulator whose tokens live an hour."""
    clock = Clock()
    async with (
        Emulator(fleet=Fleet.of({("c", "t"): 1}), clock=clock) as emulator,
        aiohttp.ClientSession() as http,
    ):
        bench = Bench(emulator, clock, http)
        yield bench
        await bench.source.close()
