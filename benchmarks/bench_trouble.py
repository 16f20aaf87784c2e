"""What comes through when the service is in trouble: 16 in flight, 20 ms a page."""

import asyncio
import time

from avepoint_async import AvePointError
from benchmarks.report import Bound, Report
from benchmarks.rounds import ratios
from benchmarks.server import PROCESSES
from benchmarks.trouble import Trouble, client, serving, tenants

PAGES = 6_000
LIMIT = 100.0
SECONDS = 20.0
"""How long the limit and the absences are watched; the first tenth is not counted."""

PROCESS_SECONDS = 75.0
PROCESS_COUNT = 8

NOISE = {
    "2 % are 503": Trouble(share=0.02),
    "2 % are 503, Retry-After: 1": Trouble(share=0.02, retry_after=1),
    "0.2 % are 503": Trouble(share=0.002),
    "2 % are 429": Trouble(share=0.02, status=429),
}


async def _walk(url: str, number: int, *, first: int = 0, concurrency: int = 16) -> float:
    """Seconds that so many tenants of one page take, each of which must succeed."""
    begin = time.perf_counter()
    async with (
        client(url, concurrency=concurrency) as sdk,
        sdk.protected_users_across(tenants(number, first=first)) as fleet,
    ):
        async for _ in fleet:
            pass
    return time.perf_counter() - begin


async def _steady(url: str, seconds: float, *, slots: int = 16) -> list[float]:
    """When pages came, in seconds, of as many as can be asked for in this time."""
    begin, times = time.monotonic(), list[float]()

    async def ask() -> None:
        while time.monotonic() - begin < seconds:
            try:
                await sdk.protected_users("customer", "tenant").count()
            except AvePointError:
                continue
            times.append(time.monotonic() - begin)

    async with client(url, concurrency=slots) as sdk:
        try:
            async with asyncio.timeout(seconds):
                await asyncio.gather(*(ask() for _ in range(2 * slots)))
        except TimeoutError:
            pass
    return times


def _rate(times: list[float], start: float, end: float) -> float:
    return sum(start <= time < end for time in times) / (end - start)


def _noise(report: Report) -> None:
    for name, trouble in NOISE.items():
        errors = Trouble(share=trouble.share, status=500)
        ours, theirs = list[float](), list[float]()
        for _ in range(report.rounds or 3):
            for kind, seconds in ((trouble, theirs), (errors, ours)):
                with serving(kind) as service:
                    seconds.append(asyncio.run(_walk(service.url, PAGES)))
        # as many pages in either time
        report.figure(f"{name} / as many 500s", ratios(ours, theirs), bound=Bound(0.7, floor=True))


def _limit(report: Report) -> None:
    used = list[float]()
    for _ in range(report.rounds or 1):
        with serving(Trouble(share=0.01, limit=LIMIT)) as service:
            times = asyncio.run(_steady(service.url, SECONDS))
            used.append(_rate(times, SECONDS / 10, SECONDS) / LIMIT)
    report.figure("of a limit, and 1 % are 503", used, bound=Bound(0.7, 0.95, floor=True))


def _away(report: Report) -> None:
    shares = list[float]()
    for _ in range(report.rounds or 1):
        rates = list[float]()
        for away in (0.4, 0.0):
            with serving(Trouble(away=away)) as service:
                times = asyncio.run(_steady(service.url, SECONDS))
                rates.append(_rate(times, SECONDS / 10, SECONDS))
        shares.append(rates[0] / rates[1])
    name = "away for 0.4 of each 1.6 s / always there"
    report.figure(name, shares, bound=Bound(0.4, 0.55, floor=True))


async def _healthy(url: str, *, sick: int) -> float:
    """Seconds until the last of the healthy tenants was read."""
    begin, last = time.perf_counter(), 0.0
    async with (
        client(url) as sdk,
        sdk.protected_users_across(tenants(100), on_error="skip") as fleet,
    ):
        async for _ in fleet:
            last = time.perf_counter() - begin
            if fleet.progress.items == 100 - sick:
                break
    return last


def _quota(report: Report) -> None:
    more = list[float]()
    for _ in range(report.rounds or 3):
        seconds = list[float]()
        for sick in (5, 0):
            with serving(Trouble(sick=sick, status=429, retry_after=5)) as service:
                seconds.append(asyncio.run(_healthy(service.url, sick=sick)))
        # twice the time, and three seconds
        more.append((seconds[0] - 3) / seconds[1])
    name = "95 healthy tenants, less 3 s / without 5 sick ones"
    report.figure(name, more, bound=Bound(2, 1))


def _process(url: str) -> list[float]:
    return asyncio.run(_steady(url, PROCESS_SECONDS))


def _processes(report: Report) -> None:
    with serving(Trouble(limit=LIMIT, retry_after=1)) as service:
        with PROCESSES.Pool(PROCESS_COUNT) as pool:
            runs = pool.map(_process, [service.url] * PROCESS_COUNT, chunksize=1)
        refused = service.refused
    start = PROCESS_SECONDS / 3
    rates = [_rate(times, start, PROCESS_SECONDS) for times in runs]
    share = refused / (refused + sum(map(len, runs))) * 100
    report.figure("8 processes: of the limit", [sum(rates) / LIMIT], bound=Bound(0.9, floor=True))
    report.figure("8 processes: refused", [share], unit="%", bound=Bound(8))
    worst = min(rates) / (sum(rates) / PROCESS_COUNT)
    report.figure("8 processes: the worst / its share", [worst], bound=Bound(0.5, floor=True))


def main() -> None:
    """Measure each trouble beside the same work without it."""
    report = Report.begin(__doc__)
    _noise(report)
    _limit(report)
    _away(report)
    _quota(report)
    _processes(report)
    report.end()


if __name__ == "__main__":
    main()
