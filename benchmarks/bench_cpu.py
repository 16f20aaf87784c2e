"""Processor time per user of a whole fleet, against a loop written by hand and its rivals."""

from functools import partial
from statistics import median

from avepoint_async.testing import Fleet
from benchmarks import fan_out, handwritten, rivals
from benchmarks.report import Bound, Report
from benchmarks.rounds import cpu, interleave, ratios
from benchmarks.server import serving

OURS = "this library: typed objects, fan-out"
BY_HAND = "aiohttp and orjson by hand, dicts counted"


def main() -> None:
    """Measure the same fleet with each, in turn."""
    report = Report.begin(__doc__)
    fleet = Fleet.generate(1, 10, tenants=100, users=60_000, sizes="zipf")
    with serving(fleet) as server:
        contestants = {
            OURS: fan_out.count_users,
            BY_HAND: handwritten.count_users,
            "azure-core AsyncItemPaged over aiohttp": rivals.by_azure_core,
            "httpx": rivals.by_httpx,
            "requests in 16 threads": rivals.by_requests,
        }
        costs = interleave(
            {name: partial(work, server.service) for name, work in contestants.items()},
            rounds=report.rounds or 9,
            expected=server.service.users,
        )
    for name, each in costs.items():
        per_user = [seconds / server.service.users * 1e6 for seconds in cpu(each)]
        report.figure(name, per_user, unit="µs/user")
    ours = cpu(costs.pop(OURS))
    report.figure("ours / by hand", ratios(ours, cpu(costs.pop(BY_HAND))), bound=Bound(1.7, 1.4))
    for name, each in sorted(costs.items(), key=lambda item: median(cpu(item[1]))):
        report.figure(f"ours / {name}", ratios(ours, cpu(each)), bound=Bound(1.0))
    report.end()


if __name__ == "__main__":
    main()
