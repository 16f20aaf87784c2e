"""``avepoint-async doctor``: which step fails on the way to the users, and why most likely."""

import asyncio
from collections.abc import Iterable
from typing import Annotated

import attrs
import orjson
import typer
from rich.table import Table
from rich.text import Text

from avepoint_async import TenantRef
from avepoint_async.cli.examination import Finding, Status, examine
from avepoint_async.cli.exits import FAILED, FINE
from avepoint_async.cli.logs import show_more
from avepoint_async.cli.options import Job, Verbose
from avepoint_async.cli.outlet import put, put_text
from avepoint_async.cli.streams import visible
from avepoint_async.cli.tables import drawn

_STYLES = {Status.OK: "green", Status.FAILED: "bold red", Status.NOT_TRIED: "dim"}


def doctor(
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the findings as one line of JSON.")
    ] = False,
    customer: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Ask for a tenant of this customer.", show_default=False),
    ] = None,
    tenant: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="Ask for this tenant; by default the first seen.", show_default=False
        ),
    ] = None,
    verbose: Verbose = 0,
) -> Job:
    """Find out what is wrong: tries settings, token, customers and users, one after the other.

    Says which step fails, and the likeliest cause. Exit status 0 if all is well, 1 if not.
    """
    show_more(verbose)
    wanted = _tenant(customer, tenant)
    return lambda: asyncio.run(_examine(wanted, as_json=as_json))


def _tenant(customer: str | None, tenant: str | None) -> TenantRef | None:
    if customer is None and tenant is None:
        return None
    if customer is None or tenant is None:
        message = "--customer and --tenant go together: give both, or neither"
        raise typer.BadParameter(message)
    return TenantRef(customer, tenant)


async def _examine(wanted: TenantRef | None, *, as_json: bool) -> int:
    findings: list[Finding] = []

    async def tell(finding: Finding) -> None:
        findings.append(finding)
        if not as_json:
            await put_text(drawn(_drawing(finding)))

    healthy = await examine(wanted, tell)
    if as_json:
        await put(_json(findings, healthy=healthy))
    return FINE if healthy else FAILED


def _drawing(finding: Finding) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(width=9)
    table.add_column(width=9)
    table.add_column(overflow="fold")
    table.add_row(
        finding.step,
        Text(finding.status, _STYLES[finding.status]),
        Text(visible(finding.detail)),
    )
    if finding.cause is not None:
        table.add_row("", Text("likely", "yellow"), finding.cause)
    return table


def _json(findings: Iterable[Finding], *, healthy: bool) -> bytes:
    report = {"ok": healthy, "steps": [attrs.asdict(finding) for finding in findings]}
    return orjson.dumps(report, option=orjson.OPT_APPEND_NEWLINE)
