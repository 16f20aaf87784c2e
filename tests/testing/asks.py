"""A request to each of the endpoints beside users and customers, and a tenant to ask about."""

from typing import Any

import attrs

from avepoint_async.testing import (
    COSTS_SCOPE,
    CUSTOMERS_SCOPE,
    DIRECTORY_SCOPE,
    JOBS_SCOPE,
    LICENSE_SCOPE,
    USERS_SCOPE,
    Emulator,
    User,
)
from tests.testing.raw import Raw, Reply

REF = ("c1", "t1")
TENANT = "general/customers/c1/tenants/t1"

BOTH, MAILBOX, NEITHER = ((0, True), (2, True)), ((0, True), (2, False)), ((0, False), (2, False))
USERS = [
    User("ada@x", "Ada Lovelace", BOTH, "id-ada"),
    User("alan@x", "Alan Turing", MAILBOX, "id-alan"),
    User("grace@x", None, NEITHER, "id-grace"),
    User("only@x", "Only Mailbox", ((0, True),), "id-only"),
]
"""Three mailboxes of four are protected, one OneDrive of three; three users have some module."""


@attrs.frozen
class Ask:
    """A request to one endpoint."""

    kind: str
    method: str
    path: str
    scope: str

    async def __call__(self, raw: Raw, body: Any = None, **query: object) -> Reply:
        """Send it."""
        if self.method == "GET":
            return await raw.get(self.path, self.scope, **query)
        return await raw.post(self.path, self.scope, body, **query)

    async def rows(self, raw: Raw, body: Any = None, **query: object) -> Any:
        """The rows of one page."""
        return (await self(raw, body, **query)).json["data"]


OVERVIEW = Ask(
    "backup_overview", "GET", "general/customers/c1/cloud-backup-m365/overview", USERS_SCOPE
)
JOBS = Ask("backup_jobs", "POST", "general/customers/c1/avpt-products/jobs/batch", JOBS_SCOPE)
REPORT = Ask("job_report", "GET", "general/customers/c1/jobs/J/report-details", JOBS_SCOPE)
SUBSCRIPTIONS = Ask("subscriptions", "POST", "general/customers/services/batch", LICENSE_SCOPE)
PURCHASED = Ask(
    "purchased_seats", "GET", "general/customers/c1/avpt-products/type/2048/overview", LICENSE_SCOPE
)
MICROSOFT = Ask(
    "microsoft_seats",
    "POST",
    "general/customers/c1/3rd-party-products/type/0/tenants/batch",
    LICENSE_SCOPE,
)
OBJECTS = Ask(
    "protected_objects",
    "GET",
    "general/customers/c1/m365/backup/modules/0/protected-objects",
    USERS_SCOPE,
)
INFO = Ask("tenant_info", "GET", TENANT, CUSTOMERS_SCOPE)
CONSENT = Ask("app_consent", "GET", f"{TENANT}/product/Office365Backup/apps", CUSTOMERS_SCOPE)
DIRECTORY = Ask(
    "directory_users", "POST", "um/customers/c1/tenants/t1/users/batch", DIRECTORY_SCOPE
)
COSTS = Ask("cost_issues", "GET", "acm/customers/c1/tenants/t1/issues", COSTS_SCOPE)
OTHERS = [
    OVERVIEW,
    JOBS,
    REPORT,
    SUBSCRIPTIONS,
    PURCHASED,
    MICROSOFT,
    OBJECTS,
    INFO,
    CONSENT,
    DIRECTORY,
    COSTS,
]


def at(ask: Ask, old: str, new: str) -> Ask:
    """The same with another parameter in its path."""
    return attrs.evolve(ask, path=ask.path.replace(old, new))


def emulator(users: Any = None, **settings: Any) -> Emulator:
    """One customer with one tenant."""
    return Emulator(fleet={REF: USERS if users is None else users}, **settings)


async def job_of(raw: Raw, module: int) -> Any:
    """The latest job of one module."""
    (job,) = await JOBS.rows(raw, {"jobModule": module})
    return job
