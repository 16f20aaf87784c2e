"""Cancelled at any moment, a client loses nothing: every slot comes back."""

import asyncio
import random

import attrs

from avepoint_async import TenantRef
from avepoint_async.client import AvePointClient
from avepoint_async.testing import Emulator, Fleet
from tests.conftest import new_client

CANCELLATIONS = 200


@attrs.frozen
class Walks:
    """Walks of a fleet, of one tenant or of several, and their end at a random moment."""

    client: AvePointClient
    tenants: list[TenantRef]
    rng: random.Random

    async def one(self) -> None:
        """Read one tenant, or all of them at once."""
        if self.rng.random() < 0.8:
            tenant = self.rng.choice(self.tenants)
            await self.client.protected_users(tenant, page_size=10).collect()
            return
        async with self.client.protected_users_across(self.tenants, page_size=10) as fleet:
            async for _ in fleet:
                pass

    async def cancelled(self, number: int) -> int:
        """How many of so many walks were cancelled before they were over; the others are over.

        None that was told to end goes on to its own end, and none fails.
        """
        walks = [asyncio.create_task(self.one()) for _ in range(number)]
        told: set[asyncio.Task[None]] = set()
        for each in self.rng.sample(walks, number):
            for _ in range(self.rng.randrange(6)):
                await asyncio.sleep(0)
            if each.cancel():
                told.add(each)
        await asyncio.wait(walks)
        assert {each for each in walks if each.cancelled()} == told
        assert not [each for each in walks if each not in told and each.exception()]
        return len(told)


async def test_cancellations_leave_the_counters_exact() -> None:
    """After hundreds of cancellations at random moments every slot is free, and all are used."""
    async with (
        Emulator(fleet=Fleet.generate(5, 3, largest=30)) as emulator,
        new_client(emulator, concurrency=8) as client,
    ):
        tenants = [TenantRef(*ref) for ref in emulator.fleet.refs()][:4]
        walks = Walks(client, tenants, random.Random(1))
        cancelled = 0
        while cancelled < CANCELLATIONS:
            more = await walks.cancelled(40)
            assert more > 0  # or this would have no end
            cancelled += more
        assert (client.stats.in_flight, client.stats.waiting) == (0, 0)
        await emulator.idle()
        emulator.hold()
        pager = client.protected_users(tenants[0])
        before = len(emulator.api_requests)
        calls = [asyncio.create_task(pager.count()) for _ in range(9)]
        await emulator.arrived(before + 8)
        assert (client.stats.in_flight, client.stats.waiting) == (8, 1)
        emulator.release()
        await asyncio.gather(*calls)
        assert (client.stats.in_flight, client.stats.waiting) == (0, 0)
