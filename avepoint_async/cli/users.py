"""``avepoint-async users``: the users of one tenant."""

import asyncio
from collections.abc import Awaitable
from typing import Annotated, cast

import typer

from avepoint_async import AvePointError, FanOut, ProtectedUser, TenantFailuresError, TenantRef
from avepoint_async.cli.exits import FINE
from avepoint_async.cli.figures import Glimpse, tenant_glimpse
from avepoint_async.cli.logs import show_more
from avepoint_async.cli.options import Job, PageSize, UserFormat, Verbose
from avepoint_async.cli.outlet import put_rows, put_text
from avepoint_async.cli.progress import Display, surface
from avepoint_async.cli.rows import CSV, JSONL
from avepoint_async.cli.service import opened
from avepoint_async.cli.tables import drawn, users_table

_LAYOUTS = {UserFormat.CSV: CSV, UserFormat.JSONL: JSONL}


def users(
    customer: Annotated[
        str, typer.Argument(metavar="CUSTOMER", help="Id of the customer.", show_default=False)
    ],
    tenant: Annotated[
        str, typer.Argument(metavar="TENANT", help="Id of its tenant.", show_default=False)
    ],
    *,
    form: Annotated[
        UserFormat,
        typer.Option("--format", "-f", help="A table to look at, or rows for a program."),
    ] = UserFormat.TABLE,
    email: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS", help="Only this user; may be given again.", show_default=False
        ),
    ] = None,
    page_size: PageSize = 100,
    verbose: Verbose = 0,
) -> Job:
    """List the users of one tenant, and which of their modules are protected.

    Rows (jsonl, csv) are written page by page as they come. A table waits for all of them.
    """
    show_more(verbose)
    ref = TenantRef(customer, tenant)

    async def run() -> int:
        async with (
            opened() as client,
            client.protected_users_across(
                [ref], emails=email or None, page_size=page_size
            ) as fleet,
        ):
            # Of some users nobody knows beforehand how many there are.
            await _write(fleet, form, None if email else ref)
        return FINE

    return lambda: asyncio.run(_of_one(run()))


async def _of_one(work: Awaitable[int]) -> int:
    """Let the failure of the only tenant be told as what it is.

    It is walked as a fleet of one, which asks for several of its pages at once.
    """
    try:
        return await work
    except TenantFailuresError as failures:
        (outcome,) = failures.failures.values()
        raise cast("AvePointError", outcome.error) from None


async def _write(fleet: FanOut[ProtectedUser], form: UserFormat, whole: TenantRef | None) -> None:
    def look(elapsed: float) -> Glimpse:
        outcome = fleet.outcomes.get(whole) if whole else None
        return tenant_glimpse(fleet.progress, elapsed, outcome.total_count if outcome else None)

    layout = _LAYOUTS.get(form)
    place = surface(rows_on_stdout=layout is not None, lines=False)
    if layout is not None:
        async with Display(look, place):
            await put_rows(fleet, layout, named=False)
        return
    async with Display(look, place):
        table = users_table([user async for _, user in fleet])
    await put_text(drawn(table))
