"""The two values of a walk: what is asked for, and what is handed over."""

import pickle
from datetime import UTC, datetime

import attrs
import pytest

from avepoint_async.paging.page import Page, PageRequest

NOON = datetime(2026, 8, 1, 12, tzinfo=UTC)
PAGE = Page(items=("a", "b"), index=3, size=100, total_count=None, last=False, received_at=NOON)


@pytest.mark.parametrize("value", [PAGE, PageRequest(1, 100)])
def test_a_page_is_a_value(value: attrs.AttrsInstance) -> None:
    """Equal by content, hashable, frozen, and fit to be sent to another process."""
    other = pickle.loads(pickle.dumps(value))
    assert (other, hash(other)) == (value, hash(value))
    assert other != attrs.evolve(value, index=9)  # type: ignore[misc]  # both have an index
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        other.index = 9


def test_a_page_tells_its_place_and_its_end() -> None:
    """The names that a caller reads."""
    assert attrs.asdict(PAGE) == {
        "items": ("a", "b"),
        "index": 3,
        "size": 100,
        "total_count": None,
        "last": False,
        "received_at": NOON,
    }
