"""The rules of a walk, one by one."""

from typing import Literal

import pytest
from avepoint_async.decode import Reply

from avepoint_async.errors import PaginationError
from avepoint_async.paging.page import PageRequest
from avepoint_async.paging.walk import PageWalk
from tests.paging.model import (
    ModelService,
    askable,
    new_walk,
    numbered,
    page_of,
    walk_through,
)


@pytest.mark.parametrize("start", [1, 7])
def test_a_walk_starts_with_one_page(start: int) -> None:
    """Nothing is known of the pages beyond the first before it has come."""
    walk = new_walk(50, start)
    assert (walk.can_ask, walk.ask(), walk.can_ask) == (True, PageRequest(start, 50), False)
    assert (walk.next_accept, walk.over, walk.complete, walk.seen) == (start, False, False, 0)


@pytest.mark.parametrize(
    ("rows", "clamp", "requests"),
    [(250, 100, 3), (250, 40, 7), (100, 100, 1), (101, 100, 2), (200, 100, 2), (1, 100, 1)],
)
def test_a_walk_takes_as_many_requests_as_pages(rows: int, clamp: int, requests: int) -> None:
    """An honest total costs no request beyond the last page, however the size is clamped."""
    service = ModelService(rows=numbered(rows), clamp=clamp)
    walk = new_walk(100)
    walked = walk_through(walk, service)
    assert len(service.served) == requests
    assert walked.items == numbered(rows)
    assert (walk.complete, walk.seen, walk.total_count) == (True, rows, rows)
    assert [page.index for page in walked.pages] == list(range(1, requests + 1))
    assert [page.last for page in walked.pages] == [False] * (requests - 1) + [True]
    assert {page.size for page in walked.pages} == {clamp}


def test_an_empty_list_is_one_empty_last_page() -> None:
    """No rows take one request, and the walk is complete."""
    walk = new_walk()
    walked = walk_through(walk, ModelService(rows=[]))
    (page,) = walked.pages
    assert (page.items, page.index, page.total_count, page.last) == ((), 1, 0, True)
    assert walk.complete


def test_a_list_without_a_total_ends_at_an_empty_page() -> None:
    """Where no total is told, only an empty page tells the end."""
    service = ModelService(rows=numbered(4), total_off=None)
    walk = new_walk(2)
    assert walk_through(walk, service).items == numbered(4)
    assert len(service.served) == 3
    assert (walk.complete, walk.total_count) == (True, None)


def test_the_pages_that_are_surely_to_come_are_known() -> None:
    """After the first page the total tells how many there are, by the size the server used."""
    walk = new_walk(100)
    walk.ask()
    walk.accept(Reply(tuple(numbered(40)), size=40, total=250))
    assert askable(walk) == [2, 3, 4, 5, 6, 7]


def test_the_size_asked_for_stays_the_same() -> None:
    """A server that clamps the size clamps it each time; another size would shift the pages."""
    walk = new_walk(100)
    walk.ask()
    walk.accept(Reply(tuple(numbered(40)), size=40, total=250))
    assert walk.ask() == PageRequest(2, 100)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_without_a_total_one_page_is_asked_for_at_a_time(size: int) -> None:
    """Nothing tells of a page beyond the next."""
    walk = new_walk(size)
    walk.ask()
    walk.accept(page_of(*"abc"[:size], size=size))
    assert askable(walk) == [2]
    walk.accept(page_of(*"def"[:size], size=size))
    assert askable(walk) == [3]


def test_an_overdue_total_is_asked_for_one_page_at_a_time() -> None:
    """Once the promised pages have come and rows are missing, the next page may hold them."""
    walk = new_walk(2)
    walk.ask()
    walk.accept(page_of("a", total=3))
    assert askable(walk) == [2]
    walk.accept(page_of("b", total=3))
    assert askable(walk) == [3]
    assert walk.accept(page_of(total=3)).last
    assert (walk.over, walk.complete, walk.seen) == (True, False, 2)


def test_a_total_that_grows_is_followed() -> None:
    """Each page's total counts anew: rows that come at the end are walked, too."""
    walk = new_walk(2)
    walk.ask()
    walk.accept(page_of("a", "b", total=3))
    assert askable(walk) == [2]
    assert not walk.accept(page_of("c", "d", total=7)).last
    assert askable(walk) == [3, 4]
    assert (walk.total_count, walk.drifted) == (7, 1)


def test_a_total_that_shrinks_is_followed() -> None:
    """The walk ends where the latest total is seen, though an earlier one promised more."""
    walk = new_walk(2)
    walk.ask()
    walk.accept(page_of("a", "b", total=100))
    assert not walk.accept(page_of("c", "d", total=5)).last
    assert walk.accept(page_of("e", total=5)).last
    assert (walk.complete, walk.total_count, walk.drifted) == (True, 5, 1)


def test_a_total_that_is_not_told_again_stands() -> None:
    """A page without a total takes nothing back."""
    walk = new_walk(2)
    walk.ask()
    walk.accept(page_of("a", "b", total=4))
    page = walk.accept(page_of("c", "d"))
    assert (page.total_count, page.last, walk.drifted) == (4, True, 0)


def test_a_page_beyond_which_there_is_nothing_bounds_the_walk() -> None:
    """A page that came back empty ahead of its turn spares the ones after it, if promised."""
    walk = new_walk(2)
    walk.ask()
    walk.accept(page_of("a", "b", total=100))
    walk.nothing_after(9)
    walk.nothing_after(4)
    walk.nothing_after(6)
    assert askable(walk) == [2, 3, 4]


