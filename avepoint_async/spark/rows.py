"""Answers as Arrow batches in the schemas of `avepoint_async.spark.tables`."""

# The stubs of pyarrow name types of numpy, which is absent.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownParameterType=false, reportMissingTypeArgument=false

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from avepoint_async import (
    Customer,
    IncompleteError,
    Page,
    ProtectedUser,
    TenantRef,
    WalkOutcome,
)
from avepoint_async.snapshots.columns import AnswerColumns
from avepoint_async.snapshots.outcomes import settled_of, state_of
from avepoint_async.spark.tables import arrow_schema

ROWS = 10_000
"""Rows of a batch: enough that Arrow costs little, few enough that memory stays small."""

_ANSWERS = ("email", "display_name", "id", "mailbox", "onedrive", "other_modules", "observed_at")
_PLACE = ("customer_id", "customer_name", "tenant_id", "tenant_name")


class UserRows:
    """Collects the pages of many tenants, and makes one batch of them."""

    def __init__(self) -> None:
        self._answers = AnswerColumns()
        self._counts: list[tuple[TenantRef, int]] = []

    def __len__(self) -> int:
        return len(self._answers)

    def add(self, tenant: TenantRef, page: Page[ProtectedUser]) -> None:
        """Add the users of one page."""
        self._answers.extend(page.items, page.index, page.received_at)
        self._counts.append((tenant, len(page.items)))

    def batch(self) -> pa.RecordBatch:
        """All users so far."""
        answers = self._answers.batch()
        columns: dict[str, pa.Array[Any]] = {
            name: _repeated((getattr(tenant, name), count) for tenant, count in self._counts)
            for name in _PLACE
        }
        columns |= {name: answers.column(name) for name in _ANSWERS}
        columns["error"] = pa.nulls(len(self._answers), pa.string())
        return _in_order("users", columns)


def _repeated(values: Iterable[tuple[str | None, int]]) -> "pa.Array[Any]":
    words: dict[str | None, int] = {}
    indices: list[int] = []
    for value, count in values:
        indices += [words.setdefault(value, len(words))] * count
    column = pa.DictionaryArray.from_arrays(
        pa.array(indices, pa.int32()), pa.array(list(words), pa.string())
    )
    return column.dictionary_decode()


def _in_order(table: str, columns: "Mapping[str, pa.Array[Any]]") -> pa.RecordBatch:
    schema = arrow_schema(table)
    return pa.RecordBatch.from_arrays([columns[name] for name in schema.names], schema=schema)


def user_errors(told: Iterable[tuple[TenantRef, str]]) -> Iterator[pa.RecordBatch]:
    """A row of the users' table for each tenant that lacks users."""
    rows = [{name: getattr(tenant, name) for name in _PLACE} | {"error": e} for tenant, e in told]
    if rows:
        yield pa.RecordBatch.from_pylist(rows, schema=arrow_schema("users"))


def problem_rows(table: str, problem: str) -> pa.RecordBatch:
    """A row of any table that tells what lacks, where nobody knows of which tenants."""
    row = {"error": problem}
    if table == "tenants":
        row = {"state": "unasked", "error": IncompleteError.__name__, "message": problem}
    return pa.RecordBatch.from_pylist([row], schema=arrow_schema(table))


def shortfalls(outcomes: Mapping[TenantRef, WalkOutcome]) -> list[tuple[TenantRef, str]]:
    """The tenants that failed or are incomplete, and why."""
    return [
        (tenant, _why(outcome))
        for tenant, outcome in outcomes.items()
        if outcome.error is not None or not outcome.complete
    ]


def _why(outcome: WalkOutcome) -> str:
    if outcome.error is not None:
        return f"{type(outcome.error).__name__}: {outcome.error}"
    parts = [f"{outcome.items} users were delivered and {outcome.total_count} promised"]
    if outcome.unreadable:
        parts.append(f"{outcome.unreadable} rows could not be read")
    if outcome.drifted or outcome.duplicates:
        parts.append("the list was changing")
    return f"incomplete: {', '.join(parts)}"


def tenant_rows(outcomes: Mapping[TenantRef, WalkOutcome]) -> Iterator[pa.RecordBatch]:
    """What became of each tenant."""
    rows = [_tenant_row(tenant, outcome) for tenant, outcome in outcomes.items()]
    if rows:
        yield pa.RecordBatch.from_pylist(rows, schema=arrow_schema("tenants"))


def _tenant_row(tenant: TenantRef, outcome: WalkOutcome) -> dict[str, Any]:
    now = datetime.now(UTC)
    settled = settled_of(tenant, outcome, attempt=outcome.tries, started_at=now, finished_at=now)
    told = {name: getattr(settled, name, None) for name in arrow_schema("tenants").names}
    return told | {name: getattr(tenant, name) for name in _PLACE} | {"state": state_of(settled)}


def customer_rows(customers: Iterable[Customer]) -> Iterator[pa.RecordBatch]:
    """The customers as the service describes them."""
    rows = [
        {
            "customer_id": each.id,
            "organization": each.organization,
            "owner_email": each.owner_email,
            "country_or_region": each.country_or_region,
            "job_status": each.job_status,
            "management_mode": each.management_mode,
            "tenants": len(each.tenants),
        }
        for each in customers
    ]
    if rows:
        yield pa.RecordBatch.from_pylist(rows, schema=arrow_schema("customers"))
