"""Whose turn it is, and what is told of a list: the rules one by one, without a network."""

from typing import Any

import pytest

from avepoint_async.errors import ServerError
from avepoint_async.paging.deliveries import FanOutItems, FanOutPages
from avepoint_async.paging.ordering import OrderedPages
from avepoint_async.paging.outcome import WalkOutcome
from avepoint_async.paging.outcomes import Outcomes
from avepoint_async.paging.page import Page, PageRequest
from avepoint_async.paging.schedule import Schedule
from avepoint_async.transport.quota import Tally
from avepoint_async.wire.envelope import PagingFacts, Reply
from tests.paging.model import NOON, recipe

Lists = OrderedPages[str, Any]


def listed(name: str) -> Lists:
    """A list in pages of one row, of which nothing is known yet."""
    return OrderedPages(name, recipe(1))  # type: ignore[arg-type]  # the part of a query it uses


def answer(of: Lists, row: int, total: int, *, index: int = 1) -> Any:
    """What leaves when a page came back, of a list with this total."""
    reply = Reply((row,), PagingFacts(total=total))
    return of.settle(PageRequest(index, 1), (reply, NOON))


def opened(schedule: Schedule[str, Any], name: str, total: int = 99) -> Lists:
    """A list whose first page came, was consumed, and told of so many rows."""
    made = listed(name)
    schedule.open(made)
    answer(made, 1, total)
    schedule.consumed(made)
    return made


def wants_new(schedule: Schedule[str, Any]) -> bool:
    """Whether it is the source's turn now."""
    return schedule.wants_new


def test_a_new_list_waits_for_one_page_of_each_open_one() -> None:
    """Then it is the source's turn, and after it theirs again."""
    schedule: Schedule[str, Any] = Schedule(slots=3, window=20)
    assert wants_new(schedule)
    lists = [opened(schedule, "a")]
    assert not wants_new(schedule)
    for _ in range(2):
        taken: list[str] = []
        while not wants_new(schedule):
            job = schedule.next()
            assert job is not None
            taken.append(job[0].ref)
        assert taken == [each.ref for each in lists]
        lists.append(opened(schedule, "abc"[len(lists)]))
    assert [job[0].ref for job in (schedule.next() for _ in range(4)) if job] == [
        "a",
        "b",
        "c",
        "a",
    ]
    assert not wants_new(schedule)  # no slot is free


def test_no_more_is_asked_for_than_there_is_room() -> None:
    """The last room is used, and none beyond it; what is consumed makes room again."""
    schedule: Schedule[str, Any] = Schedule(slots=2, window=3)
    made = opened(schedule, "a")
    asked = [schedule.next() for _ in range(4)]
    assert [job[1].index for job in asked if job] == [2, 3, 4]
    assert (schedule.room, schedule.wants_new) == (0, False)
    schedule.consumed(made, 2)
    assert [job[1].index for job in (schedule.next() for _ in range(3)) if job] == [5, 6]


@pytest.mark.parametrize(("window", "held"), [(9, 9), (10, 9), (18, 17), (19, 17)])
def test_one_list_leaves_room_for_others(window: int, held: int) -> None:
    """It may ask while it holds no more than eight pages for each that is left to all."""
    schedule: Schedule[str, Any] = Schedule(slots=2, window=window)
    made = opened(schedule, "a")
    while schedule.next() is not None:
        pass
    assert made.under_way == held


def test_an_outcome_is_as_far_as_the_caller() -> None:
    """The walk may be ahead: what came and was not handed over does not count yet."""
    outcomes: Outcomes[str] = Outcomes()
    made = listed("a")
    outcomes.start("a")
    made.ask()
    (first,) = answer(made, 1, 2).leaving
    made.ask()
    (second,) = answer(made, 2, 2, index=2).leaving
    assert isinstance(first, Page)
    assert isinstance(second, Page)
    outcomes.deliver(made, first, None)
    assert outcomes.all == {"a": WalkOutcome(items=1, pages=1, total_count=2)}
    assert outcomes.progress(Tally()).tenants_finished == 0
    outcomes.deliver(made, second, None)
    assert (outcomes.all["a"].items, outcomes.all["a"].pages) == (2, 2)
    error = ServerError("made up", status=500)
    outcomes.fail(made, error)
    assert outcomes.failures["a"].error is error
    assert (outcomes.progress(Tally()).tenants_failed, outcomes.progress(Tally()).items) == (1, 2)


async def test_what_has_ended_asks_no_more() -> None:
    """An iterator at its end, failed or closed says so each time, and takes nothing."""
    page = Page((7, 8), 1, 2, 2, last=True, received_at=NOON)
    error = ServerError("made up", status=500)
    for ends in (None, error):
        left: list[Any] = [("a", page), ends]

        async def take(left: list[Any] = left) -> Any:
            each = left.pop(0)
            if isinstance(each, Exception):
                raise each
            return each

        items = FanOutItems(FanOutPages(take))
        assert [await anext(items), await anext(items)] == [("a", 7), ("a", 8)]
        with pytest.raises(StopAsyncIteration if ends is None else ServerError):
            await anext(items)
        for _ in range(2):
            with pytest.raises(StopAsyncIteration):
                await anext(items)
