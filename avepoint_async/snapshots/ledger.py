"""What the lines of a manifest add up to: who is settled, what is open, which rows count."""

from collections.abc import Iterable, Iterator
from typing import TypeAlias

import attrs

from avepoint_async.refs import TenantRef
from avepoint_async.snapshots.entries import (
    Begun,
    Commit,
    CustomerSeen,
    Entry,
    Given,
    RosterRead,
    Sealed,
    Settled,
    Traffic,
    Void,
)


@attrs.frozen
class Rows:
    """Rows of one tenant in one segment.

    Attributes:
        file: the segment.
        start: the first row, from 0.
        count: how many.
    """

    file: str
    start: int
    count: int


_Walk: TypeAlias = tuple[int, Rows]
"""The number of a walk, and rows that came with it."""


@attrs.define
class Ledger:
    """The state of a run, as its manifest tells it.

    Attributes:
        tenants: every tenant known so far, with its names as they were read last.
        customers: every customer read so far.
        roster: how the list of tenants ended; None if it was not read to its end.
        settled: what became of each tenant that is through.
        attempts: how many walks of a tenant were begun, as far as rows or outcomes tell.
        commits: each commit, in order.
        begun: how often a process worked on the run.
        sealed: the last line; None if the run is not sealed.
    """

    tenants: dict[TenantRef, TenantRef] = attrs.Factory(dict[TenantRef, TenantRef])
    customers: dict[str, CustomerSeen] = attrs.Factory(dict[str, CustomerSeen])
    roster: RosterRead | None = None
    settled: dict[TenantRef, Settled] = attrs.Factory(dict[TenantRef, Settled])
    attempts: dict[TenantRef, int] = attrs.Factory(dict[TenantRef, int])
    commits: list[Commit] = attrs.Factory(list[Commit])
    begun: int = 0
    sealed: Sealed | None = None
    _traffic: list[Traffic] = attrs.Factory(list[Traffic])
    _rows: dict[TenantRef, list[_Walk]] = attrs.Factory(dict[TenantRef, list[_Walk]])

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "Ledger":
        """The state after these entries."""
        ledger = cls()
        for entry in entries:
            ledger.add(entry)
        return ledger

    def add(self, entry: Entry) -> None:
        """Take one more entry into account."""
        match entry:
            case Begun():
                self.begun += 1
                self._traffic.append(Traffic())
            case CustomerSeen():
                self.customers[entry.id] = entry
                for tenant_id, name in entry.tenants:
                    self._know(TenantRef(entry.id, tenant_id, entry.organization, name))
            case Given():
                for place in entry.tenants:
                    self._know(TenantRef(*place))
            case RosterRead():
                self.roster = entry
            case Commit():
                self._commit(entry)
            case Void():
                self._void(entry)
            case _:
                self.sealed = entry

    def _know(self, tenant: TenantRef) -> None:
        # Removed first: an assignment alone would keep the equal key, and so its old names.
        self.tenants.pop(tenant, None)
        self.tenants[tenant] = tenant

    def _commit(self, commit: Commit) -> None:
        self.commits.append(commit)
        self._traffic[-1] = commit.traffic
        for span in commit.spans:
            tenant = TenantRef(span.customer_id, span.tenant_id)
            rows = Rows(commit.file, span.start, span.rows)
            self._rows.setdefault(tenant, []).append((span.attempt, rows))
            self.attempts[tenant] = max(span.attempt, self.attempts.get(tenant, 0))
        for settled in commit.tenants:
            tenant = TenantRef(settled.customer_id, settled.tenant_id)
            self.settled[tenant] = settled
            self.attempts[tenant] = max(settled.attempt, self.attempts.get(tenant, 0))

    def _void(self, void: Void) -> None:
        tenant = TenantRef(void.customer_id, void.tenant_id)
        kept = [each for each in self._rows.get(tenant, []) if each[0] != void.attempt]
        self._rows[tenant] = kept
        settled = self.settled.get(tenant)
        if settled is not None and settled.attempt == void.attempt:
            del self.settled[tenant]

    @property
    def traffic(self) -> Traffic:
        """What all processes together have sent, as far as they could tell before they ended."""
        return Traffic(
            requests=sum(each.requests for each in self._traffic),
            retries=sum(each.retries for each in self._traffic),
            throttled=sum(each.throttled for each in self._traffic),
        )

    @property
    def pages(self) -> int:
        """Pages committed, those that do not count any more among them."""
        return sum(commit.pages for commit in self.commits)

    def open_walks(self) -> list[Void]:
        """Walks of which rows were committed, and that never came to their end."""
        found = {
            (tenant, attempt)
            for tenant, kept in self._rows.items()
            for attempt, _ in kept
            if tenant not in self.settled or attempt > self.settled[tenant].attempt
        }
        return [Void(each.customer_id, each.tenant_id, attempt) for each, attempt in sorted(found)]

    def walks_in(self, file: str) -> list[Void]:
        """The walks that count and have rows in this segment."""
        return [
            Void(tenant.customer_id, tenant.tenant_id, settled.attempt)
            for tenant, settled in self.settled.items()
            if any(rows.file == file for rows in self.rows_of(tenant))
        ]

    def rows_of(self, tenant: TenantRef) -> Iterator[Rows]:
        """Where the rows of a settled tenant stand, in the order in which they came."""
        attempt = self.settled[tenant].attempt
        return (rows for each, rows in self._rows.get(tenant, []) if each == attempt)
