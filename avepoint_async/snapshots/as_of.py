"""The newest answer of each tenant that can be relied on, and how old it is."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs

from avepoint_async.refs import TenantRef
from avepoint_async.snapshots.readable import ReadableRun
from avepoint_async.snapshots.roster import RosterEntry, read_roster


@attrs.frozen(kw_only=True)
class LastRead:
    """When the list of a tenant was last read whole, seen from some moment.

    Attributes:
        tenant: the tenant, with its names.
        newest: what became of it in the newest run.
        run: the newest run in which its list is whole; None if there is none.
        entry: what became of it in that run.
        age: how long before that moment its last answer came; None if there is no such run.
        unread_since: when the first of the runs in a row began that could not read it; None if
            the newest one did.
    """

    tenant: TenantRef
    newest: RosterEntry
    run: ReadableRun | None
    entry: RosterEntry | None
    age: timedelta | None
    unread_since: datetime | None


def as_of(runs: Sequence[ReadableRun], when: datetime) -> dict[TenantRef, LastRead]:
    """For each tenant of the newest roster, the newest run that read it whole.

    Args:
        runs: the sealed runs, oldest first, as ``History.runs`` gives them.
        when: the moment, with its zone. Runs that were sealed later are left out.

    Returns:
        One for each tenant in the roster of the newest run, in the order of their ids;
        nothing if no run was sealed by then. Older runs are read only as far as they are needed.

    Raises:
        ValueError: ``when`` has no zone.
    """
    if when.tzinfo is None:
        message = f"when needs a time zone, such as datetime.now(UTC); got {when!r}"
        raise ValueError(message)
    sealed = [run for run in runs if run.finished_at <= when]
    if not sealed:
        return {}
    newest = read_roster(sealed[-1])
    found: dict[TenantRef, LastRead] = {}
    since: dict[TenantRef, datetime] = {}
    for run in reversed(sealed):
        roster = newest if run is sealed[-1] else read_roster(run)
        for tenant in newest.keys() - found.keys():
            entry = roster.get(tenant)
            if entry is not None and entry.comparable:
                read_at = entry.finished_at or run.finished_at
                found[tenant] = LastRead(
                    tenant=newest[tenant].tenant,
                    newest=newest[tenant],
                    run=run,
                    entry=entry,
                    age=when - read_at,
                    unread_since=since.get(tenant),
                )
            elif entry is not None:
                since[tenant] = run.started_at
        if len(found) == len(newest):
            break
    for tenant in newest.keys() - found.keys():
        found[tenant] = LastRead(
            tenant=newest[tenant].tenant,
            newest=newest[tenant],
            run=None,
            entry=None,
            age=None,
            unread_since=since[tenant],
        )
    return {tenant: found[tenant] for tenant in newest}
