"""The pages of one tenant come back in any order and leave in theirs."""

from collections.abc import Sequence

import pytest
from avepoint_async.decode import Reply
from avepoint_async.paging.strand import Strand
from hypothesis import given
from hypothesis import strategies as st

from avepoint_async.errors import AvePointError, NotFoundError, PaginationError
from avepoint_async.paging.page import Page, PageRequest
from tests.fanout.lists import Numbers

Results = list[Page[int] | AvePointError]

lists = st.builds(
    Numbers,
    rows=st.integers(0, 40),
    size=st.integers(1, 5),
    claims=st.lists(st.none() | st.integers(0, 60), min_size=1, max_size=6).map(tuple),
    fails=st.frozensets(st.integers(1, 12), max_size=2),
    stuck_at=st.none() | st.integers(1, 8),
)
"""Honest and not: totals that are absent, too high, too low and changing, failures, no advance."""


def told(results: Sequence[Page[int] | AvePointError]) -> list[object]:
    """Results in a form that can be compared: of an error, its kind and its words."""
    return [
        (type(each), each.args) if isinstance(each, AvePointError) else each for each in results
    ]


def finish(numbers: Numbers, strand: Strand[int], choose: st.DataObject, window: int) -> int:
    """Ask for up to ``window`` pages at once, let them come in any order; what was dropped."""
    sent: list[PageRequest] = []
    left, dropped, asked = Results(), 0, 0
    while True:
        while strand.can_ask and len(sent) < window:
            sent.append(strand.walk.ask())
            asked += 1
        if not sent:
            break
        request = sent.pop(choose.draw(st.integers(0, len(sent) - 1)))
        settled = strand.settle(request.index, numbers.reply(request))
        left += settled.leaving
        dropped += settled.dropped
    assert told(left) == told(numbers.walked())
    assert len(left) + dropped == asked
    return dropped


@given(lists, st.data(), st.integers(1, 9))
def test_any_order_gives_the_same_walk(numbers: Numbers, data: st.DataObject, window: int) -> None:
    """However the pages come, they leave as in a walk of one after another, and none is lost."""
    strand = numbers.strand()
    finish(numbers, strand, data, window)
    assert strand.ended
    assert not strand.can_ask


@given(st.integers(0, 40), st.integers(1, 5), st.data(), st.integers(1, 9))
def test_an_honest_total_costs_no_request_too_many(
    rows: int, size: int, data: st.DataObject, window: int
) -> None:
    """With a total that is true nothing is asked for in vain, and the last page is marked."""
    numbers = Numbers.honest(rows, size)
    assert finish(numbers, numbers.strand(), data, window) == 0
    pages = numbers.walked()
    assert [page.last for page in pages if isinstance(page, Page)] == [
        *[False] * (len(pages) - 1),
        True,
    ]


@given(st.integers(0, 20), st.integers(21, 10**9), st.data(), st.integers(1, 9))
def test_an_overclaimed_total_costs_a_window(
    rows: int, claim: int, data: st.DataObject, window: int
) -> None:
    """Past the first empty page no more than what was under way is asked for in vain."""
    numbers = Numbers(rows=rows, claims=(claim,))
    assert finish(numbers, numbers.strand(), data, window) < window


def opened(numbers: Numbers, count: int) -> tuple[Strand[int], list[PageRequest]]:
    """A strand whose first page came, and the requests for the next ``count``."""
    strand = numbers.strand()
    request = strand.walk.ask()
    assert not strand.can_ask
    strand.settle(request.index, numbers.reply(request))
    return strand, [strand.walk.ask() for _ in range(count)]


def indexes(leaving: Results) -> list[int]:
    """The pages among the results."""
    return [each.index for each in leaving if isinstance(each, Page)]


def test_a_new_strand_holds_nothing() -> None:
    """It has asked for no page, has no turn, and its first page can be asked for."""
    strand = Numbers.honest(4).strand()
    assert (strand.under_way, strand.has_turn, strand.ended) == (0, False, False)
    assert strand.can_ask


def test_a_page_ahead_of_its_turn_waits() -> None:
    """Pages leave when all before them have left, and then all at once."""
    numbers = Numbers.honest(4)
    strand, (second, third, fourth) = opened(numbers, 3)
    assert strand.settle(fourth.index, numbers.reply(fourth)).leaving == []
    assert strand.settle(third.index, numbers.reply(third)).leaving == []
    settled = strand.settle(second.index, numbers.reply(second))
    assert indexes(settled.leaving) == [2, 3, 4]
    assert settled.dropped == 0


