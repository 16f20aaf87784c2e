"""The table of coverage: counted while users come, its rows the tenants or the customers."""

from collections import Counter
from enum import StrEnum

import attrs
from rich.table import Table
from rich.text import Text

from avepoint_async import Module, Page, ProtectedUser, TenantRef
from avepoint_async.cli.fleet_run import FleetRun
from avepoint_async.cli.rows import Row
from avepoint_async.cli.tables import plain, plain_table
from avepoint_async.cli.words import counted, name_of
from avepoint_async.report.coverage import Coverage, protected_users

_MODULES = {"Mailbox": Module.MAILBOX, "OneDrive": Module.ONEDRIVE}


class By(StrEnum):
    """What the rows of the table are."""

    TENANT = "tenant"
    CUSTOMER = "customer"


@attrs.define
class CoverageLine:
    """One row of the table: the counts of a tenant or a customer, and how it was read.

    Attributes:
        tenant: the tenant; of a customer, one of its tenants.
        by: which of the two it is.
        coverage: the counts of all tenants of which a page came; None if none came, since
            nothing is known then: not even that there are no users.
        states: how each of the tenants was read, as one of `fleet_run.STATES`.
    """

    tenant: TenantRef
    by: By
    coverage: Coverage | None = None
    states: list[str] = attrs.field(factory=list[str])

    def add(self, coverage: Coverage | None, state: str) -> None:
        """Count one tenant."""
        if coverage is not None:
            self.coverage = self.coverage or Coverage()
            self.coverage.add(coverage)
        self.states.append(state)

    @property
    def name(self) -> str:
        """What people call it."""
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
        """The same for programs: a customer has no tenant, and what is not known is None."""
        tenant, of_tenant = self.tenant, self.by is By.TENANT
        coverage = self.coverage or Coverage()
        counts: dict[str, int | None] = {"users": coverage.users}
        for heading, module in _MODULES.items():
            name, share = heading.lower(), coverage.shares[module]
            counts[f"{name}_protected"] = share.protected
            counts[f"{name}_unprotected"] = share.unprotected
            counts[f"{name}_unknown"] = coverage.unknown(module)
        if self.coverage is None:
            counts = dict.fromkeys(counts)
        return {
            "customer_id": tenant.customer_id,
            "customer_name": tenant.customer_name,
            "tenant_id": tenant.tenant_id if of_tenant else None,
            "tenant_name": tenant.tenant_name if of_tenant else None,
            **counts,
            "complete": self.amiss is None,
        }


COVERAGE_COLUMNS = tuple(CoverageLine(TenantRef("-", "-"), By.TENANT).as_row())


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

    def lines(self, run: FleetRun, by: By) -> list[CoverageLine]:
        """The rows of a run that has ended."""
        lines: dict[tuple[str, ...], CoverageLine] = {}
        for tenant, outcome in run.fleet.outcomes.items():
            key = (tenant.customer_id, *((tenant.tenant_id,) if by is By.TENANT else ()))
            line = lines.setdefault(key, CoverageLine(tenant, by))
            line.add(self.by_tenant.get(tenant), run.state_of(tenant, outcome))
        return list(lines.values())


def coverage_table(by: By, lines: list[CoverageLine]) -> Table:
    """The rows to look at, and one for all of them.

    A module that the service does not list for a user is neither protected nor not: unknown.
    """
    total = Coverage()
    for line in lines:
        total.add(line.coverage or Coverage())
    not_whole = sum(line.amiss is not None for line in lines)
    table = plain_table(show_footer=True)
    table.add_column(by.capitalize(), counted(len(lines), by), overflow="fold")
    table.add_column("Users", f"{total.users:,}", justify="right", no_wrap=True)
    for heading, module in _MODULES.items():
        headings = (heading, "", "Unknown")
        for title, footer in zip(headings, _cells(total, module), strict=True):
            table.add_column(title, footer, justify="right", no_wrap=True)
    if not_whole:
        table.add_column("Read", f"{not_whole:,} not whole", overflow="fold")
    for line in lines:
        users = Text("?", "yellow") if line.coverage is None else f"{line.coverage.users:,}"
        cells = [cell for each in _MODULES.values() for cell in _cells(line.coverage, each)]
        read = plain(line.amiss, "red") if line.amiss else Text("whole", "dim")
        table.add_row(plain(line.name), users, *cells, *([read] if not_whole else []))
    return table


def _cells(coverage: Coverage | None, module: Module) -> tuple[Text, Text, Text]:
    """Protected of listed, the same in per cent, and unknown."""
    if coverage is None:
        return Text("?", "yellow"), Text(""), Text("?", "yellow")
    share, unknown = coverage.shares[module], coverage.unknown(module)
    told = Text(f"{unknown:,}", "yellow") if unknown else Text("-", "dim")
    percent = share.percent
    if percent is None:
        return Text("-", "dim"), Text(""), told
    style = "green" if percent >= 95 else "yellow" if percent >= 80 else "red"
    return Text(f"{share.protected:,}/{share.listed:,}"), Text(f"{percent}%", style), told
