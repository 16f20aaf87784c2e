"""Compare two runs: what changed, and of which tenants nothing can be said."""

# The stubs of pyarrow name types of numpy, which is absent.
# pyright: reportUnknownMemberType=false

from collections import Counter
from collections.abc import Iterator
from functools import cached_property

import pyarrow as pa

from avepoint_async.refs import TenantRef
from avepoint_async.snapshots.compare.change import Change, ChangeKind
from avepoint_async.snapshots.compare.per_tenant import by_tenant
from avepoint_async.snapshots.compare.user_changes import COLUMNS, user_changes
from avepoint_async.snapshots.readable import ReadableRun
from avepoint_async.snapshots.roster import RosterEntry, read_roster


def compare(before: ReadableRun, after: ReadableRun) -> "Diff":
    """Compare two runs of one history.

    The rosters are read at once, the users only where they are asked for.
    """
    return Diff(before, after)


class Diff:
    """The differences between two runs.

    Only the users of tenants are compared whose lists are whole in both runs: a tenant that failed
    or fell short has lost no user. A tenant missing in a run that was asked for others is not gone.
    A user missing in a list that moved while it was read is only perhaps gone; compare the earlier
    run with the next one to know.

    Attributes:
        before: the earlier run.
        after: the later run.
        unknown: the tenants whose users cannot be compared, and why, in one line.
        warnings: what makes the comparison as a whole doubtful, in one line each.
    """

    def __init__(self, before: ReadableRun, after: ReadableRun) -> None:
        self.before = before
        self.after = after
        self._same_question = before.asked_for == after.asked_for
        self._old = read_roster(before)
        self._new = read_roster(after)
        self.unknown: dict[TenantRef, str] = dict(self._find_unknown())
        self.warnings: tuple[str, ...] = tuple(self._find_warnings())

    def __repr__(self) -> str:
        return f"<Diff {self.before.id} → {self.after.id}>"

    @cached_property
    def counts(self) -> Counter[ChangeKind]:
        """How many changes there are of each kind; both runs are read for it, once."""
        return Counter(change.kind for change in self.changes())

    def changes(self) -> Iterator[Change]:
        """Every change, tenant by tenant in the order of their ids.

        Both runs are read anew each time. Memory is that of one tenant's users in both.
        """
        old, new = _Users(self.before), _Users(self.after)
        for tenant in sorted(self._old.keys() | self._new.keys()):
            was, now = self._old.get(tenant), self._new.get(tenant)
            if was is None or now is None:
                yield from self._tenant_changes(was, now)
            elif was.comparable and now.comparable:
                pair = old.of(tenant), new.of(tenant)
                yield from user_changes(now.tenant, *pair, moved=now.state == "drifted")

    def _tenant_changes(self, was: RosterEntry | None, now: RosterEntry | None) -> Iterator[Change]:
        if was is not None and not self._why_missing(self.after):
            yield Change(kind=ChangeKind.TENANT_GONE, tenant=was.tenant)
        elif now is not None and not self._why_missing(self.before):
            yield Change(kind=ChangeKind.TENANT_NEW, tenant=now.tenant)

    def _why_missing(self, run: ReadableRun) -> str:
        """Why a tenant may be there, though not in the list of this run; empty: it is not."""
        if not self._same_question:
            return "which was asked for others"
        return "" if run.summary.roster_complete else "which is not whole"

    def _find_unknown(self) -> Iterator[tuple[TenantRef, str]]:
        for tenant in sorted(self._old.keys() | self._new.keys()):
            was, now = self._old.get(tenant), self._new.get(tenant)
            if now is None:
                if was is not None and (why := self._why_missing(self.after)):
                    yield was.tenant, f"not in the later list of tenants, {why}"
            elif not now.comparable:
                yield now.tenant, f"not read in the later run: {now.reason}"
            elif was is None:
                if why := self._why_missing(self.before):
                    yield now.tenant, f"not in the earlier list of tenants, {why}"
            elif not was.comparable:
                yield now.tenant, f"not read in the earlier run: {was.reason}"

    def _find_warnings(self) -> Iterator[str]:
        gone = len(self._old.keys() - self._new.keys())
        if not self._same_question:
            yield "the runs asked for other customers or tenants: only those in both are compared"
        if not self.after.summary.roster_complete:
            yield "the later list of tenants is not whole: a tenant missing in it may be there"
        elif self._same_question and 10 * gone >= len(self._old) > 0:
            yield (
                f"{gone:,} of {len(self._old):,} tenants are gone from the roster at once: check "
                "that the app registration may still see every customer"
            )


class _Users:
    """A run's users, asked for by tenants in ascending order."""

    def __init__(self, run: ReadableRun) -> None:
        batches = run.users(columns=["customer_id", "tenant_id", *COLUMNS])
        self._groups = by_tenant(batches)
        self._next = next(self._groups, None)

    def of(self, tenant: TenantRef) -> pa.Table:
        """The rows of one tenant; none if it has no user."""
        while self._next is not None and self._next[0] < tenant:
            self._next = next(self._groups, None)
        if self._next is None or self._next[0] != tenant:
            return _NOBODY
        return self._next[1]


_NOBODY = pa.table(
    {
        name: pa.array([], pa.bool_() if name in {"mailbox", "onedrive"} else pa.string())
        for name in COLUMNS
    }
)
