"""``avepoint-async fleet``: the users of every tenant of every customer."""

import asyncio
from collections.abc import Mapping
from typing import Annotated

import typer

from avepoint_async import TenantFailuresError, TenantOutcome, TenantRef
from avepoint_async.cli.exits import FAILED, FINE
from avepoint_async.cli.figures import counted, fleet_glimpse, summary
from avepoint_async.cli.logs import show_more
from avepoint_async.cli.options import Concurrency, Job, OnError, RowFormat, Verbose
from avepoint_async.cli.outlet import put_rows
from avepoint_async.cli.progress import Display, surface
from avepoint_async.cli.rows import CSV, JSONL, Layout
from avepoint_async.cli.service import opened
from avepoint_async.cli.streams import complain, say

_LAYOUTS = {RowFormat.CSV: CSV, RowFormat.JSONL: JSONL}


def fleet(
    *,
    form: Annotated[
        RowFormat, typer.Option("--format", "-f", help="How the rows are written.")
    ] = RowFormat.JSONL,
    concurrency: Concurrency = 16,
    on_error: Annotated[
        OnError,
        typer.Option(
            help="Of a tenant that fails: go on, list it at the end and exit with 1 (defer) or "
            "with 0 (skip), or end at once with 1 (raise)."
        ),
    ] = OnError.DEFER,
    customer: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID", help="Only this customer; may be given again.", show_default=False
        ),
    ] = None,
    verbose: Verbose = 0,
) -> Job:
    """Stream the users of every tenant of every customer, many tenants at once.

    Each row names its customer and tenant. The rows of one tenant stay in order, those of
    several come mixed. Memory stays small however many there are.
    """
    show_more(verbose)
    return lambda: asyncio.run(_stream(_LAYOUTS[form], concurrency, on_error, customer or None))


async def _stream(
    layout: Layout, concurrency: int, on_error: OnError, customers: list[str] | None
) -> int:
    async with (
        opened(concurrency=concurrency) as client,
        client.protected_users_across(
            client.tenants(customer_ids=customers), on_error=on_error.value
        ) as across,
        Display(
            lambda elapsed: fleet_glimpse(across.progress, elapsed), surface(rows_on_stdout=True)
        ) as display,
    ):
        status = FINE
        try:
            await put_rows(across, layout, named=True)
        except TenantFailuresError:
            status = FAILED
    # The display is gone by now, and what is said here stays.
    _list_failures(across.failures)
    say(summary(across.progress, display.elapsed))
    return status


def _list_failures(failures: Mapping[TenantRef, TenantOutcome]) -> None:
    for outcome in failures.values():
        complain(f"{outcome.error} (after {counted(outcome.users, 'user')})")
