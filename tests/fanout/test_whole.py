"""Whether a fan-out was whole: its tenants, its source, and what tells when it was not."""

import copy
import pickle
from collections.abc import AsyncIterator
from contextvars import ContextVar
from typing import Any

import aiohttp
import msgspec
import pytest

from avepoint_async import (
    IncompleteError,
    TenantFailuresError,
    TenantRef,
    WalkOutcome,
)
from avepoint_async.errors import ConfigurationError, NotFoundError, ResponseError
from avepoint_async.testing import Dialect, Fault, Fleet
from tests.fanout.conftest import Answers, ServeFleet, Site, all_of, emails_of

SHORT = {("c1", "t"): 3, ("c2", "t"): 3, ("c3", "t"): 3}


async def test_a_fleet_that_is_whole(serve_fleet: ServeFleet) -> None:
    """Source and tenants came to their end, and nothing tells that anything lacks."""
    site = await serve_fleet(Fleet.of(SHORT))
    async with site.across(site.client.tenants()) as fleet:
        before = fleet.complete
        assert await emails_of(fleet) == site.whole
    assert not before
    assert fleet.complete
    assert fleet.incomplete == {}
    assert fleet.discovery is not None
    assert fleet.discovery.complete
    assert fleet.discovery.items == 3


async def test_a_list_of_tenants_is_no_discovery(serve_fleet: ServeFleet) -> None:
    """Such a source knows of no customers, and is whole when it was read to its end."""
    site = await serve_fleet(3)
    async with site.across() as fleet:
        await emails_of(fleet)
    assert fleet.discovery is None
    assert fleet.complete


async def test_an_empty_source_is_whole(serve_fleet: ServeFleet) -> None:
    """Of no tenants none lacks."""
    site = await serve_fleet(1)
    async with site.across([]) as fleet:
        assert not fleet.complete
        await emails_of(fleet)
    assert fleet.complete


async def test_a_fleet_that_was_left_is_not_whole(serve_fleet: ServeFleet) -> None:
    """Nobody knows what else the source would have named."""
    site = await serve_fleet(40)
    async with site.across() as fleet:
        await anext(fleet.pages())
    assert not fleet.complete


async def test_discovery_that_falls_short(serve_fleet: ServeFleet) -> None:
    """Customers promised and not shown leave the whole incomplete, though every tenant is whole."""
    site = await serve_fleet(Fleet.of({(f"c{number:03}", "t"): 1 for number in range(150)}))
    rows = [
        {"id": f"c{number:03}", "organization": "C", "tenants": [{"id": "t", "name": "T"}]}
        for number in range(150)
    ]
    for page in (1, 2, 3, 4):
        shown = rows[100 * page - 100 : 100 * page]
        metadata = {"pageIndex": page, "pageSize": 100, "totalCount": 300}
        body = Fault.body(msgspec.json.encode({"data": shown, "metadata": metadata}))
        site.emulator.script(body, kind="customers", page=page, times=None)
    async with site.across(site.client.tenants()) as fleet:
        assert await emails_of(fleet) == site.whole
    assert all(outcome.complete for outcome in fleet.outcomes.values())
    assert not fleet.complete
    assert fleet.discovery is not None
    assert fleet.discovery.total_count == 300
    assert fleet.discovery.items == 150


async def test_a_tenant_that_falls_short(serve_fleet: ServeFleet) -> None:
    """It is no failure, but it is listed."""
    site = await serve_fleet({"a": 3, "b": 3}, dialect=Dialect(total_off=1))
    async with site.across() as fleet:
        assert await emails_of(fleet) == site.whole
    assert fleet.failures == {}
    assert fleet.incomplete == fleet.outcomes
    assert not fleet.complete
    (outcome, _) = fleet.incomplete.values()
    assert outcome.items == 3
    assert outcome.total_count == 4


async def test_strict_fails_a_tenant_that_falls_short(serve_fleet: ServeFleet) -> None:
    """After everything was delivered the tenant counts among the failures."""
    site = await serve_fleet({"a": 3}, dialect=Dialect(total_off=1), client={"strict": True})
    fleet, answers = site.across(), Answers()
    with pytest.raises(TenantFailuresError) as caught:
        await all_of(fleet, answers)
    assert answers == site.whole
    (failure,) = caught.value.failures.values()
    assert isinstance(failure.error, IncompleteError)
    assert failure.error.tenant_id == "a"
    assert failure.error.outcome.items == failure.items == 3
    assert fleet.progress.tenants_failed == 1
    assert fleet.progress.tenants_finished == 0


