"""Coverage counted from Arrow: of each tenant of a sealed run, by columns and not by user."""

# The stubs of pyarrow name types of numpy, which is absent.
# pyright: reportUnknownMemberType=false

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from avepoint_async.refs import TenantRef
from avepoint_async.report.coverage import Coverage, Share
from avepoint_async.snapshots.modules import other_modules
from avepoint_async.snapshots.readable import ReadableRun

_PLACE = ["customer_id", "tenant_id"]
_COLUMNS = [*_PLACE, "mailbox", "onedrive", "other_modules"]
_COUNTS: Any = [
    ([], "count_all"),
    *((module, count) for module in ("mailbox", "onedrive") for count in ("sum", "count")),
]


def coverage_by_tenant(run: ReadableRun) -> dict[TenantRef, Coverage]:
    """The coverage of each tenant of a run that has a user, whatever became of the tenant."""
    return count_batches(run.users(columns=_COLUMNS))


def count_batches(batches: Iterable[pa.RecordBatch]) -> dict[TenantRef, Coverage]:
    """The coverage of each tenant in record batches of users, in the order in which they come.

    Args:
        batches: with the columns ``customer_id``, ``tenant_id``, ``mailbox``, ``onedrive`` and
            ``other_modules``.
    """
    found: dict[TenantRef, Coverage] = {}
    for batch in batches:
        table = pa.Table.from_batches([batch.select(_COLUMNS)])
        for row in _grouped(table, _PLACE, _COUNTS):
            counted = Coverage(
                row["count_all"],
                Share(row["mailbox_sum"] or 0, row["mailbox_count"]),
                Share(row["onedrive_sum"] or 0, row["onedrive_count"]),
            )
            found.setdefault(_tenant(row), Coverage()).add(counted)
        listed = table.filter(table["other_modules"].is_valid())
        for row in _grouped(listed, [*_PLACE, "other_modules"], [([], "count_all")]):
            for module, is_protected in other_modules(row["other_modules"]):
                users = row["count_all"]
                found[_tenant(row)].of(module).add(Share(users * is_protected, users))
    return found


def _grouped(table: pa.Table, keys: list[str], counts: Any) -> list[dict[str, Any]]:
    return table.group_by(keys, use_threads=False).aggregate(counts).to_pylist()


def _tenant(row: dict[str, Any]) -> TenantRef:
    return TenantRef(row["customer_id"], row["tenant_id"])