def test_an_error_leaves_in_its_turn() -> None:
    """What stands before it is delivered, what stands behind it is dropped."""
    numbers = Numbers(rows=6, claims=(6,), fails=frozenset({3}))
    strand, (second, third, fourth, fifth) = opened(numbers, 4)
    for request in (third, fourth):
        assert strand.settle(request.index, numbers.reply(request)).leaving == []
    settled = strand.settle(second.index, numbers.reply(second))
    assert indexes(settled.leaving) == [2]
    assert isinstance(settled.leaving[1], NotFoundError)
    assert settled.dropped == 1
    assert strand.ended
    late = strand.settle(fifth.index, numbers.reply(fifth))
    assert (late.leaving, late.dropped) == ([], 1)


def test_after_an_error_no_page_behind_it_is_asked_for() -> None:
    """An error ahead of its turn ends the asking, though its own turn has not come."""
    numbers = Numbers(rows=9, claims=(9,), fails=frozenset({3}))
    strand, (_, third) = opened(numbers, 2)
    strand.settle(third.index, numbers.reply(third))
    assert not strand.ended
    assert not strand.can_ask


def test_after_an_empty_page_no_page_behind_it_is_asked_for() -> None:
    """An empty page ahead of its turn ends the asking; of two, the one further ahead counts."""
    numbers = Numbers(rows=2, claims=(9,))
    strand, (_, _, fourth, fifth) = opened(numbers, 4)
    strand.settle(fifth.index, numbers.reply(fifth))
    assert not strand.can_ask
    strand.settle(fourth.index, numbers.reply(fourth))
    assert not strand.can_ask


def test_an_error_beyond_the_end_is_none() -> None:
    """A list that is shorter than it said ends well, though a page behind its end failed."""
    numbers = Numbers(rows=2, claims=(5,), fails=frozenset({4, 5}))
    strand, requests = opened(numbers, 4)
    left = Results()
    for request in reversed(requests):
        left += strand.settle(request.index, numbers.reply(request)).leaving
    assert indexes(left) == [2, 3]
    assert strand.ended
    assert not strand.walk.complete


def test_a_server_that_does_not_advance_is_an_error() -> None:
    """The same page again ends the tenant, named as what it is, without the frames of the walk."""
    numbers = Numbers(rows=9, size=2, claims=(9,), stuck_at=2)
    strand, (second, third) = opened(numbers, 2)
    strand.settle(second.index, numbers.reply(second))
    (error,) = strand.settle(third.index, numbers.reply(third)).leaving
    assert isinstance(error, PaginationError)
    assert (error.customer_id, error.tenant_id, error.page_index) == ("c", "t", 3)
    # the walk knows of more pages, and none of them is asked for
    assert (strand.walk.can_ask, strand.can_ask) == (True, False)
    assert (error.__traceback__, error.__context__) == (None, None)


def test_a_total_that_grows_is_followed() -> None:
    """Pages that a later reply tells of are asked for, too."""
    numbers = Numbers(rows=4, claims=(2, 4))
    strand, (second,) = opened(numbers, 1)
    assert not strand.can_ask
    strand.settle(second.index, numbers.reply(second))
    assert (strand.can_ask, strand.ended, strand.walk.drifted) == (True, False, 1)


def test_a_total_that_shrinks_is_followed() -> None:
    """Pages that a later reply takes back are asked for no more."""
    numbers = Numbers(rows=9, claims=(9, 2))
    strand, (second,) = opened(numbers, 1)
    assert strand.can_ask
    (page,) = strand.settle(second.index, numbers.reply(second)).leaving
    assert isinstance(page, Page)
    assert (page.last, strand.can_ask, strand.walk.drifted) == (True, False, 1)


@pytest.mark.parametrize("total", [0, None])
def test_an_empty_tenant_has_one_empty_page(total: int | None) -> None:
    """One page without items, and it is the last."""
    strand = Numbers.honest(0, 5).strand()
    (page,) = strand.settle(strand.walk.ask().index, Reply((), 1, 5, total)).leaving
    assert page == Page((), 1, 5, total, last=True)
    assert strand.ended
