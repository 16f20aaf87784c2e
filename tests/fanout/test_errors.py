"""What becomes of tenants that fail, and what ends the whole."""

import pickle
from typing import Any

import pytest

from avepoint_async import TenantFailuresError, TenantRef
from avepoint_async.errors import (
    AvePointError,
    NotFoundError,
    PaginationError,
    PermissionDeniedError,
    ResponseError,
    ServerError,
    TransportError,
)
from avepoint_async.paging.fanout import FanOut
from avepoint_async.testing import Dialect, Fault
from tests.fanout.conftest import Answers, ServeFleet, Site, all_of, strays

BAD = {
    TenantRef("c", "t003"): (Fault.status(403), PermissionDeniedError),
    TenantRef("c", "t011"): (Fault.status(404), NotFoundError),
    TenantRef("c", "t020"): (Fault.body(b"nonsense"), ResponseError),
}


@pytest.fixture
async def site(serve_fleet: ServeFleet) -> Site:
    """Thirty tenants, three of them bad."""
    site = await serve_fleet(30)
    for tenant, (fault, _) in BAD.items():
        site.emulator.script(fault, tenant=(tenant.customer_id, tenant.tenant_id))
    return site


def healthy(site: Site) -> Answers:
    """What is to come of the tenants that are not bad."""
    return {tenant: emails for tenant, emails in site.whole.items() if tenant not in BAD}


def check_failures(fleet: FanOut[Any]) -> None:
    """Three tenants failed, each for its own reason, and tell where."""
    assert {ref: type(out.error) for ref, out in fleet.failures.items()} == {
        tenant: kind for tenant, (_, kind) in BAD.items()
    }
    for tenant, outcome in fleet.failures.items():
        error = outcome.error
        assert error is not None
        place = (error.customer_id, error.tenant_id, error.page_index)
        assert place == (tenant.customer_id, tenant.tenant_id, 1)
        assert (outcome.items, outcome.pages, outcome.complete) == (0, 0, False)
    progress = fleet.progress
    assert (progress.tenants_started, progress.tenants_finished, progress.tenants_failed) == (
        30,
        27,
        3,
    )


async def test_defer(site: Site) -> None:
    """Every healthy tenant arrives whole, and then one error tells of all the others."""
    fleet, answers = site.across(), Answers()
    with pytest.raises(TenantFailuresError) as caught:
        await all_of(fleet, answers)
    assert answers == healthy(site)
    assert caught.value.failures == fleet.failures
    assert str(caught.value).startswith("3 tenants failed: 1 ")
    check_failures(fleet)


async def test_skip(site: Site) -> None:
    """Every healthy tenant arrives whole, and nothing is raised."""
    fleet = site.across(on_error="skip")
    assert await all_of(fleet) == healthy(site)
    check_failures(fleet)


async def test_raise(site: Site) -> None:
    """The first failure comes out as it is, and nothing is asked for any more."""
    fleet = site.across(on_error="raise", concurrency=1)
    with pytest.raises(PermissionDeniedError) as caught:
        await all_of(fleet)
    assert caught.value.tenant_id == "t003"
    assert [outcome.error for outcome in fleet.failures.values()] == [caught.value]
    assert not strays()
    assert len(site.asked) < 15


async def test_after_a_failure_that_is_raised_no_tenant_is_started(site: Site) -> None:
    """The task that met it goes on with no other page."""
    site.emulator.script(Fault.status(403))
    site.emulator.hold()
    async with site.across(on_error="raise", concurrency=1) as fleet:
        await site.in_flight(1)
        await site.stalled_at(1)
        started = list(fleet.outcomes)
        assert len(started) < len(site.refs)
        site.emulator.release()
        with pytest.raises(PermissionDeniedError):
            await anext(fleet.pages())
    assert list(fleet.outcomes) == started


async def test_raise_gives_the_first_of_several(site: Site) -> None:
    """Of failures that the consumer did not wait for, the one that came first is raised."""
    async with site.across(on_error="raise") as fleet:
        await site.stalled()
        with pytest.raises(PermissionDeniedError):
            await anext(fleet.pages())


async def test_failures_pickle(site: Site) -> None:
    """The error at the end survives a process boundary, with every failure in it."""
    with pytest.raises(TenantFailuresError) as caught:
        await all_of(site.across())
    copy = pickle.loads(pickle.dumps(caught.value))
    assert str(copy) == str(caught.value)
    assert [str(outcome.error) for outcome in copy.failures.values()] == [
        str(outcome.error) for outcome in caught.value.failures.values()
    ]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.status(400), AvePointError),
        (Fault.status(500), ServerError),
        (Fault.reset(), TransportError),
        (Fault.body(b'{"data":[{"email":1}]}'), ResponseError),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
async def test_pages_before_the_error_are_delivered(
    serve_fleet: ServeFleet, fault: Fault, kind: type[AvePointError]
) -> None:
    """Of a tenant that fails at its third page two arrive, and none behind it."""
    site = await serve_fleet({"a": 5, "b": 5})
    site.emulator.script(fault, tenant=("c", "a"), page=3, times=None)
    a, b = site.refs
    fleet = site.across(page_size=1, on_error="skip")
    answers = await all_of(fleet)
    assert answers == {a: site.whole[a][:2], b: site.whole[b]}
    outcome = fleet.failures[a]
    assert (outcome.items, outcome.pages, outcome.total_count) == (2, 2, 5)
    assert isinstance(outcome.error, kind)
    assert outcome.error.page_index == 3


async def test_a_server_that_does_not_advance(serve_fleet: ServeFleet) -> None:
    """Its tenants fail after a few requests; those of one page are not concerned."""
    site = await serve_fleet({"a": 50, "b": 1}, dialect=Dialect(ignores_page_index=True))
    fleet = site.across(page_size=2, on_error="skip")
    await all_of(fleet)
    (failure,) = fleet.failures.values()
    assert isinstance(failure.error, PaginationError)
    assert failure.pages == 1
    assert len(site.asked) <= 12


async def test_what_passes_is_no_failure(serve_fleet: ServeFleet) -> None:
    """What a retry mends is seen in the counters alone."""
    site = await serve_fleet(6)
    site.emulator.script(Fault.status(500), Fault.reset(), Fault.status(503, retry_after=0))
    fleet = site.across()
    assert await all_of(fleet) == site.whole
    progress = fleet.progress
    assert (progress.requests, progress.retries, progress.throttled) == (9, 3, 1)
