"""``avepoint-async coverage``: how many users are protected, by tenant or by customer."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Annotated

import typer

from avepoint_async import AvePointClient, TenantRef
from avepoint_async.cli.coverage_table import (
    COVERAGE_COLUMNS,
    By,
    CoverageByTenant,
    coverage_table,
)
from avepoint_async.cli.customers import ids_of
from avepoint_async.cli.exits import DONE, INCOMPLETE, Job, job
from avepoint_async.cli.fleet_run import FleetRun
from avepoint_async.cli.options import Customers, Files, Format, Pace, TableOutput
from avepoint_async.cli.output import opened_output
from avepoint_async.cli.progress import surface
from avepoint_async.cli.rows import Layout, Row
from avepoint_async.cli.service import opened
from avepoint_async.cli.tables import drawn
from avepoint_async.cli.why import WHY_COLUMNS, Reasons, reasons_of, why_table


def coverage(
    *,
    by: Annotated[By, typer.Option(help="What the rows are.")] = By.TENANT,
    customer: Customers = None,
    why: Annotated[
        bool,
        typer.Option(
            "--why",
            metavar="",
            help="Tell what stands beside each gap: app consent, last run, failed jobs, seats.",
        ),
    ] = False,
    to: TableOutput,
    files: Files,
    pace: Pace,
) -> Job:
    """Count how many mailboxes and OneDrives are protected, by tenant or by customer.

    Of a hundred per cent are those users for whom the service lists the module; the others are
    unknown, and neither protected nor not. Of a tenant of which nothing could be read all is
    unknown: ?, or nothing in JSON lines and CSV. Exit status 3: some tenants are not whole.
    """
    if why and by is By.CUSTOMER:
        message = "it tells of tenants: leave --by customer out"
        raise typer.BadParameter(message, param_hint="--why")

    async def work() -> int:
        async with AsyncExitStack() as stack:
            out = stack.enter_context(opened_output(to.output))
            client = await stack.enter_async_context(opened(pace))
            tenants = client.tenants(customer_ids=await ids_of(client, customer))
            fleet = await stack.enter_async_context(client.protected_users_across(tenants))
            place = surface(rows_on_stdout=False)
            run = FleetRun(client=client, fleet=fleet, place=place, files=files)
            counts = CoverageByTenant()
            status = await run.run(counts.count)
            reasons, whole = await _asked_why(client, counts) if why else ({}, True)
            lines = counts.lines(run, by)
            if to.form is Format.TABLE:
                await out.put_text(drawn(coverage_table(by, lines)))
                await out.put_text(drawn(why_table(reasons)) if reasons else "")
            else:
                layout, rows = Layout(to.form, raw=to.raw), [line.as_row() for line in lines]
                if why:
                    rows = [{**row, **_reasons_of(row, reasons).as_row()} for row in rows]
                header = layout.header(
                    (*COVERAGE_COLUMNS, *WHY_COLUMNS) if why else COVERAGE_COLUMNS
                )
                await out.put(header + layout.records(rows))
            if status == DONE and not whole:
                return INCOMPLETE
            return status

    return job(work)


async def _asked_why(
    client: AvePointClient, counts: CoverageByTenant
) -> tuple[dict[TenantRef, Reasons], bool]:
    gaps = [tenant for tenant, each in counts.by_tenant.items() if each.gap]
    return await reasons_of(client, gaps, counts.protected)


def _reasons_of(row: Row, reasons: Mapping[TenantRef, Reasons]) -> Reasons:
    return reasons.get(TenantRef(row["customer_id"], row["tenant_id"]), Reasons())
