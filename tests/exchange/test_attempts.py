"""The attempts of one call, on a clock that the test turns."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from avepoint_async.errors import NotFoundError, RateLimitError, ServerError, TransportError
from avepoint_async.exchange.retry import Attempts, RetryPolicy, retry

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
    await brief.pause(0.001)
    assert brief.begin() == pytest.approx(0.498)


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


def test_each_send_that_is_not_counted_leaves_the_attempts(
    attempts: Attempts, clock: Clock
) -> None:
    """A token that is refused twice costs its time twice, and still no attempt."""
    for left in (60.0, 60.0):
        assert attempts.begin() == left
        clock.turn(30)
        attempts.uncount()
    assert attempts.begin() == 40.0
    for _ in range(2):
        assert attempts.pause_after(RESET) is not None
        attempts.begin()
    assert attempts.pause_after(RESET) is None


def test_an_answer_prolongs_its_pause(attempts: Attempts) -> None:
    """A call waits for as long as the answer asks, where that is longer than its own pause."""
    attempts.begin()
    pause = attempts.pause_after(ServerError("busy", status=503, retry_after=50.0))
    assert 50.0 <= (pause or 0) < 54.0


def test_time_held_is_counted(attempts: Attempts) -> None:
    """A call of a tenant that alone is refused waits on its own time."""
    attempts.held(30.0)
    attempts.held(25.0)
    assert attempts.begin() == 45.0
    attempts.held(44.5)
    assert attempts.begin() == 0.5


@pytest.mark.parametrize("last", [40.0, 41.0])
def test_nobody_is_held_beyond_the_deadline(attempts: Attempts, last: float) -> None:
    """A call whose time is up while its tenant is refused fails as refused, and says so."""
    attempts.held(60.0)
    with pytest.raises(RateLimitError) as caught:
        attempts.held(last)
    assert caught.value.status == 429
    assert str(caught.value) == (
        f"429: this tenant alone is refused; given up after {60 + last:.0f} s"
    )


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


QUICK = RetryPolicy(attempts=3, backoff=0.001)
ABOUT = {"customer_id": "c-1", "tenant_id": "t-1", "page_index": 7}


class Service:
    """Fails as told, then answers."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.pauses = 0
        self.sent_in_pause = False
        self.pausing = False

    async def send(self, attempts: Attempts) -> str:
        """One attempt."""
        attempts.begin()
        self.sent_in_pause |= self.pausing
        if self.failures:
            raise self.failures.pop(0)
        return f"answer {attempts.sends}"

    @contextmanager
    def pause(self) -> Iterator[None]:
        """Around each pause."""
        self.pauses += 1
        self.pausing = True
        yield
        self.pausing = False


async def test_what_passes_is_sent_again(clock: Clock) -> None:
    """The caller gets the answer of the send that succeeded; each pause is marked, and it alone."""
    service = Service(RESET, RESET)
    got = await retry(service.send, Attempts(QUICK, clock), pausing=service.pause)
    assert (got, service.pauses, service.sent_in_pause) == ("answer 3", 2, False)
    assert await retry(Service(RESET).send, Attempts(QUICK, clock)) == "answer 2"


async def test_the_last_failure_is_told(clock: Clock) -> None:
    """When the attempts are used up, the caller sees the last failure; a hopeless one at once."""
    last, hopeless = TransportError("last"), NotFoundError("no", status=404)
    service = Service(RESET, RESET, last)
    with pytest.raises(TransportError) as caught:
        await retry(service.send, Attempts(QUICK, clock), pausing=service.pause)
    assert caught.value is last
    assert service.pauses == 2
    service = Service(hopeless)
    with pytest.raises(NotFoundError):
        await retry(service.send, Attempts(QUICK, clock), pausing=service.pause)
    assert service.pauses == 0


async def test_a_call_pays_for_its_pauses(clock: Clock) -> None:
    """Each pause is taken off the time of the call."""
    attempts = Attempts(RetryPolicy(backoff=0.001, deadline=0.5), clock)
    await retry(Service(RESET).send, attempts)
    assert 0.499 <= attempts.begin() < 0.5


async def test_what_is_sent_again_is_logged(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """At INFO: where, which attempt failed, how long the pause is, and why."""
    caplog.set_level(logging.INFO, "avepoint_async")
    await retry(Service(RESET).send, Attempts(QUICK, clock, about=ABOUT))
    (record,) = caplog.records
    where = "customer c-1, tenant t-1, page 7, attempt 1"
    assert record.getMessage() == f"{where}: sent again in 0.0 s: reset"
    assert record.levelno == logging.INFO
    assert {**ABOUT, "attempt": 1}.items() <= vars(record).items()
