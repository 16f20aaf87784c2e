"""A cancelled ``anext``, or a time-out around one, loses nothing and ends nothing."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from avepoint_async import TenantRef
from avepoint_async.errors import ConfigurationError
from avepoint_async.resources.protected_users import PROTECTED_USERS
from avepoint_async.testing import Fleet
from tests.conftest import CUSTOMER, TENANT, Serve
from tests.fanout.conftest import ServeFleet, Site, serve_fleet

__all__ = ["serve_fleet"]


async def interrupted(iterator: AsyncIterator[Any], rng: random.Random) -> tuple[list[Any], int]:
    """All items, though most ``anext`` are cancelled at a random moment; and how many were."""
    items: list[Any] = []
    cancelled = 0
    while True:
        # The longer it takes, the more time each attempt gets.
        task = asyncio.ensure_future(anext(iterator))
        for _ in range(rng.randrange(4 + cancelled // 3)):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        if task.cancelled():
            cancelled += 1
        elif isinstance(task.exception(), StopAsyncIteration):
            return items, cancelled
        else:
            items.append(task.result())


async def timed_out(iterator: AsyncIterator[Any]) -> None:
    """One ``anext`` whose time is over before its answer can come."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await anext(iterator)


@pytest.fixture
async def site(serve_fleet: ServeFleet) -> Site:
    """Five customers of one tenant each."""
    return await serve_fleet(Fleet.of({(f"c{number}", "t"): 5 for number in range(5)}))


@pytest.mark.parametrize("seed", range(5))
async def test_a_pager_loses_nothing(site: Site, seed: int) -> None:
    """Each item comes once and in order, however often the waiting for it is cancelled."""
    ref = site.refs[0]
    walk = site.client.protected_users(ref, page_size=2).walk()
    items, cancelled = await interrupted(walk, random.Random(seed))
    assert [user.email for user in items] == site.whole[ref]
    assert cancelled > 0
    assert walk.outcome.complete
    assert walk.outcome.items == 5


@pytest.mark.parametrize("seed", range(5))
async def test_a_fan_out_loses_nothing(site: Site, seed: int) -> None:
    """Each page comes once, and in the order of its tenant."""
    async with site.across(page_size=2) as fleet:
        deliveries, cancelled = await interrupted(fleet.pages(), random.Random(seed))
    got: dict[TenantRef, list[str]] = {ref: [] for ref in site.refs}
    for ref, page in deliveries:
        got[ref] += [user.email for user in page.items]
    assert got == site.whole
    assert cancelled > 0
    assert fleet.complete


@pytest.mark.parametrize("seed", range(5))
async def test_discovery_loses_nothing(site: Site, seed: int) -> None:
    """Each tenant comes once."""
    iterator = aiter(site.client.tenants())
    refs, cancelled = await interrupted(iterator, random.Random(seed))
    assert refs == site.refs
    assert cancelled > 0
    assert iterator.outcome.complete


async def test_a_time_out_ends_nothing(site: Site) -> None:
    """The next ``anext`` goes on where the last one was."""
    site.emulator.hold("customers", "users")
    walk = site.client.protected_users(site.refs[0]).walk()
    tenants = aiter(site.client.tenants())
    async with site.across() as fleet:
        items = aiter(fleet)
        for iterator in (walk, tenants, items):
            await asyncio.create_task(timed_out(iterator))
        site.emulator.release()
        assert [user.email async for user in walk] == site.whole[site.refs[0]]
        assert [ref async for ref in tenants] == site.refs
        assert len([item async for item in items]) == 25


async def test_one_task_at_a_time(serve: Serve) -> None:
    """Two that ask one walk at once would tear it; the second is told, and the first goes on."""
    served = await serve(3)
    served.emulator.hold()
    walk = served.client.protected_users(CUSTOMER, TENANT).walk()
    first = asyncio.ensure_future(anext(walk))
    await served.emulator.arrived(1)
    with pytest.raises(ConfigurationError, match="a walk is iterated by one task at a time"):
        await anext(walk)
    served.emulator.release()
    assert [(await first).email, *[user.email async for user in walk]] == served.emails


async def test_a_walk_that_is_closed(serve: Serve) -> None:
    """It ends there, in the middle of a page as between two."""
    served = await serve(5)
    walk = served.users(page_size=2).walk()
    await anext(walk)
    await walk.aclose()
    assert [user async for user in walk] == []
    assert walk.outcome.items == 2
    assert not walk.outcome.complete
    assert walk.outcome.error is None


async def test_pages_of_a_walk_that_was_begun(serve: Serve) -> None:
    """They are those that are still to come."""
    served = await serve(5)
    walk = served.users(page_size=2).walk()
    await anext(walk)
    assert [page.index async for page in walk.pages()] == [2, 3]


async def test_what_a_record_s_own_code_raises_ends_the_walk(serve: Serve) -> None:
    """It comes out as it is, and the page that it concerned is not passed over."""
    served = await serve(5)

    def keep(_user: Any) -> bool:
        message = "the caller's own"
        raise LookupError(message)

    walk = served.client.pager(PROTECTED_USERS, CUSTOMER, TENANT, keep=keep).walk()
    with pytest.raises(LookupError):
        await anext(walk)
    assert [user async for user in walk] == []
    assert not walk.outcome.complete
