"""Tokens that live two seconds and take 0.4 s to renew, beside tokens that last: who waits?

Steady requests on two clients of one service at once; the one with lasting tokens tells how slow
the service itself is.
"""

import asyncio
import time

from avepoint_async import AvePointClient
from avepoint_async.testing import Emulator, Fleet, Tokens
from benchmarks.report import Bound, Report

SECONDS = 12.0
LIFETIME = 2.0
RENEWAL = 0.4
LATENCY = 0.02
STREAMS = 4


async def steady(emulator: Emulator) -> list[float]:
    """Seconds of each request of a few streams, without the first, which waits for a token."""
    seconds: list[float] = []
    async with AvePointClient(emulator.credential, environment=emulator.environment) as client:
        pager = client.protected_users("c", "t")
        await pager.count()
        end = time.perf_counter() + SECONDS

        async def stream() -> None:
            while time.perf_counter() < end:
                start = time.perf_counter()
                await pager.count()
                seconds.append(time.perf_counter() - start)

        async with asyncio.TaskGroup() as streams:
            for _ in range(STREAMS):
                streams.create_task(stream())
    return seconds


async def measure(report: Report) -> None:
    """Run both side by side and compare the slowest request of each."""
    fleet = Fleet.of({("c", "t"): 10})
    short = Tokens(lifetime=LIFETIME, delay=RENEWAL)
    async with (
        Emulator(fleet=fleet, latency=LATENCY, tokens=short) as hasty,
        Emulator(fleet=fleet, latency=LATENCY) as lasting,
    ):
        ours, api = await asyncio.gather(steady(hasty), steady(lasting))
        refused = sum(request.status == 401 for request in hasty.api_requests)
        refreshes = len(hasty.token_requests) - 1
    report.figure("slowest request, tokens of 2 s", [max(ours) * 1e3], unit="ms")
    report.figure("slowest request, lasting tokens", [max(api) * 1e3], unit="ms")
    slower = (max(ours) - max(api)) * 1e3
    report.figure("slower by", [slower], unit="ms", bound=Bound(100))
    report.figure("refreshes per token", [refreshes / (refreshes + 1)], bound=Bound(1))
    report.figure("refreshes per half life", [refreshes / (SECONDS / LIFETIME * 2)], bound=Bound(1))
    report.figure("401 answers", [refused], bound=Bound(0))


def main() -> None:
    """Print who waits, and how often a token is asked for."""
    report = Report.begin(__doc__)
    asyncio.run(measure(report))
    report.end()


if __name__ == "__main__":
    main()
