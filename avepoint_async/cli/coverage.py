"""``avepoint-async coverage``: how many users are protected, by tenant or by customer."""

from collections import Counter
from collections.abc import Mapping
from contextlib import AsyncExitStack
from enum import StrEnum
from typing import Annotated

import attrs
import typer
from rich.table import Table

from avepoint_async import AvePointClient, Module, Page, ProtectedUser, TenantRef
from avepoint_async.cli.customers import ids_of
from avepoint_async.cli.exits import DONE, INCOMPLETE, Job, job
from avepoint_async.cli.fleet_run import FleetRun
from avepoint_async.cli.options import Customers, Files, Format, Pace, TableOutput
from avepoint_async.cli.output import opened_output
from avepoint_async.cli.progress import surface
from avepoint_async.cli.rows import Layout, Row
from avepoint_async.cli.service import opened
from avepoint_async.cli.tables import coverage_table, drawn
from avepoint_async.cli.why import WHY_COLUMNS, Reasons, protected_users, reasons_of, why_table
from avepoint_async.cli.words import counted, name_of
from avepoint_async.report.coverage import Coverage


class By(StrEnum):
    """What the rows of the table are."""

    TENANT = "tenant"
    CUSTOMER = "customer"


_COLUMNS = (
    *("customer_id", "customer_name", "tenant_id", "tenant_name", "users"),
    *("mailbox_protected", "mailbox_unprotected", "mailbox_unknown"),
    *("onedrive_protected", "onedrive_unprotected", "onedrive_unknown"),
    "complete",
)


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
    unknown, and neither protected nor not. Exit status 3: some tenants are not whole.
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
            if to.form is Format.TABLE:
                await out.put_text(drawn(counts.table(run, by)))
                await out.put_text(drawn(why_table(reasons)) if reasons else "")
            else:
                layout, rows = Layout(to.form, raw=to.raw), counts.rows(run, by)
                if why:
                    rows = [{**row, **_reasons_of(row, reasons).as_row()} for row in rows]
                header = layout.header((*_COLUMNS, *WHY_COLUMNS) if why else _COLUMNS)
                await out.put(header + layout.records(rows))
            if status == DONE and not whole:
                return INCOMPLETE
            return status

    return job(work)


async def _asked_why(
    client: AvePointClient, counts: "CoverageByTenant"
) -> tuple[dict[TenantRef, Reasons], bool]:
    gaps = [tenant for tenant, each in counts.by_tenant.items() if each.gap]
    return await reasons_of(client, gaps, counts.protected)


def _reasons_of(row: Row, reasons: Mapping[TenantRef, Reasons]) -> Reasons:
    return reasons.get(TenantRef(row["customer_id"], row["tenant_id"]), Reasons())


class CoverageByTenant:
    """Counts the users of each tenant of a fan-out as they come.

    Attributes:
        by_tenant: the counts of every tenant of which a page came.
        protected: users of each with at least one protected module.
    """

    def __init__(self) -> None:
        self.by_tenant: dict[TenantRef, Coverage] = {}
        self.protected: Counter[TenantRef] = Counter()

    async def count(self, tenant: TenantRef, page: Page[ProtectedUser]) -> None:
        """Count a page."""
        self.by_tenant.setdefault(tenant, Coverage()).count(page.items)
        self.protected[tenant] += protected_users(page.items)

    def table(self, run: FleetRun, by: By) -> Table:
        """The counts of a run that has ended, to look at."""
        return coverage_table(
            by.value,
            [(each.name, each.coverage, each.amiss) for each in self._lines(run, by)],
        )

    def rows(self, run: FleetRun, by: By) -> list[Row]:
        """The same for programs; by customer a row has no tenant."""
        return [each.as_row() for each in self._lines(run, by)]

    def _lines(self, run: FleetRun, by: By) -> list["_Line"]:
        lines: dict[tuple[str, ...], _Line] = {}
        for tenant, outcome in run.fleet.outcomes.items():
            key = (tenant.customer_id, *((tenant.tenant_id,) if by is By.TENANT else ()))
            line = lines.setdefault(key, _Line(tenant, by))
            line.coverage.add(self.by_tenant.get(tenant, Coverage()))
            line.states.append(run.state_of(tenant, outcome))
        return list(lines.values())


@attrs.define
class _Line:
    """The counts of one tenant, or of one customer, and how its tenants were read."""

    tenant: TenantRef
    by: By
    coverage: Coverage = attrs.field(factory=Coverage)
    states: list[str] = attrs.field(factory=list[str])

    @property
    def name(self) -> str:
        if self.by is By.TENANT:
            return name_of(self.tenant)
        return self.tenant.customer_name or self.tenant.customer_id

    @property
    def amiss(self) -> str | None:
        """What keeps the counts from being whole; None if nothing does."""
        amiss = [state for state in self.states if state != "complete"]
        if not amiss:
            return None
        if self.by is By.TENANT:
            return amiss[0]
        return f"{len(amiss):,} of {counted(len(self.states), 'tenant')} not whole"

    def as_row(self) -> Row:
        tenant, of_tenant = self.tenant, self.by is By.TENANT
        row = {
            "customer_id": tenant.customer_id,
            "customer_name": tenant.customer_name,
            "tenant_id": tenant.tenant_id if of_tenant else None,
            "tenant_name": tenant.tenant_name if of_tenant else None,
            "users": self.coverage.users,
        }
        for name, module in (("mailbox", Module.MAILBOX), ("onedrive", Module.ONEDRIVE)):
            share = self.coverage.shares[module]
            row[f"{name}_protected"] = share.protected
            row[f"{name}_unprotected"] = share.unprotected
            row[f"{name}_unknown"] = self.coverage.unknown(module)
        return {**row, "complete": self.amiss is None}
