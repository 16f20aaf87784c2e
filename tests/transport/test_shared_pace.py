"""What one request is told of the service's pace holds for the whole client."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from avepoint_async.endpoints import PROTECTED_USERS
from avepoint_async.models import TenantRef
from avepoint_async.paging.listing import Listing

from avepoint_async.errors import ApiError, RateLimitError
from avepoint_async.exchange.retry import RetryPolicy
from avepoint_async.paging.pager import Pager
from avepoint_async.testing import Emulator, Fault, Fleet
from avepoint_async.transport.session import SessionManager
from avepoint_async.transport.throttle import Throttle
from tests.conftest import new_client

ONCE = RetryPolicy(attempts=1, deadline=5000.0)
NOW = 1000.0


@asynccontextmanager
async def two_tenants() -> AsyncIterator[Emulator]:
    """An emulator with two tenants of one user."""
    async with Emulator(fleet=Fleet.of({("c", "t1"): 1, ("c", "t2"): 1})) as emulator:
        yield emulator


async def ask(emulator: Emulator, throttle: Throttle) -> int:
    """One call without a second attempt, at the pace of this throttle."""
    session = SessionManager(
        credential=emulator.credential,
        environment=emulator.environment,
        throttle=throttle,
        policy=ONCE,
    )
    tenant = TenantRef("c", "t1")
    try:
        return await Pager(
            Listing(session=session, endpoint=PROTECTED_USERS, tenant=tenant, size=10)
        ).count()
    finally:
        await session.close()


@pytest.mark.parametrize("status", [429, 503])
async def test_one_tenant_s_refusal_holds_every_other(status: int) -> None:
    """What another tenant asks for is not sent before the wait that the first was told is over."""
    async with two_tenants() as emulator, new_client(emulator, retry=ONCE) as client:
        emulator.script(Fault.status(status, retry_after=0.6), tenant=("c", "t1"))
        before = time.monotonic()
        with pytest.raises(ApiError):
            await client.protected_users("c", "t1").count()
        assert client.stats.throttled == 1
        assert await client.protected_users("c", "t2").count() == 1
        assert time.monotonic() - before >= 0.6
        assert client.stats.pace is not None


@pytest.mark.parametrize(
    ("retry_after", "hold"), [(7, 7.0), ("3600", 3600.0), (9_999_999, 5000.0), ("soon", 0.25)]
)
async def test_the_hold_is_what_the_service_asks_for(retry_after: float | str, hold: float) -> None:
    """Up to the deadline of a call, beyond which nobody would be left; nonsense is ignored."""
    throttle = Throttle(concurrency=4, clock=lambda: NOW)
    async with two_tenants() as emulator:
        emulator.script(Fault.status(429, retry_after=retry_after))
        with pytest.raises(RateLimitError):
            await ask(emulator, throttle)
    assert throttle.held_until == NOW + hold


async def test_a_hold_may_end_at_a_date() -> None:
    """A date in an hour holds for about one, and the error tells the same."""
    throttle = Throttle(concurrency=4, clock=lambda: NOW)
    date = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    async with two_tenants() as emulator:
        emulator.script(Fault.status(429, retry_after=date))
        with pytest.raises(RateLimitError) as caught:
            await ask(emulator, throttle)
    assert 1800 < throttle.held_until - NOW <= 3600
    assert 1800 < (caught.value.retry_after or 0) <= 3600


async def test_other_errors_are_no_refusals() -> None:
    """What fails for a reason of its own slows nobody down."""
    async with two_tenants() as emulator:
        for status in (500, 502, 504, 404, 408):
            throttle = Throttle(concurrency=4, clock=lambda: NOW)
            emulator.script(Fault.status(status, retry_after=60))
            with pytest.raises(ApiError):
                await ask(emulator, throttle)
            assert throttle.held_until < NOW
            assert throttle.limit == 4


async def test_what_is_accepted_gives_the_slots_back() -> None:
    """A refusal halves the number in flight; each answer after the hold adds one again."""
    now = NOW
    throttle = Throttle(concurrency=8, clock=lambda: now)
    limits: list[int] = []
    async with two_tenants() as emulator:
        emulator.script(Fault.status(429, retry_after=7))
        with pytest.raises(RateLimitError):
            await ask(emulator, throttle)
        for _ in range(5):
            limits.append(throttle.limit)
            now += 60.0
            assert await ask(emulator, throttle) == 1
    assert limits == [4, 5, 6, 7, 8]
    assert throttle.in_flight == 0
