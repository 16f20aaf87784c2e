"""The same tables from a history: the latest sealed run, or one by its id, without the service."""

from collections.abc import Iterator, Sequence

import pyarrow as pa

from avepoint_async import TenantRef
from avepoint_async.snapshots import History, Run
from avepoint_async.spark.options import Options
from avepoint_async.spark.rows import error_rows, shortfalls
from avepoint_async.spark.tables import arrow_schema


class NoRunError(Exception):
    """Raised when a history holds no sealed run to read."""


def open_run(options: Options) -> Run:
    """The run that a query is about.

    Raises:
        SnapshotError: the folder is no history, or has no run of this id.
        NoRunError: no run of it is sealed.
    """
    history = History(options.history or "")
    run = history.latest() if options.run is None else history.run(options.run)
    if run is None:
        message = f"{options.history} has no sealed run yet: take one with avepoint-async snapshot"
        raise NoRunError(message)
    return run


def tenants_of(run: Run, options: Options) -> list[TenantRef]:
    """The tenants of the run that a query is about."""
    customers = {each.casefold() for each in options.customers}
    tenants = {each.casefold() for each in options.tenants}
    return [
        ref
        for ref in run.outcomes
        if (not customers or ref.customer_id.casefold() in customers)
        and (not tenants or ref.tenant_id.casefold() in tenants)
    ]


def users_of(run: Run, tenants: Sequence[TenantRef]) -> Iterator[pa.RecordBatch]:
    """The users of these tenants, and a row with ``error`` for each that is not whole."""
    names = {(ref.customer_id, ref.tenant_id): ref for ref in tenants}
    for batch in run.users(tenants=tenants):
        yield _with_names(batch, names)
    yield from error_rows(shortfalls({ref: run.outcomes[ref] for ref in tenants}))


def _with_names(batch: pa.RecordBatch, names: dict[tuple[str, str], TenantRef]) -> pa.RecordBatch:
    schema = arrow_schema("users")
    pairs = zip(batch["customer_id"].to_pylist(), batch["tenant_id"].to_pylist(), strict=True)
    refs = [names[pair] for pair in pairs]
    columns = {
        "customer_name": pa.array([ref.customer_name for ref in refs], pa.string()),
        "tenant_name": pa.array([ref.tenant_name for ref in refs], pa.string()),
        "error": pa.nulls(batch.num_rows, pa.string()),
    }
    return pa.RecordBatch.from_arrays(
        [
            columns[field.name] if field.name in columns else batch[field.name].cast(field.type)
            for field in schema
        ],
        schema=schema,
    )


def tenants_table(run: Run, tenants: Sequence[TenantRef]) -> Iterator[pa.RecordBatch]:
    """What became of these tenants that night."""
    wanted = {(ref.customer_id, ref.tenant_id) for ref in tenants}
    table = run.tenants().select(arrow_schema("tenants").names)
    pairs = zip(table["customer_id"].to_pylist(), table["tenant_id"].to_pylist(), strict=True)
    mask = pa.array([pair in wanted for pair in pairs], pa.bool_())
    yield from table.filter(mask).cast(arrow_schema("tenants")).to_batches()


def customers_table(run: Run, options: Options) -> Iterator[pa.RecordBatch]:
    """The customers as they were that night."""
    table = run.customers()
    if options.customers:
        wanted = {each.casefold() for each in options.customers}
        ids = (each.casefold() for each in table["customer_id"].to_pylist())
        table = table.filter(pa.array([each in wanted for each in ids], pa.bool_()))
    yield from table.cast(arrow_schema("customers")).to_batches()
