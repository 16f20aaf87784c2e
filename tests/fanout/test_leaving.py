"""Left for whatever reason, a fan-out leaves nothing behind."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest

from avepoint_async.errors import AvePointError, ConfigurationError
from avepoint_async.paging.fanout import FanOut
from tests.fanout.conftest import ServeFleet, Site, Source, emails_of, strays

pytestmark = pytest.mark.usefixtures("tidy")


class LeftError(Exception):
    """What the body of an `async with` may raise."""


@pytest.fixture
async def site(serve_fleet: ServeFleet) -> Site:
    """Tenants of one page and of many."""
    return await serve_fleet({f"t{number}": (1, 12)[number % 3 == 0] for number in range(14)})


@pytest.fixture
async def tidy() -> AsyncIterator[None]:
    """After the test no task is left, once client and emulator are closed."""
    yield
    assert not strays()


async def by_break(site: Site, fleet: FanOut[Any]) -> None:
    """Left in the middle of a page."""
    async with fleet:
        await anext(aiter(fleet))


async def by_break_of_pages(site: Site, fleet: FanOut[Any]) -> None:
    """Left between two pages."""
    async with fleet:
        await anext(fleet.pages())


async def by_exception(site: Site, fleet: FanOut[Any]) -> None:
    """Left because the body raised, which is what comes out."""
    error = LeftError()

    async def run() -> None:
        async with fleet:
            await anext(aiter(fleet))
            raise error

    with pytest.raises(LeftError) as caught:
        await run()
    assert caught.value is error


async def unused(site: Site, fleet: FanOut[Any]) -> None:
    """Left without an iteration, while all requests are under way."""
    site.emulator.hold()
    async with fleet:
        await site.in_flight(4)


async def at_once(site: Site, fleet: FanOut[Any]) -> None:
    """Left before any task of it had its turn."""
    async with fleet:
        pass


async def by_cancellation(site: Site, fleet: FanOut[Any]) -> None:
    """Left because the task was cancelled while it waited for a page."""

    async def run() -> None:
        async with fleet:
            await emails_of(fleet)

    site.emulator.hold()
    task = asyncio.create_task(run())
    await site.in_flight(4)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def by_cancellation_while_leaving(site: Site, fleet: FanOut[Any]) -> None:
    """Left, and cancelled in the middle of that: it is left all the same, and then cancelled."""
    leaving = asyncio.Event()

    async def run() -> None:
        async with fleet:
            await site.in_flight(4)
            leaving.set()

    site.emulator.hold()
    task = asyncio.create_task(run())
    await leaving.wait()
    assert not task.done()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def by_time_out(site: Site, fleet: FanOut[Any]) -> None:
    """Left because a time-out of the caller passed."""

    async def run() -> None:
        async with asyncio.timeout(None) as scope, fleet:
            await site.in_flight(4)
            scope.reschedule(0)
            await emails_of(fleet)

    site.emulator.hold()
    with pytest.raises(TimeoutError):
        await run()


async def by_the_end(site: Site, fleet: FanOut[Any]) -> None:
    """Left after the last page."""
    async with fleet:
        assert await emails_of(fleet) == site.whole


LEAVING = {
    way.__name__: way
    for way in (
        by_break,
        by_break_of_pages,
        by_exception,
        unused,
        at_once,
        by_cancellation,
        by_cancellation_while_leaving,
        by_time_out,
        by_the_end,
    )
}


@pytest.mark.parametrize("way", LEAVING)
async def test_nothing_is_left_behind(site: Site, way: str) -> None:
    """No task, slot or request; and the same client works on at full concurrency."""
    await LEAVING[way](site, site.across(page_size=2))
    await site.check_left()


@pytest.mark.parametrize("way", LEAVING)
@pytest.mark.parametrize("kind", ["plain", "asynchronous"])
async def test_the_source_is_closed(site: Site, way: str, kind: str) -> None:
    """By the time that the fan-out is left, `finally` in the source has run to its end."""
    source = Source(site)
    await LEAVING[way](site, site.across(getattr(source, kind)(), page_size=2))
    assert source.log[-1:] == (["closed"] if source.log else [])
    assert source.log or way == "at_once"
    await site.check_left()


async def test_never_entered(site: Site) -> None:
    """A fan-out is nothing before it is entered: nothing is read, sent or started."""
    source = Source(site)
    fleet = site.across(source.plain())
    assert (source.log, dict(fleet.outcomes)) == ([], {})
    del fleet
    assert not site.emulator.requests
    await site.check_left()


async def test_an_iterator_that_is_kept(site: Site) -> None:
    """After the `async with` it yields no further page, but says why."""
    async with site.across(page_size=2) as fleet:
        pages = fleet.pages()
        await anext(pages)
    with pytest.raises(ConfigurationError, match=r"^the `async with` of this fan-out was left$"):
        await anext(pages)
    await site.check_left()


async def test_an_iterator_that_waits_elsewhere(site: Site) -> None:
    """Who waits for a page in another task is told when the fan-out is left."""
    site.emulator.hold()
    async with site.across() as fleet:
        waiting = asyncio.create_task(emails_of(fleet))
        await site.in_flight(4)
    with pytest.raises(ConfigurationError, match=r"^the `async with` of this fan-out was left$"):
        await waiting
    await site.check_left()


async def test_a_second_cancellation_lets_the_source_close(site: Site) -> None:
    """A caller who is cancelled twice still gives the source the time to close."""
    source = Source(site)
    fleet = site.across(source.asynchronous(), page_size=2, concurrency=1)

    async def run() -> None:
        async with fleet:
            await emails_of(fleet)

    site.emulator.hold()
    task = asyncio.create_task(run())
    await site.in_flight(1)
    task.cancel()
    await source.closing.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert source.log == ["opened", "closed"]
    await site.check_left()


async def test_a_time_out_of_the_source_in_the_moment_of_leaving(site: Site) -> None:
    """A task that is being cancelled by its own time-out is ended by the leaving all the same."""
    scopes = list[asyncio.Timeout]()
    entered = asyncio.Event()

    async def source() -> AsyncIterator[Any]:
        yield site.refs[0]
        with suppress(TimeoutError):
            async with asyncio.timeout(None) as scope:
                scopes.append(scope)
                entered.set()
                await site.emulator.arrived(1000)

    async with asyncio.timeout(5), site.across(source(), concurrency=1):
        await entered.wait()
        scopes[0].reschedule(0)
        await asyncio.sleep(0)
    await site.check_left()


async def cancelled_at(site: Site, rng: random.Random) -> None:
    """Run a fan-out and cancel it somewhere, and perhaps again while it is being left."""

    async def run() -> None:
        source = Source(site)
        tenants = rng.choice([site.refs, source.plain(), source.asynchronous()])
        async with site.across(tenants, page_size=rng.choice([1, 4])) as fleet:
            await emails_of(fleet)

    task = asyncio.create_task(run())
    for _ in range(2):
        for _ in range(rng.randrange(rng.choice([3, 15, 60]))):
            await asyncio.sleep(0)
        task.cancel()
    await asyncio.wait([task])


async def test_any_moment_to_be_cancelled(site: Site) -> None:
    """Three hundred cancellations at random: no task, no slot is lost, and the bound is whole."""
    rng = random.Random(20260801)
    # debug mode takes ten times the time, and the other tests run in it
    asyncio.get_running_loop().set_debug(False)
    with pytest.raises(AvePointError):
        await site.client.protected_users("c", "unknown").count()
    for _ in range(300):
        await cancelled_at(site, rng)
        assert not strays()
        assert (site.client.stats.in_flight, site.client.stats.waiting) == (0, 0)
    await site.check_left()


async def test_a_source_that_swallows_its_cancellation(site: Site) -> None:
    """A source that goes on as if nothing had happened is read no further, and left."""
    waiting = asyncio.Event()

    async def source() -> AsyncIterator[Any]:
        yield site.refs[0]
        waiting.set()
        with suppress(asyncio.CancelledError):
            await site.emulator.arrived(1000)
        await asyncio.sleep(0)
        yield site.refs[1]

    async with asyncio.timeout(5), site.across(source()):
        await waiting.wait()
    await site.check_left()
