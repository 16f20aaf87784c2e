"""Coverage over the runs of a history, not disturbed by tenants that a run could not read."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import attrs

from avepoint_async.refs import TenantRef
from avepoint_async.report.arrow_counts import coverage_by_tenant
from avepoint_async.report.coverage import Coverage
from avepoint_async.snapshots.readable import ReadableRun
from avepoint_async.snapshots.roster import read_roster


@attrs.frozen(kw_only=True)
class Point:
    """The coverage of the whole roster as of one run.

    Attributes:
        run_id: which run.
        at: when it began, in UTC.
        tenants: the coverage of each tenant that this run or an earlier one read.
        carried: tenants that an earlier run read, and this one could not.
        unread: tenants of the roster that no run has read yet.
    """

    run_id: str
    at: datetime
    tenants: dict[TenantRef, Coverage]
    carried: int
    unread: int

    @property
    def total(self) -> Coverage:
        """The coverage of all of them."""
        return add_up(self.tenants.values())


def trend(runs: Sequence[ReadableRun]) -> Iterator[Point]:
    """One point for each run.

    A tenant that failed or fell short counts with its newest whole answer: it would otherwise
    look as if its users were gone. It counts as long as it stands in the roster.

    Args:
        runs: sealed runs, oldest first.
    """
    known: dict[TenantRef, Coverage] = {}
    for run in runs:
        roster, counted = read_roster(run), coverage_by_tenant(run)
        read = {tenant for tenant, entry in roster.items() if entry.comparable}
        newest = {tenant: counted.get(tenant, Coverage()) for tenant in read}
        known = {
            tenant: coverage for tenant, coverage in known.items() if tenant in roster
        } | newest
        yield Point(
            run_id=run.id,
            at=run.started_at,
            tenants=known,
            carried=len(known) - len(read),
            unread=len(roster) - len(known),
        )


def add_up(parts: Iterable[Coverage]) -> Coverage:
    """The coverage of all parts together."""
    total = Coverage()
    for part in parts:
        total.add(part)
    return total
