"""The pace: what it makes of each refusal, and what no history can do to it."""

import math
from itertools import accumulate

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from avepoint_async.testing.limits import Limiter, RateLimit
from avepoint_async.transport.pace import Pace, Plateau, Ramp, steepest


def refused_pace(*stamps: int, sends: int = 40, slots: int = 16) -> Pace:
    """A pace that sent at once, and of which these sends were refused."""
    pace = Pace(slots=slots)
    pace.opened(0.0)
    for _ in range(sends):
        pace.sent_freely()
    for stamp in stamps:
        pace.refused(None, stamp, 0.1)
    return pace


def test_refusals_of_one_flight_count_once() -> None:
    """What was under way together when the first was refused slows the client down once."""
    one, many = refused_pace(39), refused_pace(*range(20, 40))
    assert one.limit == many.limit == 8
    assert one.held_until == many.held_until


def test_refusals_from_before_the_hold_are_answered_by_it() -> None:
    """A late refusal neither shrinks nor slows, but what it asks for is waited."""
    pace = refused_pace(39)
    assert pace.sent(1.0, held_back=False) == 40
    rate = pace.rate
    pace.refused(5.0, 38, 1.1)
    assert (pace.limit, pace.rate) == (8, rate)
    assert pace.delay(1.1) == pytest.approx(5.0)


def test_the_longest_retry_after_holds() -> None:
    """Each is waited in full, whatever the order of their coming."""
    pace = refused_pace(30)
    pace.refused(3.0, 31, 0.2)
    pace.refused(1.0, 32, 0.3)
    assert pace.delay(0.3) == pytest.approx(2.9)


def test_holds_grow_until_something_is_accepted() -> None:
    """Without a Retry-After: a quarter of a second, doubled up to ten seconds, and again."""
    pace, now, holds = refused_pace(39), 0.1, [0.25]
    for _ in range(8):
        now += pace.delay(now)
        pace.refused(None, pace.sent(now, held_back=True), now)
        holds.append(pace.delay(now))
    assert holds == [pytest.approx(min(0.25 * 2**n, 10.0)) for n in range(9)]
    now += 10.0
    pace.accepted(pace.sent(now, held_back=True))
    pace.refused(None, pace.sent(now, held_back=False), now)
    assert pace.delay(now) == pytest.approx(0.25)


def test_what_is_accepted_opens_the_slots_again() -> None:
    """One more slot for each answer to a send after the hold, until all are there."""
    pace = refused_pace(39)
    pace.accepted(0)
    assert pace.limit == 8
    stamps = [pace.sent(1.0, held_back=False) for _ in range(20)]
    limits = []
    for stamp in stamps:
        pace.accepted(stamp)
        limits.append(pace.limit)
    assert limits == [*range(9, 16), *[16] * 13]


def test_a_refusal_that_is_forgotten_teaches_nothing() -> None:
    """A send so old that its time is no longer known changes no rate."""
    pace = refused_pace(39)
    now = 1.0
    first = pace.sent(now, held_back=False)
    before = pace.rate
    for number in range(3000):
        pace.sent(now + number * 0.001, held_back=False)
    pace.refused(1.0, first, now + 3)
    pace.sent(now + 4, held_back=True)
    assert pace.rate == before


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


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["wait", "send", "send", "accept", "refuse"]),
        st.floats(0.0, 3.0),
        st.none() | st.floats(0.0, 100.0),
    ),
    max_size=150,
)


@example(1, None, [("refuse", 0, None), ("send", 0, None), ("refuse", 0, 1.0), ("accept", 0, None)])
@example(1, 2.0, [("wait", 1.0, None), ("send", 0, None), ("refuse", 0, None), ("send", 2, None)])
@given(st.integers(1, 20), st.none() | st.floats(0.001, 1e6), EVENTS)
def test_no_history_breaks_the_pace(
    slots: int, top: float | None, events: list[tuple[str, float, float | None]]
) -> None:
    """The slots, the rate and the holds stay within their bounds, whatever happens."""
    pace, now, held = Pace(slots=slots, top=top), 50.0, -math.inf
    for kind, amount, asked in events:
        stamp = int(amount / 3 * max(0, pace.sends - 1))
        if kind == "wait":
            now += amount
        elif kind == "send":
            now += 0.0 if pace.free else max(0.0, pace.delay(now))
            _ = pace.sent_freely() if pace.free else pace.sent(now, held_back=amount > 1)
        elif kind == "accept":
            pace.accepted(stamp)
        elif pace.sends:
            pace.refused(asked, stamp, now)
            assert pace.delay(now) >= (asked or 0.0) - 1e-6
        assert 1 <= pace.limit <= slots
        assert 0 < pace.rate <= (top or math.inf)
        assert pace.held_until >= held
        held = pace.held_until
