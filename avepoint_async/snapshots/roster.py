"""The roster of a run: which tenants it holds, and what became of each."""

# The stubs of pyarrow name types of numpy, which is absent.
# pyright: reportUnknownMemberType=false

from datetime import datetime

import attrs

from avepoint_async.refs import TenantRef
from avepoint_async.snapshots.outcomes import WHOLE
from avepoint_async.snapshots.readable import ReadableRun


@attrs.frozen(kw_only=True)
class RosterEntry:
    """What became of one tenant in one run: a row of ``Run.tenants()``.

    Attributes:
        tenant: its ids and names.
        state: ``complete``, ``short`` (fewer users than promised), ``drifted`` (whole, though the
            list moved while it was read), ``failed`` or ``unasked``.
        users: users that were stored.
        total_count: users that the service promised; None if it promised none.
        unreadable: rows that could not be read, and were left out.
        error: the class of the error; None if there was none.
        status: the HTTP status of the error, if it had one.
        message: the text of the error.
        request_id: the service's id of the failed request, for its support.
        finished_at: when its last answer came, in UTC; None if none came.
    """

    tenant: TenantRef
    state: str
    users: int = 0
    total_count: int | None = None
    unreadable: int = 0
    error: str | None = None
    status: int | None = None
    message: str | None = None
    request_id: str | None = None
    finished_at: datetime | None = None

    @property
    def comparable(self) -> bool:
        """Whether its list is whole, so that who is missing in it is really missing."""
        return self.state in WHOLE

    @property
    def reason(self) -> str:
        """Why its list is not whole, in one line; empty if it is."""
        if self.state == "failed":
            status = f" {self.status}" if self.status else ""
            return f"{self.error or 'failed'}{status}: {self.message or 'no message'}"
        if self.state == "short":
            return self._shortfall
        return "" if self.comparable else "it was not asked"

    @property
    def _shortfall(self) -> str:
        if self.unreadable:
            return f"{self.unreadable:,} rows of the service's answer could not be read"
        promised = "an unknown number" if self.total_count is None else f"{self.total_count:,}"
        return f"the service showed {self.users:,} users of {promised}"


_COLUMNS = (
    "customer_id",
    "customer_name",
    "tenant_id",
    "tenant_name",
    "state",
    "users",
    "total_count",
    "unreadable",
    "error",
    "status",
    "message",
    "request_id",
    "finished_at",
)


def read_roster(run: ReadableRun) -> dict[TenantRef, RosterEntry]:
    """Each tenant of a run, in the order of their ids."""
    entries: list[RosterEntry] = []
    for row in run.tenants().select(_COLUMNS).to_pylist():
        names = ("customer_id", "tenant_id", "customer_name", "tenant_name")
        tenant = TenantRef(*(row.pop(name) for name in names))
        entries.append(RosterEntry(tenant=tenant, **row))
    return {entry.tenant: entry for entry in sorted(entries, key=lambda entry: entry.tenant)}