async def test_strict_raises_at_once_if_so_asked(serve_fleet: ServeFleet) -> None:
    """With ``on_error="raise"``, once the tenant was delivered."""
    site = await serve_fleet({"a": 3}, dialect=Dialect(total_off=1), client={"strict": True})
    answers = Answers()
    with pytest.raises(IncompleteError):
        await all_of(site.across(on_error="raise"), answers)
    assert answers == site.whole


async def test_strict_raises_at_the_end_of_a_walk(serve_fleet: ServeFleet) -> None:
    """After everything was delivered, once; the walk's outcome keeps the error."""
    site = await serve_fleet({"a": 3}, dialect=Dialect(total_off=1), client={"strict": True})
    (ref,) = site.refs
    walk = site.client.protected_users(ref).walk()
    got = [await anext(walk) for _ in range(3)]
    assert [user.email for user in got] == site.whole[ref]
    with pytest.raises(IncompleteError, match=r"3 items were delivered, .* promised 4") as caught:
        await anext(walk)
    assert caught.value.outcome.passes == 2
    assert walk.outcome.error is caught.value
    assert not walk.outcome.complete
    with pytest.raises(StopAsyncIteration):
        await anext(walk)


async def short_customers(serve_fleet: ServeFleet) -> Site:
    """A strict client, and a service that promises one customer more than it shows."""
    site = await serve_fleet(Fleet.of(SHORT), client={"strict": True})
    rows = [{"id": f"c{number}", "tenants": [{"id": "t"}]} for number in (1, 2, 3)]
    metadata = {"pageIndex": 1, "pageSize": 100, "totalCount": 4}
    body = msgspec.json.encode({"data": rows, "metadata": metadata})
    past = msgspec.json.encode({"data": [], "metadata": {**metadata, "pageIndex": 2}})
    site.emulator.script(Fault.body(body), kind="customers", page=1, times=None)
    site.emulator.script(Fault.body(past), kind="customers", page=2, times=None)
    return site


async def test_strict_discovery_that_falls_short(serve_fleet: ServeFleet) -> None:
    """Every tenant that was found is delivered, and then the error of the source is raised."""
    site = await short_customers(serve_fleet)
    fleet, answers = site.across(site.client.tenants()), Answers()
    with pytest.raises(IncompleteError) as caught:
        await all_of(fleet, answers)
    assert answers == site.whole
    assert str(caught.value).startswith("customer list: the list is incomplete")
    assert not fleet.complete


async def test_strict_discovery_through_a_generator_of_the_caller(
    serve_fleet: ServeFleet,
) -> None:
    """A source that tells of no walk, and raises what one raised, was not whole."""
    site = await short_customers(serve_fleet)

    async def chosen() -> AsyncIterator[TenantRef]:
        async for tenant in site.client.tenants():
            yield tenant

    fleet = site.across(chosen())
    with pytest.raises(IncompleteError):
        await all_of(fleet)
    assert fleet.discovery is None
    assert not fleet.complete


async def test_strict_discovery_beside_failures(serve_fleet: ServeFleet) -> None:
    """The failures are raised, because of which nobody overlooks the source: it is the cause."""
    site = await short_customers(serve_fleet)
    site.emulator.script(Fault.status(403), tenant=("c2", "t"), times=None)
    fleet = site.across(site.client.tenants())
    with pytest.raises(TenantFailuresError) as caught:
        await all_of(fleet)
    assert isinstance(caught.value.__cause__, IncompleteError)
    assert list(fleet.failures) == [TenantRef("c2", "t")]


async def test_strict_discovery_names_the_customers_that_are_not_there(
    serve_fleet: ServeFleet, caplog: pytest.LogCaptureFixture
) -> None:
    """Though it ends in an error."""
    site = await short_customers(serve_fleet)
    with pytest.raises(IncompleteError):
        [tenant async for tenant in site.client.tenants(customer_ids=["c1", "c7"])]
    assert "customer c7 is not among those that the app may see" in caplog.messages


async def test_errors_of_discovery_say_so(serve_fleet: ServeFleet) -> None:
    """They name the list and its page."""
    refs = {(f"c{number:03}", "t"): 0 for number in range(150)}
    site = await serve_fleet(Fleet.of(refs))
    site.emulator.script(Fault.body(b"nonsense"), kind="customers", page=2)
    fleet = site.across(site.client.tenants())
    with pytest.raises(ResponseError, match=r"^customer list, page 2: "):
        await all_of(fleet)
    assert not fleet.complete


