"""6,000 requests through a gateway whose limit the client does not know."""

import asyncio
import time

from avepoint_async.testing import Fleet, RateLimit
from benchmarks import fan_out
from benchmarks.report import Bound, Report
from benchmarks.server import serving

RATE = 100.0
"""Requests that the gateway lets through each second."""

BURST = RATE / 10
IN_FLIGHT = 32


def main() -> None:
    """Measure how much of the limit is used, and how much is refused."""
    report = Report.begin(__doc__)
    fleet = Fleet.generate(1, 6, tenants=60, users=600_000, sizes="equal")
    limit = RateLimit.bucket(RATE, BURST, retry_after=1)
    used: list[float] = []
    refused: list[float] = []
    for _ in range(report.rounds or 1):
        with serving(fleet, rate_limit=limit) as server:
            service, start = server.service, time.perf_counter()
            asyncio.run(fan_out.stream(service, service.tenants, concurrency=IN_FLIGHT))
            seconds = time.perf_counter() - start
            used.append(service.pages / RATE / seconds)
            counts = server.counts()
            refused.append(counts.refused / (counts.refused + service.pages) * 100)
    report.figure("of the limit used", used, bound=Bound(0.85, 0.95, floor=True))
    report.figure("refused", refused, unit="%", bound=Bound(5, 2))
    report.end()


if __name__ == "__main__":
    main()
