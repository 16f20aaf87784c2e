"""What became of a tenant: from a fan-out to a manifest's line, to a table, and back."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from avepoint_async.errors import ApiError, AvePointError
from avepoint_async.paging.errors import IncompleteError
from avepoint_async.paging.outcome import WalkOutcome
from avepoint_async.refs import TenantRef
from avepoint_async.snapshots.entries import Settled

STATES = ("complete", "short", "drifted", "failed", "unasked")
"""What may become of a tenant; `schema.TENANTS` explains each."""

WHOLE = frozenset({"complete", "drifted"})
"""The states in which a tenant's list is whole, so that who is missing in it is really missing."""

_FINAL = frozenset({400, 403, 404})
_INCOMPLETE = IncompleteError.__name__


def _kinds(root: type[AvePointError]) -> Iterator[tuple[str, type[AvePointError]]]:
    yield root.__name__, root
    for kind in root.__subclasses__():
        yield from _kinds(kind)


_KINDS = dict(_kinds(AvePointError))
"""The errors of the client, by name; one of a later version is read as an `AvePointError`."""


def settled_of(
    tenant: TenantRef,
    outcome: WalkOutcome,
    *,
    attempt: int,
    started_at: datetime,
    finished_at: datetime,
) -> Settled:
    """The manifest's line of a tenant that is through."""
    error = outcome.error
    return Settled(
        customer_id=tenant.customer_id,
        tenant_id=tenant.tenant_id,
        attempt=attempt,
        users=outcome.items,
        pages=outcome.pages,
        total_count=outcome.total_count,
        complete=outcome.complete,
        duplicates=outcome.duplicates,
        drifted=outcome.drifted,
        unreadable=outcome.unreadable,
        passes=outcome.passes,
        tries=outcome.tries,
        error=None if error is None else type(error).__name__,
        status=error.status if isinstance(error, ApiError) else None,
        message=None if error is None else str(error.args[0]),
        request_id=error.request_id if isinstance(error, ApiError) else None,
        started_at=started_at,
        finished_at=finished_at,
    )


def is_final(error: AvePointError | None) -> bool:
    """Whether the service refuses this request for good, so that another try is in vain."""
    return isinstance(error, ApiError) and error.status in _FINAL


def state_of(settled: Settled | None) -> str:
    """One of `STATES`; None stands for a tenant that is not through."""
    if settled is None:
        return "unasked"
    # A strict client calls an incomplete walk an error; its rows are all there.
    if settled.error not in (None, _INCOMPLETE):
        return "failed"
    if settled.complete:
        return "complete"
    lacks = settled.users < (settled.total_count or 0) or settled.unreadable
    return "short" if lacks or not (settled.drifted or settled.duplicates) else "drifted"


def outcome_of(row: dict[str, Any]) -> WalkOutcome:
    """The outcome that a row of the table ``tenants`` tells of."""
    return WalkOutcome(
        items=row["users"],
        pages=row["pages"],
        total_count=row["total_count"],
        complete=row["state"] == "complete",
        duplicates=row["duplicates"],
        drifted=row["drifted"],
        unreadable=row["unreadable"],
        passes=row["passes"],
        tries=max(1, row["attempts"]),
        error=None if row["error"] is None else _error_of(row),
    )


def _error_of(row: dict[str, Any]) -> AvePointError:
    place = {"customer_id": row["customer_id"], "tenant_id": row["tenant_id"]}
    kind = _KINDS.get(row["error"], AvePointError)
    if issubclass(kind, ApiError):
        answer = {"status": row["status"], "request_id": row["request_id"]}
        return kind(row["message"], **answer, **place)
    return kind(row["message"], **place)