async def test_a_fleet_that_ends_early_leaves_its_outcomes(serve_fleet: ServeFleet) -> None:
    """Whatever ended it, each tenant that was started can be read."""
    site = await serve_fleet(30)

    async def source() -> AsyncIterator[TenantRef]:
        for ref in site.refs[:12]:
            yield ref
        message = "no more"
        raise LookupError(message)

    fleet, answers = site.across(source()), Answers()
    with pytest.raises(LookupError):
        await all_of(fleet, answers)
    assert fleet.outcomes.keys() >= answers.keys()
    assert set(fleet.outcomes) <= set(site.refs[:12])
    for ref, outcome in fleet.outcomes.items():
        assert outcome.complete is (len(answers.get(ref, [])) == 3)
    assert not fleet.complete


async def test_after_an_error_the_iteration_is_over(serve_fleet: ServeFleet) -> None:
    """The error is raised once."""
    site = await serve_fleet({"a": 3})
    site.emulator.script(Fault.status(403), times=None)
    async with site.across() as fleet:
        pages = fleet.pages()
        with pytest.raises(TenantFailuresError):
            await anext(pages)
        with pytest.raises(StopAsyncIteration):
            await anext(pages)


@pytest.mark.parametrize("by", ["pages", "items"])
async def test_an_iteration_that_is_closed(serve_fleet: ServeFleet, by: str) -> None:
    """It ends there; the tasks end with the ``async with``."""
    site = await serve_fleet({"a": 3, "b": 3})
    async with site.across() as fleet:
        iterator = aiter(fleet) if by == "items" else fleet.pages()
        await anext(iterator)
        await iterator.aclose()
        assert [each async for each in iterator] == []
    await site.check_left()


async def test_tenants_are_iterated_again_and_again(serve_fleet: ServeFleet) -> None:
    """Each time anew; the outcome is that of the latest walk."""
    site = await serve_fleet(Fleet.of(SHORT))
    tenants = site.client.tenants()
    assert tenants.outcome == WalkOutcome()
    assert repr(tenants) == "Tenants(Pager(Customer, page_size=100))"
    for times in (1, 2):
        assert [ref async for ref in tenants] == site.refs
        assert tenants.outcome.complete
        assert len(site.emulator.api_requests) == times
    iterator = aiter(tenants)
    await anext(iterator)
    await iterator.aclose()
    assert [ref async for ref in iterator] == []
    async with site.across(tenants) as fleet:
        await emails_of(fleet)
    assert fleet.complete
    assert tenants.outcome == fleet.discovery


async def test_references_know_the_names(serve_fleet: ServeFleet) -> None:
    """Discovery fills them; they take no part in equality."""
    site = await serve_fleet(Fleet.of(SHORT))
    (customer, *_) = site.emulator.fleet.customers()
    (ref, *_) = [ref async for ref in site.client.tenants()]
    assert ref == TenantRef("c1", "t")
    assert ref.customer_name == customer.organization
    assert ref.tenant_name == customer.tenants[0].name


async def test_a_tenant_that_no_request_could_name(
    serve_fleet: ServeFleet, caplog: pytest.LogCaptureFixture
) -> None:
    """It is left out with a warning, and discovery is not complete."""
    site = await serve_fleet(Fleet.of(SHORT))
    row = {"id": "c1", "organization": "One", "tenants": [{"id": ".."}, {"id": "t"}]}
    body = msgspec.json.encode({"data": [row], "metadata": {"totalCount": 1}})
    site.emulator.script(Fault.body(body), kind="customers")
    async with site.across(site.client.tenants()) as fleet:
        assert list(await emails_of(fleet)) == [TenantRef("c1", "t")]
    assert fleet.discovery is not None
    assert fleet.discovery.unreadable == 1
    assert not fleet.complete
    assert any(said.startswith("a tenant of One is left out: ") for said in caplog.messages)


async def test_a_customer_asked_for_with_blanks_is_there(
    serve_fleet: ServeFleet, caplog: pytest.LogCaptureFixture
) -> None:
    """Ids are compared as the filter compares them."""
    site = await serve_fleet(Fleet.of(SHORT), dialect=Dialect(filters=()))
    tenants = site.client.tenants(customer_ids=[" C1 "])
    assert [ref async for ref in tenants] == [TenantRef("c1", "t")]
    assert tenants.outcome.complete
    assert "is not among those" not in caplog.text


