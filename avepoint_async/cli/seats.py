"""``avepoint-async seats``: what was bought, what Microsoft assigned, and who is protected.

Three counts with three bases. They are shown side by side and not subtracted: a shared mailbox is
protected without a seat of its own, and Microsoft's seats are no seats of the backup.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.table import Table

from avepoint_async import ProtectedUser, TenantRef
from avepoint_async.cli.by_customer import ByCustomer
from avepoint_async.cli.console import say
from avepoint_async.cli.exits import Job, job
from avepoint_async.cli.options import Customers, Format, Pace, TableOutput
from avepoint_async.cli.output import opened_output
from avepoint_async.cli.rows import Layout, Row
from avepoint_async.cli.service import opened
from avepoint_async.cli.tables import drawn, plain, plain_table
from avepoint_async.cli.words import counted
from avepoint_async.report.coverage import protected_users
from avepoint_async.resources.microsoft_seats import MICROSOFT_SEATS
from avepoint_async.resources.purchased_seats import Product, purchased_seats

_COLUMNS = (
    *("customer_id", "customer_name", "bought", "microsoft_assigned", "microsoft_available"),
    *("users", "protected_users"),
)
_BASES = (
    "Bought: seats of Cloud Backup for Microsoft 365. Microsoft: its own seats. Users: whom the",
    "backup lists; protected: of at least one module. A shared mailbox needs no seat.",
)


def seats(*, customer: Customers = None, to: TableOutput, pace: Pace) -> Job:
    """Show seats bought, seats that Microsoft assigned, and protected users, side by side.

    Each has a basis of its own, so that no difference is told. What could not be read is empty,
    and exit status 3.
    """

    async def work() -> int:
        with opened_output(to.output) as out:
            async with opened(pace) as client:
                asked = await ByCustomer.found(client, customer)
                rows = await _rows(asked)
            if to.form is Format.TABLE:
                await out.put_text(drawn(_table(rows)))
                for line in _BASES:
                    say(line)
            else:
                layout = Layout(to.form, raw=to.raw)
                await out.put(layout.header(_COLUMNS) + layout.records(rows))
            return asked.status

    return job(work)


async def _rows(asked: ByCustomer) -> list[Row]:
    bought = await asked.lists(
        "seats bought", purchased_seats(Product.CLOUD_BACKUP_M365), asked.refs
    )
    microsoft = await asked.lists("seats of Microsoft", MICROSOFT_SEATS, asked.refs)
    users, protected, failed = await _count_users(asked)
    rows: list[Row] = []
    for each in asked.customers:
        sold = microsoft.get(each.ref)
        known = each.id not in failed
        rows.append(
            {
                "customer_id": each.id,
                "customer_name": each.organization,
                "bought": next((it.purchased_user_seat for it in bought.get(each.ref, ())), None),
                "microsoft_assigned": _sum(it.assigned_user_seat for it in sold or ()),
                "microsoft_available": _sum(it.available_user_seat for it in sold or ()),
                "users": users[each.id] if known else None,
                "protected_users": protected[each.id] if known else None,
            }
        )
    return rows


async def _count_users(asked: ByCustomer) -> tuple[Counter[str], Counter[str], set[str]]:
    """Users and protected users of each customer, and customers of whom some tenant failed."""
    users: Counter[str] = Counter()
    protected: Counter[str] = Counter()

    def count(tenant: TenantRef, items: Sequence[ProtectedUser]) -> None:
        users[tenant.customer_id] += len(items)
        protected[tenant.customer_id] += protected_users(items)

    tenants = [
        TenantRef(each.id, tenant.id, each.organization, tenant.name)
        for each in asked.customers
        for tenant in each.tenants
    ]
    fleet = asked.client.protected_users_across(tenants, on_error="skip")
    failed = await asked.read("users", fleet, count)
    return users, protected, {tenant.customer_id for tenant in failed}


def _sum(counts: Iterable[int | None]) -> int | None:
    """The sum of what is known; None if nothing is."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _table(rows: Sequence[Row]) -> Table:
    table = plain_table("Customer", "Bought", "Microsoft: assigned", "Users", "Protected")
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        counts = (
            row[name] for name in ("bought", "microsoft_assigned", "users", "protected_users")
        )
        cells = ("?" if count is None else f"{count:,}" for count in counts)
        table.add_row(plain(row["customer_name"] or row["customer_id"]), *cells)
    table.caption = counted(len(rows), "customer")
    return table
