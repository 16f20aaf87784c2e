"""How long 200 tenants take at 50 ms a request and 16 in flight, against the shortest there is."""

import asyncio
import time
from functools import partial
from statistics import median

import aiohttp

from avepoint_async import TenantRef
from avepoint_async.testing import Fleet
from benchmarks import fan_out
from benchmarks.report import Bound, Report
from benchmarks.rounds import interleave, ratios, wall
from benchmarks.server import PAGE_SIZE, Server, Service, serving
from benchmarks.workers import share

LATENCY = 0.05
IN_FLIGHT = 16


def main() -> None:
    """Measure the fan-out, and beside it a worker for each tenant."""
    report = Report.begin(__doc__)
    # Zipf: the largest tenant has 400 pages, the second 200, the third 134, …
    fleet = Fleet.generate(1, 20, tenants=200, users=235_124, sizes="zipf")
    sleep = _sleep_for(LATENCY)
    # Two servers, so that each tells the peak of one contestant.
    with serving(fleet, latency=sleep) as ours, serving(fleet, latency=sleep) as theirs:
        service = ours.service
        true = asyncio.run(_true_latency(service))
        contestants = {
            "fan-out": partial(fan_out.count_users, service),
            "a worker per tenant": partial(_by_workers, theirs.service),
        }
        costs = interleave(contestants, rounds=report.rounds or 3, expected=service.users)
        seconds = {name: wall(each) for name, each in costs.items()}
        _print(report, service, true, seconds)
        _print_peaks(report, {"fan-out": ours, "a worker per tenant": theirs})
    report.end()


def _print(report: Report, service: Service, true: float, seconds: dict[str, list[float]]) -> None:
    ideal = _ideal(service, LATENCY)
    report.figure("a request by hand", [true * 1e3], unit="ms")
    report.figure("ideal at 50 ms", [ideal], unit="s")
    for name, each in seconds.items():
        report.figure(name, each, unit="s")
    ours, theirs = seconds.values()
    report.figure("fan-out / ideal", [each / ideal for each in ours], bound=Bound(1.07, 1.03))
    honest = _ideal(service, true)
    report.figure("fan-out / ideal at the true latency", [each / honest for each in ours])
    report.figure("a worker per tenant / ideal", [each / ideal for each in theirs])
    report.figure("a worker per tenant / fan-out", ratios(theirs, ours))


def _print_peaks(report: Report, servers: dict[str, Server]) -> None:
    for name, server in servers.items():
        peak = [float(server.counts().peak_in_flight)]
        report.figure(f"{name}: most in flight", peak, bound=Bound(IN_FLIGHT))


def _ideal(service: Service, latency: float) -> float:
    """Every slot busy from the first request to the last; the first page tells of the others."""
    return service.pages * latency / IN_FLIGHT + 2 * latency


def _sleep_for(latency: float) -> float:
    """Seconds that the server must sleep for a bare request to take ``latency``, way included."""
    with serving(Fleet.of({("customer", "tenant"): PAGE_SIZE}), latency=latency) as probe:
        return 2 * latency - asyncio.run(_true_latency(probe.service))


async def _true_latency(service: Service) -> float:
    """Seconds of one bare request: what the server sleeps, and the way there and back."""
    address, times = service.address(service.tenants[0]), list[float]()
    page = {"pageIndex": 1, "pageSize": PAGE_SIZE}
    async with aiohttp.ClientSession(headers=service.headers()) as http:
        for _ in range(40):
            start = time.perf_counter()
            async with http.post(address, params=page, data=b"{}") as response:
                await response.read()
            times.append(time.perf_counter() - start)
    return median(times)


def _by_workers(service: Service) -> int:
    async def walk_all() -> int:
        async with service.client(concurrency=IN_FLIGHT) as client:

            async def walk(tenant: TenantRef) -> int:
                users = 0
                async for _user in client.protected_users(tenant.customer_id, tenant.tenant_id):
                    users += 1
                return users

            return await share(service.tenants, walk, width=IN_FLIGHT)

    return asyncio.run(walk_all())


if __name__ == "__main__":
    main()