async def test_a_pager_given_by_mistake_prints_no_customer(serve_fleet: ServeFleet) -> None:
    """The error says what to hand in instead; a row would be somebody's data."""
    site = await serve_fleet(Fleet.of(SHORT))
    customers: Any = site.client.customers()
    with pytest.raises(ConfigurationError, match=r"client\.tenants\(\)"):
        site.across(customers)
    async with site.across(customers.walk()) as fleet:
        with pytest.raises(ConfigurationError) as caught:
            await emails_of(fleet)
    assert "tenants[0] must be a TenantRef" in str(caught.value)
    assert str(site.emulator.fleet.customers()[0].organization) not in str(caught.value)


TRACE: ContextVar[str] = ContextVar("trace", default="nobody")


async def test_requests_run_in_the_context_in_which_it_was_entered(
    serve_fleet: ServeFleet,
) -> None:
    """Whatever the consumer sets meanwhile; what one request sets, no other sees."""
    seen: list[str] = []

    async def on_start(_session: Any, _context: Any, _params: Any) -> None:
        seen.append(TRACE.get())
        TRACE.set("another request's")

    tracing = aiohttp.TraceConfig()
    tracing.on_request_start.append(on_start)
    async with aiohttp.ClientSession(trace_configs=[tracing]) as session:
        site = await serve_fleet({f"t{n:02}": 3 for n in range(20)}, client={"session": session})
        await site.client.protected_users(site.refs[0]).first()
        seen.clear()
        TRACE.set("the nightly run")
        async with site.across(page_size=1, concurrency=1) as fleet:
            async for tenant, _ in fleet.pages():
                TRACE.set(tenant.tenant_id)
    assert len(seen) == 60
    assert seen[0] == "the nightly run"
    names = {f"t{n:02}" for n in range(20)}
    assert not names & set(seen)


async def test_outcomes_are_plain_and_can_be_sent_home(serve_fleet: ServeFleet) -> None:
    """Dicts of frozen records, errors included, which pickle and copy."""
    site = await serve_fleet({"a": 3, "b": 3})
    site.emulator.script(Fault.status(404), tenant=("c", "a"), times=None)
    fleet = site.across()
    with pytest.raises(TenantFailuresError) as caught:
        await all_of(fleet)
    for copied in (pickle.loads(pickle.dumps(fleet.outcomes)), copy.deepcopy(fleet.outcomes)):
        assert type(copied) is dict
        assert copied[TenantRef("c", "b")] == fleet.outcomes[TenantRef("c", "b")]
        error = copied[TenantRef("c", "a")].error
        assert isinstance(error, NotFoundError)
        assert str(error) == str(fleet.failures[TenantRef("c", "a")].error)
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)
    incomplete = IncompleteError("short", outcome=WalkOutcome(items=3), customer_id="c")
    again = pickle.loads(pickle.dumps(incomplete))
    assert again.outcome == incomplete.outcome
    assert str(again) == str(incomplete)


def test_many_failures_are_named_in_part() -> None:
    """The message names the first few, and how many more there are."""
    failures = {
        TenantRef("c", str(number)): WalkOutcome(error=NotFoundError(f"gone {number}", status=404))
        for number in range(5)
    }
    said = str(TenantFailuresError(failures=failures))
    assert said.startswith("5 tenants failed: 5 NotFoundError: ")
    assert "gone 2; and 2 more" in said
    assert "gone 3" not in said


async def test_a_fleet_shows_how_far_it_is(serve_fleet: ServeFleet) -> None:
    """Its repr names its state and its counts."""
    site = await serve_fleet({"a": 3})
    fleet = site.across()
    assert repr(fleet) == "<FanOut not entered, 0 of 0 tenants done, 0 failed, 0 items>"
    async with fleet:
        assert repr(fleet).startswith("<FanOut entered, ")
        await emails_of(fleet)
    assert repr(fleet) == "<FanOut left, 1 of 1 tenants done, 0 failed, 3 items>"


async def test_an_option_that_is_none_of_the_three(serve_fleet: ServeFleet) -> None:
    """The error lists them."""
    site = await serve_fleet({"a": 3})
    told = "^on_error must be one of defer, skip, raise; got 'ignore'$"
    with pytest.raises(ConfigurationError, match=told):
        site.across(on_error="ignore")
