"""The throttle when waiters are cancelled, when it is closed, and when all goes on at once."""

import asyncio
import random

import pytest

from avepoint_async.errors import ClientClosedError
from avepoint_async.testing.limits import Limiter, RateLimit
from avepoint_async.transport.throttle import Throttle
from tests.transport.crowd import Crowd, settle
from tests.transport.virtual_time import VirtualLoop, run


def test_who_is_cancelled_leaves_no_timer() -> None:
    """When nobody waits for the end of a hold, nothing rings at it."""

    async def test(loop: VirtualLoop) -> None:
        throttle = Throttle(concurrency=1, clock=loop.time)
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


def test_a_thousand_cancellations_lose_nothing() -> None:
    """Whenever tasks are cancelled, no slot is lost and none is granted twice."""
    draw = random.Random(0)

    async def request(throttle: Throttle) -> None:
        stamp = await throttle.acquire()
        try:
            await asyncio.sleep(draw.choice((0, 0.01, 0.05)))
            if draw.random() < 0.05:
                throttle.refused(draw.choice((None, 0.1)), stamp)
            else:
                throttle.accepted(stamp)
        finally:
            throttle.release()

    async def test(loop: VirtualLoop) -> None:
        throttle = Throttle(concurrency=8, clock=loop.time)
        tasks = [asyncio.create_task(request(throttle)) for _ in range(1300)]
        victims = draw.sample(tasks, 1000)
        while victims:
            await asyncio.sleep(draw.choice((0, 0, 0.001, 0.02)))
            for task in (victims.pop() for _ in range(min(len(victims), draw.randint(1, 20)))):
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert (throttle.in_flight, throttle.waiting) == (0, 0)
        assert throttle.peak_in_flight == 8
        assert not loop.pending
        for _ in range(8):
            throttle.accepted(await throttle.acquire())
            throttle.release()
        crowd = Crowd(throttle)
        await crowd.come(9)
        await asyncio.sleep(60)
        assert crowd.served == list(range(8))
        await crowd.leave()

    run(test)


@pytest.mark.parametrize("retry_after", [None, 3600.0])
def test_closing_wakes_every_waiter(retry_after: float | None) -> None:
    """Waiters, for a slot or for the end of a hold, get a copy of the error; so do newcomers."""

    async def test(loop: VirtualLoop) -> None:
        throttle = Throttle(concurrency=1, clock=loop.time)
        crowd = Crowd(throttle)
        await crowd.come(4)
        if retry_after:
            throttle.refused(retry_after, crowd.stamps[0])
        throttle.release()
        await settle()
        error = ClientClosedError("closed", tenant_id="t1")
        throttle.close(error)
        throttle.close(error)
        waiting = [task for task in crowd.tasks if not task.done()]
        await crowd.come(1)
        caught = await asyncio.gather(*waiting, crowd.tasks[-1], return_exceptions=True)
        assert len(caught) == (4 if retry_after else 3)
        assert {str(each) for each in caught} == {str(error)}
        assert all(isinstance(each, ClientClosedError) for each in caught)
        assert len({id(each) for each in [error, *caught]}) == len(caught) + 1
        assert throttle.waiting == 0
        assert not loop.pending

    run(test)


def test_closing_passes_over_the_cancelled() -> None:
    """A waiter that was cancelled just before ends as cancelled."""

    async def test(loop: VirtualLoop) -> None:
        throttle = Throttle(concurrency=1, clock=loop.time)
        crowd = Crowd(throttle)
        await crowd.come(3)
        crowd.tasks[1].cancel()
        throttle.close(ClientClosedError("closed"))
        caught = await asyncio.gather(*crowd.tasks[1:], return_exceptions=True)
        assert [type(each) for each in caught] == [asyncio.CancelledError, ClientClosedError]
        throttle.release()
        assert throttle.in_flight == 0

    run(test)


def test_cancelled_and_closed_at_once_gives_no_slot_back() -> None:
    """A waiter that got the error and was cancelled before it could raise it had no slot."""

    async def test(loop: VirtualLoop) -> None:
        throttle = Throttle(concurrency=1, clock=loop.time)
        crowd = Crowd(throttle)
        await crowd.come(2)
        throttle.close(ClientClosedError("closed"))
        crowd.tasks[1].cancel()
        await asyncio.gather(*crowd.tasks, return_exceptions=True)
        assert throttle.in_flight == 1

    run(test)


def test_a_limit_is_used_through_the_event_loop() -> None:
    """The pace keeps what it promises when timers and tasks carry it out."""
    draw = random.Random(0)

    async def worker(throttle: Throttle, limiter: Limiter, loop: VirtualLoop) -> int:
        refusals = 0
        while True:
            stamp = await throttle.acquire()
            accepted = limiter.admits(loop.time())
            await asyncio.sleep(draw.uniform(0.005, 0.1) if accepted else 0.001)
            if accepted:
                throttle.accepted(stamp)
                throttle.release()
                return refusals
            throttle.refused(1.0, stamp)
            throttle.release()
            refusals += 1
            await asyncio.sleep(1 + draw.random() / 2)

    async def test(loop: VirtualLoop) -> None:
        throttle = Throttle(concurrency=32, clock=loop.time)
        limiter = Limiter(RateLimit.bucket(50, 5))
        start = loop.time()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(worker(throttle, limiter, loop)) for _ in range(500)]
        assert 500 / (loop.time() - start) >= 0.75 * 50
        assert sum(task.result() for task in tasks) <= 40
        assert throttle.peak_in_flight == 32
        assert throttle.in_flight == 0

    run(test)
