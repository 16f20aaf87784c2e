"""The slots, the queue and the holds of a client, in virtual time."""

import asyncio
import math
from typing import Any

import pytest

from avepoint_async.errors import ConfigurationError
from avepoint_async.transport.quota import Quota
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
        assert throttle.in_flight == 3
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
    """No timer, no rate and no hold, however many requests were accepted."""

    async def test(loop: VirtualLoop) -> None:
        throttle = Throttle(concurrency=4, clock=loop.time)
        stamps = [await throttle.acquire() for _ in range(4)]
        for _ in range(100):
            throttle.accepted(stamps.pop(0))
            throttle.release()
            stamps.append(await throttle.acquire())
        assert not loop.timers
        assert throttle.rate is None
        assert throttle.held_for == 0

    run(test)


def test_one_refusal_holds_nobody() -> None:
    """What it asks for is waited by its own call: the others go on at full speed."""

    async def test(loop: VirtualLoop) -> None:
        throttle = Throttle(concurrency=4, clock=loop.time)
        crowd = Crowd(throttle)
        await crowd.come(5)
        throttle.refused(60.0, crowd.stamps[0])
        throttle.release()
        await settle()
        assert crowd.served == [0, 1, 2, 3, 4]
        assert (throttle.held_for, throttle.rate) == (0, None)
        await crowd.leave()

    run(test)


async def refuse_all(crowd: Crowd, retry_after: float | None, *, first: int = 0) -> None:
    """Refuse the sends of the next four who were served."""
    for number in crowd.served[first : first + 4]:
        crowd.throttle.refused(retry_after, crowd.stamps[number])
    for _ in range(4):
        crowd.throttle.release()
    await settle()


@pytest.mark.parametrize(("retry_after", "seconds"), [(2.0, 2.0), (None, 0.25)])
def test_a_row_of_refusals_holds_everyone(retry_after: float | None, seconds: float) -> None:
    """Those who wait and those who come: nobody is sent before the hold is over, and then one."""

    async def test(loop: VirtualLoop) -> None:
        throttle = Throttle(concurrency=4, clock=loop.time)
        crowd = Crowd(throttle)
        await crowd.come(6)
        await refuse_all(crowd, retry_after)
        await crowd.come(2)
        assert crowd.served == [0, 1, 2, 3]
        assert throttle.held_for == pytest.approx(seconds)
        assert throttle.waiting == 4
        start = loop.time()
        await crowd.tasks[4]
        assert loop.time() - start == pytest.approx(seconds)
        await asyncio.sleep(60)
        assert crowd.served == [0, 1, 2, 3, 4]
        throttle.accepted(crowd.stamps[4])
        throttle.release()
        await settle()
        assert crowd.served == [0, 1, 2, 3, 4, 5, 6, 7]
        assert throttle.held_for == 0

    run(test)


def test_a_probe_without_an_answer_gives_the_slots_back() -> None:
    """A connection that breaks is no refusal, and nobody goes on probing for it."""

    async def test(loop: VirtualLoop) -> None:
        throttle = Throttle(concurrency=4, clock=loop.time)
        crowd = Crowd(throttle)
        await crowd.come(8)
        await refuse_all(crowd, None)
        await crowd.tasks[4]
        throttle.unanswered(crowd.stamps[4])
        throttle.release()
        await settle()
        assert throttle.in_flight == 3

    run(test)


def test_a_hold_that_grows_is_waited_in_full() -> None:
    """A later answer to a send from before the hold may ask for more: all wait for that."""

    async def test(loop: VirtualLoop) -> None:
        throttle = Throttle(concurrency=5, clock=loop.time)
        crowd = Crowd(throttle)
        await crowd.come(6)
        start = loop.time()
        await refuse_all(crowd, 1.0)
        await asyncio.sleep(0.5)
        throttle.refused(3.0, crowd.stamps[4])
        throttle.release()
        await crowd.tasks[5]
        assert loop.time() - start == pytest.approx(3.5)

    run(test)


def test_a_key_that_is_refused_alone_is_held_alone() -> None:
    """Its calls wait without a slot, and the rate stays what it was; one probes, then all go."""

    async def test(loop: VirtualLoop) -> None:
        throttle = Throttle(concurrency=4, clock=loop.time)

        async def take(key: str, *, accepted: bool) -> None:
            stamp = await throttle.acquire(key)
            if accepted:
                throttle.accepted(stamp, key)
            else:
                throttle.refused(5.0, stamp, key)
            throttle.release()

        for _ in range(2):
            await take("sick", accepted=False)
            for number in range(10):
                await take(f"well {number}", accepted=True)
        await take("sick", accepted=False)
        sick = [asyncio.create_task(throttle.acquire("sick")) for _ in range(3)]
        await settle()
        assert (throttle.in_flight, throttle.waiting) == (0, 3)
        assert (throttle.rate, throttle.held_for) == (None, 0)
        start = loop.time()
        await take("well", accepted=True)
        assert loop.time() == start
        done, _ = await asyncio.wait(sick, return_when=asyncio.FIRST_COMPLETED)
        assert loop.time() - start == pytest.approx(5.0)
        await settle()
        assert (len(done), throttle.in_flight) == (1, 1)
        throttle.accepted(done.pop().result(), "sick")
        throttle.release()
        await asyncio.gather(*sick)
        assert loop.time() - start == pytest.approx(5.0)
        assert throttle.waiting == 0

    run(test)


def test_those_of_a_held_key_who_stand_in_the_queue_take_no_slot() -> None:
    """The key was found to be held after they had come: their turn goes to the next."""

    async def test(loop: VirtualLoop) -> None:
        throttle = Throttle(concurrency=1, clock=loop.time)
        for number in range(10):
            key = "sick" if number == 0 else "well"
            stamp = await throttle.acquire(key)
            (throttle.accepted(stamp, key) if number else throttle.refused(5.0, stamp, key))
            throttle.release()
        stamp = await throttle.acquire("sick")
        sick = asyncio.create_task(throttle.acquire("sick"))
        well = asyncio.create_task(throttle.acquire("well"))
        await settle()
        throttle.refused(5.0, stamp, "sick")
        throttle.release()
        await well
        assert not sick.done()
        assert (throttle.in_flight, throttle.waiting) == (1, 1)
        sick.cancel()
        await asyncio.wait([sick])
        throttle.release()
        assert (throttle.in_flight, throttle.waiting) == (0, 0)
        assert not loop.pending

    run(test)


def test_who_is_cancelled_in_the_queue_gives_the_slot_of_its_fan_out_back() -> None:
    """A fan-out's own slots are exact after a cancelled wait for one of the client."""

    async def test(_: VirtualLoop) -> None:
        throttle, quota = Throttle(concurrency=1), Quota(1, on_pause=lambda: None)
        await throttle.acquire()
        waiting = asyncio.create_task(throttle.acquire("tenant", quota))
        await settle()
        assert quota.slots.locked()
        waiting.cancel()
        await asyncio.wait([waiting])
        assert not quota.slots.locked()
        assert (throttle.in_flight, throttle.waiting) == (1, 0)

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
        throttle = Throttle(concurrency=4, clock=loop.time)
        crowd = Crowd(throttle)
        await crowd.come(5)
        turns, start = loop.turns, loop.time()
        await refuse_all(crowd, 1000.0)
        await crowd.tasks[4]
        assert loop.time() - start == pytest.approx(1000)
        assert loop.turns - turns < 30
        assert len(loop.timers) <= 2

    run(test)
