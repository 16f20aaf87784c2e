"""What the throttle costs where the service limits nothing, as a share of a request's work."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

from avepoint_async.testing import Fleet
from avepoint_async.transport.throttle import Throttle
from benchmarks import fan_out
from benchmarks.report import Bound, Report
from benchmarks.rounds import cpu, interleave
from benchmarks.server import serving

SLOTS, TASKS = 16, 24
"""As in a fan-out: a few more tasks than slots."""

TURNS = 60_000
"""As many as the fleet has users, so that each contestant is held to the same number."""

MOST = Bound(0.03)
"""Share of a request's processor time; less than two runs differ by."""

Turn = Callable[[], AbstractAsyncContextManager[None]]


def main() -> None:
    """Measure turns through the throttle and through a bare semaphore, and whole requests."""
    report = Report.begin(__doc__)
    fleet = Fleet.generate(1, 10, tenants=100, users=TURNS, sizes="zipf")
    with serving(fleet) as server:
        requests = "a request of a fleet"
        work = {
            "a turn through the throttle": partial(_take_turns, _throttle),
            "a turn through a semaphore": partial(_take_turns, _semaphore),
            requests: partial(fan_out.count_users, server.service),
        }
        costs = interleave(work, rounds=report.rounds or 9, expected=TURNS)
        counts = {name: server.service.pages if name == requests else TURNS for name in costs}
    each = {name: [s / counts[name] * 1e6 for s in cpu(cost)] for name, cost in costs.items()}
    for name, figures in each.items():
        report.figure(name, figures, unit="µs")
    throttle, semaphore, request = each.values()
    shares = [(a - b) / c for a, b, c in zip(throttle, semaphore, request, strict=True)]
    report.figure("what the throttle adds / a request", shares, bound=MOST)
    report.end()


def _take_turns(make: Callable[[], Turn]) -> int:
    async def take(turn: Turn) -> int:
        for _ in range(TURNS // TASKS):
            async with turn():
                await asyncio.sleep(0)
        return TURNS // TASKS

    async def take_all() -> int:
        turn = make()
        return sum(await asyncio.gather(*(take(turn) for _ in range(TASKS))))

    return asyncio.run(take_all())


def _throttle() -> Turn:
    throttle = Throttle(concurrency=SLOTS)

    @asynccontextmanager
    async def turn() -> AsyncIterator[None]:
        stamp = await throttle.acquire()
        try:
            yield
            throttle.accepted(stamp)
        finally:
            throttle.release()

    return turn


def _semaphore() -> Turn:
    semaphore = asyncio.Semaphore(SLOTS)

    @asynccontextmanager
    async def turn() -> AsyncIterator[None]:
        await semaphore.acquire()
        try:
            yield
        finally:
            semaphore.release()

    return turn


if __name__ == "__main__":
    main()
