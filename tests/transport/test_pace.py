"""The pace: what it makes of each refusal, and what no history can do to it."""

import math
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from avepoint_async.transport.pace import Pace


def refused_pace(*stamps: int, sends: int = 40, slots: int = 16, earlier: int = 0) -> Pace:
    """A pace that sent at once, and of which these sends were refused."""
    pace = Pace(slots=slots)
    for _ in range(earlier):
        pace.sent_freely()
    pace.opened(0.0)
    for _ in range(sends):
        pace.sent_freely()
    for stamp in stamps:
        pace.refused(None, earlier + stamp, 0.002)
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


def test_after_a_hold_sends_are_spaced_at_once() -> None:
    """The end of a hold is no burst of its own."""
    pace, now = measured_pace(1.0)
    pace.sent(now + 0.5, held_back=True)
    assert pace.delay(now + 0.5) == pytest.approx(1 / pace.rate)


def test_the_longest_retry_after_holds() -> None:
    """Each is waited in full, whatever the order of their coming."""
    pace = refused_pace(30)
    pace.refused(3.0, 31, 0.2)
    pace.refused(1.0, 32, 0.3)
    assert pace.delay(0.3) == pytest.approx(2.9)


def test_holds_grow_until_something_is_accepted() -> None:
    """Without a Retry-After: a quarter of a second, doubled up to ten seconds, and again."""
    pace, now, holds = refused_pace(39), 0.002, [0.25]
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


def measured_pace(retry_after: float, *, earlier: int = 0) -> tuple[Pace, float]:
    """A pace that knows a ceiling of about 100 a second, and the time: its hold is over."""
    pace, now = refused_pace(*range(10, 32), sends=32, slots=32, earlier=earlier), 1.0
    while True:
        now += max(0.0, pace.delay(now))
        stamp = pace.sent(now, held_back=True)
        if pace.rate > 140:
            pace.refused(retry_after, stamp, now)
            return pace, now + retry_after


def use(pace: Pace, now: float, seconds: float, *, up_to: float = 1000.0) -> float:
    """Send as fast as the pace allows, until that is fast; gives the time afterwards."""
    end = now + seconds
    while now < end and pace.rate < up_to:
        pace.sent(now, held_back=True)
        now += pace.delay(now)
    return now


def test_a_pace_begins_below_what_it_measured() -> None:
    """After a refusal at 140 a second, a bucket of ten less makes about 100, and not at once."""
    pace, now = measured_pace(1.0)
    pace.sent(now, held_back=True)
    first = pace.rate
    use(pace, now, 20.0)
    assert 85 < first < 0.99 * pace.rate
    assert 95 < pace.rate < 106


def test_a_burst_begins_when_idleness_ends() -> None:
    """What was sent before the client was last idle does not count as let through at once."""
    (young, now), (old, _) = measured_pace(1.0), measured_pace(1.0, earlier=500)
    assert young.sent(now, held_back=True) + 500 == old.sent(now, held_back=True)
    assert young.rate == old.rate


@pytest.mark.parametrize(
    ("sends", "accepted", "rate"), [(32, 10, 50), (37, 10, 50), (64, 50, 160), (94, 30, 5)]
)
def test_the_first_rate_is_what_a_flight_got_through(sends: int, accepted: int, rate: int) -> None:
    """Five times the sends of the last flight that were let through, and never nothing."""
    pace = refused_pace(*range(accepted, sends), sends=sends, slots=32)
    pace.sent(1.0, held_back=True)
    assert pace.rate == rate


def test_a_refusal_at_once_still_leaves_a_rate() -> None:
    """One send after the hold, and the next is refused: that says little, but not nothing."""
    pace = refused_pace(39)
    pace.sent(1.0, held_back=True)
    pace.refused(None, pace.sent(1.02, held_back=True), 1.03)
    pace.sent(2.0, held_back=True)
    assert 5 < pace.rate < 10


def test_each_refusal_makes_it_slower() -> None:
    """If every fifth send is refused at any rate, the pace goes down to the slowest there is."""
    pace, now, rates = refused_pace(39), 0.0, list[float]()
    for number in range(1000):
        now += max(0.0, pace.delay(now))
        stamp = pace.sent(now, held_back=False)
        if number % 5 == 4:
            rates.append(pace.rate)
            pace.refused(None, stamp, now)
    assert all(later <= max(0.1, 0.99 * earlier) for earlier, later in pairwise(rates))
    assert 0.04 < rates[-1] < 0.11


def test_what_is_not_used_is_not_raised() -> None:
    """A client that sends less than it may learns nothing of what it might."""
    pace, now = measured_pace(1.0)
    pace.sent(now, held_back=True)
    before = pace.rate
    for _ in range(3000):
        now += 0.1
        pace.sent(now, held_back=False)
    assert pace.rate == before


def test_a_ceiling_that_was_passed_is_left_behind() -> None:
    """From there on the rate doubles every few seconds, without a leap."""
    pace, now = measured_pace(1.0)
    now = use(pace, now, 600.0, up_to=200.0)
    rates = [pace.rate]
    for _ in range(20):
        now = use(pace, now, 0.5)
        rates.append(pace.rate)
    assert all(earlier <= later < 1.2 * earlier for earlier, later in pairwise(rates))
    assert rates[-1] > 2 * rates[0]


def test_a_lifted_limit_is_noticed_however_long_the_holds() -> None:
    """After a Retry-After of an hour too, no more than minutes pass under the old ceiling."""
    pace, now = measured_pace(3600.0)
    assert use(pace, now, 3600.0, up_to=200.0) - now < 600


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["wait", "send", "send", "send", "accept", "refuse"]),
        st.floats(0.0, 3.0),
        st.none() | st.floats(0.0, 100.0),
    ),
    max_size=150,
)


@example(
    1,
    None,
    [
        ("refuse", 0, None),
        ("send", 0, None),
        ("refuse", 0, 1.0),
        ("accept", 0, None),
        ("send", 0, None),
    ],
)
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
        elif kind == "send" and pace.free:
            pace.sent_freely()
        elif kind == "send":
            now += max(0.0, pace.delay(now))
            before = pace.rate
            pace.sent(now, held_back=False)
            assert pace.rate <= max(before, 0.1)
        elif kind == "accept":
            pace.accepted(stamp)
        elif pace.sends:
            pace.refused(asked, stamp, now)
            assert pace.delay(now) >= (asked or 0.0) - 1e-6
        assert 1 <= pace.limit <= slots
        assert 0 < pace.rate <= (top or math.inf)
        assert pace.held_until >= held
        held = pace.held_until
