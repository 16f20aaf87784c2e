"""Processor time per user for 20,000 tenants, against 2,000."""

import asyncio
from functools import partial

from avepoint_async.testing import Fleet
from benchmarks import fan_out
from benchmarks.report import Bound, Report
from benchmarks.rounds import Cost, cpu, measure, ratios
from benchmarks.server import Service, serving

FEW, MANY = 2_000, 20_000
USERS_EACH = 10


def main() -> None:
    """Measure small tenants, so that what a tenant costs is most of what is measured."""
    report = Report.begin(__doc__)
    costs: dict[int, list[Cost]] = {FEW: [], MANY: []}
    fleet = Fleet.generate(1, 2_000, tenants=MANY, users=MANY * USERS_EACH, sizes="equal")
    with serving(fleet) as server:
        measure(partial(_walk, server.service, MANY), MANY * USERS_EACH)  # warms the server up
        for _ in range(report.rounds or 3):
            for count, measured in costs.items():
                measured.append(measure(partial(_walk, server.service, count), count * USERS_EACH))
    per_user = {
        count: [seconds / count / USERS_EACH * 1e6 for seconds in cpu(each)]
        for count, each in costs.items()
    }
    for count, figures in per_user.items():
        report.figure(f"{count:,} tenants", figures, unit="µs/user")
    report.figure("20,000 / 2,000", ratios(per_user[MANY], per_user[FEW]), bound=Bound(1.15))
    report.end()


def _walk(service: Service, tenants: int) -> int:
    return asyncio.run(fan_out.stream(service, service.tenants[:tenants]))


if __name__ == "__main__":
    main()
