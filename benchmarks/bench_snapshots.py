"""A snapshot: processor time against plain streaming, sealing, and memory of a million users."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from avepoint_async import Module, ModuleStatus, Page, ProtectedUser, TenantRef
from avepoint_async.snapshots import History, Run
from avepoint_async.snapshots.discovery import given_line
from avepoint_async.snapshots.entries import Begun, Commit, RosterRead, Settled, Traffic
from avepoint_async.snapshots.layout import SEGMENTS
from avepoint_async.snapshots.manifest import NAME, Manifest
from avepoint_async.snapshots.seal import seal
from avepoint_async.snapshots.segment import TenantPage, write_segment
from avepoint_async.snapshots.settings import RunSettings, write_settings
from avepoint_async.testing import Fleet
from benchmarks.fan_out import count_users_by_page
from benchmarks.report import Bound, Report
from benchmarks.rounds import cpu, interleave, ratios
from benchmarks.server import PROCESSES, Service, serving

MILLION = 1_000_000


def main() -> None:
    """Measure each, with the server in another process."""
    report = Report.begin(__doc__)
    _compare_with_streaming(report)
    _measure_sealing(report)
    _measure_memory(report)
    report.end()


def _compare_with_streaming(report: Report) -> None:
    fleet = Fleet.generate(1, 10, tenants=100, users=100_000, sizes="zipf")
    with serving(fleet) as server:
        costs = interleave(
            {
                "streaming pages": partial(count_users_by_page, server.service),
                "taking a snapshot": partial(_take, server.service),
            },
            rounds=report.rounds or 7,
            expected=server.service.users,
        )
    for name, each in costs.items():
        per_user = [seconds / server.service.users * 1e6 for seconds in cpu(each)]
        report.figure(name, per_user, unit="µs/user")
    streaming, snapshot = map(cpu, costs.values())
    report.figure("snapshot / streaming", ratios(snapshot, streaming), bound=Bound(1.6, 1.35))


def _take(service: Service, tenants: Sequence[TenantRef] | None = None) -> int:
    folder = tempfile.mkdtemp()

    async def take() -> Run:
        async with service.client() as client:
            return await History(folder).take(client, tenants=tenants)

    try:
        return asyncio.run(take()).summary.users
    finally:
        shutil.rmtree(folder)


def _measure_sealing(report: Report) -> None:
    times: list[float] = []
    size = 0
    for _ in range(report.rounds or 3):
        folder = Path(tempfile.mkdtemp())
        _unsealed(folder / "20261125T020000Z-0000.partial")
        began = time.process_time()
        sealed = seal(folder / "20261125T020000Z-0000.partial")
        times.append(time.process_time() - began)
        if Run(sealed).summary.users != MILLION:
            message = "the sealed run has another number of users"
            raise ValueError(message)
        size = sum(path.stat().st_size for path in sealed.glob("users-*.parquet"))
        shutil.rmtree(folder)
    report.figure("sealing a million users", times, unit="s CPU", bound=Bound(2))
    report.figure("bytes of a user, sealed", [size / MILLION])


def _unsealed(folder: Path) -> None:
    """A million users of a thousand tenants, 32 of which are walked at once."""
    (folder / SEGMENTS).mkdir(parents=True)
    now = datetime.now(UTC)
    tenants = [TenantRef(f"customer-{n % 100}", f"{n * 7919:032x}") for n in range(1000)]
    write_settings(
        folder,
        RunSettings(
            id="20261125T020000Z-0000",
            started_at=now,
            version="0",
            service="https://example.com",
            customer_ids=[],
            arguments="",
        ),
    )
    with Manifest(folder / NAME) as lines:
        lines.append([Begun(now), given_line(tenants), RosterRead(complete=True)])
        answers: list[TenantPage] = []
        for number, (tenant, page) in enumerate(_walks(tenants), 1):
            answers.append(TenantPage(tenant, 1, _page(tenant, page, now)))
            if number % 200 == 0:
                file = f"{number // 200:06}.arrow"
                written = write_segment(folder / SEGMENTS / file, answers)
                lines.append(
                    [
                        Commit(
                            [
                                Settled(e.tenant.customer_id, e.tenant.tenant_id, 1, complete=True)
                                for e in answers
                                if e.page.last
                            ],
                            Traffic(),
                            file=file,
                            rows=written.rows,
                            size=written.size,
                            crc32=written.crc32,
                            spans=written.spans,
                        )
                    ]
                )
                answers.clear()


def _walks(tenants: Sequence[TenantRef]) -> list[tuple[TenantRef, int]]:
    return [
        (tenant, page)
        for first in range(0, len(tenants), 32)
        for page in range(1, 11)
        for tenant in tenants[first : first + 32]
    ]


_STATUSES = [
    (ModuleStatus(Module.MAILBOX, is_protected=a), ModuleStatus(Module.ONEDRIVE, is_protected=b))
    for a in (True, False)
    for b in (True, False)
]


def _page(tenant: TenantRef, index: int, now: datetime) -> Page[ProtectedUser]:
    users = tuple(
        ProtectedUser(
            f"user{index}.{n}@{tenant.tenant_id[-6:]}.onmicrosoft.com",
            f"User {index * n}",
            _STATUSES[n * index % 4],
            f"{hash((tenant.tenant_id, index, n)) & (1 << 64) - 1:016x}-0000-4000-8000",
        )
        for n in range(100)
    )
    return Page(
        items=users, index=index, size=100, total_count=1000, last=index == 10, received_at=now
    )


def _measure_memory(report: Report) -> None:
    fleet = Fleet.generate(1, 100, tenants=1000, users=MILLION, sizes="equal")
    with serving(fleet) as server:
        peaks: list[float] = []
        growth: list[float] = []
        for _ in range(report.rounds or 1):
            base = _peak(server.service, server.service.tenants[:20])
            peaks.append(_peak(server.service, server.service.tenants))
            growth.append(peaks[-1] - base)
    report.figure("a million users, resident at the peak", peaks, unit="MiB")
    report.figure("above twenty thousand", growth, unit="MiB", bound=Bound(120))


def _peak(service: Service, tenants: Sequence[TenantRef]) -> float:
    near, far = PROCESSES.Pipe()
    process = PROCESSES.Process(target=_take_and_tell, args=(far, service, tenants))
    process.start()
    far.close()
    peak: float = near.recv()
    process.join()
    return peak


def _take_and_tell(
    link: "Connection[float, None]", service: Service, tenants: Sequence[TenantRef]
) -> None:
    _take(service, tenants)
    # Not `ru_maxrss`: that knows the parent's peak, too, from before this program was started.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    link.send(int(peak.split()[1]) / 1024)


if __name__ == "__main__":
    main()
