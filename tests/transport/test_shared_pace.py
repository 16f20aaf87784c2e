"""Whom a refusal holds: its own call, its tenant, or the whole client; over real HTTP."""

import asyncio

import pytest

from avepoint_async import ApiError, AvePointClient, RateLimitError, RetryPolicy, TenantRef
from avepoint_async.testing import Emulator, Fault
from tests.conftest import new_client

ONCE = RetryPolicy(attempts=1)
PATIENT = RetryPolicy(deadline=1e6)
FLEET = {("c", f"t{number}"): 1 for number in range(40)}


async def count(client: AvePointClient, tenant: str) -> int:
    """One request about one tenant."""
    return await client.protected_users("c", tenant).count()


@pytest.mark.parametrize("status", [429, 503])
async def test_a_retry_after_holds_its_own_call(status: int) -> None:
    """Others are sent at once while a call waits as long as it was told; nothing is held."""
    async with Emulator(fleet=FLEET) as emulator, new_client(emulator, retry=PATIENT) as client:
        emulator.script(Fault.status(status, retry_after=3600), tenant=("c", "t0"))
        waiting = asyncio.create_task(count(client, "t0"))
        await emulator.arrived(1)
        assert [await count(client, f"t{number}") for number in range(1, 11)] == [1] * 10
        assert (client.stats.throttled, client.stats.held_for) == (1, 0.0)
        assert not waiting.done()
        waiting.cancel()
        await asyncio.wait([waiting])
        assert (client.stats.in_flight, client.stats.waiting) == (0, 0)


async def test_a_row_of_refusals_holds_everybody() -> None:
    """Where nothing is let through any more, nobody sends before the longest wait told is over."""
    async with (
        Emulator(fleet=FLEET) as emulator,
        new_client(emulator, retry=ONCE, concurrency=1) as client,
    ):
        emulator.script(Fault.status(503, retry_after=100), times=None)
        for number in range(4):
            with pytest.raises(ApiError):
                await count(client, f"t{number}")
        assert 90 < client.stats.held_for <= 100
        held = asyncio.create_task(count(client, "t9"))
        await asyncio.sleep(0)
        assert (client.stats.waiting, len(emulator.api_requests)) == (1, 4)
        held.cancel()
        await asyncio.wait([held])
        assert client.stats.waiting == 0


async def test_a_tenant_that_alone_is_refused_is_held_alone() -> None:
    """Its own calls wait, in no slot of anybody; the fan-out streams all the others meanwhile."""
    async with (
        Emulator(fleet=FLEET) as emulator,
        new_client(emulator, retry=RetryPolicy(backoff=0.01), concurrency=2) as client,
    ):
        emulator.script(Fault.status(429, retry_after=0.2), tenant=("c", "t0"), times=6)
        tenants = [TenantRef(*ref) for ref in FLEET]
        order: list[str] = []
        async with client.protected_users_across(tenants) as fleet:
            async for tenant, _user in fleet:
                order.append(tenant.tenant_id)
        assert order[-1] == "t0"
        assert sorted(order) == sorted(ref[1] for ref in FLEET)
        assert fleet.complete
        assert client.stats.pace is None


@pytest.mark.parametrize("status", [500, 502, 504, 404, 408])
async def test_other_errors_are_no_refusals(status: int) -> None:
    """What fails for a reason of its own slows nobody down."""
    async with Emulator(fleet=FLEET) as emulator, new_client(emulator, retry=ONCE) as client:
        emulator.script(Fault.status(status, retry_after=60), times=None)
        for number in range(10):
            with pytest.raises(ApiError):
                await count(client, f"t{number}")
        assert client.stats.throttled == 0
        assert (client.stats.held_for, client.stats.pace) == (0.0, None)


async def test_what_is_given_up_says_how_long_it_was_told_to_wait() -> None:
    """A 429 that is not outlasted tells the wait in its text and in its data."""
    async with Emulator(fleet=FLEET) as emulator, new_client(emulator, retry=ONCE) as client:
        emulator.script(Fault.status(429, retry_after=7))
        with pytest.raises(RateLimitError, match="asks to wait 7 s") as caught:
            await count(client, "t0")
    assert caught.value.retry_after == 7


async def test_a_tenant_that_stays_refused_gives_up_by_its_deadline() -> None:
    """The time in which it is held alone counts: its pages end, and the others are whole."""
    fleet = {("c", "sick"): 40, **FLEET}
    policy = RetryPolicy(attempts=50, deadline=1.0, backoff=0.01)
    async with (
        Emulator(fleet=fleet, page_size_limit=1) as emulator,
        new_client(emulator, retry=policy, concurrency=4) as client,
    ):
        sick = ("c", "sick")
        emulator.script(Fault.status(429, retry_after=0.1), tenant=sick, times=None)
        tenants = [TenantRef(*ref) for ref in fleet]
        async with client.protected_users_across(tenants, on_error="skip", page_size=1) as found:
            async for _ in found:
                pass
        (failed,) = found.failures
        assert failed.tenant_id == "sick"
        assert isinstance(found.failures[failed].error, RateLimitError)
        assert (client.stats.in_flight, client.stats.waiting) == (0, 0)
