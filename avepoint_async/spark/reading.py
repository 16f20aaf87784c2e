"""What one partition asks the service: a client and a fan-out, and batches of what they answer."""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager

import pyarrow as pa

from avepoint_async import FanOut, IncompleteError, ProtectedUser
from avepoint_async.spark.nights import read_night
from avepoint_async.spark.options import Options, make_client
from avepoint_async.spark.planning import Share, why_not_whole
from avepoint_async.spark.rows import (
    ROWS,
    UserRows,
    customer_rows,
    problem_rows,
    shortfalls,
    tenant_rows,
    user_errors,
)
from avepoint_async.spark.thread import iterate


def read(options: Options, share: Share) -> Generator[pa.RecordBatch, None, None]:
    """The rows of one partition.

    Raises:
        AvePointError: nothing could be asked at all, or the history cannot be read; with
            ``onError=fail`` any failure.
    """
    if share.run is not None:
        yield from read_night(options, share.run, share.tenants)
    else:
        yield from iterate(_ask(options, share))
    if share.problem is not None:
        yield problem_rows(options.table, share.problem)


def _ask(options: Options, share: Share) -> AsyncGenerator[pa.RecordBatch, None]:
    match options.table:
        case "customers":
            return _customers(options)
        case "tenants":
            return _tenants(options, share)
        case _:
            return _users(options, share)


async def _users(options: Options, share: Share) -> AsyncGenerator[pa.RecordBatch, None]:
    """The users of these tenants; one that fails or falls short is a row with ``error``."""
    async with _fan_out(options, share) as fleet:
        rows = UserRows()
        async for tenant, page in fleet.pages():
            rows.add(tenant, page)
            if len(rows) >= ROWS:
                yield rows.batch()
                rows = UserRows()
        if len(rows):
            yield rows.batch()
        for batch in user_errors(shortfalls(fleet.outcomes)):
            yield batch


async def _tenants(options: Options, share: Share) -> AsyncGenerator[pa.RecordBatch, None]:
    """What became of each of these tenants, whose users are walked for it."""
    async with _fan_out(options, share) as fleet:
        async for _ in fleet.pages():
            pass
        for batch in tenant_rows(fleet.outcomes):
            yield batch


async def _customers(options: Options) -> AsyncGenerator[pa.RecordBatch, None]:
    """The customers, and a row with ``error`` if the list is not whole."""
    fails = options.on_error == "fail"
    async with make_client(options, strict=fails) as client:
        walk = client.customers(customer_ids=options.customers or None).walk()
        found = [customer async for customer in walk]
    for batch in customer_rows(found):
        yield batch
    shown = {each.id.casefold() for each in found}
    missing = [each for each in options.customers if each.casefold() not in shown]
    if missing or not walk.outcome.complete:
        problem = why_not_whole(walk.outcome, options.customers, shown)
        if fails:
            raise IncompleteError(problem, outcome=walk.outcome)
        yield problem_rows("customers", problem)


@asynccontextmanager
async def _fan_out(options: Options, share: Share) -> AsyncGenerator[FanOut[ProtectedUser]]:
    fails = options.on_error == "fail"
    client = make_client(options, strict=fails, partitions=share.of)
    async with (
        client,
        client.protected_users_across(
            share.tenants,
            on_error="raise" if fails else "skip",
            emails=options.emails or None,
        ) as fleet,
    ):
        yield fleet
