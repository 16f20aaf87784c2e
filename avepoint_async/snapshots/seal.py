"""Sealing: the segments of a run become sorted tables, and its folder takes its final name.

Everything is read from disk, so that a run whose process was killed in here is sealed by the
next one without a request. The order: tables, the manifest's last line, the summary, the
segments' removal, the rename. Until the summary is there, it is done again from the start.
"""

# The stubs of pyarrow name types of numpy, which is absent.
# pyright: reportUnknownMemberType=false

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from avepoint_async.refs import TenantRef
from avepoint_async.snapshots import manifest, summary
from avepoint_async.snapshots.durable import new_file, remove_folder, rename_folder
from avepoint_async.snapshots.entries import Sealed, Settled
from avepoint_async.snapshots.layout import SEGMENTS, id_of
from avepoint_async.snapshots.ledger import Ledger, Rows
from avepoint_async.snapshots.manifest import Manifest
from avepoint_async.snapshots.outcomes import STATES, state_of
from avepoint_async.snapshots.schema import CUSTOMERS, TENANTS, USERS
from avepoint_async.snapshots.settings import read_settings
from avepoint_async.snapshots.sorted_rows import sorted_parts
from avepoint_async.snapshots.summary import ModuleCounts, Summary, sum_of, write_summary

_REPEATED: Any = ["customer_id", "tenant_id", "other_modules"]
ROWS_PER_FILE = 500_000
ROWS_PER_GROUP = 125_000
"""Rows that are in memory at once, and those of a row group of Parquet."""


def seal(folder: Path, *, stopped: bool = False) -> Path:
    """Seal the run in this folder, or end what a crash left of a sealing.

    Args:
        folder: of the run, ``….partial``.
        stopped: whether the run is given up: tenants that are not through are ``unasked``.

    Returns:
        The folder of the sealed run.

    Raises:
        OSError: there is no room, or another trouble of the disk; it can be done again.
        SnapshotError: the summary that is there is damaged.
    """
    if not (folder / summary.NAME).exists():
        _clear(folder, "*.parquet", ".*.tmp")
        ledger = Ledger.of(manifest.read_entries(folder / manifest.NAME))
        groups = sorted_parts(ledger, folder / SEGMENTS, rows=ROWS_PER_GROUP)
        by_module = write_users(folder, groups)
        write_table(folder / "tenants.parquet", _tenants(ledger))
        write_table(folder / "customers.parquet", _customers(ledger))
        sealed = ledger.sealed or Sealed(datetime.now(UTC), stopped)
        if ledger.sealed is None:
            with Manifest(folder / manifest.NAME) as lines:
                lines.append([sealed])
        write_summary(folder, _summary(folder, ledger, sealed, by_module))
    if (folder / SEGMENTS).exists():
        remove_folder(folder / SEGMENTS)
    _clear(folder, ".*")  # what a crash left of the removal
    after = folder.with_name(id_of(folder))
    rename_folder(folder, after)
    return after


def _clear(folder: Path, *patterns: str) -> None:
    for pattern in patterns:
        for path in folder.glob(pattern):
            path.unlink() if path.is_file() else remove_folder(path)


def write_users(folder: Path, groups: Iterator[pa.Table]) -> dict[str, ModuleCounts]:
    """Write the users, who come sorted, and count them by module.

    Raises:
        OSError: there is no room, or another trouble of the disk.
    """
    counts = {"mailbox": Counter[bool | None](), "onedrive": Counter[bool | None]()}
    # There is always a file, so that readers need not ask whether there is one.
    table: pa.Table | None = next(groups, USERS.empty_table())
    number = 0
    while table is not None:
        with new_file(folder / f"users-{number:05}.parquet") as file, _writer(file) as writer:
            rows = 0
            while table is not None and rows < ROWS_PER_FILE:
                writer.write_table(table)
                rows += table.num_rows
                _count(counts, table)
                table = next(groups, None)
        number += 1
    return {
        name: ModuleCounts(protected=each[True], unprotected=each[False], unknown=each[None])
        for name, each in counts.items()
    }


def _writer(file: Any) -> pq.ParquetWriter:
    # Addresses and ids are unique: a dictionary of them costs time and saves nothing.
    return pq.ParquetWriter(
        file,
        USERS,
        compression="zstd",
        compression_level=1,
        use_dictionary=_REPEATED,
    )


def _count(counts: dict[str, Counter[bool | None]], table: pa.Table) -> None:
    for name, counter in counts.items():
        for each in pc.value_counts(table[name]):
            counter[each["values"].as_py()] += each["counts"].as_py()


def write_table(path: Path, table: pa.Table) -> None:
    """Write a table of a run that is read as one.

    Raises:
        OSError: there is no room, or another trouble of the disk.
    """
    with new_file(path) as file:
        pq.write_table(table, file, compression="zstd", compression_level=1)


def _tenants(ledger: Ledger) -> pa.Table:
    tenants = sorted(ledger.tenants.values())
    return pa.Table.from_pylist([_tenant(ledger, each) for each in tenants], schema=TENANTS)


def _tenant(ledger: Ledger, tenant: TenantRef) -> dict[str, Any]:
    settled = ledger.settled.get(tenant)
    told = settled or Settled(tenant.customer_id, tenant.tenant_id, 0)
    rows: list[Rows] = [] if settled is None else [*ledger.rows_of(tenant)]
    return msgspec.structs.asdict(told) | {
        "users": sum(each.count for each in rows),
        "customer_name": tenant.customer_name,
        "tenant_name": tenant.tenant_name,
        "state": state_of(settled),
        # A second look goes on with the walk, after a kill there is a new one.
        "attempts": ledger.attempts.get(tenant, 0) + told.tries - 1,
    }


def _customers(ledger: Ledger) -> pa.Table:
    rows = [
        msgspec.structs.asdict(each) | {"customer_id": each.id, "tenants": len(each.tenants)}
        for each in ledger.customers.values()
    ]
    rows.sort(key=lambda row: row["customer_id"])
    return pa.Table.from_pylist(rows, schema=CUSTOMERS)


def _summary(
    folder: Path, ledger: Ledger, sealed: Sealed, by_module: dict[str, ModuleCounts]
) -> Summary:
    settings = read_settings(folder)
    states = Counter(state_of(ledger.settled.get(tenant)) for tenant in ledger.tenants)
    whole_roster = ledger.roster is not None and ledger.roster.complete
    mailbox = by_module["mailbox"]
    traffic = ledger.traffic
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return Summary(
        id=settings.id,
        started_at=settings.started_at,
        finished_at=sealed.at,
        complete=whole_roster and states.total() == states["complete"],
        stopped=sealed.stopped,
        roster_complete=whole_roster,
        customers=len(ledger.customers),
        tenants=len(ledger.tenants),
        states={state: states[state] for state in STATES},
        users=mailbox.protected + mailbox.unprotected + mailbox.unknown,
        mailbox=mailbox,
        onedrive=by_module["onedrive"],
        pages=ledger.pages,
        requests=traffic.requests,
        retries=traffic.retries,
        throttled=traffic.throttled,
        processes=ledger.begun,
        files={path.name: sum_of(path) for path in files},
    )
