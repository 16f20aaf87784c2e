"""Sources of tenants as a fan-out meets them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from avepoint_async.errors import AuthenticationError, ConfigurationError
from avepoint_async.testing import CUSTOMERS_SCOPE, USERS_SCOPE, Fleet, Tokens
from tests.fanout.conftest import ServeFleet, Site, all_of, emails_of, strays


class SourceError(Exception):
    """What a source of the caller's own may raise."""


@pytest.fixture
async def site(serve_fleet: ServeFleet) -> Site:
    """More tenants than are asked for at once."""
    return await serve_fleet(20)


async def slowly(items: Any) -> AsyncIterator[Any]:
    """The items, each after some turns of the event loop."""
    for item in items:
        for _ in range(3):
            await asyncio.sleep(0)
        yield item


@pytest.mark.parametrize("kind", [list, iter, dict.fromkeys, slowly])
async def test_any_kind_of_source(site: Site, kind: Any) -> None:
    """References and tuples mixed, in a list, a generator or an asynchronous one."""
    mixed = [ref if n % 2 else (ref.customer_id, ref.tenant_id) for n, ref in enumerate(site.refs)]
    assert await all_of(site.across(kind(mixed))) == site.whole


async def test_a_source_that_asks_the_api(serve_fleet: ServeFleet) -> None:
    """Discovery and fan-out run on one client, each with a token for its own scope."""
    site = await serve_fleet(Fleet.generate(4, 9, tenants=25, users=300), client={"concurrency": 1})
    assert await all_of(site.across(site.client.tenants())) == site.whole
    assert [each.form["scope"] for each in site.emulator.token_requests] == [
        CUSTOMERS_SCOPE,
        USERS_SCOPE,
    ]


async def test_discovery_that_is_not_granted(site: Site) -> None:
    """What the source meets on its way reaches the caller as it is."""
    site.emulator.tokens = Tokens(granted_scopes=[USERS_SCOPE])
    with pytest.raises(AuthenticationError) as caught:
        await all_of(site.across(site.client.tenants()))
    assert caught.value.error == "invalid_scope"


async def breaks(site: Site, error: BaseException, after: int) -> AsyncIterator[Any]:
    """Raises after so many tenants."""
    for ref in site.refs[:after]:
        yield ref
    raise error


def breaks_at_once(site: Site, error: BaseException, after: int) -> Iterator[Any]:
    """The same, as a plain generator."""
    yield from site.refs[:after]
    raise error


@pytest.mark.parametrize("kind", [breaks, breaks_at_once])
@pytest.mark.parametrize("after", [0, 1, 12])
async def test_a_source_that_raises(site: Site, kind: Any, after: int) -> None:
    """The very exception comes out, and the requests under way are ended."""
    error = SourceError("no more")
    fleet = site.across(kind(site, error, after))
    with pytest.raises(SourceError) as caught:
        await all_of(fleet)
    assert caught.value is error
    assert not strays()
    await site.check_left()


async def test_a_source_that_raises_before_anything_is_asked_for(site: Site) -> None:
    """Nothing is sent."""
    with pytest.raises(SourceError):
        await all_of(site.across(breaks(site, SourceError(), 0)))
    assert not site.emulator.requests


async def test_a_source_that_is_cancelled_from_inside(site: Site) -> None:
    """A source that waits for something that was cancelled ends the fan-out so, too."""

    async def source() -> AsyncIterator[Any]:
        yield site.refs[0]
        inner = asyncio.create_task(site.emulator.arrived(1000))
        inner.cancel()
        await inner

    with pytest.raises(asyncio.CancelledError):
        await all_of(site.across(source()))
    assert not strays()
    await site.check_left()


async def test_a_source_that_does_not_close_well(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """What its `finally` raises while the fan-out is left is logged, and disturbs nobody."""
    error = SourceError("not closed")

    async def source() -> AsyncIterator[Any]:
        refs = iter(site.refs)
        try:
            while True:
                yield next(refs)
        finally:
            raise error

    with caplog.at_level(logging.WARNING):
        async with site.across(source()) as fleet:
            await anext(fleet.pages())
    (record,) = caplog.records
    assert record.getMessage() == "while a fan-out was ended: SourceError('not closed')"
    await site.check_left()


@pytest.mark.parametrize("place", [0, 1, 9, 19])
@pytest.mark.parametrize("item", ["ab", ("c", "")])
async def test_an_item_that_is_no_pair(site: Site, item: Any, place: int) -> None:
    """The fan-out ends at once, and tells which item it was."""
    items: list[Any] = [*site.refs]
    items[place] = item
    fleet = site.across(items)
    with pytest.raises(ConfigurationError, match=rf"tenants\[{place}\]"):
        await all_of(fleet)
    assert not strays()
    if place == 0:
        assert not site.emulator.requests


async def test_a_slow_source(site: Site) -> None:
    """While the source has nothing, what is there is delivered."""
    more = asyncio.Event()

    async def source() -> AsyncIterator[Any]:
        yield site.refs[0]
        await more.wait()
        for ref in site.refs[1:]:
            yield ref

    async with site.across(source()) as fleet:
        pages = fleet.pages()
        tenant, page = await anext(pages)
        assert (tenant, page.last) == (site.refs[0], True)
        more.set()
        assert {tenant async for tenant, _ in pages} == set(site.refs[1:])


async def test_outcomes_keep_the_order_of_the_source(site: Site) -> None:
    """Whatever the order in which tenants end, they are listed as the source named them."""
    async with site.across(reversed(site.refs)) as fleet:
        await emails_of(fleet)
    assert list(fleet.outcomes) == site.refs[::-1]
