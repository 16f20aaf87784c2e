"""Which rows are new, and what the counts of a pass tell, for any keys, pages and passes."""

from collections import Counter
from collections.abc import Hashable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avepoint_async.paging.sightings import PassCounts, Sightings

NO_KEY = None, ""
KEYS: st.SearchStrategy[Hashable] = st.sampled_from(
    [*NO_KEY, 1, 2, "a", "b", ("a", "y"), *((key, "x") for key in ("", "a", 1, 2, 3, 4, 5, 6, 7))]
)
PAGES = st.lists(st.tuples(KEYS, st.sampled_from("pq")), max_size=4)
PASSES = st.lists(st.lists(PAGES, max_size=3), min_size=1, max_size=4)


def key_of(row: Any) -> Hashable:
    """The first member of a row of these tests."""
    return row[0]  # type: ignore[no-any-return]  # whatever it is


def sign_of(key: Hashable) -> Hashable:
    """What an item is recognised by: of a makeshift key its first member."""
    return key[:1] if isinstance(key, tuple) else key


def shown(*rows: Any, identity: Any = key_of) -> Sightings[Any]:
    """What has seen one page of these rows."""
    sightings = Sightings[Any](identity)
    sightings.take(1, rows)
    return sightings


@given(PASSES)
def test_each_key_is_delivered_once(passes: list[list[list[Any]]]) -> None:
    """A row without a key is delivered as often as any one pass has shown it."""
    sightings = Sightings[Any](key_of)
    delivered: list[Any] = []
    most = Counter[Any]()
    for number, pages in enumerate(passes):
        if number:
            sightings.begin_pass()
        for index, page in enumerate(pages, 1):
            fresh, marks = sightings.take(index, page)
            delivered += fresh
            assert len(marks) == len(page)
        most |= Counter(row for page in pages for row in page if row[0] in NO_KEY)
    keyed = [row[0] for row in delivered if row[0] not in NO_KEY]
    every = {row[0] for pages in passes for page in pages for row in page}
    assert Counter(keyed) == Counter(every.difference(NO_KEY))
    assert Counter(row for row in delivered if row[0] in NO_KEY) == most


@given(PASSES)
def test_the_counts_are_those_of_the_pass(passes: list[list[list[Any]]]) -> None:
    """Each row counts as an item shown first, or as the repeat of one; without a key, as its own.

    A page with a makeshift key counts with all of its rows.
    """
    sightings = Sightings[Any](key_of)
    for number, pages in enumerate(passes):
        if number:
            sightings.begin_pass()
        for index, page in enumerate(pages, 1):
            sightings.take(index, page)
        keys = [row[0] for page in pages for row in page]
        keyless = sum(key in NO_KEY for key in keys)
        items = len({sign_of(key) for key in keys if key not in NO_KEY})
        counts = sightings.counts
        assert counts.rows == len(keys)
        assert counts.keyless == keyless
        assert counts.distinct == keyless + items
        assert counts.repeats == len(keys) - keyless - items
        makeshift = [len(page) for page in pages if any(isinstance(row[0], tuple) for row in page)]
        assert counts.makeshift == sum(makeshift)


def test_rows_of_a_list_without_keys_are_each_their_own() -> None:
    """Equal rows are as many items."""
    counts = shown(7, 7, 8, identity=None).counts
    assert (counts.rows, counts.distinct, counts.keyless, counts.repeats) == (3, 3, 3, 0)


def test_an_identity_that_finds_no_next_value_fails() -> None:
    """It does not end the page: rows without a key of their own would come again in each pass."""
    with pytest.raises(StopIteration):
        shown("a", "b", identity=lambda row: next(each for each in row if each == "a"))


def test_rows_that_cannot_be_hashed_are_known_by_their_text() -> None:
    """A second pass delivers the one that the first has not shown."""
    sightings = shown(["a"], ["a"], identity=None)
    sightings.begin_pass()
    fresh, _ = sightings.take(1, [["a"], ["b"]])
    assert fresh == [["b"]]


@pytest.mark.parametrize(
    "other",
    [
        [[("b", 1), ("a", 1)]],  # another order
        [[("a", 1)], [("b", 1)]],  # other pages
        [[("a", 1), ("c", 1)]],  # another row
        [[("a", 1), ("b", 1)], [("c", 1)]],  # one more
        [[], [("a", 1), ("b", 1)]],  # the same one page later
    ],
)
def test_two_passes_that_differ_have_two_fingerprints(other: list[list[Any]]) -> None:
    """Passes that show the same rows on the same pages have the same."""

    def fingerprint(*pages: list[Any]) -> int:
        sightings = Sightings[Any](key_of)
        for index, page in enumerate(pages, 1):
            sightings.take(index, page)
        return sightings.counts.fingerprint

    assert fingerprint([("a", 1), ("b", 1)]) == fingerprint([("a", 1), ("b", 1)])
    assert fingerprint([("a", 1), ("b", 1)]) != fingerprint(*other)


def test_a_new_pass_counts_from_nothing() -> None:
    """What was delivered stays known."""
    sightings = shown(("a", 1), ("", 1))
    sightings.begin_pass()
    assert sightings.counts == PassCounts()
    assert sightings.take(1, [("a", 1), ("", 1)])[0] == []
