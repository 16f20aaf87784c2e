"""Memory at the peak of a million users, above that of twenty thousand."""

import asyncio
import resource
import sys
import tracemalloc
from collections.abc import Sequence
from multiprocessing.connection import Connection

from avepoint_async import TenantRef
from avepoint_async.testing import Fleet
from benchmarks import fan_out
from benchmarks.report import Bound, Report
from benchmarks.server import PROCESSES, Service, serving

SHAPES = {
    "1,000 tenants": (
        Fleet.generate(1, 100, tenants=1000, users=10**6, sizes="equal"),
        20,
        Bound(6),
    ),
    # The hash of each row is kept until its list was walked: 77 to 93 bytes.
    "one tenant": (Fleet.of({("c", "small"): 20_000, ("c", "large"): 10**6}), 1, Bound(100)),
}
"""The fleet, the tenants of it that have twenty thousand users, and the MiB above these."""


def main() -> None:
    """Measure each walk in a fresh process, once as Python counts memory and once as the system."""
    report = Report.begin(__doc__)
    for shape, (fleet, few, most) in SHAPES.items():
        with serving(fleet) as server:
            # Of many tenants twenty have the twenty thousand; else the first of the two has.
            small, large = server.service.tenants[:few], server.service.tenants[-1000:]
            large = large if few > 1 else large[-1:]
            _compare(report, shape, most, server.service, small, large)
    report.end()


def _compare(
    report: Report,
    shape: str,
    most: Bound,
    service: Service,
    small: Sequence[TenantRef],
    large: Sequence[TenantRef],
) -> None:
    for kind, traced in (("allocated by Python", True), ("resident", False)):
        peaks: list[float] = []
        growth: list[float] = []
        for _ in range(report.rounds or 1):
            base = _peak(service, small, 20_000, traced=traced)
            peaks.append(_peak(service, large, 10**6, traced=traced))
            growth.append(peaks[-1] - base)
        report.figure(f"a million users as {shape}, {kind}", peaks, unit="MiB")
        report.figure("above twenty thousand", growth, unit="MiB", bound=most)


def _peak(service: Service, tenants: Sequence[TenantRef], users: int, *, traced: bool) -> float:
    near, far = PROCESSES.Pipe()
    work = {"link": far, "service": service, "tenants": tenants, "users": users, "traced": traced}
    process = PROCESSES.Process(target=_walk, kwargs=work)
    process.start()
    far.close()
    peak: float = near.recv()
    process.join()
    return peak


def _walk(
    *,
    link: "Connection[float, None]",
    service: Service,
    tenants: Sequence[TenantRef],
    users: int,
    traced: bool,
) -> None:
    if traced:
        tracemalloc.start()
    seen = asyncio.run(fan_out.stream(service, tenants))
    if seen != users:
        message = f"{seen} users were seen, not {users}"
        raise ValueError(message)
    link.send(tracemalloc.get_traced_memory()[1] / 2**20 if traced else _resident_peak())


def _resident_peak() -> float:
    """MiB; in bytes on macOS and in KiB elsewhere."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


if __name__ == "__main__":
    main()
