"""What the pace is made of: its curves, its burst, and the steepest stretch."""

import math
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avepoint_async.testing.limits import Limiter, RateLimit
from avepoint_async.transport.pace import Burst, Plateau, Ramp, steepest


@pytest.mark.parametrize(
    ("burst", "accepted", "seconds", "tells"),
    [
        pytest.param(Burst(10, 0.002), 60, 0.5, True, id="a tenth of a second's worth"),
        pytest.param(Burst(0, 0.0), 60, 0.5, False, id="none"),
        pytest.param(Burst(100, 0.1), 150, 0.6, False, id="a second's worth"),
        pytest.param(Burst(60, 0.0), 60, 0.5, False, id="no more than itself"),
        pytest.param(Burst(10, 0.24), 60, 0.5, False, id="filled while it lasted"),
        pytest.param(Burst(30, 0.3), 60, 0.5, False, id="as long as the stretch"),
    ],
)
def test_when_a_burst_tells_a_rate(
    burst: Burst, accepted: int, seconds: float, tells: bool
) -> None:
    """Only one that is short, and small beside what came after it."""
    assert burst.tells(accepted, seconds) is tells


def test_when_a_ceiling_is_disproved() -> None:
    """When it was passed by fifteen per cent, and by more the less sure it was."""
    sure, unsure = (Plateau(ceiling=100.0, depth=depth, span=10.0) for depth in (0.02, 0.2))
    assert [sure.disproved_by(rate) for rate in (114, 116)] == [False, True]
    assert [unsure.disproved_by(rate) for rate in (139, 141)] == [False, True]


def test_a_few_sends_are_no_rate() -> None:
    """Two that went together by chance say nothing of the others."""
    times = [*(float(n) for n in range(20)), 19.01]
    rate, number = steepest(times, 20.0, burst=0, pause=0.1)
    assert rate < 1.5
    assert number >= 4


def test_a_ramp_doubles_and_a_plateau_waits() -> None:
    """A ramp has no end short of any gateway; a plateau is flat at its ceiling."""
    ramp = Ramp(start=10.0, doubling=2.0)
    assert [ramp.rate(age) for age in (0, 2, 4)] == [10, 20, 40]
    assert ramp.rate(1e9) < math.inf
    plateau = Plateau(ceiling=100.0, depth=0.1, span=10.0)
    assert [plateau.rate(age) for age in (0, 10, 20)] == pytest.approx([90, 100, 110])
    assert 99.9 < plateau.rate(9) < plateau.rate(11) < 100.1


@settings(max_examples=50)
@given(
    st.integers(1, 50),
    st.integers(1, 10),
    st.lists(st.floats(0.0, 0.05), min_size=1, max_size=150),
)
def test_no_stretch_shows_more_than_the_rate(rate: int, burst: int, gaps: list[float]) -> None:
    """However sends are spread, a bucket never seems to let more through than it does."""
    limiter = Limiter(RateLimit.bucket(rate, burst))
    times = list(accumulate(gaps))
    accepted = [time for time in times if limiter.admits(time)]
    end = times[-1] + 0.001
    found, number = steepest(accepted, end, burst=burst, pause=0.0)
    assert found <= rate + 0.5 / (end - accepted[-number]) + 1e-6
