"""The tables of a database that holds many runs: their rows carry the id of their run."""

# The stubs of pyarrow name types of numpy, which is absent.
# pyright: reportUnknownMemberType=false

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from avepoint_async.snapshots.export.source import SealedRun
from avepoint_async.snapshots.schema import CUSTOMERS, TENANTS, TIME, USERS, fields_of, make_schema

RUNS = make_schema(
    [
        pa.field("run_id", pa.string(), nullable=False),
        pa.field("started_at", TIME, nullable=False),
        pa.field("finished_at", TIME, nullable=False),
        pa.field("complete", pa.bool_(), nullable=False),
        pa.field("tenants", pa.int64(), nullable=False),
        pa.field("users", pa.int64(), nullable=False),
    ]
)
_RUN_ID = pa.field("run_id", pa.string(), nullable=False)


def _of_a_run(schema: pa.Schema) -> pa.Schema:
    # A database has no dictionaries: its tables of customers and tenants are that.
    plain = [
        pa.field(field.name, pa.string(), field.nullable)
        if pa.types.is_dictionary(field.type)
        else field
        for field in fields_of(schema)
    ]
    return make_schema([_RUN_ID, *plain])


SCHEMAS = {
    "runs": RUNS,
    "customers": _of_a_run(CUSTOMERS),
    "tenants": _of_a_run(TENANTS),
    "users": _of_a_run(USERS),
}
KEYS = {
    "runs": ("run_id",),
    "customers": ("run_id", "customer_id"),
    "tenants": ("run_id", "customer_id", "tenant_id"),
}
"""Primary keys. Users have none: a list may name one user twice, and need not give ids."""

INDEXES = {
    "users_by_tenant": ("users", ("run_id", "customer_id", "tenant_id")),
    "users_by_email": ("users", ("email",)),
}


def run_row(run: SealedRun) -> pa.RecordBatch:
    """The row of the table ``runs``."""
    summary = run.summary
    row = {
        "run_id": run.id,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "complete": run.complete,
        "tenants": summary.tenants,
        "users": summary.users,
    }
    return pa.RecordBatch.from_pylist([row], schema=RUNS)


def rows_beside(run: SealedRun) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Everything but the row of ``runs``: the table's name, and a batch of its schema."""
    for name, batches in {
        "customers": run.customers().to_batches(),
        "tenants": run.tenants().to_batches(),
        "users": run.users(),
    }.items():
        for batch in batches:
            yield name, _with_id(run.id, batch, SCHEMAS[name])


def _with_id(run_id: str, batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    ids = pa.repeat(run_id, batch.num_rows)
    plain = [batch.column(field.name).cast(field.type) for field in fields_of(schema)[1:]]
    return pa.RecordBatch.from_arrays([ids, *plain], schema=schema)


def definitions(types: Mapping[Any, str]) -> Iterator[str]:
    """The statements that make the tables and indexes where they are not there.

    Args:
        types: how the database calls the types of Arrow.
    """
    for name, schema in SCHEMAS.items():
        columns = [
            f"{field.name} {types[field.type]}{'' if field.nullable else ' NOT NULL'}"
            for field in fields_of(schema)
        ]
        key = [f"PRIMARY KEY ({', '.join(KEYS[name])})"] if name in KEYS else []
        yield f"CREATE TABLE IF NOT EXISTS {name} ({', '.join([*columns, *key])})"
    for name, (table, of) in INDEXES.items():
        yield f"CREATE INDEX IF NOT EXISTS {name} ON {table} ({', '.join(of)})"
