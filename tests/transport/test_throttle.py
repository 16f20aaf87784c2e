"""The slots, the queue and the holds of a client, in virtual time."""

import asyncio
import math
from typing import Any

import pytest

from avepoint_async.errors import ConfigurationError
from avepoint_async.transport.throttle import Throttle
from tests.transport.crowd import Crowd, settle
from tests.virtual_time import VirtualLoop, run


@pytest.mark.parametrize("concurrency", [0, -1, True, 1.5, "4", None])
def test_a_concurrency_that_is_none_is_refused(concurrency: Any) -> None:
    """The message names the argument and what was given."""
    with pytest.raises(ConfigurationError, match="concurrency") as caught:
        Throttle(concurrency=concurrency)
    assert repr(concurrency) in str(caught.value)


@pytest.mark.parametrize("rate", [0, -1.0, math.inf, math.nan, True, "10"])
def test_a_rate_that_is_none_is_refused(rate: Any) -> None:
    """The message names the argument and what was given, and says what to do instead."""
    with pytest.raises(ConfigurationError, match="max_requests_per_second") as caught:
        Throttle(concurrency=1, max_requests_per_second=rate)
    assert repr(rate) in str(caught.value)
    assert "Leave it out" in str(caught.value)


def test_slots_go_to_those_who_came_first() -> None:
    """All slots are granted at once, none more, and then each one that comes back, in order."""

    async def test(_: VirtualLoop) -> None:
        throttle = Throttle(concurrency=3)
        crowd = Crowd(throttle)
        await crowd.come(8)
        assert crowd.served == [0, 1, 2]
        assert (throttle.in_flight, throttle.waiting) == (3, 5)
        throttle.release()
        await crowd.come(1)
        assert crowd.served == [0, 1, 2, 3]
        throttle.release()
        throttle.release()
        await settle()
        assert crowd.served == [0, 1, 2, 3, 4, 5]
        assert (throttle.in_flight, throttle.peak_in_flight) == (3, 3)
        await crowd.leave()
        assert throttle.waiting == 0

    run(test)


def test_nobody_overtakes_the_queue() -> None:
    """Who comes while others wait waits too, even if a slot is being handed on just then."""

    async def test(_: VirtualLoop) -> None:
        throttle = Throttle(concurrency=1)
        crowd = Crowd(throttle)
        await crowd.come(2)
        throttle.release()
        late = asyncio.create_task(throttle.acquire())
        await settle()
        assert crowd.served == [0, 1]
        assert not late.done()
        throttle.release()
        await late
        assert throttle.waiting == 0

    run(test)


def test_nobody_overtakes_those_who_wait_for_the_pace() -> None:
    """Who comes when the pace allows a send, but those who wait were not yet woken, waits too."""
    now = 0.0

    async def test(_: VirtualLoop) -> None:
        nonlocal now
        throttle = Throttle(concurrency=9, max_requests_per_second=0.001, clock=lambda: now)
        crowd = Crowd(throttle)
        await crowd.come(3)
        assert crowd.served == [0]
        now = 1000.0
        await crowd.come(1)
        assert crowd.served == [0, 1]
        await crowd.leave()

    run(test)


def test_without_refusals_there_is_no_pace() -> None:
    """No timer and no rate, and the clock is read only when the first request goes out."""
    readings = 0

    def clock() -> float:
        nonlocal readings
        readings += 1
        return 0.0

    async def test(loop: VirtualLoop) -> None:
        throttle = Throttle(concurrency=4, clock=clock)
        stamps = [await throttle.acquire() for _ in range(4)]
        for _ in range(100):
            throttle.accepted(stamps.pop(0))
            throttle.release()
            stamps.append(await throttle.acquire())
        assert readings == 1
        assert not loop.timers
        assert throttle.rate is None
        assert throttle.held_until == -math.inf

    run(test)


@pytest.mark.parametrize(("retry_after", "seconds"), [(2.0, 2.0), (None, 0.25)])
def test_a_refusal_holds_everyone(retry_after: float | None, seconds: float) -> None:
    """Those who wait and those who come: nobody is sent before the hold is over."""

    async def test(loop: VirtualLoop) -> None:
        throttle = Throttle(concurrency=4, clock=loop.time)
        crowd = Crowd(throttle)
        await crowd.come(6)
        throttle.refused(retry_after, crowd.stamps[0])
        for _ in range(4):
            throttle.release()
        await crowd.come(2)
        assert crowd.served == [0, 1, 2, 3]
        assert throttle.held_until == pytest.approx(loop.time() + seconds)
        assert throttle.limit == 2
        assert throttle.waiting == 4
        start = loop.time()
        await crowd.tasks[4]
        assert loop.time() - start == pytest.approx(seconds)
        await crowd.tasks[5]
        assert throttle.rate is not None
        assert crowd.served == [0, 1, 2, 3, 4, 5]
        await crowd.leave()

    run(test)


def test_a_hold_that_grows_is_waited_in_full() -> None:
    """A later refusal that asks for more delays those who already wait."""

    async def test(loop: VirtualLoop) -> None:
        throttle = Throttle(concurrency=4, clock=loop.time)
        crowd = Crowd(throttle)
        await crowd.come(5)
        start = loop.time()
        throttle.refused(1.0, crowd.stamps[0])
        throttle.release()
        await asyncio.sleep(0.5)
        throttle.refused(3.0, crowd.stamps[1])
        throttle.release()
        throttle.release()
        throttle.release()
        await crowd.tasks[4]
        assert loop.time() - start == pytest.approx(3.5)

    run(test)


def test_accepted_requests_open_the_slots_again() -> None:
    """The number in flight, halved by a refusal, grows back to the concurrency."""

    async def test(loop: VirtualLoop) -> None:
        throttle = Throttle(concurrency=8, clock=loop.time)
        throttle.refused(None, await throttle.acquire())
        throttle.release()
        assert throttle.limit == 4
        for _ in range(4):
            throttle.accepted(await throttle.acquire())
            throttle.release()
        assert throttle.limit == 8

    run(test)


def test_a_ceiling_spaces_from_the_first_request() -> None:
    """Ten a second: the first at once, the others a tenth of a second apart, give or take."""

    async def test(loop: VirtualLoop) -> None:
        throttle = Throttle(concurrency=100, max_requests_per_second=10, clock=loop.time)
        start, times = loop.time(), list[float]()
        for _ in range(20):
            await throttle.acquire()
            times.append(loop.time() - start)
        assert times[0] == 0
        assert times == pytest.approx([n / 10 for n in range(20)], abs=0.021)
        assert throttle.rate == 10

    run(test)


def test_waiting_is_not_polling() -> None:
    """However long a hold is, the loop goes round a few times only."""

    async def test(loop: VirtualLoop) -> None:
        throttle = Throttle(concurrency=2, clock=loop.time)
        crowd = Crowd(throttle)
        await crowd.come(3)
        throttle.refused(1000.0, crowd.stamps[0])
        throttle.release()
        turns, start = loop.turns, loop.time()
        throttle.release()
        await crowd.tasks[2]
        assert loop.time() - start == pytest.approx(1000)
        assert loop.turns - turns < 10
        assert len(loop.timers) <= 2

    run(test)
