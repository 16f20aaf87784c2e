"""What became of a walk, and how far a fan-out is."""

import attrs

from avepoint_async.errors import AvePointError


@attrs.frozen(kw_only=True)
class WalkOutcome:
    """What became of one walk over a list: so far while it goes on, and for good at its end.

    Attributes:
        items: items delivered.
        pages: pages delivered.
        total_count: rows that the service promised last; None if it promised none.
        complete: whether the walk came to its end and nothing tells that the list changed
            meanwhile or that an item lacks.
        duplicates: rows dropped because the same item was shown before in the same pass.
        drifted: pages that promised another total than the page before.
        unreadable: rows left out because they are not what was promised.
        passes: how often the list was walked: more than once if it changed meanwhile or fell
            short.
        tries: how often it was tried; 2 after a failure that might have passed by itself.
        error: why it failed; None if it did not.
    """

    items: int = 0
    pages: int = 0
    total_count: int | None = None
    complete: bool = False
    duplicates: int = 0
    drifted: int = 0
    unreadable: int = 0
    passes: int = 1
    tries: int = 1
    error: AvePointError | None = None


@attrs.frozen(kw_only=True)
class Progress:
    """How far a fan-out is.

    Attributes:
        tenants_started: tenants of which a page was asked for.
        tenants_finished: tenants delivered to their end.
        tenants_failed: tenants that failed; one that is tried again counts until it succeeds.
        tenants_retried: failed tenants that were tried once more after the others.
        pages: pages delivered.
        items: items delivered.
        requests: requests sent, retries included.
        retries: requests that were sent again.
        throttled: requests that the service refused with 429 or 503.

    For a fan-out over customers, read "customers" for "tenants".
    """

    tenants_started: int = 0
    tenants_finished: int = 0
    tenants_failed: int = 0
    tenants_retried: int = 0
    pages: int = 0
    items: int = 0
    requests: int = 0
    retries: int = 0
    throttled: int = 0
