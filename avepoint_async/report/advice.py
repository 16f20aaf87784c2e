"""What to do about a tenant that could not be read; the README's table of errors says the same."""

import avepoint_async
from avepoint_async.errors import AvePointError
from avepoint_async.snapshots.roster import RosterEntry

_BY_STATE = {
    "short": "run it again; if it stays short, ask the service's support",
    "unasked": "run the snapshot again",
}


def advice(entry: RosterEntry) -> str:
    """What to do so that the next run reads this tenant; it has no mark-up."""
    known = getattr(avepoint_async, entry.error or "AvePointError", AvePointError)
    text: str = _BY_STATE.get(entry.state) or known.advice
    return text.replace("`", "")
