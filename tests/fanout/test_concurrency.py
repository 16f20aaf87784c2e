"""How many requests a fan-out has in flight, and for whom."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from avepoint_async import TenantRef
from avepoint_async.exchange.retry import RetryPolicy
from avepoint_async.testing import Dialect, Fault
from tests.fanout.conftest import ServeFleet, Site, emails_of

FEW_WINDOWS = 40
"""Ten times the requests that may be in flight."""

ZIPF = {f"t{rank:02}": 40 // rank for rank in range(1, 16)}
"""Tenants whose sizes fall as real ones do."""


@pytest.mark.parametrize(("concurrency", "bound"), [(None, 4), (1, 1), (3, 3), (4, 4), (99, 4)])
async def test_the_bound_is_reached_and_never_passed(
    serve_fleet: ServeFleet, concurrency: int | None, bound: int
) -> None:
    """In flight are as many as asked for, and never more than the client allows."""
    site = await serve_fleet(ZIPF)
    site.emulator.hold()
    async with site.across(page_size=2, concurrency=concurrency) as across:
        await site.in_flight(bound)
        await site.stalled_at(bound)
        site.emulator.release()
        assert await emails_of(across) == site.whole
    assert site.emulator.peak_in_flight == bound


@pytest.mark.parametrize("width", [1, 4, 5, 8])
async def test_no_more_pages_are_under_way_than_may_be_sent(
    serve_fleet: ServeFleet, width: int
) -> None:
    """The window of pages that wait for the consumer holds six times as many.

    Of the source as many are read ahead as may be sent.
    """
    site = await serve_fleet(
        {f"t{number:02}": 1 for number in range(60)}, client={"concurrency": width}
    )
    left = iter(site.refs)
    site.emulator.hold()
    async with site.across(left) as across:
        await site.in_flight(width)
        await site.stalled_at(width)
        assert across.progress.tenants_started == width
        assert next(left) == site.refs[2 * width]
        site.emulator.release()
        await site.stalled()
        assert across.progress.tenants_started == 6 * width


async def test_a_task_goes_on_with_another_page(serve_fleet: ServeFleet) -> None:
    """No task is made for each page while there are others to ask for."""
    made: list[asyncio.Task[Any]] = []

    def make(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[Any]:
        made.append(asyncio.Task(work, loop=loop, **options))
        return made[-1]

    site = await serve_fleet({f"t{number:02}": 6 for number in range(30)})
    asyncio.get_running_loop().set_task_factory(make)
    async with site.across(page_size=1) as across:
        assert await emails_of(across) == site.whole
    asyncio.get_running_loop().set_task_factory(None)
    assert across.progress.pages == 180
    assert 4 < sum(task.get_name() == "avepoint_async fan-out" for task in made) < 30


async def test_the_pages_of_a_tenant_are_requested_concurrently(serve_fleet: ServeFleet) -> None:
    """As soon as its first page has told the total, and not before."""
    site = await serve_fleet({"a": 10})
    site.emulator.hold()
    async with site.across(page_size=1) as across:
        await site.emulator.arrived(1)
        await site.stalled_at(1)
        site.emulator.release(1)
        await site.emulator.arrived(5)
        assert sorted(site.asked) == [("a", page) for page in range(1, 6)]
        site.emulator.release()
        assert await emails_of(across) == site.whole
    assert len(site.asked) == 10


@pytest.mark.parametrize("giant", ["first", "last"])
async def test_no_slot_is_idle_while_there_is_work(serve_fleet: ServeFleet, giant: str) -> None:
    """For each answer a new request comes, down to the last page of the last tenant."""
    site = await serve_fleet(dict(sorted(ZIPF.items(), reverse=giant == "last")))
    site.emulator.hold()
    async with asyncio.timeout(60), site.across(page_size=1) as across:
        consumer = asyncio.create_task(emails_of(across))
        await site.in_flight(4)
        for sent in range(5, sum(ZIPF.values()) + 1):
            site.emulator.release(1)
            await site.emulator.arrived(sent)
            assert site.emulator.in_flight == 4
        site.emulator.release()
        assert await consumer == site.whole
    assert len(set(site.asked)) == len(site.asked) == sum(ZIPF.values())


async def test_a_giant_starves_nobody(serve_fleet: ServeFleet) -> None:
    """Beside a giant that came first, every second request or so is for somebody else."""
    site = await serve_fleet({"giant": 80} | {f"t{number:02}": 1 for number in range(40)})
    async with site.across(page_size=1) as across:
        assert await emails_of(across) == site.whole
    others = [place for place, (name, _) in enumerate(site.asked) if name != "giant"]
    assert max(after - before for before, after in pairwise(others)) <= 8
    assert max(others) <= 100


async def stuck(site: Site, event: asyncio.Event) -> list[TenantRef]:
    """The tenants that come to their end while one page of the giant does not come."""
    ended = list[TenantRef]()

    async def consume() -> None:
        async with site.across(page_size=1) as across:
            async for tenant, page in across.pages():
                ended.extend([tenant] * page.last)

    consumer = asyncio.create_task(consume())
    await site.in_flight(1)
    await site.stalled()
    before = list(ended)
    event.set()
    await consumer
    assert sorted(ended) == sorted(site.refs)
    return before


async def test_a_page_that_does_not_come_holds_up_its_tenant_alone(
    serve_fleet: ServeFleet,
) -> None:
    """However many pages stand behind it, all other tenants come through."""
    site = await serve_fleet({"one": 1, "giant": 90, **{f"t{n:02}": 1 for n in range(60)}})
    event = asyncio.Event()
    site.emulator.script(Fault.until(event), tenant=("c", "giant"), page=2)
    ended = await stuck(site, event)
    assert {ref.tenant_id for ref in site.refs} - {ref.tenant_id for ref in ended} == {"giant"}


async def test_tenants_that_wait_to_retry_hold_up_nobody(serve_fleet: ServeFleet) -> None:
    """While some wait for their next attempt, requests of the others go on."""
    bad = [f"t{number:02}" for number in range(1, 9)]
    policy = RetryPolicy(backoff=3600, backoff_max=3600, deadline=8000)
    site = await serve_fleet({f"t{n:02}": 1 for n in range(30)}, client={"retry": policy})
    for name in bad:
        site.emulator.script(Fault.status(500), tenant=("c", name))
    async with site.across() as across:
        consumer = asyncio.create_task(emails_of(across))
        await site.emulator.arrived(1)
        await site.stalled()
        unfinished = {ref.tenant_id for ref, out in across.outcomes.items() if not out.complete}
        consumer.cancel()
        await asyncio.wait([consumer])
    assert (len(across.outcomes), unfinished) == (30, set(bad))


async def test_an_overclaimed_total_costs_a_window(serve_fleet: ServeFleet) -> None:
    """Pages that do not exist are asked for until the first of them came back empty.

    A list that is short is walked twice.
    """
    site = await serve_fleet({"a": 3, "b": 0, "d": 30}, dialect=Dialect(total_off=10**6))
    async with site.across(page_size=1) as across:
        assert await emails_of(across) == site.whole
        await site.emulator.idle()
        for name, pages in (("a", 3), ("b", 0), ("d", 30)):
            assert len([each for each in site.asked if each[0] == name]) <= 2 * (pages + 12)
    assert not any(outcome.complete for outcome in across.outcomes.values())


async def test_overclaimed_totals_of_a_whole_fleet(serve_fleet: ServeFleet) -> None:
    """Each costs its own window, and what was asked for in vain makes room again."""
    site = await serve_fleet({f"t{number:02}": 1 for number in range(60)})
    site.emulator.dialect = Dialect(total_off=50)
    async with site.across(page_size=1) as across:
        assert await emails_of(across) == site.whole
    # more in vain than there is room for at once
    assert 2 * 60 + FEW_WINDOWS <= len(site.asked) <= (2 + 6) * 60


async def test_overclaimed_totals_with_one_slot(serve_fleet: ServeFleet) -> None:
    """A tenant that ended while it had a turn does not keep the next one from its own."""
    site = await serve_fleet({f"t{number:02}": 1 for number in range(8)})
    site.emulator.dialect = Dialect(total_off=50)
    async with site.across(page_size=1, concurrency=1) as across:
        assert await emails_of(across) == site.whole
    assert len(site.asked) <= (2 + 4) * 8


async def test_errors_of_pages_beyond_the_end_are_none(serve_fleet: ServeFleet) -> None:
    """A server that refuses pages that do not exist, and promised them, has no failed tenant."""
    site = await serve_fleet({"a": 3, "b": 5}, dialect=Dialect(total_off=9))
    for name, pages in (("a", 3), ("b", 5)):
        for page in range(pages + 2, pages + 10):
            site.emulator.script(Fault.status(404), tenant=("c", name), page=page)
    async with site.across(page_size=1) as across:
        assert await emails_of(across) == site.whole
    assert across.failures == {}
    assert {each.tenant_id: out.pages for each, out in across.outcomes.items()} == {"a": 4, "b": 6}


async def test_two_at_once_share_the_bound(serve_fleet: ServeFleet) -> None:
    """Both get on at the same time, and both come to their end."""
    site = await serve_fleet({f"t{number:02}": 6 for number in range(8)})
    halves = site.refs[:4], site.refs[4:]
    site.emulator.hold()
    async with (
        site.across(halves[0], page_size=2) as one,
        site.across(halves[1], page_size=2) as other,
    ):
        await site.in_flight(4)
        await site.stalled_at(4)
        site.emulator.release()
        answers = await asyncio.gather(emails_of(one), emails_of(other))
    assert [answer.keys() for answer in answers] == [set(half) for half in halves]
    assert answers[0] | answers[1] == site.whole
    assert site.emulator.peak_in_flight == 4
    assert (one.progress.requests, other.progress.requests) == (12, 12)
    first = {name for name, _ in site.asked[:16]}
    assert all(first & {ref.tenant_id for ref in half} for half in halves)


async def test_requests_of_the_consumer_pass(serve_fleet: ServeFleet) -> None:
    """Who asks the client for something else while iterating waits for no page of the fan-out."""
    site = await serve_fleet({"a": 9, "b": 9}, client={"concurrency": 1})
    async with site.across(page_size=1) as across:
        async for tenant, user in across:
            ids = (tenant.customer_id, tenant.tenant_id)
            found = await site.client.protected_users(*ids, emails=user.email).collect()
            assert found == [user]
