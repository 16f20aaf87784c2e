"""What to do about a tenant that could not be read."""

import pytest

from avepoint_async.refs import TenantRef
from avepoint_async.report.advice import advice
from avepoint_async.snapshots.roster import RosterEntry


@pytest.mark.parametrize(
    ("state", "error", "words"),
    [
        ("failed", "RateLimitError", "run it later, or lower concurrency"),
        ("failed", "SomethingNewError", "run it again"),
        ("failed", None, "run it again"),
        ("short", None, "run it again; if it stays short, ask the service's support"),
        ("unasked", None, "run the snapshot again"),
    ],
)
def test_every_state_has_its_advice(state: str, error: str | None, words: str) -> None:
    """By the error where there is one, else by the state; an unknown error has advice, too."""
    assert advice(RosterEntry(tenant=TenantRef("c", "t"), state=state, error=error)) == words
