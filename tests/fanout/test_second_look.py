"""Tenants that failed for a reason that may pass are tried once more, after the others."""

import asyncio

import pytest

from avepoint_async import TenantFailuresError, TenantRef
from avepoint_async.errors import (
    AvePointError,
    NotFoundError,
    RateLimitError,
    ServerError,
    TransportError,
)
from avepoint_async.testing import Fault
from tests.fanout.conftest import QUICK, Answers, ServeFleet, all_of
from tests.fanout.virtual import VirtualService
from tests.virtual_time import VirtualLoop, run

A = TenantRef("c", "a")


@pytest.mark.parametrize(
    "fault", [Fault.status(429, retry_after=0), Fault.status(500), Fault.status(503), Fault.reset()]
)
async def test_what_has_passed_by_then_is_no_failure(serve_fleet: ServeFleet, fault: Fault) -> None:
    """The tenant arrives whole, each user once, and its outcome tells of two tries."""
    site = await serve_fleet({"a": 5, "b": 5, "d": 5})
    site.emulator.script(fault, tenant=("c", "a"), page=2, times=QUICK.attempts)
    fleet = site.across(page_size=2)
    answers = await all_of(fleet)
    assert answers == site.whole
    assert fleet.complete
    assert {ref.tenant_id: out.tries for ref, out in fleet.outcomes.items()} == {
        "a": 2,
        "b": 1,
        "d": 1,
    }
    assert fleet.progress.tenants_retried == 1
    assert fleet.progress.tenants_failed == 0
    assert fleet.progress.tenants_finished == 3


async def test_each_second_look_is_counted(serve_fleet: ServeFleet) -> None:
    """Progress tells how many tenants were tried again, and not that some were."""
    site = await serve_fleet({"a": 2, "b": 2, "d": 2})
    for name in ("a", "b"):
        site.emulator.script(Fault.status(500), tenant=("c", name), times=QUICK.attempts)
    fleet = site.across()
    assert await all_of(fleet) == site.whole
    assert (fleet.progress.tenants_retried, fleet.progress.tenants_failed) == (2, 0)


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_what_would_not_pass_is_asked_for_once(serve_fleet: ServeFleet, status: int) -> None:
    """A tenant that may not be seen is not asked about again."""
    site = await serve_fleet({"a": 5, "b": 5})
    site.emulator.script(Fault.status(status), tenant=("c", "a"), times=None)
    fleet = site.across(on_error="skip")
    await all_of(fleet)
    assert fleet.failures[A].tries == 1
    assert fleet.progress.tenants_retried == 0
    assert sum(name == "a" for name, _ in site.asked) == 1


async def test_each_failure_is_counted(serve_fleet: ServeFleet) -> None:
    """Progress tells how many tenants failed, and the outcome of each that it is not complete."""
    site = await serve_fleet({"a": 2, "b": 2, "d": 2})
    for name in ("a", "b"):
        site.emulator.script(Fault.status(404), tenant=("c", name), times=None)
    fleet = site.across(on_error="skip")
    await all_of(fleet)
    assert fleet.progress.tenants_failed == 2
    assert [each.complete for each in fleet.failures.values()] == [False, False]


async def test_a_tenant_is_tried_twice_and_no_more(serve_fleet: ServeFleet) -> None:
    """What still fails then has failed."""
    site = await serve_fleet({"a": 5, "b": 5})
    site.emulator.script(Fault.status(500), tenant=("c", "a"), times=None)
    fleet, answers = site.across(), Answers()
    with pytest.raises(TenantFailuresError) as caught:
        await all_of(fleet, answers)
    assert [type(out.error) for out in caught.value.failures.values()] == [ServerError]
    assert fleet.failures[A].tries == 2
    assert sum(name == "a" for name, _ in site.asked) == 2 * QUICK.attempts
    assert fleet.progress.tenants_failed == 1
    assert not fleet.complete


async def test_the_others_come_first(serve_fleet: ServeFleet) -> None:
    """The second try begins when everything else was delivered."""
    site = await serve_fleet({"a": 1, **{f"t{number:02}": 1 for number in range(12)}})
    site.emulator.script(Fault.status(500), tenant=("c", "a"), times=QUICK.attempts)
    async with site.across() as fleet:
        order = [tenant.tenant_id async for tenant, _ in fleet.pages()]
    assert order[-1] == "a"
    assert sorted(order) == sorted(ref.tenant_id for ref in site.refs)


async def test_with_raise_there_is_no_second_look(serve_fleet: ServeFleet) -> None:
    """The first failure is raised at once."""
    site = await serve_fleet({"a": 1, "b": 1})
    site.emulator.script(Fault.status(500), tenant=("c", "a"), times=QUICK.attempts)
    fleet = site.across(on_error="raise")
    with pytest.raises(ServerError):
        await all_of(fleet)
    assert fleet.failures[A].tries == 1


def test_pages_of_the_first_try_do_not_come_in_between() -> None:
    """The second try waits for what is under way of the first, which may come to anything.

    Page 2 fails at once, page 3 fails late: the second try must not take that for its own.
    """

    async def main(loop: VirtualLoop) -> None:
        service = VirtualService(
            {"a": 6},
            loop,
            latency=lambda _tenant, page: 50.0 if page == 3 and len(late) else 1.0,
            faults={("a", 2): [RateLimitError("busy", status=429)], ("a", 3): late},
        )
        async with service.fan_out() as fleet:
            got = [row.id async for _, row in fleet]
        (outcome,) = fleet.outcomes.values()
        assert got == [0, 1, 2, 3, 4, 5]
        assert outcome.complete
        assert outcome.tries == 2

    late: list[AvePointError] = [NotFoundError("gone", status=404)]
    run(main)


def test_a_tenant_that_can_be_tried_does_not_wait_for_another() -> None:
    """Only the one of which pages are under way waits for them."""
    ended: dict[str, float] = {}

    async def main(loop: VirtualLoop) -> None:
        stuck = ("a", 3)
        quick: list[AvePointError] = [TransportError("reset")]
        service = VirtualService(
            {"a": 6, "b": 2},
            loop,
            latency=lambda tenant, page: 50.0 if (tenant, page) == stuck and first else 1.0,
            faults={("a", 2): [TransportError("reset")], ("b", 1): quick, stuck: first},
        )
        begun = loop.time()
        async with service.fan_out() as fleet:
            async for tenant, page in fleet.pages():
                if page.last:
                    ended[tenant.tenant_id] = loop.time() - begun
        assert fleet.complete

    first: list[AvePointError] = [TransportError("reset")]
    run(main)
    assert ended["b"] < 10
    assert ended["a"] > 50


async def test_leaving_during_the_second_look(serve_fleet: ServeFleet) -> None:
    """The outcome then tells of a second try that did not come to its end."""
    site = await serve_fleet({"a": 1, "b": 1})
    done = asyncio.Event()
    site.emulator.script(
        *[Fault.status(500)] * QUICK.attempts, Fault.until(done), tenant=("c", "a")
    )
    async with site.across() as fleet:
        pages = fleet.pages()
        tenant, _ = await anext(pages)
        assert tenant.tenant_id == "b"
        waiting = asyncio.create_task(anext(pages))
        await site.emulator.arrived(2 + QUICK.attempts)
        waiting.cancel()
        await asyncio.wait([waiting])
    done.set()
    assert fleet.outcomes[A].tries == 2
    assert fleet.outcomes[A].error is None
    assert not fleet.outcomes[A].complete
    assert not fleet.complete
    await site.check_left()
