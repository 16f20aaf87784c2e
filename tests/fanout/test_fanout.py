"""What a fan-out delivers, against the emulator's own books."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from avepoint_async import TenantRef
from avepoint_async.paging.outcome import Progress, WalkOutcome
from avepoint_async.testing import Dialect, Fault, Fleet
from tests.fanout.conftest import ServeFleet, emails_of

NOON = datetime(2026, 8, 1, 12, tzinfo=UTC)

DIALECTS = {
    "current": Dialect.current(),
    "seed": Dialect.seed(),
    "tables": Dialect.tables(numbers_as_strings=True, null_text="N/A"),
    "bare list": Dialect.bare_list(),
    "no total": Dialect.current(total_sent=False),
    "no echo": Dialect.current(echoed_index="absent", echoed_size="absent"),
    "size as asked": Dialect.current(echoed_size="asked"),
    "promises more": Dialect.current(total_off=7),
}

SIZES = {"empty": 0, "one": 1, "short": 6, "exact": 7, "more": 8, "giant": 150}


@pytest.mark.parametrize("name", DIALECTS)
async def test_every_user_of_every_tenant_once(serve_fleet: ServeFleet, name: str) -> None:
    """In every dialect a made-up fleet arrives whole, each tenant in its order."""
    fleet = Fleet.generate(17, 6, largest=45)
    site = await serve_fleet(fleet, dialect=DIALECTS[name], page_size_limit=20)
    async with site.across() as across:
        assert await emails_of(across) == site.whole
    assert {each.items for each in across.outcomes.values()} >= {0, 45}
    assert {each.complete for each in across.outcomes.values()} == {name != "promises more"}


@pytest.mark.parametrize("name", DIALECTS)
async def test_the_answers_are_those_of_a_pager(serve_fleet: ServeFleet, name: str) -> None:
    """Page by page the same as one tenant after another, totals and last pages included."""
    site = await serve_fleet(SIZES, dialect=DIALECTS[name])
    pages: dict[TenantRef, list[Any]] = {ref: [] for ref in site.refs}
    async with site.across(page_size=7) as across:
        async for tenant, page in across.pages():
            pages[tenant].append(attrs.evolve(page, received_at=NOON))
    for ref in site.refs:
        pager = site.client.protected_users(ref, page_size=7)
        assert pages[ref] == [attrs.evolve(each, received_at=NOON) async for each in pager.pages()]


async def test_pages_come_in_order_and_the_last_is_marked(serve_fleet: ServeFleet) -> None:
    """Within a tenant the indexes rise by one, and the last page alone says so."""
    site = await serve_fleet(SIZES)
    seen: dict[str, list[tuple[int, bool]]] = {}
    async with site.across(page_size=7) as across:
        async for tenant, page in across.pages():
            seen.setdefault(tenant.tenant_id, []).append((page.index, page.last))
    counts = {"empty": 1, "one": 1, "short": 1, "exact": 1, "more": 2, "giant": 22}
    assert seen == {
        name: [(index, index == count) for index in range(1, count + 1)]
        for name, count in counts.items()
    }


async def test_an_empty_tenant_yields_one_empty_last_page(serve_fleet: ServeFleet) -> None:
    """So that whoever writes page by page sees that the tenant is done."""
    site = await serve_fleet({"a": 0, "b": 0})
    async with site.across() as across:
        pages = [(tenant.tenant_id, page) async for tenant, page in across.pages()]
    assert sorted(name for name, _ in pages) == ["a", "b"]
    assert all((page.items, page.total_count, page.last) == ((), 0, True) for _, page in pages)


async def test_items_are_paired_with_their_tenant(serve_fleet: ServeFleet) -> None:
    """Iterated by items, each user comes with the tenant that they belong to."""
    site = await serve_fleet(SIZES)
    seen: dict[TenantRef, list[str]] = {ref: [] for ref in site.refs}
    async with site.across(page_size=40) as across:
        async for tenant, user in across:
            seen[tenant].append(user.email)
    assert seen == site.whole


async def test_the_same_pair_twice_is_streamed_once(serve_fleet: ServeFleet) -> None:
    """As a reference and as a tuple, next to each other and far apart."""
    site = await serve_fleet(4)
    source = [*site.refs, ("c", "t000"), *site.refs, ("c", "t003")]
    async with site.across(source) as across:
        assert await emails_of(across) == site.whole
    assert len(site.asked) == len(site.refs)


async def test_no_tenants(serve_fleet: ServeFleet) -> None:
    """An empty source ends at once, and nothing is sent."""
    site = await serve_fleet(1)
    async with site.across([]) as across:
        assert await emails_of(across) == {}
    assert (across.progress, across.outcomes) == (Progress(), {})
    assert not site.emulator.requests


@pytest.mark.parametrize("filters", [["email", "userEmails"], []])
async def test_the_filter_holds_for_every_tenant(
    serve_fleet: ServeFleet, filters: list[str]
) -> None:
    """Only the users asked for, whether the service filters or not."""
    users = {"a": ["x@c.example", "y@c.example"], "b": ["Y@c.example"], "d": ["x@c.example"]}
    site = await serve_fleet(users, dialect=Dialect(filters=filters))
    async with site.across(emails="y@c.example") as across:
        found = await emails_of(across)
    assert {ref.tenant_id: emails for ref, emails in found.items()} == {
        "a": ["y@c.example"],
        "b": ["Y@c.example"],
        "d": [],
    }


SHIFTS: dict[str, Callable[[Fleet], object]] = {
    "a user comes first": lambda fleet: fleet.insert(("c", "a"), 0, "new@c.example"),
    "a user comes last": lambda fleet: fleet.insert(("c", "a"), 5, "new@c.example"),
    "a user goes": lambda fleet: fleet.remove(("c", "a"), 0),
    "a user moves to the end": lambda fleet: fleet.move(("c", "a"), 0, 4),
    "a user moves to the front": lambda fleet: fleet.move(("c", "a"), 4, 0),
}


@pytest.mark.parametrize("shift", SHIFTS)
async def test_rows_that_shift_lose_nobody(
    serve_fleet: ServeFleet, shift: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The tenant is walked again, and arrives whole; that it was repaired is logged at INFO."""
    caplog.set_level("INFO", "avepoint_async.paging")
    site = await serve_fleet({"a": 5}, client={"concurrency": 1})
    before = {user.email for user in site.emulator.fleet.users(("c", "a"))}
    site.emulator.hold()
    async with site.across(page_size=2) as across:
        await site.emulator.arrived(1)
        site.emulator.release(1)
        await site.emulator.arrived(2)
        SHIFTS[shift](site.emulator.fleet)
        site.emulator.release()
        (emails,) = (await emails_of(across)).values()
    after = {user.email for user in site.emulator.fleet.users(("c", "a"))}
    (outcome,) = across.outcomes.values()
    assert len(set(emails)) == len(emails) == outcome.items
    assert before & after <= set(emails)
    assert outcome.complete
    assert across.complete
    repaired = [record for record in caplog.records if "the list changed" in record.getMessage()]
    assert len(repaired) == (outcome.passes > 1)


