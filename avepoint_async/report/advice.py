"""What to do about a tenant that could not be read; the README's table of errors says the same."""

from avepoint_async.snapshots.roster import RosterEntry

ADVICE = {
    "ConfigurationError": "mend it: the message says how",
    "ClientClosedError": "make a new one",
    "AuthenticationError": ("check id, secret, permissions and cloud: `avepoint-async doctor`"),
    "TransportError": "check network, proxy, certificates; run it again",
    "BadRequestError": "check ids and page size",
    "PermissionDeniedError": "widen the app registration's scope",
    "NotFoundError": "check the ids and the licence",
    "RateLimitError": "run it later, or lower `concurrency`",
    "ServerError": "run it later; give its support the request id",
    "ApiError": "read `.status` and `.detail`",
    "ResponseError": "report it: the service has changed",
    "PaginationError": "go on there with `start_page`, or run it again",
}
"""By the class of the error, as `RosterEntry.error` names it."""

_BY_STATE = {
    "short": "run it again; if it stays short, ask the service's support",
    "unasked": "run the snapshot again",
}


def advice(entry: RosterEntry) -> str:
    """What to do so that the next run reads this tenant; it has no mark-up."""
    text = _BY_STATE.get(entry.state) or ADVICE.get(entry.error or "", "run it again")
    return text.replace("`", "")
