"""All that the page says, as plain values gathered from a history."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Generic, TypeVar

import attrs

from avepoint_async.refs import TenantRef
from avepoint_async.report.advice import advice
from avepoint_async.report.coverage import Coverage
from avepoint_async.report.trend import Point, add_up, trend
from avepoint_async.snapshots.as_of import LastRead, as_of
from avepoint_async.snapshots.compare.change import Change, ChangeKind
from avepoint_async.snapshots.compare.diff import compare
from avepoint_async.snapshots.readable import ReadableHistory, ReadableRun

T = TypeVar("T")

RUNS, UNREAD, CUSTOMERS, TENANTS, PLACES, CHANGES = 30, 200, 100, 200, 20, 500
"""How much of each list the page shows at most; it says how many more there are."""


@attrs.frozen
class Top(Generic[T]):
    """The first of a list.

    Attributes:
        rows: those that are shown.
        total: how many there are.
    """

    rows: Sequence[T]
    total: int

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.total - len(self.rows)


@attrs.frozen(kw_only=True)
class Unread:
    """A tenant whose users the newest run could not read.

    Attributes:
        tenant: which one.
        why: the reason, in one line.
        advice: what to do.
        request_id: the service's id of the failed request, for its support.
        since: when the first run in a row began that could not read it.
        read: when it was last read; None: never.
        users: users it had then.
    """

    tenant: TenantRef
    why: str
    advice: str
    request_id: str | None
    since: datetime | None
    read: datetime | None
    users: int


@attrs.frozen(kw_only=True)
class Row:
    """A customer or a tenant, and its coverage.

    Attributes:
        customer: the customer's name, or its id.
        tenant: the tenant's name, or its id; None for a customer.
        tenants: how many tenants it has.
        unread: how many of them the newest run could not read.
        read: when the tenant was last read, if not by the newest run.
        coverage: as of the newest answer of each tenant; None if there is none.
    """

    customer: str
    tenant: str | None = None
    tenants: int = 1
    unread: int = 0
    read: datetime | None = None
    coverage: Coverage | None

    @property
    def gap(self) -> int:
        """Modules of users that are listed as not protected."""
        return self.coverage.gap if self.coverage else 0


@attrs.frozen(kw_only=True)
class Place:
    """What changed in one tenant."""

    tenant: TenantRef
    lost: int
    exposed: int
    gained: int


@attrs.frozen(kw_only=True)
class Changes:
    """What changed between the newest run and the one before.

    Attributes:
        since: when the earlier run began.
        counts: changes of each kind.
        exposed: users that appeared with a module that is not protected.
        places: the tenants where most users lost protection or appeared without.
        users: the changes of users, one by one; None: addresses were not asked for.
        unknown: tenants that could not be compared.
        warnings: what makes the comparison doubtful.
    """

    since: datetime
    counts: Counter[ChangeKind]
    exposed: int
    places: Top[Place]
    users: Top[Change] | None
    unknown: int
    warnings: Sequence[str]


@attrs.frozen(kw_only=True)
class Report:
    """All that the page says.

    Attributes:
        made_at: when the report was made, in UTC.
        run: the newest run; None: there is none yet, and everything below is empty.
        unread: the tenants that it could not read.
        points: the coverage as of each of the last runs, oldest first.
        coverage: the coverage as of the newest run.
        changes: what changed since the run before; None if there is no run before.
        customers: every customer, the largest gap first.
        tenants: every tenant, the largest gap first.
    """

    made_at: datetime
    run: ReadableRun | None
    unread: Top[Unread]
    points: Sequence[Point]
    coverage: Coverage
    changes: Changes | None
    customers: Top[Row]
    tenants: Top[Row]


def build_report(history: ReadableHistory, made_at: datetime, *, addresses: bool) -> Report:
    """Gather what the page says.

    The users of the last 30 runs are read for their counts, those of the last two to compare them.

    Args:
        history: where the runs are.
        made_at: the moment that the page names, with its zone.
        addresses: whether to name users one by one.
    """
    runs = history.runs()
    newest = runs[-1] if runs else None
    points = list(trend(runs[-RUNS:]))
    last_reads = as_of(runs, newest.finished_at) if newest else {}
    coverage = points[-1].tenants if points else {}
    rows = [_tenant_row(last_read, coverage) for last_read in last_reads.values()]
    return Report(
        made_at=made_at,
        run=newest,
        unread=_top(_unread(last_reads.values()), UNREAD, lambda each: (-each.users, each.tenant)),
        points=points,
        coverage=add_up(coverage.values()),
        changes=_changes(runs[-2], runs[-1], addresses=addresses) if runs[1:] else None,
        customers=_top(_customer_rows(last_reads, rows), CUSTOMERS, _by_gap),
        tenants=_top(rows, TENANTS, _by_gap),
    )


def _top(rows: Iterable[T], shown: int, key: Callable[[T], tuple[object, ...]]) -> Top[T]:
    ordered = sorted(rows, key=key)
    return Top(ordered[:shown], len(ordered))


def _by_gap(row: Row) -> tuple[object, ...]:
    users = row.coverage.users if row.coverage else 0
    return -row.gap, -users, row.customer.casefold(), row.tenant or ""


def _unread(last_reads: Iterable[LastRead]) -> Iterator[Unread]:
    for last_read in last_reads:
        if not last_read.newest.comparable:
            yield Unread(
                tenant=last_read.tenant,
                why=last_read.newest.reason,
                advice=advice(last_read.newest),
                request_id=last_read.newest.request_id,
                since=last_read.unread_since,
                read=_read_at(last_read),
                users=last_read.entry.users if last_read.entry else 0,
            )


def _read_at(last_read: LastRead) -> datetime | None:
    """When the tenant was last read; None: never."""
    if last_read.entry is None or last_read.run is None:
        return None
    return last_read.entry.finished_at or last_read.run.finished_at


def _tenant_row(last_read: LastRead, coverage: dict[TenantRef, Coverage]) -> Row:
    tenant, unread = last_read.tenant, not last_read.newest.comparable
    return Row(
        customer=tenant.customer_name or tenant.customer_id,
        tenant=tenant.tenant_name or tenant.tenant_id,
        unread=unread,
        read=_read_at(last_read) if unread else None,
        coverage=coverage.get(tenant),
    )


def _customer_rows(tenants: Iterable[TenantRef], rows: Iterable[Row]) -> Iterator[Row]:
    """One row for each customer, from those of its tenants."""
    by_customer: dict[str, list[Row]] = {}
    for tenant, row in zip(tenants, rows, strict=True):
        by_customer.setdefault(tenant.customer_id, []).append(row)
    for parts in by_customer.values():
        told = [row.coverage for row in parts if row.coverage]
        yield Row(
            customer=parts[0].customer,
            tenants=len(parts),
            unread=sum(row.unread for row in parts),
            coverage=add_up(told) if told else None,
        )


# What a reader looks for first.
_RANK = {
    kind: place
    for place, kind in enumerate(
        (
            ChangeKind.LOST_PROTECTION,
            ChangeKind.APPEARED,
            ChangeKind.GAINED_PROTECTION,
            ChangeKind.GONE,
        )
    )
}


def _changes(before: ReadableRun, after: ReadableRun, *, addresses: bool) -> Changes:
    diff = compare(before, after)
    counts: Counter[ChangeKind] = Counter()
    exposed = 0
    by_tenant: dict[TenantRef, Counter[str]] = {}
    users: list[Change] = []
    for change in diff.changes():
        counts[change.kind] += 1
        appeared_exposed = change.kind is ChangeKind.APPEARED and change.unprotected
        exposed += appeared_exposed
        place = by_tenant.setdefault(change.tenant, Counter())
        place["lost"] += change.kind is ChangeKind.LOST_PROTECTION
        place["gained"] += change.kind is ChangeKind.GAINED_PROTECTION
        place["exposed"] += appeared_exposed
        if addresses and change.email is not None:
            users.append(change)
    places = [Place(tenant=tenant, **count) for tenant, count in by_tenant.items()]
    return Changes(
        since=before.started_at,
        counts=counts,
        exposed=exposed,
        places=_top(
            [place for place in places if place.lost or place.exposed or place.gained],
            PLACES,
            lambda place: (-place.lost, -place.exposed, -place.gained, place.tenant),
        ),
        users=_top(users, CHANGES, _change_order) if addresses else None,
        unknown=len(diff.unknown),
        warnings=diff.warnings,
    )


def _change_order(change: Change) -> tuple[object, ...]:
    rank = _RANK.get(change.kind, len(_RANK))
    return not change.unprotected, rank, change.tenant, change.email or ""
