"""Fleets to fan out over, and what must hold once a fan-out was left."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from typing import Any

import attrs
import pytest

from avepoint_async import ProtectedUser, TenantRef
from avepoint_async.client import AvePointClient
from avepoint_async.exchange.retry import RetryPolicy
from avepoint_async.paging.fanout import FanOut
from avepoint_async.testing import Emulator, Fleet

Answers = dict[TenantRef, list[str]]

QUICK = RetryPolicy(attempts=3, backoff=0.001)


@attrs.frozen
class Site:
    """A client, and an emulator with many tenants."""

    client: AvePointClient
    emulator: Emulator

    @property
    def refs(self) -> list[TenantRef]:
        """Every tenant that the emulator has."""
        return [TenantRef(*ref) for ref in self.emulator.fleet.refs()]

    @property
    def whole(self) -> Answers:
        """The addresses of every tenant's users, in order, as the emulator has them."""
        fleet = self.emulator.fleet
        return {TenantRef(*ref): [user.email for user in fleet.users(ref)] for ref in fleet.refs()}

    @property
    def asked(self) -> list[tuple[str | None, int | None]]:
        """Tenant and page of each request of the API, in order of arrival."""
        return [(each.tenant_id, each.page_index) for each in self.emulator.api_requests]

    def across(self, tenants: Any = None, **options: Any) -> FanOut[ProtectedUser]:
        """A fan-out over these tenants, by default over all."""
        source = self.refs if tenants is None else tenants
        return self.client.protected_users_across(source, **options)

    async def in_flight(self, number: int) -> None:
        """Return once so many requests are held by the emulator."""
        while self.emulator.in_flight < number:
            await self.emulator.arrived(len(self.emulator.api_requests) + 1)

    async def stalled_at(self, number: int) -> None:
        """Check that no more requests than these come while answers are held."""
        for _ in range(20):
            await asyncio.sleep(0)
        assert (self.emulator.in_flight, self.client.stats.in_flight) == (number, number)

    async def stalled(self) -> None:
        """Return once only requests of our own arrive, one after another."""
        own = self.client.protected_users(self.refs[0], page_size=1)
        async with asyncio.timeout(60):
            sent = -1
            while len(self.emulator.api_requests) != sent + 8:
                sent = len(self.emulator.api_requests)
                for _ in range(8):
                    await own.first()

    async def check_left(self) -> None:
        """A fan-out that was left holds no task and no slot, sends nothing, and blocks nobody."""
        assert not strays()
        stats = self.client.stats
        assert (stats.in_flight, stats.waiting) == (0, 0)
        await self.emulator.idle()
        self.emulator.release()
        await self.stalled()
        await self.check_whole()

    async def check_whole(self) -> None:
        """The client asks for everything at full concurrency, and gets it."""
        self.emulator.hold()
        async with self.across() as fleet:
            await self.in_flight(self.concurrency)
            assert self.client.stats.in_flight == self.concurrency
            self.emulator.release()
            assert await emails_of(fleet) == self.whole

    @property
    def concurrency(self) -> int:
        """The client's bound, or fewer where there are not so many tenants."""
        return min(4, len(self.refs))


class Source:
    """A source, of either kind, that tells whether it was closed.

    Attributes:
        log: what happened to it, in order.
        closing: set when it begins to close.
    """

    def __init__(self, site: Site) -> None:
        self.log: list[str] = []
        self.closing = asyncio.Event()
        self._pairs = [(ref.customer_id, ref.tenant_id) for ref in site.refs]

    def plain(self) -> Iterator[tuple[str, str]]:
        """As a generator."""
        try:
            self.log.append("opened")
            yield from self._pairs
        finally:
            self.log.append("closed")

    async def asynchronous(self) -> AsyncIterator[tuple[str, str]]:
        """As an asynchronous generator, which takes its time to close."""
        try:
            self.log.append("opened")
            for pair in self._pairs:
                yield pair
        finally:
            self.closing.set()
            for _ in range(3):
                await asyncio.sleep(0)
            self.log.append("closed")


async def emails_of(fleet: FanOut[ProtectedUser]) -> Answers:
    """Iterate to the end; the addresses of each tenant in the order in which they came."""
    answers: Answers = {tenant: [] for tenant in fleet.outcomes}
    async for tenant, page in fleet.pages():
        answers.setdefault(tenant, []).extend(user.email for user in page.items)
    return answers


async def all_of(fleet: FanOut[ProtectedUser], answers: Answers | None = None) -> Answers:
    """Enter, and iterate to the end; what came is in ``answers`` even if it ends in an error."""
    answers = {} if answers is None else answers
    async with fleet:
        async for tenant, page in fleet.pages():
            answers.setdefault(tenant, []).extend(user.email for user in page.items)
    return answers


# the emulator's side of each connection, and the token, which is the client's own
OTHERS = re.compile("RequestHandler|_accept_connection|avepoint_async token refresh")


def strays() -> list[str]:
    """Tasks that a fan-out left behind, called from the only task of the test."""
    others = map(repr, asyncio.all_tasks() - {asyncio.current_task()})
    return [task for task in others if not OTHERS.search(task)]


ServeFleet = Callable[..., Awaitable[Site]]
"""Starts an emulator with these tenants, and a client of four requests at once for it.

Tenants are given as a fleet, or by the ids of tenants of one customer, or as a number of tenants
of three users. ``client`` is given to the client, the rest to the emulator. The client has learnt
already that a full page which meets the total is the last.
"""


@pytest.fixture
async def serve_fleet() -> AsyncIterator[ServeFleet]:
    """Starts as many as a test asks for; at its end each is closed, client first."""
    async with AsyncExitStack() as stack:

        async def start(
            tenants: Mapping[str, Any] | Fleet | int = 6,
            *,
            client: Mapping[str, Any] | None = None,
            **settings: Any,
        ) -> Site:
            emulator = await stack.enter_async_context(Emulator(fleet=_fleet(tenants), **settings))
            options = {"concurrency": 4, "retry": QUICK, **(client or {})}
            made = AvePointClient(emulator.credential, environment=emulator.environment, **options)
            for _ in range(3):
                made._habits.met_empty_after_full()  # noqa: SLF001  # as three honest lists would
            return Site(await stack.enter_async_context(made), emulator)

        yield start


def _fleet(tenants: Mapping[str, Any] | Fleet | int) -> Fleet:
    if isinstance(tenants, Fleet):
        return tenants
    if isinstance(tenants, int):
        tenants = {f"t{number:03}": 3 for number in range(tenants)}
    return Fleet.of({("c", name): content for name, content in tenants.items()})
