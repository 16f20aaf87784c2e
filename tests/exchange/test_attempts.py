"""The attempts of one call, on a clock that the test turns."""

import asyncio

import pytest

from avepoint_async.errors import NotFoundError, TransportError
from avepoint_async.exchange.retry import Attempts, RetryPolicy

POLICY = RetryPolicy(attempts=3, deadline=100.0, attempt_timeout=60.0, backoff=4.0)
RESET = TransportError("reset")


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """The time."""
        return self.now

    def turn(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still."""
    return Clock()


@pytest.fixture
def attempts(clock: Clock) -> Attempts:
    """A call that has sent nothing yet."""
    return Attempts(POLICY, clock)


def test_a_send_may_take_its_time_out(attempts: Attempts) -> None:
    """The first send has the time-out of one send."""
    assert (attempts.sends, attempts.begin(), attempts.sends) == (0, 60.0, 1)


def test_a_send_may_not_outlast_the_deadline(attempts: Attempts, clock: Clock) -> None:
    """What earlier sends took is taken off the last one's time."""
    for seconds, left in ((30, 60.0), (25, 60.0), (10, 45.0)):
        assert attempts.begin() == left
        clock.turn(seconds)
        attempts.pause_after(RESET)


def test_waiting_between_sends_is_not_counted(attempts: Attempts, clock: Clock) -> None:
    """Time in a queue for a slot is nobody's fault: a call does not run out of time there."""
    attempts.begin()
    clock.turn(10)
    assert attempts.pause_after(RESET) is not None
    clock.turn(10_000)
    assert attempts.begin() == 60.0
    clock.turn(10)
    assert attempts.pause_after(RESET) is not None


def test_time_passes_before_the_first_send_for_nothing(attempts: Attempts, clock: Clock) -> None:
    """The deadline starts with the first send."""
    clock.turn(10_000)
    assert attempts.begin() == 60.0


async def test_a_pause_is_counted(attempts: Attempts) -> None:
    """Pauses are on the call's time, whatever clock the sleep went by."""
    attempts.begin()
    attempts.pause_after(RESET)
    policy = RetryPolicy(deadline=0.5, attempt_timeout=60.0)
    brief = Attempts(policy, Clock())
    assert brief.begin() == 0.5
    await brief.pause(0.001)
    assert brief.begin() == pytest.approx(0.499)


async def test_a_pause_waits(attempts: Attempts) -> None:
    """What is due before the pause ends is done before it."""
    done: list[str] = []
    asyncio.get_running_loop().call_later(0.001, done.append, "due")
    await attempts.pause(0.01)
    assert done == ["due"]


def test_a_pause_follows_each_send_but_the_last(attempts: Attempts) -> None:
    """As many sends as the policy allows, each pause up to twice the one before."""
    pauses: list[float | None] = []
    for _ in range(3):
        attempts.begin()
        pauses.append(attempts.pause_after(RESET))
    first, second, last = pauses
    assert 2.0 <= (first or 0) <= 4.0
    assert 4.0 <= (second or 0) <= 8.0
    assert last is None


def test_a_send_that_is_not_counted_leaves_the_attempts(attempts: Attempts, clock: Clock) -> None:
    """A refused token costs time and no attempt."""
    attempts.begin()
    clock.turn(7)
    attempts.uncount()
    for _ in range(2):
        assert attempts.begin() == 60.0
        assert attempts.pause_after(RESET) is not None
    assert attempts.begin() == 60.0
    assert attempts.pause_after(RESET) is None
    assert attempts.sends == 4


def test_what_is_not_counted_takes_time_all_the_same(attempts: Attempts, clock: Clock) -> None:
    """The deadline holds for all sends."""
    attempts.begin()
    clock.turn(55)
    attempts.uncount()
    assert attempts.begin() == 45.0
    clock.turn(45)
    assert attempts.pause_after(RESET) is None


def test_a_send_always_has_some_time(attempts: Attempts, clock: Clock) -> None:
    """A time of zero or less would be read as a send without any time-out."""
    attempts.begin()
    clock.turn(100)
    attempts.uncount()
    assert attempts.begin() > 0


def test_what_is_hopeless_has_no_pause(attempts: Attempts) -> None:
    """An answer that will be the same again is not asked for again."""
    attempts.begin()
    assert attempts.pause_after(NotFoundError("no", status=404)) is None


def test_jitter_is_drawn_for_each_pause(clock: Clock) -> None:
    """Calls that failed together do not come back together."""
    pauses: set[float | None] = set()
    for _ in range(50):
        attempts = Attempts(POLICY, clock)
        attempts.begin()
        pauses.add(attempts.pause_after(RESET))
    assert len(pauses) > 40
