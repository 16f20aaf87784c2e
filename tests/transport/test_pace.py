"""The pace alone: what it makes of each refusal, and what no history can do to it."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avepoint_async.transport.curve import Plateau, Ramp
from avepoint_async.transport.delivery import Cluster
from avepoint_async.transport.hold import Holds
from avepoint_async.transport.pace import Pace


def refuse_row(pace: Pace, now: float, *, retry_after: float | None = None) -> None:
    """Have the next four sends refused, one after another."""
    for stamp in [pace.sent(now, held_back=False) for _ in range(4)]:
        pace.refused(retry_after, stamp, now)


def use(pace: Pace, now: float, seconds: float, *, limit: float = math.inf) -> float:
    """Send as fast as the pace allows, and accept what a limit allows; gives the time after."""
    most, since, end = max(1.0, limit / 10), now, now + seconds
    tokens = most
    while now < end:
        now += max(0.001, pace.delay(now))
        stamp = pace.sent(now, held_back=True)
        tokens, since = min(most, tokens + (now - since) * limit), now
        if tokens >= 1:
            tokens -= 1
            pace.accepted(stamp)
        else:
            pace.refused(None, stamp, now)
    return now


def test_a_refusal_now_and_then_changes_nothing() -> None:
    """One send in a hundred: no hold, no rate, all slots."""
    pace = Pace(slots=16)
    for number in range(2000):
        stamp = pace.sent(number / 800, held_back=False)
        if number % 100:
            pace.accepted(stamp)
        else:
            pace.refused(1.0, stamp, number / 800)
    assert (pace.limit, pace.rate, pace.held_until) == (16, math.inf, -math.inf)


def test_holds_grow_while_probes_are_refused() -> None:
    """Without a Retry-After: a quarter of a second, a third longer each time, ten at most."""
    pace, now = Pace(slots=16), 0.0
    refuse_row(pace, now)
    holds = [pace.delay(now)]
    for _ in range(20):
        now += pace.delay(now)
        pace.refused(None, pace.sent(now, held_back=True), now)
        holds.append(pace.delay(now))
    assert holds == [pytest.approx(min(0.25 * 1.35**n, 10.0)) for n in range(21)]


def test_an_outage_at_the_start_tells_nothing_of_a_limit() -> None:
    """Nothing was let through before the hold: the first accepted probe opens everything."""
    pace = Pace(slots=16)
    refuse_row(pace, 0.0)
    now = pace.delay(0.0)
    pace.accepted(pace.sent(now, held_back=True))
    assert (pace.limit, pace.rate) == (16, math.inf)


def test_no_answer_to_a_send_from_before_a_hold_ends_it() -> None:
    """Only the probe does: of a probe that nobody answered, too."""
    pace = Pace(slots=16)
    early = pace.sent(0.0, held_back=False)
    refuse_row(pace, 0.0)
    pace.unanswered(early)
    assert pace.limit == 1
    pace.unanswered(pace.sent(pace.delay(0.0), held_back=True))
    assert pace.limit == 16


def test_the_longest_retry_after_of_a_row_holds() -> None:
    """A refusal from before the hold that asks for more makes it longer, and does no more."""
    pace = Pace(slots=16)
    stamps = [pace.sent(0.0, held_back=False) for _ in range(6)]
    for stamp in stamps[:4]:
        pace.refused(2.0, stamp, 0.0)
    rate = pace.rate
    pace.refused(7.0, stamps[4], 1.0)
    assert (pace.delay(1.0), pace.rate) == (7.0, rate)
    pace.refused(100.0, stamps[5], 20.0)
    assert pace.delay(20.0) < 0


def test_a_row_that_others_disprove_holds_nobody() -> None:
    """Four refused at once, and four sent after them accepted: the hold is lifted."""
    pace = Pace(slots=16)
    stamps = [pace.sent(0.0, held_back=False) for _ in range(16)]
    for stamp in stamps[:4]:
        pace.refused(5.0, stamp, 0.001)
    assert (pace.limit, pace.delay(0.001)) == (1, 5.0)
    for stamp in stamps[4:8]:
        pace.accepted(stamp)
    assert (pace.limit, pace.rate) == (16, math.inf)
    assert pace.delay(0.02) < 0


def test_a_row_at_once_gives_a_rate_and_another_one_halves_it() -> None:
    """What was let through at once may be a burst: the rate begins low, and lower then."""
    pace = Pace(slots=16)
    pace.accepted(pace.sent(0.0, held_back=False))
    refuse_row(pace, 0.001)
    first, now = pace.rate, pace.held_until
    assert 10 < first < 100
    pace.accepted(pace.sent(now, held_back=True))
    refuse_row(pace, now + 0.01)
    assert pace.rate == pytest.approx(first / 2, rel=0.05)


def test_a_rate_that_goes_on_failing_falls_to_what_is_let_through() -> None:
    """The second row in a row, with one accepted in half a second: not half, but about that."""
    pace = Pace(slots=16)
    pace.accepted(pace.sent(0.0, held_back=False))
    refuse_row(pace, 0.001)
    rate = pace.rate
    for _ in range(2):
        rate, held = pace.rate, pace.held_until
        pace.accepted(pace.sent(held, held_back=True))
        refuse_row(pace, held + 0.2)
    assert 2 < pace.rate < 0.45 * rate


def test_what_is_refused_below_a_slow_ceiling_that_was_too_high_is_no_noise() -> None:
    """One in two seconds, no burst: once that is found, 1.5 % are refused at most."""
    pace, now, free_at, sends, refused = Pace(slots=4), 0.0, 0.0, 0, 0
    while now < 2000:
        now += max(0.001, pace.delay(now))
        stamp = pace.sent(now, held_back=True)
        sends += now > 200
        if now >= free_at:
            free_at = now + 2
            pace.accepted(stamp)
        else:
            refused += now > 200
            pace.refused(None, stamp, now)
    assert sends >= 800
    assert refused <= 0.015 * sends


def test_little_let_through_at_the_start_is_no_measure() -> None:
    """Before there is a rate, a row after a few accepted sends gives a first rate, not theirs."""
    pace, now = Pace(slots=16), 0.0
    pace.accepted(pace.sent(now, held_back=False))
    for _ in range(2):
        for _ in range(8):
            now += 2.0
            pace.accepted(pace.sent(now, held_back=True))
        refuse_row(pace, now)
        now = pace.held_until
    assert 10 < pace.rate < 100


def test_a_limit_is_found_and_kept_to() -> None:
    """A minute later, sends go at about the limit, and never far above it."""
    pace = Pace(slots=32)
    now = use(pace, 0.0, 60.0, limit=100.0)
    for _ in range(20):
        now = use(pace, now, 1.0, limit=100.0)
        assert 75 < pace.rate < 120


def test_a_limit_that_is_lifted_is_noticed_however_long_the_holds() -> None:
    """Within minutes the rate is what it was before."""
    pace = Pace(slots=32)
    now = use(pace, 0.0, 30.0, limit=100.0)
    use(pace, now, 100.0)
    assert pace.rate > 800


def test_the_curves() -> None:
    """A ramp doubles without end; a plateau rises, stays, and looks beyond its ceiling."""
    ramp = Ramp(10.0, 2.0)
    assert [ramp.rate(age) for age in (0, 2, 4)] == [10, 20, 40]
    assert ramp.rate(1e9) < math.inf
    assert not ramp.is_below(0.0)
    plateau = Plateau(100.0, 0.4, 10.0)
    assert [plateau.rate(age) for age in (0, 10, 20)] == pytest.approx([60, 100, 115])
    assert [plateau.is_below(age) for age in (7.9, 8.1)] == [True, False]


def test_who_has_little_catches_up() -> None:
    """Where a limit is shared, all grow by as much a second, whatever they have."""
    plateaus = (Plateau.under(base, noisy=True, shared=True, hold=0) for base in (5.0, 10.0, 20.0))
    growth = [plateau.base * plateau.depth / plateau.span for plateau in plateaus]
    assert growth == [pytest.approx(growth[0])] * 3


def test_who_finds_others_at_the_limit_leaves_a_low_ceiling() -> None:
    """One in thirteen is refused below a slow ceiling: 45 seconds later the rate is above it."""
    pace = Pace(slots=16)
    now = use(pace, 0.0, 60.0, limit=3.0)
    ceiling, end = pace.rate, now + 45
    number = -1
    while (now := now + max(0.001, pace.delay(now))) <= end:
        number += 1
        stamp = pace.sent(now, held_back=True)
        if number % 13:
            pace.accepted(stamp)
        else:
            pace.refused(1.0, stamp, now)
    assert ceiling < 4
    assert pace.rate > 1.2 * ceiling


def test_a_ceiling_does_not_rise_when_others_are_found() -> None:
    """The same curve in less time: from where it is, and not longer where it was short."""
    slow, fast = Plateau(2.0, 0.15, 100.0), Plateau(100.0, 0.15, 6.0)
    shared = slow.among_others()
    assert (shared.base, shared.depth) == (slow.base, slow.depth)
    assert shared.span <= 10
    assert shared.rate(shared.span / 4) == pytest.approx(slow.rate(25.0))
    assert fast.among_others() == fast


@pytest.mark.parametrize(("probes", "share"), [(0, 4), (1, 4), (2, 8)])
def test_a_fall_is_deeper_where_probes_are_refused(probes: int, share: int) -> None:
    """Next to nothing is let through: half, then a quarter, or an eighth of a slow limit."""
    holds = Holds()
    for failed in [False] * 2 + [True] * probes:
        holds.begin(1.0, probe_failed=failed)
    assert holds.fall(32.0, 0.1).base == 16
    assert holds.fall(16.0, 0.1).base == 16 / share


def test_a_cut_in_noise_does_not_undo_what_was_gained() -> None:
    """Refusals since the rate was a quarter: it is cut to six tenths; without noise, further."""
    cluster = Cluster(began_at=0.0, sends=0, rate=2.0, refused=5)
    noisy, clear = (
        cluster.accepted_rate(30.0, 90, rate=8.0, noisy=noisy) for noisy in (True, False)
    )
    assert noisy == pytest.approx(4.8)
    assert clear < 3.5


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["wait", "send", "send", "send", "accept", "nothing", "refuse"]),
        st.floats(0.0, 3.0),
        st.none() | st.floats(0.0, 100.0),
    ),
    max_size=200,
)


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
            now += max(0.0, pace.delay(now))
            pace.sent(now, held_back=amount > 1)
        elif kind == "accept":
            pace.accepted(stamp)
        elif kind == "nothing":
            pace.unanswered(stamp)
        elif pace.sends:
            pace.refused(asked, stamp, now)
        assert 1 <= pace.limit <= slots
        assert 0 < pace.rate <= (top or math.inf)
        assert pace.held_until >= held or pace.held_until == -math.inf
        held = pace.held_until


@settings(max_examples=25)
@given(st.integers(0, 10**9), st.floats(5.0, 500.0), st.floats(0.0, 0.01))
def test_the_pace_never_stays_far_below_a_limit(seed: int, limit: float, noise: float) -> None:
    """Once it is found, half of it is least, beside up to one per cent of random refusals."""
    draw, found = random.Random(seed), 30 + 300 / limit
    pace, now, tokens, since = Pace(slots=16), 0.0, limit / 10 + 1, 0.0
    accepted = 0
    while now < 2 * found:
        now += max(0.0, pace.delay(now), 0.0005)
        stamp = pace.sent(now, held_back=True)
        tokens, since = min(limit / 10 + 1, tokens + (now - since) * limit), now
        if tokens >= 1 and draw.random() >= noise:
            tokens -= 1
            accepted += now >= found
            pace.accepted(stamp)
        else:
            pace.refused(None, stamp, now)
    assert accepted >= 0.5 * limit * found


@pytest.mark.parametrize(("numbers", "cut"), [((60, 66, 72), False), ((2, 4, 6), True)])
def test_a_ramp_takes_more_refusals_the_faster_it_is(numbers: tuple[int, ...], cut: bool) -> None:
    """Three close together are a ceiling at twenty a second, and chance once it is fifty."""
    pace, now = Pace(slots=16), 0.0
    pace.accepted(pace.sent(now, held_back=False))
    refuse_row(pace, now)
    now, rate = pace.held_until, pace.rate
    for number in range(80):
        now += max(0.001, pace.delay(now))
        stamp, rate = pace.sent(now, held_back=True), pace.rate
        if number in numbers:
            pace.refused(None, stamp, now)
        else:
            pace.accepted(stamp)
        if pace.rate < rate:
            break
    assert (pace.rate < rate) is cut