async def test_outcomes_and_progress(serve_fleet: ServeFleet) -> None:
    """They grow with each page that is handed over, and are right at the end."""
    site = await serve_fleet({"a": 5, "b": 0, "d": 3})
    site.emulator.script(Fault.status(503, retry_after=0), tenant=("c", "a"), page=1)
    users = pages = 0
    async with site.across(page_size=2) as across:
        assert across.progress == Progress()
        async for tenant, page in across.pages():
            users, pages = users + len(page.items), pages + 1
            assert (across.progress.items, across.progress.pages) == (users, pages)
            assert across.outcomes[tenant].complete is page.last
            finished = [each for each in across.outcomes.values() if each.complete]
            assert across.progress.tenants_finished == len(finished)
    outcomes = {ref.tenant_id: outcome for ref, outcome in across.outcomes.items()}
    assert outcomes == {
        "a": WalkOutcome(items=5, pages=3, total_count=5, complete=True),
        "b": WalkOutcome(items=0, pages=1, total_count=0, complete=True),
        "d": WalkOutcome(items=3, pages=2, total_count=3, complete=True),
    }
    assert across.failures == {}
    assert across.progress == Progress(
        tenants_started=3,
        tenants_finished=3,
        pages=6,
        items=8,
        requests=7,
        retries=1,
        throttled=1,
    )
