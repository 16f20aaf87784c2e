"""Skip tokens, lists that tell whether a page follows, and replies that are no list."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avepoint_async.errors import PaginationError
from avepoint_async.paging.has_next import HasNext
from avepoint_async.paging.numbered import Numbered
from avepoint_async.paging.page import Page, PageRequest
from avepoint_async.paging.page_walk import PageWalk
from avepoint_async.paging.single import Single
from avepoint_async.paging.skip_token import SkipToken
from avepoint_async.wire.envelope import Envelope, PagingFacts, Reply
from tests.paging.model import NOON, Row, recipe

REQUEST = PageRequest(3, 50, token="a+b/c=")


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        (Numbered(), "pageIndex=3&pageSize=50"),
        (HasNext(), "pageIndex=3&pageSize=50"),
        (SkipToken(), "pageSize=50&skipToken=a%2Bb%2Fc%3D"),
        (Single(), ""),
    ],
)
def test_how_a_page_is_asked_for(kind: Any, query: str) -> None:
    """A token is opaque: it is sent back as it came, percent-encoded."""
    assert kind.query(REQUEST, Envelope()) == query


def test_the_first_page_has_no_token() -> None:
    """Nobody has given one."""
    assert SkipToken().query(PageRequest(1, 50), Envelope()) == "pageSize=50"


def begin(kind: Any, **options: Any) -> PageWalk[Row]:
    """A walk of this kind, in pages of two."""
    return kind.begin(recipe(2, **options).settings)  # type: ignore[no-any-return]  # any kind


def accept(walk: PageWalk[Row], *rows: Row, unreadable: int = 0, **facts: Any) -> Any:
    """Ask for the next page, which can be asked for, and is answered so."""
    assert walk.can_ask
    walk.ask()
    return walk.accept(Reply(rows, PagingFacts(**facts), ("$",) * unreadable), NOON)


@given(st.lists(st.lists(st.integers(), max_size=3, unique=True), min_size=1, max_size=8))
def test_tokens_are_followed_to_the_page_without_one(pages: list[list[int]]) -> None:
    """One page after another, each asked for by the token of the one before; empty ones, too."""
    walk = begin(SkipToken())
    got: list[int] = []
    for place, rows in enumerate(pages):
        assert walk.expected == (1, place + 1)
        assert walk.can_ask
        before = str(place) if place else None
        assert walk.ask() == PageRequest(place + 1, 2, token=before)
        token = str(place + 1) if place + 1 < len(pages) else None
        page = walk.accept(Reply(tuple(rows), PagingFacts(token=token)), NOON)
        got += page.items if page else ()
    assert walk.over
    assert not walk.can_ask
    assert got == list(dict.fromkeys(row for page in pages for row in page))
    assert walk.outcome().complete


def test_a_token_that_comes_again_is_no_progress() -> None:
    """Else such a server would be asked for ever."""
    walk = begin(SkipToken())
    accept(walk, 1, 2, token="a")
    with pytest.raises(
        PaginationError, match="page 2 gives a token that was used before"
    ) as caught:
        accept(walk, 3, 4, token="a")
    assert caught.value.page_index == 2


def test_a_token_is_asked_for_again_after_a_failure() -> None:
    """The same page, by the same token."""
    walk = begin(SkipToken())
    accept(walk, 1, 2, token="a")
    first = walk.ask()
    walk.end_after(first)
    asked = walk.can_ask
    walk.try_again()
    assert (asked, walk.can_ask) == (False, True)
    assert walk.ask() == first
    assert walk.outcome().tries == 2


@pytest.mark.parametrize(("told", "size"), [(7, 7), (None, 2)])
def test_a_page_of_a_list_with_tokens(told: int | None, size: int) -> None:
    """Its number, its total and its time, and the size that the server used or was asked for."""
    walk = begin(SkipToken())
    accept(walk, 1, token="a")
    page = accept(walk, 2, 3, token="b", total=9, size=told)
    assert page == Page((2, 3), 2, size, 9, last=False, received_at=NOON)


def test_repeated_rows_are_added_up_with_tokens_too() -> None:
    """The outcome tells of those of every page."""
    walk = begin(SkipToken())
    accept(walk, 1, 1, token="a")
    accept(walk, 1, 2, 2, token="b")
    accept(walk, 2)
    assert walk.outcome().duplicates == 4
    assert walk.outcome().items == 2


def test_a_total_beside_a_token_is_no_promise() -> None:
    """Some replies tell that of the page."""
    walk = begin(SkipToken())
    accept(walk, 1, 2, token="a", total=1)
    assert accept(walk, 3, total=1).last
    assert walk.outcome().complete
    assert walk.outcome().total_count == 1


def test_rows_that_cannot_be_read_count_with_tokens_too() -> None:
    """Such a list is not complete."""
    walk = begin(SkipToken())
    accept(walk, 1, token="a", unreadable=1)
    accept(walk, 2, 1)
    assert walk.outcome().unreadable == 1
    assert walk.outcome().duplicates == 1
    assert not walk.outcome().complete


def test_pages_follow_while_the_reply_says_so() -> None:
    """One at a time, whatever the total would allow."""
    walk = begin(HasNext())
    accept(walk, 1, 2, more=True, total=5)
    assert walk.ask() == PageRequest(2, 2)
    assert not walk.can_ask
    walk.accept(Reply((3, 4), PagingFacts(more=True, total=5)), NOON)
    assert accept(walk, 5, more=False, total=5).last
    assert walk.outcome().complete


@pytest.mark.parametrize("kind", [HasNext(), SkipToken()])
def test_rows_that_cannot_be_read_are_added_up(kind: Any) -> None:
    """The outcome tells of those of every page."""
    walk = begin(kind)
    while not walk.over:  # a list that may be short is walked again
        token = f"of pass {walk.expected[0]}"
        accept(walk, 1, unreadable=1, more=True, token=token)
        accept(walk, 2, unreadable=1, more=False)
    assert walk.outcome().unreadable == 2
    assert not walk.outcome().complete


def test_the_last_page_need_not_be_looked_behind() -> None:
    """A full page with none after it is the last."""
    walk = begin(HasNext())
    assert accept(walk, 1, 2, more=False, total=2).last
    assert walk.outcome().complete


def test_an_empty_page_ends_a_list_that_promises_more() -> None:
    """Else such a server would be asked for ever; it is short, and walked again."""
    walk = begin(HasNext())
    accept(walk, 1, 2, more=True, total=4)
    accept(walk, more=True, total=4)
    assert walk.ask() == PageRequest(1, 2, number=2)
    assert not walk.can_ask
    walk.accept(Reply((1, 2), PagingFacts(more=True, total=4)), NOON)
    assert accept(walk, more=True, total=4).last
    assert not walk.outcome().complete


def test_a_reply_that_says_nothing_is_judged_by_its_total() -> None:
    """As any numbered list."""
    walk = begin(HasNext())
    accept(walk, 1, 2, total=3)
    assert accept(walk, 3, total=3).last
    assert walk.outcome().complete


def test_one_object_is_one_request() -> None:
    """It is asked for once, and again only after a failure."""
    walk = begin(Single())
    assert walk.expected == (1, 1)
    request = walk.ask()
    assert request == PageRequest(1, 2)
    asked = walk.can_ask
    walk.end_after(request)
    walk.try_again()
    assert (asked, walk.can_ask) == (False, True)
    assert accept(walk, 7, 7, 8) == Page((7, 7, 8), 1, 3, None, last=True, received_at=NOON)
    assert walk.outcome().complete
    assert walk.over
