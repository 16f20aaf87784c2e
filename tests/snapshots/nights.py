"""Made-up nights: runs whose tables are held in memory."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pyarrow as pa

from avepoint_async.refs import TenantRef
from avepoint_async.snapshots.readable import ReadableRun

FIRST = datetime(2026, 11, 1, 2, tzinfo=UTC)
TEXT: pa.DataType = pa.string()
FLAG: pa.DataType = pa.bool_()
COUNT: pa.DataType = pa.int64()
ID: pa.DataType = pa.dictionary(pa.int32(), pa.string())
TIME: pa.DataType = pa.timestamp("us", tz="UTC")

USERS = pa.schema(
    {
        "customer_id": ID,
        "tenant_id": ID,
        "email": TEXT,
        "display_name": TEXT,
        "id": TEXT,
        "mailbox": FLAG,
        "onedrive": FLAG,
        "other_modules": TEXT,
        "page": pa.int32(),
        "observed_at": TIME,
    }
)
TENANTS = pa.schema(
    {
        "customer_id": TEXT,
        "customer_name": TEXT,
        "tenant_id": TEXT,
        "tenant_name": TEXT,
        "state": TEXT,
        "users": COUNT,
        "total_count": COUNT,
        "unreadable": COUNT,
        "error": TEXT,
        "status": COUNT,
        "message": TEXT,
        "request_id": TEXT,
        "finished_at": TIME,
    }
)


@attrs.frozen(kw_only=True)
class User:
    """One row of the users of a tenant."""

    email: str
    display_name: str | None = None
    id: str | None = None
    mailbox: bool | None = True
    onedrive: bool | None = True
    other_modules: str | None = None


@attrs.frozen(kw_only=True)
class Tenant:
    """What a night tells of one tenant; anything but the users is a column of its roster."""

    users: Sequence[User] = ()
    state: str = "complete"
    customer_name: str | None = None
    tenant_name: str | None = None
    total_count: int | None = None
    unreadable: int = 0
    error: str | None = None
    status: int | None = None
    message: str | None = None
    request_id: str | None = None
    finished_at: datetime | None = None


@attrs.frozen(kw_only=True)
class Summary:
    """The counts of a night."""

    roster_complete: bool = True
    requests: int = 0
    throttled: int = 0


@attrs.frozen(kw_only=True)
class Night:
    """A run in memory."""

    id: str
    started_at: datetime
    finished_at: datetime
    complete: bool
    asked_for: str
    summary: Summary
    rows: pa.Table
    roster: pa.Table
    batch_rows: int

    def users(
        self,
        *,
        tenants: Iterable[TenantRef] | None = None,
        columns: Iterable[str] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Every user, in batches of the night's size."""
        assert tenants is None
        return iter(self.rows.select(list(columns or USERS.names)).to_batches(self.batch_rows))

    def tenants(self) -> pa.Table:
        """The roster."""
        return self.roster


@attrs.frozen
class Nights:
    """A history in memory."""

    nights: Sequence[ReadableRun]

    def runs(self) -> Sequence[ReadableRun]:
        """Every night, oldest first."""
        return self.nights


Place = tuple[str, str]


def night(
    tenants: Mapping[Place, Tenant | Sequence[User]],
    *,
    day: int = 0,
    batch_rows: int = 20_000,
    summary: Summary | None = None,
    minutes: float = 40,
    asked_for: str = "everybody",
) -> Night:
    """A night of these tenants; a plain list of users is a tenant that is complete."""
    told = {
        place: each if isinstance(each, Tenant) else Tenant(users=each)
        for place, each in sorted(tenants.items())
    }
    started = FIRST + timedelta(days=day)
    finished = started + timedelta(minutes=minutes)
    rows = pa.Table.from_pylist(list(_user_rows(told, finished)), schema=USERS)
    return Night(
        id=f"{started:%Y%m%dT%H%M%SZ}",
        started_at=started,
        finished_at=finished,
        complete=all(each.state == "complete" for each in told.values()),
        asked_for=asked_for,
        summary=summary or Summary(),
        rows=rows,
        roster=pa.Table.from_pylist(list(_roster_rows(told, finished)), schema=TENANTS),
        batch_rows=batch_rows,
    )


def _user_rows(told: Mapping[Place, Tenant], at: datetime) -> Iterator[dict[str, Any]]:
    for (customer_id, tenant_id), tenant in told.items():
        for place, user in enumerate(tenant.users):
            where = {"customer_id": customer_id, "tenant_id": tenant_id}
            yield where | attrs.asdict(user) | {"page": 1 + place // 100, "observed_at": at}


def _roster_rows(told: Mapping[Place, Tenant], at: datetime) -> Iterator[dict[str, Any]]:
    for (customer_id, tenant_id), tenant in told.items():
        columns = attrs.asdict(tenant, recurse=False)
        columns |= {"customer_id": customer_id, "tenant_id": tenant_id, "users": len(tenant.users)}
        yield columns | {"finished_at": tenant.finished_at or at}