def test_a_bound_beyond_the_total_adds_no_page() -> None:
    """Pages that the total does not promise are not asked for, wherever the bound stands."""
    walk = new_walk(2)
    walk.ask()
    walk.accept(page_of("a", "b", total=5))
    walk.nothing_after(9)
    assert askable(walk) == [2, 3]


def test_a_row_that_comes_again_is_dropped_and_counted() -> None:
    """A row that moved on to the next page is delivered once."""
    walk = new_walk(3)
    walk.ask()
    walk.accept(page_of("a", "b", "c", size=3, total=6))
    page = walk.accept(page_of("b", "c", "d", size=3, total=8))
    assert page.items == ("d",)
    assert (walk.duplicates, walk.seen, page.last) == (2, 4, False)
    # what was dropped stood on that page all the same
    assert walk.accept(page_of("c", "d", "e", size=3, total=8)).items == ("e",)
    assert walk.duplicates == 4


def test_a_page_of_nothing_new_is_no_empty_page() -> None:
    """Rows may shift by all that a short page has; only a page without rows ends the walk."""
    walk = new_walk(2)
    walk.ask()
    walk.accept(page_of("a", "b"))
    page = walk.accept(page_of("b"))
    assert (page.items, page.last, walk.can_ask) == ((), False, True)


def test_rows_are_told_apart_by_identity() -> None:
    """The same row with another content is the same row."""
    walk: PageWalk[tuple[int, str]] = PageWalk(size=2, identity=lambda row: row[0])
    walk.ask()
    walk.accept(Reply(((1, "a"), (2, "b"))))
    assert walk.accept(Reply(((2, "B"), (3, "b")))).items == ((3, "b"),)


def test_rows_that_share_a_hint_are_told_apart_by_identity() -> None:
    """A hint says which rows differ, never which are the same."""
    rows = [(1, "a"), (2, "b"), (2, "c"), (1, "a")]
    walk: PageWalk[tuple[int, str]] = PageWalk(
        size=2, identity=lambda row: row, hint=lambda row: row[0]
    )
    walk.ask()
    walk.accept(Reply(tuple(rows[:2])))
    assert walk.accept(Reply(tuple(rows[2:]))).items == ((2, "c"),)
    assert walk.duplicates == 1


def test_a_row_may_be_anything() -> None:
    """Without a filter every row is wanted, one that is nothing by Python's rules, too."""
    walk: PageWalk[int] = PageWalk(size=2, identity=int)
    walk.ask()
    assert walk.accept(Reply((0, 1), total=2)).items == (0, 1)


def test_what_is_not_wanted_is_seen_and_not_delivered() -> None:
    """A filter leaves pages, totals and ends as they are."""
    walk: PageWalk[str] = PageWalk(size=2, identity=str, keep=lambda row: row in {"b", "d"})
    walk.ask()
    first = walk.accept(page_of("a", "b", total=5))
    second = walk.accept(page_of("c", "d", total=5))
    last = walk.accept(page_of("e", total=5))
    assert [page.items for page in (first, second, last)] == [("b",), ("d",), ()]
    assert [page.last for page in (first, second, last)] == [False, False, True]
    assert (walk.seen, walk.complete, walk.duplicates) == (5, True, 0)


@pytest.mark.parametrize(("index", "told"), [(2, 1), (2, 3), (2, 0), (1, 2), (1, 0)])
def test_another_page_than_asked_for_ends_the_walk(index: int, told: int) -> None:
    """A server that tells another page ignores which one is asked for."""
    walk = new_walk(2, start=index)
    walk.ask()
    with pytest.raises(PaginationError, match=f"asked for page {index}, .* page {told}") as caught:
        walk.accept(page_of("a", "b", index=told))
    assert caught.value.page_index == index


@pytest.mark.parametrize("again", [("a", "b"), ("b", "a"), ("a", "b", "a")])
def test_the_same_page_again_ends_the_walk(again: tuple[str, ...]) -> None:
    """A server that shows the same rows again does not advance, whatever it tells."""
    walk = new_walk(3)
    walk.ask()
    walk.accept(page_of("a", "b", index=1, size=3))
    told = "page 2 repeats page 1: the server does not advance$"
    with pytest.raises(PaginationError, match=told) as caught:
        walk.accept(page_of(*again, index=2, size=3))
    assert caught.value.page_index == 2


@pytest.mark.parametrize(("start", "rows", "left"), [(3, 250, 50), (2, 101, 1), (4, 250, 0)])
def test_what_stands_before_the_start_page_counts_as_seen(start: int, rows: int, left: int) -> None:
    """A walk that goes on where another ended ends where that would have ended."""
    service = ModelService(rows=numbered(rows))
    walk = new_walk(100, start)
    assert walk_through(walk, service).items == numbered(rows)[rows - left :]
    assert (len(service.served), walk.complete) == (1, True)


def test_a_start_page_is_counted_by_the_size_the_server_uses() -> None:
    """Page 3 of a server that clamps to 40 starts at row 80."""
    service = ModelService(rows=numbered(250), clamp=40)
    walk = new_walk(100, start=3)
    assert walk_through(walk, service).items == numbered(250)[80:]
    assert (len(service.served), walk.seen, walk.complete) == (5, 250, True)


@pytest.mark.parametrize("told", ["asked", None])
def test_a_start_page_that_was_clamped_unsaid_is_not_counted_by(
    told: Literal["asked"] | None,
) -> None:
    """Where the server does not tell that it clamps, only an empty page ends a resumed walk."""
    service = ModelService(rows=numbered(250), clamp=40, echoed_size=told)
    walk = new_walk(100, start=3)
    assert walk_through(walk, service).items == numbered(250)[80:]
    assert walk.over
