"""One tenant, one page after another: the pager against a loop written by hand."""

import asyncio
from functools import partial

import aiohttp

from avepoint_async.testing import Fleet
from benchmarks import handwritten
from benchmarks.report import Report
from benchmarks.rounds import cpu, interleave, ratios, wall
from benchmarks.server import Service, serving

PAGES = 200


def main() -> None:
    """Measure the walk of one large tenant without any latency, processor and clock."""
    report = Report.begin(__doc__)
    ours, by_hand = "the pager: typed objects", "aiohttp and orjson by hand, dicts counted"
    with serving(Fleet.of({("customer", "tenant"): PAGES * 100})) as server:
        costs = interleave(
            {ours: partial(_by_pager, server.service), by_hand: partial(_by_hand, server.service)},
            rounds=report.rounds or 15,
            expected=server.service.users,
        )
    for name, each in costs.items():
        report.figure(f"{name}, CPU", [s / PAGES * 1e6 for s in cpu(each)], unit="µs/page")
        report.figure(f"{name}, wall", [s / PAGES * 1e6 for s in wall(each)], unit="µs/page")
    report.figure("ours / by hand, CPU", ratios(cpu(costs[ours]), cpu(costs[by_hand])))
    report.figure("ours / by hand, wall", ratios(wall(costs[ours]), wall(costs[by_hand])))
    report.end()


def _by_pager(service: Service) -> int:
    async def walk() -> int:
        users = 0
        (tenant,) = service.tenants
        async with service.client() as client:
            async for _user in client.protected_users(tenant.customer_id, tenant.tenant_id):
                users += 1
        return users

    return asyncio.run(walk())


def _by_hand(service: Service) -> int:
    async def walk() -> int:
        async with aiohttp.ClientSession(headers=service.headers()) as http:
            return await handwritten.walk(http, service, service.tenants[0])

    return asyncio.run(walk())


if __name__ == "__main__":
    main()
