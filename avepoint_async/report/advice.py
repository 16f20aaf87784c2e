"""What to do about a tenant that could not be read; the README's table of errors says the same."""

from collections.abc import Iterator

from avepoint_async.errors import AvePointError
from avepoint_async.snapshots.roster import RosterEntry

_BY_STATE = {
    "short": "run it again; if it stays short, ask the service's support",
    "unasked": "run the snapshot again",
}


def advice(entry: RosterEntry) -> str:
    """What to do so that the next run reads this tenant; it has no mark-up."""
    known = {each.__name__: each.advice for each in _tree(AvePointError)}
    text = _BY_STATE.get(entry.state) or known.get(entry.error or "", AvePointError.advice)
    return text.replace("`", "")


def _tree(error: type[AvePointError]) -> Iterator[type[AvePointError]]:
    """The class of errors and all that come from it."""
    yield error
    for each in error.__subclasses__():
        yield from _tree(each)
