"""However long the source and however slow the consumer, what is held is bounded."""

import asyncio
import gc
from collections.abc import AsyncIterator

from avepoint_async import TenantRef
from avepoint_async.paging.outcome import WalkOutcome
from avepoint_async.paging.page import Page
from avepoint_async.testing import Fault, Fleet
from avepoint_async.wire.envelope import Reply
from tests.fanout.conftest import ServeFleet, Site, emails_of

FEW_WINDOWS = 40
"""Ten times the requests that may be in flight."""


class Endless:
    """A source without an end.

    Attributes:
        read: how many tenants were taken.
    """

    def __init__(self) -> None:
        self.read = 0

    async def __aiter__(self) -> AsyncIterator[tuple[str, str]]:
        while True:
            self.read += 1
            yield "c", f"t{self.read - 1:04}"


def held() -> int:
    """Pages that are alive, delivered or not."""
    gc.collect()
    return sum(isinstance(each, Page | Reply) for each in gc.get_objects())


def many() -> Fleet:
    """More tenants than any test here asks for."""
    return Fleet.of({("c", f"t{number:04}"): 1 for number in range(1000)})


async def test_a_source_is_read_no_further_than_a_few_windows(serve_fleet: ServeFleet) -> None:
    """While nobody consumes; and read on as soon as somebody does."""
    site, source = await serve_fleet(many()), Endless()
    async with site.across(source) as across:
        await site.stalled()
        sent = across.progress.requests
        assert 0 < sent <= FEW_WINDOWS
        assert sent <= source.read <= sent + 2 * site.concurrency
        pages = across.pages()
        for _ in range(FEW_WINDOWS):
            await anext(pages)
        await site.stalled()
        assert across.progress.requests == sent + FEW_WINDOWS
        assert source.read <= sent + FEW_WINDOWS + 2 * site.concurrency


async def test_a_consumer_that_stops_holds_back_a_giant(serve_fleet: ServeFleet) -> None:
    """The pages of one tenant, too, are asked for no further than a window, and then again."""
    site = await serve_fleet({"giant": 300})
    async with site.across(page_size=1) as across:
        pages = across.pages()
        await anext(pages)
        await site.stalled()
        sent = across.progress.requests
        assert sent <= FEW_WINDOWS
        assert held() <= FEW_WINDOWS
        for _ in range(8):
            await anext(pages)
        await site.stalled()
        assert across.progress.requests == sent + 8


async def most_held(site: Site) -> int:
    """The most pages that were alive at once while all are consumed."""
    most = seen = 0
    async with site.across(page_size=1) as across:
        async for _tenant, _page in across.pages():
            seen += 1
            if seen % 40 == 0:
                most = max(most, held())
    assert seen == across.progress.pages
    return most


async def test_memory_is_bounded(serve_fleet: ServeFleet) -> None:
    """Many small tenants or a giant: as many pages are alive as may be under way."""
    for tenants in ({"giant": 120}, {f"t{number:03}": 1 for number in range(120)}):
        assert 0 < await most_held(await serve_fleet(tenants)) <= FEW_WINDOWS


async def test_pages_that_came_early_are_bounded(serve_fleet: ServeFleet) -> None:
    """While one page does not come, those behind it are asked for no further than a window."""
    site, event = await serve_fleet({"one": 1, "giant": 200}), asyncio.Event()
    site.emulator.script(Fault.until(event), tenant=("c", "giant"), page=2)
    async with site.across(page_size=1) as across:
        consumer = asyncio.create_task(emails_of(across))
        await site.in_flight(1)
        await site.stalled()
        assert across.outcomes[TenantRef("c", "giant")].pages == 1
        assert across.progress.requests <= FEW_WINDOWS
        assert held() <= FEW_WINDOWS
        event.set()
        assert await consumer == site.whole


async def test_outcomes_count_what_was_handed_over(serve_fleet: ServeFleet) -> None:
    """Though the pages after it have come long since, and wait for the consumer."""
    site = await serve_fleet({"a": 5})
    async with site.across(page_size=2) as across:
        await site.stalled()
        assert across.progress.requests == 3
        pages = across.pages()
        for number, items in enumerate((2, 4), 1):
            tenant, _ = await anext(pages)
            outcome = WalkOutcome(items=items, pages=number, total_count=5)
            assert across.outcomes[tenant] == outcome
            assert (across.progress.items, across.progress.pages) == (items, number)
            assert across.progress.tenants_finished == 0
        await anext(pages)
    assert across.complete
