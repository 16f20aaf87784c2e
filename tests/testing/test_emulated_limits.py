"""Rate limits: pure arithmetic first, then as a client meets them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avepoint_async.testing import Dialect, Emulator, Fault, Fleet, RateLimit
from avepoint_async.testing.limits import Limiter
from tests.testing.raw import talking_to

REF = ("c1", "t1")

gaps = st.lists(st.floats(0, 3, allow_nan=False), min_size=1, max_size=60)


@given(gaps, st.floats(0.1, 50), st.integers(1, 20))
def test_a_bucket_never_lets_through_more_than_burst_and_rate(
    gaps: list[float], rate: float, burst: int
) -> None:
    """In any stretch of time at most ``burst + rate * seconds`` requests pass."""
    limiter = Limiter(RateLimit.bucket(rate, burst))
    now, passed = 100.0, list[float]()
    for gap in gaps:
        now += gap
        if limiter.admits(now):
            passed.append(now)
    for first, start in enumerate(passed):
        for count, end in enumerate(passed[first:], 1):
            assert count <= burst + rate * (end - start) + 1e-6


@given(gaps, st.integers(1, 5), st.floats(0.5, 4))
def test_a_window_lets_through_its_limit_each(gaps: list[float], limit: int, period: float) -> None:
    """Within one window of the clock the first ``limit`` requests pass, and no other."""
    limiter = Limiter(RateLimit.window(limit, period))
    now, seen = 100.0, dict[float, int]()
    for gap in gaps:
        now += gap
        window = now // period
        seen[window] = seen.get(window, 0) + 1
        assert limiter.admits(now) == (seen[window] <= limit)


def test_a_bucket_starts_full_and_refills_steadily() -> None:
    """Ten at once, then one for each hundredth of a second."""
    limiter = Limiter(RateLimit.bucket(100, 10))
    assert [limiter.admits(5.0) for _ in range(11)] == [True] * 10 + [False]
    assert [limiter.admits(5.0105), limiter.admits(5.0106)] == [True, False]
    assert [limiter.admits(9.0) for _ in range(11)] == [True] * 10 + [False]


@pytest.mark.parametrize(
    ("given", "written"), [(None, None), (1, "1"), (0.5, "0.5"), ("soon", "soon")]
)
def test_retry_after_is_written_as_a_gateway_would(
    given: float | str | None, written: str | None
) -> None:
    """Whole seconds without a fraction, text as it stands."""
    assert RateLimit.bucket(1, retry_after=given).retry_after == written
    assert RateLimit.window(1, retry_after=given).retry_after == written


async def test_refusals_are_counted_and_cost_nothing_else() -> None:
    """A refused request is a 429 with its header; token requests are never refused."""
    now = 50.0
    limit = RateLimit.bucket(1, 2, retry_after=1)
    limited = Emulator(fleet=Fleet.of({REF: 1}), rate_limit=limit, clock=lambda: now)
    async with talking_to(limited) as raw:
        raw.emulator.script(*[Fault.status(500)] * 3)
        replies = [await raw.users(REF) for _ in range(3)]
        assert [reply.status for reply in replies] == [500, 500, 429]
        assert replies[2].headers["Retry-After"] == "1"
        assert replies[2].json["message"] == "Too many requests."
        assert (raw.emulator.refused, raw.emulator.script_left) == (1, 1)
        assert (await raw.token()).status == 200
        now = 51.0
        assert (await raw.users(REF)).status == 500


async def test_a_refusal_may_be_a_bare_503() -> None:
    """As gateways do that name neither the reason nor a time."""
    limit = RateLimit.window(1, period=10, status=503)
    html = Dialect(errors="html")
    limited = Emulator(fleet=Fleet.of({REF: 1}), dialect=html, rate_limit=limit, clock=lambda: 5.0)
    async with talking_to(limited) as raw:
        assert (await raw.customers()).status == 200
        refused = await raw.users(REF)
    assert (refused.status, refused.body[:6]) == (503, b"<html>")
    assert "Retry-After" not in refused.headers


async def test_the_limit_may_change_while_it_runs() -> None:
    """A new limit starts anew, and none lifts it."""
    async with talking_to(Emulator(fleet=Fleet.of({REF: 1}), clock=lambda: 5.0)) as raw:
        raw.emulator.rate_limit = RateLimit.window(1)
        assert [(await raw.users(REF)).status for _ in range(2)] == [200, 429]
        assert raw.emulator.rate_limit is not None
        raw.emulator.rate_limit = None
        assert (await raw.users(REF)).status == 200
