"""What stands beside a gap: app consent, last run, failed jobs, seats used up.

None of it is a proof. The service tells no reason for a user; it tells these, and each of them is
a reason often enough.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import attrs
from rich.table import Table

from avepoint_async import AvePointClient, CustomerRef, TenantRef
from avepoint_async.cli.by_customer import ByCustomer
from avepoint_async.cli.jobs import has_failed
from avepoint_async.cli.rows import Row
from avepoint_async.cli.tables import plain, plain_table
from avepoint_async.cli.words import name_of, words_of
from avepoint_async.resources.app_consent import ConsentProduct, app_consent
from avepoint_async.resources.backup_jobs import BACKUP_JOBS, BackupJob
from avepoint_async.resources.backup_overview import BACKUP_OVERVIEW
from avepoint_async.resources.purchased_seats import Product, purchased_seats

WHY_COLUMNS = ("app_consent", "last_run", "failed_jobs", "seats_bought", "seats_used_up")


@attrs.frozen(kw_only=True)
class Reasons:
    """What the service tells of one tenant that has a gap; None where it tells nothing.

    Attributes:
        app_consent: whether the tenant consented to every app of the backup.
        last_run: when the backup of the tenant, or else of its customer, last ran.
        failed_jobs: the customer's jobs that failed, in words.
        seats_bought: seats of the backup that the customer bought.
        seats_used_up: whether no more users can be protected.
    """

    app_consent: bool | None = None
    last_run: datetime | None = None
    failed_jobs: str | None = None
    seats_bought: int | None = None
    seats_used_up: bool | None = None

    def as_row(self) -> Row:
        """The columns of `WHY_COLUMNS`."""
        last_run = self.last_run and self.last_run.isoformat()
        return {**attrs.asdict(self), "last_run": last_run}


async def reasons_of(
    client: AvePointClient, tenants: Sequence[TenantRef], protected: Mapping[TenantRef, int]
) -> tuple[dict[TenantRef, Reasons], bool]:
    """Ask why, of tenants that have a gap.

    Args:
        client: whom to ask.
        tenants: those that have one.
        protected: users with a protected module, of every tenant of their customers.

    Returns:
        The reasons of each of the tenants, and whether all that was asked for came.
    """
    customers = list(dict.fromkeys(map(_customer_of, tenants)))
    asked = ByCustomer(client, (), whole=True)
    consents = await asked.lists(
        "app consent", app_consent(ConsentProduct.CLOUD_BACKUP_M365), tenants
    )
    jobs = await asked.lists("jobs", BACKUP_JOBS, customers)
    overviews = await asked.lists("last run", BACKUP_OVERVIEW, customers)
    seats = await asked.lists("seats bought", purchased_seats(Product.CLOUD_BACKUP_M365), customers)
    in_use: Counter[CustomerRef] = Counter()
    for tenant, users in protected.items():
        in_use[_customer_of(tenant)] += users
    found: dict[TenantRef, Reasons] = {}
    for tenant in tenants:
        customer = _customer_of(tenant)
        apps = consents.get(tenant)
        runs = [
            each.last_run_time
            for each in overviews.get(customer, ())
            if each.tenant_id in (None, tenant.tenant_id) and each.last_run_time is not None
        ]
        bought = next((each.purchased_user_seat for each in seats.get(customer, ())), None)
        found[tenant] = Reasons(
            app_consent=all(each.is_consent for each in apps) if apps else None,
            last_run=max(runs, default=None),
            failed_jobs=_failed(jobs[customer]) if customer in jobs else None,
            seats_bought=bought,
            seats_used_up=None if bought is None else in_use[customer] >= bought,
        )
    return found, asked.whole


def _customer_of(tenant: TenantRef) -> CustomerRef:
    return CustomerRef(tenant.customer_id, tenant.customer_name)


def _failed(jobs: Iterable[BackupJob]) -> str:
    """``onedrive: finished with exception, 16 of 54``, one after another; empty if none failed."""
    return "; ".join(
        f"{words_of(each.job_module)}: {words_of(each.status)}, "
        f"{each.failed_count or 0:,} of {each.total_count or 0:,}"
        for each in jobs
        if has_failed(each)
    )


def why_table(reasons: Mapping[TenantRef, Reasons]) -> Table:
    """One row for each tenant that has a gap."""
    table = plain_table(
        "Tenant with a gap", "App consent", "Last run", "Failed jobs of the customer", "Seats"
    )
    for tenant, each in reasons.items():
        consent = {True: "given", False: "missing", None: "?"}[each.app_consent]
        seats = "?" if each.seats_bought is None else f"{each.seats_bought:,} bought"
        table.add_row(
            plain(name_of(tenant)),
            plain(consent, "red" if each.app_consent is False else ""),
            "?" if each.last_run is None else f"{each.last_run:%Y-%m-%d %H:%M} UTC",
            plain("?" if each.failed_jobs is None else each.failed_jobs or "-"),
            plain(f"{seats}, all in use" if each.seats_used_up else seats),
        )
    return table
