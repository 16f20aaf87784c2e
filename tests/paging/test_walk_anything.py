"""Whatever a service does, a walk ends, loses nothing that was shown and repeats nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
from avepoint_async.decode import Reply
from hypothesis import example, given
from hypothesis import strategies as st

from avepoint_async.errors import PaginationError
from avepoint_async.paging.page import Page, PageRequest
from avepoint_async.paging.walk import PageWalk
from tests.paging.model import ModelService, Shift, Walked, new_walk, numbered, walk_through

SIZES = st.integers(1, 7)
LENGTHS = st.integers(0, 40)
PLACES = st.integers(0, 60)
# what a service may tell, honest or not; a list without a total is the early revision's
TELLINGS = st.fixed_dictionaries(
    {
        "echoed_index": st.booleans(),
        "echoed_size": st.sampled_from(["used", "asked", None]),
        "total_off": st.none() | st.integers(-20, 60) | st.just(0),
    }
)


def pages_needed(rows: int, size: int) -> int:
    """How many pages a list has; an empty one has one."""
    return max(1, -(-rows // size))


@given(rows=LENGTHS, size=SIZES, clamp=SIZES, tells=TELLINGS)
def test_a_list_that_stands_still_arrives_whole(
    rows: int, size: int, clamp: int, tells: dict[str, Any]
) -> None:
    """Every row, once, in order, with one request beyond the pages at most.

    Of a list that claims too little, as many pages as hold what it claims.
    """
    service = ModelService(rows=numbered(rows), clamp=clamp, **tells)
    walk = new_walk(size)
    walked = walk_through(walk, service)
    off = tells["total_off"]
    claimed = rows if off is None or off >= 0 else max(0, rows + off)
    used = min(size, clamp)
    needed = pages_needed(claimed, used)
    # without an honest total only a page past the end tells it
    past_the_end = rows > 0 and (off is None or off > 0)
    beyond = rows % used == 0 or off is None or off > 0
    assert walked.error is None
    assert walked.items == numbered(rows)[: needed * used]
    assert len(service.served) == needed + (past_the_end and beyond)
    assert (walk.over, walk.complete) == (True, off is None or off <= 0)
    assert (walk.duplicates, walk.drifted) == (0, 0)


@given(rows=LENGTHS, size=SIZES, start=st.integers(1, 9), off=st.none() | st.integers(0, 60))
def test_a_walk_goes_on_from_any_page(rows: int, size: int, start: int, off: int | None) -> None:
    """A later start leaves out the pages before it, and nothing else."""
    service = ModelService(rows=numbered(rows), total_off=off)
    walk = new_walk(size, start)
    assert walk_through(walk, service).items == numbered(rows)[(start - 1) * size :]
    assert walk.over
    assert [page for page in service.served if not page] in ([], [()])


def shifts(size: int) -> st.SearchStrategy[dict[int, Shift]]:
    """Rows that come, less than a page of them before each page, and rows that go."""
    places = st.lists(PLACES, max_size=size - 1).map(tuple)
    gone = st.lists(PLACES, max_size=3).map(tuple)
    return st.dictionaries(st.integers(2, 12), st.builds(Shift, places, gone), max_size=8)


def stops(service: ModelService, size: int, start: int) -> list[bool]:
    """Whether the rule says to stop after each page: an empty one, or all that is promised."""
    seen: set[str] = set()
    verdicts: list[bool] = []
    first, promised = len(service.served[0]), service.claims[0]
    # what stands before a later page is known only if the page is whole, or ends the list
    known = start == 1 or first >= size or (start - 1) * size + first == promised
    for items, claim in zip(service.served, service.claims, strict=True):
        seen.update(items)
        all_seen = claim is not None and (start - 1) * size + len(seen) >= claim
        verdicts.append(not items or (known and all_seen))
    return verdicts


@given(st.data(), LENGTHS, SIZES, st.integers(1, 4), st.none() | st.integers(-20, 60))
def test_rows_that_shift_are_delivered_as_shown(
    data: st.DataObject, rows: int, size: int, start: int, off: int | None
) -> None:
    """Each row that was shown arrives exactly once, in the order shown.

    What was shown again and every other total are counted, and the walk ends where the rule
    says, and nowhere else.
    """
    service = ModelService(
        rows=numbered(rows),
        total_off=off,
        short=data.draw(st.sampled_from([0, 0, 1])),
        shifts=data.draw(shifts(size)),
    )
    walk = new_walk(size, start)
    walked = walk_through(walk, service)
    assert walked.error is None
    assert walked.items == service.shown
    assert (walk.duplicates, walk.drifted) == (service.repeats, service.drifts)
    *before, last = stops(service, size, start)
    assert (any(before), last, walk.over) == (False, True, True)
    seen = (start - 1) * size + len(service.shown)
    assert walk.seen == seen
    assert walk.complete == (service.claims[-1] is None or seen >= (service.claims[-1] or 0))


REPLIES = st.builds(
    Reply,
    st.lists(st.sampled_from("abcdef"), max_size=3).map(tuple),
    index=st.none() | st.integers(0, 4),
    size=st.none() | st.integers(1, 4),
    total=st.none() | st.integers(0, 12),
)


@given(st.lists(REPLIES, max_size=8))
@example([Reply(("a",), total=2), Reply(())])
def test_no_reply_is_beyond_a_walk(replies: list[Reply[str]]) -> None:
    """Any replies are accepted or end in a PaginationError, and till then the next page is due."""
    walk = new_walk(3)
    for index, reply in enumerate(replies, 1):
        assert (walk.can_ask, walk.next_accept) == (True, index)
        assert walk.ask() == PageRequest(index, 3)
        page = accepted_or_none(walk, reply)
        assert page is None or (page.last, page.index) == (walk.over, index)
        if page is None or page.last:
            break


def accepted_or_none(walk: PageWalk[str], reply: Reply[str]) -> Page[str] | None:
    """The page that a reply makes; None if it ends the walk with an error."""
    try:
        return walk.accept(reply)
    except PaginationError:
        return None


class Concurrent:
    """Walks with any number of pages under way, which come back in any order."""

    def __init__(self, walk: PageWalk[str], service: ModelService, choices: Iterator[int]) -> None:
        self.walk = walk
        self.service = service
        self.choices = choices
        self.under_way: dict[int, Reply[str]] = {}
        self.back: dict[int, Reply[str]] = {}
        self.pages: list[Page[str]] = []

    def run(self) -> Walked:
        """Ask or let a page come back, as it is chosen, until the walk is over."""
        try:
            while not self.walk.over:
                self.step(next(self.choices, 0))
        except PaginationError as error:
            return Walked(self.pages, str(error))
        return Walked(self.pages)

    def step(self, choice: int) -> None:
        """One of the things that can happen now."""
        waiting = sorted(self.under_way)
        number = choice % (len(waiting) + self.walk.can_ask)
        if number == len(waiting):
            request = self.walk.ask()
            self.under_way[request.index] = self.service.reply(request)
        else:
            self.come_back(waiting[number])

    def come_back(self, index: int) -> None:
        """A page comes back; those whose turn it is are accepted."""
        reply = self.back[index] = self.under_way.pop(index)
        if not reply.items:
            self.walk.nothing_after(index)
        while not self.walk.over and self.walk.next_accept in self.back:
            self.pages.append(self.walk.accept(self.back.pop(self.walk.next_accept)))


@given(
    rows=LENGTHS,
    size=SIZES,
    clamp=SIZES,
    start=st.integers(1, 3),
    short=st.sampled_from([0, 0, 1]),
    tells=TELLINGS,
    choices=st.lists(st.integers(0, 30), max_size=80),
)
def test_many_pages_under_way_make_the_same_walk(
    *,
    rows: int,
    size: int,
    clamp: int,
    start: int,
    short: int,
    tells: dict[str, Any],
    choices: list[int],
) -> None:
    """Whatever is under way and comes back in any order, the pages are those of a plain walk."""

    def service() -> ModelService:
        return ModelService(rows=numbered(rows), clamp=clamp, short=short, **tells)

    alone = walk_through(new_walk(size, start), service())
    walk = new_walk(size, start)
    assert Concurrent(walk, service(), iter(choices)).run() == alone


@given(size=SIZES, choices=st.lists(st.integers(0, 30), max_size=40))
def test_a_server_that_stands_still_fails_alike(size: int, choices: list[int]) -> None:
    """A server that shows the same page for ever ends every walk in the same error."""

    class Stuck(ModelService):
        def reply(self, request: PageRequest) -> Reply[str]:
            return super().reply(PageRequest(1, request.size))

    def service() -> Stuck:
        return Stuck(rows=numbered(50), echoed_index=False)

    alone = walk_through(new_walk(size), service())
    assert "page 2 repeats page 1" in (alone.error or "")
    assert Concurrent(new_walk(size), service(), iter(choices)).run() == alone


@pytest.mark.parametrize("promised", [0, 1, 10, 50, 10_000])
def test_an_overclaimed_total_costs_no_more_than_what_is_under_way(promised: int) -> None:
    """Once an empty page has come back, no page after it is asked for."""
    service = ModelService(rows=numbered(20), total_off=promised)
    walk = new_walk(10)
    pages = Concurrent(walk, service, iter(()))
    while not walk.over:
        if walk.can_ask and len(pages.under_way) < 4:
            pages.step(len(pages.under_way))
        else:  # the worst order: each empty page is back before those that it follows
            pages.come_back(max(pages.under_way))
    assert len(service.served) <= 2 + 4
    assert [page.index for page in pages.pages] == list(range(1, len(pages.pages) + 1))
