"""``avepoint-async users`` and ``fleet``: the users of one tenant, and of every tenant."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from enum import StrEnum
from typing import Annotated

import typer

from avepoint_async import Page, Progress, ProtectedUser, TenantRef
from avepoint_async.cli.customers import ids_of
from avepoint_async.cli.exits import Job, job
from avepoint_async.cli.fleet_run import Consume, FleetRun
from avepoint_async.cli.options import Customers, Files, Format, Pace, RowOutput, TableOutput
from avepoint_async.cli.output import Output, opened_output
from avepoint_async.cli.progress import Glimpse, surface, tenant_glimpse
from avepoint_async.cli.rows import USER_COLUMNS, Layout
from avepoint_async.cli.service import opened
from avepoint_async.cli.tables import drawn, users_table


class OnError(StrEnum):
    """What becomes of a run in which a tenant fails."""

    DEFER = "defer"
    SKIP = "skip"
    RAISE = "raise"


def users(
    customer: Annotated[
        str,
        typer.Argument(
            metavar="CUSTOMER",
            help="Id of the customer, as `customers` lists it.",
            show_default=False,
        ),
    ],
    tenant: Annotated[
        str,
        typer.Argument(metavar="TENANT", help="Id of its tenant, likewise.", show_default=False),
    ],
    *,
    email: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS", help="Only this user; may be given again.", show_default=False
        ),
    ] = None,
    page_size: Annotated[
        int,
        typer.Option(min=1, metavar="N", help="Users per request; the service takes 100 at most."),
    ] = 100,
    to: TableOutput,
    pace: Pace,
) -> Job:
    """List the users of one tenant, and which of their modules are protected.

    Rows (jsonl, csv) are written page by page as they come. A table waits for all of them.
    Exit status 3: the list is not whole.
    """
    ref = TenantRef(customer, tenant)
    as_table = to.form is Format.TABLE

    async def work() -> int:
        async with AsyncExitStack() as stack:
            out = stack.enter_context(opened_output(to.output))
            client = await stack.enter_async_context(opened(pace))
            # One tenant as a fleet of one, which asks for several of its pages at once.
            fleet = await stack.enter_async_context(
                client.protected_users_across([ref], emails=email or None, page_size=page_size)
            )

            def look(progress: Progress, elapsed: float) -> Glimpse:
                # Of some users nobody knows beforehand how many there are.
                outcome = None if email else fleet.outcomes.get(ref)
                return tenant_glimpse(progress, elapsed, outcome.total_count if outcome else None)

            place = surface(rows_on_stdout=not as_table and to.output is None, lines=False)
            run = FleetRun(client=client, fleet=fleet, place=place, look=look, single=True)
            if not as_table:
                return await run.run(written(out, Layout(to.form, raw=to.raw)))
            found: list[ProtectedUser] = []

            async def keep(_: TenantRef, page: Page[ProtectedUser]) -> None:
                found.extend(page.items)

            status = await run.run(keep)
            await out.put_text(drawn(users_table(found)))
            return status

    return job(work)


def fleet(
    *,
    customer: Customers = None,
    on_error: Annotated[
        OnError,
        typer.Option(
            help="Of a tenant that fails: go on, list it at the end and exit with 3 (defer) or "
            "as if it were none (skip), or end at once with 1 (raise)."
        ),
    ] = OnError.DEFER,
    to: RowOutput,
    files: Files,
    pace: Pace,
) -> Job:
    """Stream the users of every tenant of every customer, many tenants at once.

    Each row names its customer and tenant. The rows of one tenant stay in order, those of
    several come mixed. Memory stays small however many there are. Exit status 3: some tenants
    failed or are not whole; each of them is listed at the end.
    """

    async def work() -> int:
        async with AsyncExitStack() as stack:
            out = stack.enter_context(opened_output(to.output))
            client = await stack.enter_async_context(opened(pace))
            tenants = client.tenants(customer_ids=await ids_of(client, customer))
            across = client.protected_users_across(tenants, on_error=on_error.value)
            run = FleetRun(
                client=client,
                fleet=await stack.enter_async_context(across),
                place=surface(rows_on_stdout=to.output is None),
                tolerant=on_error is OnError.SKIP,
                files=files,
            )
            layout = Layout(to.form, raw=to.raw)
            status = await run.run(written(out, layout))
            if not across.progress.pages:
                await out.put(layout.header(USER_COLUMNS))
            return status

    return job(work)


def written(out: Output, layout: Layout) -> Consume:
    """Writes each page of users as it comes; nothing is kept."""
    # It waits for the first page, so that a run that was refused leaves nothing behind.
    header: Sequence[bytes] = layout.header(USER_COLUMNS)

    async def write(tenant: TenantRef, page: Page[ProtectedUser]) -> None:
        nonlocal header
        await out.put([*header, *layout.records(user.as_row(tenant) for user in page.items)])
        header = ()

    return write
