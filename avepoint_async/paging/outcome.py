"""What became of each tenant of a fan-out, and how far the fan-out is."""

import attrs

from avepoint_async.errors import AvePointError


@attrs.frozen(kw_only=True)
class TenantOutcome:
    """What became of one tenant.

    Attributes:
        users: users delivered.
        pages: pages delivered; after a failure a new walk may start at the one after.
        total_count: rows that the service promised last; None if it promised none.
        complete: whether the walk came to its end and saw as many rows as were promised.
        duplicates: rows dropped because they stood on the page before, too.
        drifted: pages that promised another total than the page before.
        error: why it failed; None if it did not.
    """

    users: int = 0
    pages: int = 0
    total_count: int | None = None
    complete: bool = False
    duplicates: int = 0
    drifted: int = 0
    error: AvePointError | None = None


@attrs.frozen(kw_only=True)
class Progress:
    """How far a fan-out is.

    Attributes:
        tenants_started: tenants of which a page was asked for.
        tenants_finished: tenants delivered to their end.
        tenants_failed: tenants that failed.
        pages: pages delivered.
        users: users delivered.
        requests: requests sent, retries included.
        retries: requests that were sent again.
        throttled: requests that the service refused with 429 or 503.
    """

    tenants_started: int = 0
    tenants_finished: int = 0
    tenants_failed: int = 0
    pages: int = 0
    users: int = 0
    requests: int = 0
    retries: int = 0
    throttled: int = 0
