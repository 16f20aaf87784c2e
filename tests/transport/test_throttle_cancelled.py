"""The throttle when waiters are cancelled: no slot is lost, and no timer left behind."""

import asyncio
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from avepoint_async.transport.throttle import Throttle
from tests.transport.crowd import Crowd, settle
from tests.virtual_time import VirtualLoop, run


def test_who_is_cancelled_leaves_no_timer() -> None:
    """When nobody waits for the end of a hold, nothing rings at it."""

    async def test(loop: VirtualLoop) -> None:
        throttle = Throttle(concurrency=1, clock=loop.time)
        for _ in range(4):
            throttle.refused(60.0, await throttle.acquire())
            throttle.release()
        crowd = Crowd(throttle)
        await crowd.come(3)
        assert loop.pending
        await crowd.leave()
        assert not loop.pending
        assert throttle.waiting == 0

    run(test)


def test_a_slot_granted_to_the_cancelled_goes_to_the_next() -> None:
    """Cancelled between being granted a slot and taking it: the slot is not lost."""

    async def test(_: VirtualLoop) -> None:
        throttle = Throttle(concurrency=1)
        crowd = Crowd(throttle)
        await crowd.come(3)
        throttle.release()
        crowd.tasks[1].cancel()
        await settle()
        assert crowd.served == [0, 2]
        assert throttle.in_flight == 1

    run(test)


def test_who_was_cancelled_in_the_queue_is_passed_over() -> None:
    """Cancelled just before a slot comes back: the slot goes to the next."""

    async def test(_: VirtualLoop) -> None:
        throttle = Throttle(concurrency=1)
        crowd = Crowd(throttle)
        await crowd.come(3)
        crowd.tasks[1].cancel()
        throttle.release()
        await settle()
        assert crowd.served == [0, 2]
        assert (throttle.in_flight, throttle.waiting) == (1, 0)

    run(test)


@settings(max_examples=12)
@given(st.integers(0, 10**9), st.integers(1, 9), st.none() | st.floats(5.0, 500.0))
def test_cancellations_lose_nothing(seed: int, slots: int, top: float | None) -> None:
    """Whenever tasks are cancelled, no slot is lost, none is granted twice, nothing rings later."""
    draw = random.Random(seed)
    most = 0

    async def request(throttle: Throttle, key: int) -> None:
        nonlocal most
        stamp = await throttle.acquire(key)
        most = max(most, throttle.in_flight)
        try:
            await asyncio.sleep(draw.choice((0, 0.01, 0.05)))
            outcome = draw.random()
            if key == 0 or outcome < 0.05:
                throttle.refused(draw.choice((None, 0.1)), stamp, key)
            elif outcome < 0.1:
                throttle.unanswered(stamp)
            else:
                throttle.accepted(stamp, key)
        finally:
            throttle.release()

    async def test(loop: VirtualLoop) -> None:
        throttle = Throttle(concurrency=slots, max_requests_per_second=top, clock=loop.time)
        tasks = [asyncio.create_task(request(throttle, n % 5)) for n in range(65)]
        victims = draw.sample(tasks, 50)
        while victims:
            await asyncio.sleep(draw.choice((0, 0, 0.001, 0.02, 1.0)))
            for task in (victims.pop() for _ in range(min(len(victims), draw.randint(1, 20)))):
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert (throttle.in_flight, throttle.waiting) == (0, 0)
        assert most <= slots
        assert not loop.pending

    run(test)
