"""The same tables from a history: a sealed run, without the service."""

# The stubs of pyarrow name types of numpy, which is absent.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import Iterator, Sequence
from typing import cast

import pyarrow as pa

from avepoint_async import TenantRef
from avepoint_async.snapshots import History, Run, SnapshotError
from avepoint_async.spark.options import Options
from avepoint_async.spark.rows import shortfalls, user_errors
from avepoint_async.spark.tables import arrow_schema


def open_run(options: Options) -> Run:
    """The run that a query is about: the one that it names, or the latest.

    Raises:
        SnapshotError: the folder is no history, no run of it is sealed, or none has this id.
    """
    history = History(options.history or "")
    run = history.latest() if options.run is None else history.run(options.run)
    if run is None:
        message = f"{options.history} has no sealed run yet: take one with avepoint-async snapshot"
        raise SnapshotError(message)
    return run


def problem_of(run: Run) -> str | None:
    """Why the list of tenants of this run is not whole; None if it is."""
    if run.summary.roster_complete:
        return None
    return f"the customer list of run {run.id} is incomplete: tenants may lack"


def check_night(run: Run, options: Options) -> None:
    """See that nothing lacks of what a query is about.

    Raises:
        SnapshotError: a tenant failed or fell short that night, or the list is not whole.
    """
    tenants = [] if options.table == "customers" else tenants_of(run, options)
    told = shortfalls({tenant: run.outcomes[tenant] for tenant in tenants})
    problem = problem_of(run)
    if told or problem is not None:
        first = problem or f"{len(told)} tenants failed or fell short: {told[0][1]}"
        message = f"run {run.id} is not whole, and onError is fail: {first}"
        raise SnapshotError(message)


def tenants_of(run: Run, options: Options) -> list[TenantRef]:
    """The tenants of the run that a query is about, sorted."""
    customers = {each.casefold() for each in options.customers}
    tenants = {each.casefold() for each in options.tenants}
    return [
        ref
        for ref in run.outcomes
        if (not customers or ref.customer_id.casefold() in customers)
        and (not tenants or ref.tenant_id.casefold() in tenants)
    ]


def customers_of(run: Run) -> set[str]:
    """The ids of all customers that the run knows, in lower case."""
    ids = {*_texts(run.customers(), "customer_id"), *(ref.customer_id for ref in run.outcomes)}
    return {each.casefold() for each in ids}


def read_night(
    options: Options, run_id: str, tenants: Sequence[TenantRef]
) -> Iterator[pa.RecordBatch]:
    """The rows of one partition.

    Raises:
        SnapshotError: the run cannot be read.
    """
    run = History(options.history or "").run(run_id)
    match options.table:
        case "customers":
            return _customers(run, options)
        case "tenants":
            return _tenants(run, tenants)
        case _:
            return _users(run, tenants)


def _users(run: Run, tenants: Sequence[TenantRef]) -> Iterator[pa.RecordBatch]:
    names = {(ref.customer_id, ref.tenant_id): ref for ref in tenants}
    for batch in run.users(tenants=tenants):
        yield _with_names(batch, names)
    yield from user_errors(shortfalls({ref: run.outcomes[ref] for ref in tenants}))


def _with_names(batch: pa.RecordBatch, names: dict[tuple[str, str], TenantRef]) -> pa.RecordBatch:
    schema = arrow_schema("users")
    pairs = zip(_texts(batch, "customer_id"), _texts(batch, "tenant_id"), strict=True)
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


def _tenants(run: Run, tenants: Sequence[TenantRef]) -> Iterator[pa.RecordBatch]:
    wanted = {(ref.customer_id, ref.tenant_id) for ref in tenants}
    table = run.tenants().select(arrow_schema("tenants").names)
    pairs = zip(_texts(table, "customer_id"), _texts(table, "tenant_id"), strict=True)
    mask = pa.array([pair in wanted for pair in pairs], pa.bool_())
    yield from table.filter(mask).cast(arrow_schema("tenants")).to_batches()


def _customers(run: Run, options: Options) -> Iterator[pa.RecordBatch]:
    table = run.customers()
    if options.customers:
        wanted = {each.casefold() for each in options.customers}
        ids = (each.casefold() for each in _texts(table, "customer_id"))
        table = table.filter(pa.array([each in wanted for each in ids], pa.bool_()))
    schema = arrow_schema("customers")
    table = table.append_column("error", pa.nulls(table.num_rows, pa.string()))
    yield from table.select(schema.names).cast(schema).to_batches()


def _texts(rows: pa.RecordBatch | pa.Table, name: str) -> list[str]:
    return cast("list[str]", rows[name].to_pylist())
