"""What one worker of Spark reads: a client and a fan-out, driven in slices from outside of asyncio.

Spark's workers are synchronous. Each read has an event loop of its own that runs for a few pages
at a time and stands still while Spark consumes them, which is the back-pressure. Nothing of it is
kept: workers are used again, and forked.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

import pyarrow as pa

from avepoint_async import AvePointClient, FanOut, Page, ProtectedUser, TenantRef, WalkOutcome
from avepoint_async.spark.options import Options, make_client
from avepoint_async.spark.rows import (
    ROWS,
    UserRows,
    customer_rows,
    error_rows,
    shortfalls,
    tenant_rows,
)

T = TypeVar("T")

_SLICE = 16
"""Pages that are awaited before the loop stands still: read time-outs run on meanwhile."""


def discover(options: Options) -> tuple[list[TenantRef], str | None]:
    """The tenants that a query is about, and what is wrong with the list if it is not whole.

    Raises:
        AvePointError: the list cannot be read; `ConfigurationError` if a setting is wrong.
    """
    with asyncio.Runner() as runner:
        return runner.run(_discover(options))


async def _discover(options: Options) -> tuple[list[TenantRef], str | None]:
    async with make_client(options, strict=options.on_error == "fail") as client:
        tenants = client.tenants(customer_ids=options.customers or None)
        found = [tenant async for tenant in tenants]
    if options.tenants:
        wanted = {each.casefold() for each in options.tenants}
        found = [tenant for tenant in found if tenant.tenant_id.casefold() in wanted]
    return found, None if tenants.outcome.complete else _of_discovery(tenants.outcome)


def _of_discovery(outcome: WalkOutcome) -> str:
    return (
        f"the customer list is incomplete: {outcome.items} customers were shown, "
        f"{outcome.total_count} promised; the tenants of the others are not here"
    )


def read_users(options: Options, tenants: list[TenantRef]) -> Iterator[pa.RecordBatch]:
    """The users of these tenants; a tenant that fails or falls short is a row with ``error``.

    Raises:
        AvePointError: nothing could be asked at all; with ``onError=fail`` any failure.
    """
    with _fan_out(options, tenants) as (runner, fleet):
        rows = UserRows()
        for pages in _slices(runner, fleet.pages()):
            for tenant, page in pages:
                rows.add(tenant, page)
            if len(rows) >= ROWS:
                yield rows.batch()
                rows = UserRows()
        if len(rows):
            yield rows.batch()
        yield from error_rows(shortfalls(fleet.outcomes))


def read_tenants(options: Options, tenants: list[TenantRef]) -> Iterator[pa.RecordBatch]:
    """What became of each of these tenants, whose users are walked for it.

    Raises:
        AvePointError: see `read_users`.
    """
    with _fan_out(options, tenants) as (runner, fleet):
        for _ in _slices(runner, fleet.pages()):
            pass
        outcomes: Mapping[TenantRef, WalkOutcome] = fleet.outcomes
        yield from tenant_rows(outcomes)


def read_customers(options: Options) -> Iterator[pa.RecordBatch]:
    """The customers.

    Raises:
        AvePointError: the list cannot be read or is incomplete.
    """
    with asyncio.Runner() as runner, _client(options, runner, strict=True) as client:
        customers = client.customers(customer_ids=options.customers or None)
        yield from customer_rows(runner.run(customers.collect()))


@contextmanager
def _fan_out(
    options: Options, tenants: list[TenantRef]
) -> Iterator[tuple[asyncio.Runner, FanOut[TenantRef, ProtectedUser]]]:
    with asyncio.Runner() as runner, _client(options, runner) as client:
        fleet = client.protected_users_across(
            tenants,
            on_error="raise" if options.on_error == "fail" else "skip",
            emails=options.emails or None,
        )
        runner.run(_awaited(fleet.__aenter__()))
        try:
            yield runner, fleet
        finally:
            runner.run(_awaited(fleet.__aexit__(None, None, None)))


@contextmanager
def _client(
    options: Options, runner: asyncio.Runner, *, strict: bool = False
) -> Iterator[AvePointClient]:
    client = make_client(options, strict=strict)
    try:
        yield client
    finally:
        runner.run(client.close())


def _slices(
    runner: asyncio.Runner, pages: AsyncIterator[tuple[TenantRef, Page[ProtectedUser]]]
) -> Iterator[list[tuple[TenantRef, Page[ProtectedUser]]]]:
    while taken := runner.run(_take(pages)):
        yield taken


async def _take(
    pages: AsyncIterator[tuple[TenantRef, Page[ProtectedUser]]],
) -> list[tuple[TenantRef, Page[ProtectedUser]]]:
    taken: list[tuple[TenantRef, Page[ProtectedUser]]] = []
    async for page in pages:
        taken.append(page)
        if len(taken) == _SLICE:
            break
    return taken


async def _awaited(work: Awaitable[T]) -> T:
    return await work
