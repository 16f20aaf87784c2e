"""The rules of a walk over numbered pages, one by one."""

import random
from typing import Any

import attrs
import pytest

from avepoint_async.errors import PaginationError
from avepoint_async.paging.habits import Habits
from avepoint_async.paging.outcome import WalkOutcome
from avepoint_async.paging.page import PageRequest
from avepoint_async.paging.page_walk import PageWalk
from avepoint_async.wire.envelope import PagingFacts, Reply
from tests.paging.model import (
    NOON,
    Concurrent,
    ModelService,
    Row,
    Walked,
    named,
    recipe,
    walk_through,
)


def reply(
    *rows: Row, total: int | None = None, size: int | None = None, **facts: Any
) -> Reply[Row]:
    """An answer."""
    return Reply(rows, PagingFacts(total=total, size=size, **facts))


def accept(walk: PageWalk[Row], answer: Reply[Row]) -> Any:
    """Ask for the next page, and answer so."""
    walk.ask()
    return walk.accept(answer, NOON)


def askable(walk: PageWalk[Row]) -> list[int]:
    """The pages that may be asked for before another one is accepted."""
    asked: list[int] = []
    while walk.can_ask:
        asked.append(walk.ask().index)
    return asked


def edited(rows: list[Row], edits: dict[int, Any], size: int = 2, **options: Any) -> Walked:
    """Walk a list one page after another; ``edits`` change it before the answers so numbered."""
    service = ModelService(rows=rows)
    answers = 0

    def before_answer(_number: int) -> None:
        nonlocal answers
        answers += 1
        edits.get(answers, lambda _rows: None)(service.rows)

    return Concurrent(service, recipe(size, **options), before_answer=before_answer).run()


def test_only_the_first_page_is_known_at_first() -> None:
    """A walk knows of one page, and of more when a total tells of them."""
    walk = recipe(2).begin()
    assert askable(walk) == [1]
    walk.accept(reply(1, 2, total=7), NOON)
    assert askable(walk) == [2, 3, 4]


def test_without_a_total_one_page_is_asked_for_after_another() -> None:
    """What no total tells of is looked for, however small the pages are."""
    walk = recipe(2).begin()
    accept(walk, reply(1, 2))
    assert askable(walk) == [2]
    walk = recipe(1).begin()
    accept(walk, reply(1))
    assert askable(walk) == [2]


def test_each_page_is_asked_for_at_the_size_first_asked_for() -> None:
    """A server that clamps it, clamps it each time alike."""
    walk = recipe(5).begin()
    assert walk.ask() == PageRequest(1, 5)
    walk.accept(reply(1, 2, size=2, total=9), NOON)
    assert walk.ask() == PageRequest(2, 5)


def test_a_short_page_that_meets_the_total_is_the_last() -> None:
    """It costs no further request."""
    service = ModelService(rows=[1, 2, 3])
    walked = walk_through(service, recipe(2))
    assert walked.outcome.complete
    assert [request.index for request, _ in service.served] == [1, 2]
    assert [page.last for page in walked.pages] == [False, True]


def test_three_full_ends_are_looked_behind_and_no_fourth() -> None:
    """A full page that meets the total costs one more, until three lists proved empty there."""
    habits = Habits()
    requests = []
    for _ in range(5):
        service = ModelService(rows=[1, 2])
        walked = walk_through(service, recipe(2, habits=habits))
        assert walked.outcome.complete
        requests.append(len(service.served))
    assert requests == [2, 2, 2, 1, 1]


def test_a_total_that_was_too_low_ends_the_trust_for_good() -> None:
    """Once any list of the client had more than its total, each full end is looked behind."""
    habits = Habits()
    for _ in range(3):
        habits.met_empty_after_full()
    habits.met_low_total()
    service = ModelService(rows=[1, 2])
    walk_through(service, recipe(2, habits=habits))
    assert len(service.served) == 2


def test_a_low_total_is_learnt_from() -> None:
    """A total below what was shown is no total, and the client remembers it."""
    habits = Habits()
    walked = walk_through(
        ModelService(rows=[1, 2, 3, 4], total=lambda *_: 2), recipe(2, habits=habits)
    )
    assert walked.items == [1, 2, 3, 4]
    for _ in range(3):
        habits.met_empty_after_full()
    assert not habits.trusts_full_end


def test_rows_that_move_make_no_total_too_low() -> None:
    """A row that was shown twice exceeds a total that is right: nothing is learnt from it."""
    habits = Habits()
    walked = edited(
        [1, 2, 3, 4], {2: lambda rows: rows.insert(2, rows.pop(0))}, size=1, habits=habits
    )
    assert walked.outcome.complete
    for _ in range(3):
        habits.met_empty_after_full()
    assert habits.trusts_full_end


def test_a_row_that_moves_to_the_end_costs_nobody() -> None:
    """The one that slips onto a page that was read comes in the second pass."""
    walked = edited([1, 2, 3, 4, 5], {2: lambda rows: rows.append(rows.pop(0))})
    assert sorted(walked.items) == [1, 2, 3, 4, 5]
    assert walked.outcome.complete
    assert walked.outcome.passes == 2
    assert walked.outcome.duplicates == 1


def test_a_row_that_goes_costs_no_other() -> None:
    """Another total is a sign, and the list is walked again."""
    walked = edited([1, 2, 3, 4, 5], {2: lambda rows: rows.pop(0)})
    assert sorted(walked.items) == [1, 2, 3, 4, 5]
    assert walked.outcome.complete
    assert walked.outcome.passes == 2
    assert walked.outcome.drifted == 1
    assert walked.outcome.total_count == 4


def test_pages_of_a_later_pass_hold_only_what_is_new() -> None:
    """One that holds nothing new is not handed out, but for the last, which ends the walk."""
    walked = edited([1, 2, 3, 4, 5], {2: lambda rows: rows.pop(0)})
    assert [page.items for page in walked.pages] == [(1, 2), (4, 5), (3,), ()]
    assert [page.index for page in walked.pages] == [1, 2, 1, 3]
    assert [page.last for page in walked.pages] == [False, False, False, True]


def test_a_list_that_changes_all_along_is_given_up() -> None:
    """After so many passes as are allowed it is incomplete, whatever was seen."""
    edits = {number: lambda rows: rows.append(len(rows) + 100) for number in range(2, 99, 2)}
    for passes in (1, 2, 5):
        walked = edited([1, 2, 3, 4, 5], dict(edits), max_passes=passes)
        assert walked.outcome.passes == passes
        assert not walked.outcome.complete


def test_a_renamed_row_is_a_sign() -> None:
    """A row without id that shows up again under another name has changed, or the list has."""
    rows = [named(number) for number in range(4)]

    def rename_and_move(rows: list[Row]) -> None:
        address, _ = rows.pop(0)
        rows.append((address, "another name"))

    walked = edited(rows, {2: rename_and_move})
    assert {address for address, _ in walked.items} == {named(n)[0] for n in range(4)}
    assert walked.outcome.complete
    assert walked.outcome.passes == 2


def test_rows_that_share_an_address_arrive_each() -> None:
    """Rooms may share a placeholder address: two equal passes tell that nothing moves."""
    rows = [("unknown@c.example", f"Room {number}") for number in range(5)]
    service = ModelService(rows=rows)
    walked = walk_through(service, recipe(2))
    assert walked.items == rows
    assert walked.outcome.complete
    assert walked.outcome.passes == 2


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_34_equal_rows_stay_34(size: int) -> None:
    """Rows without an identity are never dropped, however alike they are."""
    service = ModelService(rows=[7] * 34)
    walked = walk_through(service, recipe(size, identity=None))
    assert walked.items == [7] * 34
    assert walked.outcome.complete
    assert walked.outcome.passes == 2
    assert walked.outcome.duplicates == 0


def test_rows_without_identity_come_as_often_as_any_pass_shows_them() -> None:
    """A second pass delivers what it shows more of than was delivered."""
    walked = edited([7, 7, 8], {2: lambda rows: rows.insert(0, 7)}, identity=None)
    assert sorted(walked.items) == [7, 7, 7, 8]
    assert walked.outcome.complete


def test_rows_that_cannot_be_hashed_are_told_apart() -> None:
    """A record that its author made mutable is compared by its text."""
    rows: list[Row] = [["a"], ["b"], ["a"]]
    walked = walk_through(ModelService(rows=rows), recipe(2, identity=None))
    assert walked.items == rows
    assert walked.outcome.complete


def test_an_empty_key_is_none() -> None:
    """Rows that share an id that is empty are not the same: each of them is delivered."""
    rows = [("", 1), ("a", 2), ("", 3), ("", 3), ("b", 4)]
    walked = walk_through(ModelService(rows=rows), recipe(2, identity=lambda row: row[0]))
    assert walked.items == rows
    assert walked.outcome.complete


def test_some_rows_may_lack_an_identity() -> None:
    """Of those that have one none comes twice, of the others none is dropped."""
    rows: list[Row] = ["a", "", "", "b", "a"]
    walked = walk_through(ModelService(rows=rows), recipe(2, identity=lambda row: row or None))
    assert walked.items == ["a", "", "", "b"]
    assert walked.outcome.duplicates > 0


def test_a_row_that_is_listed_twice_comes_once() -> None:
    """A list at rest that repeats a row is whole: the rows shown add up to the total."""
    walked = walk_through(ModelService(rows=[1, 2, 3, 1, 4]), recipe(2))
    assert walked.items == [1, 2, 3, 4]
    assert walked.outcome.complete
    assert walked.outcome.passes == 2


@pytest.mark.parametrize("totals", [(0,), (3, 2)])
def test_an_empty_page_behind_no_full_end_teaches_nothing(totals: tuple[int, ...]) -> None:
    """An empty list has none, and a list that shrank meanwhile had none when it was told."""
    habits = Habits()
    for _ in range(4):
        walk = recipe(2, habits=habits).begin()
        for total in totals[:-1]:
            accept(walk, reply(1, 2, total=total))
        accept(walk, reply(total=totals[-1]))
    assert not habits.trusts_full_end


def test_a_list_that_changed_is_no_short_one() -> None:
    """It is walked again for another reason, so that nothing is learnt of short lists."""
    habits = Habits()
    habits.walks_short_again()
    habits.walks_short_again()
    walked = edited([1, 2, 3, 4, 5], {2: lambda rows: rows.pop(0)}, habits=habits)
    assert walked.outcome.passes == 2
    assert not habits.expects_short
    habits.walks_short_again()
    assert habits.expects_short


def test_how_a_walk_stands() -> None:
    """Its pages and items so far; with an error it is not complete, though it came to its end."""
    walk = recipe(2).begin()
    accept(walk, reply(1, 2, total=3))
    assert (walk.outcome().pages, walk.outcome().items) == (1, 2)
    assert not walk.outcome().complete
    accept(walk, reply(3, total=3))
    assert walk.outcome() == WalkOutcome(items=3, pages=2, total_count=3, complete=True)
    error = PaginationError("made up")
    assert walk.outcome(error) == attrs.evolve(walk.outcome(), complete=False, error=error)


def test_signs_of_change_are_counted() -> None:
    """Over all pages and passes: rows shown before in their pass, and totals unlike the last."""
    walk = recipe(3, max_passes=1).begin()
    accept(walk, reply(1, 2, 1, total=9))
    accept(walk, reply(2, 3, 4, total=8))
    accept(walk, reply(3, 4, 5, total=9))
    accept(walk, reply(total=9))
    assert walk.over
    assert (walk.outcome().duplicates, walk.outcome().drifted) == (4, 2)


@pytest.mark.parametrize(("told", "size"), [(2, 2), (None, 3)])
def test_a_page_tells_the_size_that_the_server_used(told: int | None, size: int) -> None:
    """Or, where it tells none, the one that was asked for."""
    walk = recipe(3).begin()
    assert accept(walk, reply(1, 2, total=2, size=told)).size == size


def test_one_row_that_comes_twice_is_a_sign_of_change() -> None:
    """So the list is walked again, also by a client that has learnt to expect short ones."""
    habits = Habits()
    for _ in range(3):
        habits.walks_short_again()
    walked = walk_through(ModelService(rows=[1, 2, 3, 1, 4]), recipe(2, habits=habits))
    assert walked.outcome.complete
    assert walked.outcome.passes == 2


def test_the_seed_s_sample_costs_four_requests() -> None:
    """One row beside a total of two: incomplete, said after two passes of two requests."""
    service = ModelService(rows=[1], total=lambda *_: 2)
    walked = walk_through(service, recipe(100))
    assert walked.items == [1]
    assert not walked.outcome.complete
    assert walked.outcome.passes == 2
    assert len(service.served) == 4


def test_a_service_that_always_promises_too_much_costs_nothing_but_the_first_few() -> None:
    """After three lists that stayed short, being short is no reason to walk again."""
    habits = Habits()
    passes = []
    for _ in range(5):
        service = ModelService(rows=[1], total=lambda *_: 2)
        walked = walk_through(service, recipe(100, habits=habits))
        assert not walked.outcome.complete
        passes.append(walked.outcome.passes)
    assert passes == [2, 2, 2, 1, 1]


def test_a_short_list_that_comes_out_whole_forgets_the_short_ones() -> None:
    """A second pass that is whole shows that a second look pays."""
    habits = Habits()
    habits.walks_short_again()
    habits.walks_short_again()
    service = ModelService(rows=[1, 2, 3])
    totals = iter([4, 4, 4])
    service.total = lambda rows, *_: next(totals, len(rows))
    walked = walk_through(service, recipe(2, habits=habits))
    assert walked.outcome.complete
    assert walked.outcome.passes == 2
    habits.walks_short_again()
    assert not habits.expects_short


def test_a_list_counts_as_short_once_however_often_it_is_walked() -> None:
    """Three short lists make a habit; three passes over one do not."""
    habits = Habits()
    service = ModelService(rows=[1, 2, 3], total=lambda *_: 9)

    def before_answer(number: int) -> None:
        service.rows[:] = service.rows[::-1] if number == 2 else service.rows

    walked = Concurrent(service, recipe(2, habits=habits), before_answer=before_answer).run()
    assert walked.outcome.passes == 3
    habits.walks_short_again()
    assert not habits.expects_short


def test_what_is_not_wanted_is_seen_and_not_delivered() -> None:
    """A filter leaves pages, totals and ends as they are."""
    service = ModelService(rows=[1, 2, 3, 4, 5])
    walked = walk_through(service, recipe(2, keep=lambda row: row % 2 == 0))
    assert [page.items for page in walked.pages] == [(2,), (4,), ()]
    assert walked.outcome.items == 2
    assert walked.outcome.complete


def test_a_row_that_cannot_be_read_leaves_the_list_incomplete() -> None:
    """It was shown, so that the totals add up; and it is counted."""
    walk = recipe(2).begin()
    accept(walk, Reply((1,), PagingFacts(total=3), unreadable=("$.data[1].id: null",)))
    page = accept(walk, reply(2, total=3))
    assert page.last
    outcome = walk.outcome()
    assert outcome.unreadable == 1
    assert outcome.passes == 1
    assert not outcome.complete


def test_a_row_that_cannot_be_read_in_the_second_pass_counts_too() -> None:
    """What no pass before has shown cannot have been counted before."""
    walk = recipe(2).begin()
    accept(walk, reply(1, 2, total=3))
    accept(walk, reply(3, total=4))
    accept(walk, reply(total=4))
    accept(walk, reply(1, 2, total=4))
    page = accept(walk, Reply((3,), PagingFacts(total=4), unreadable=("$.data[1].id: null",)))
    assert page is None
    assert accept(walk, reply(total=4)).last
    assert walk.outcome().passes == 2
    assert walk.outcome().unreadable == 1
    assert not walk.outcome().complete


def test_a_row_that_can_be_read_at_last_is_delivered() -> None:
    """Only the last pass tells what could not be read."""
    walk = recipe(2).begin()
    accept(walk, Reply((1,), PagingFacts(total=3), unreadable=("$.data[1].id: null",)))
    accept(walk, reply(3, total=4))
    accept(walk, reply(total=4))
    assert accept(walk, reply(1, 2, total=3)).items == (2,)
    assert accept(walk, reply(3, total=3)).last
    assert walk.outcome().unreadable == 0
    assert walk.outcome().complete


@pytest.mark.parametrize(("index", "told"), [(2, 1), (2, 3), (2, 0), (1, 2), (1, 0)])
def test_another_page_than_asked_for_ends_the_walk(index: int, told: int) -> None:
    """A server that tells another page ignores which one is asked for."""
    walk = recipe(2, start=index).begin()
    with pytest.raises(PaginationError, match=f"asked for page {index}, .* page {told}") as caught:
        accept(walk, reply(1, 2, index=told))
    assert caught.value.page_index == index


@pytest.mark.parametrize("again", [(1, 2), (2, 1), (1, 2, 1)])
def test_a_full_page_that_comes_again_ends_the_walk(again: tuple[int, ...]) -> None:
    """A server that shows the same rows again does not advance, whatever index it tells."""
    walk = recipe(2).begin()
    accept(walk, reply(1, 2, index=1))
    told = "page 2 repeats page 1: the server does not advance"
    with pytest.raises(PaginationError, match=told) as caught:
        accept(walk, reply(*again, index=2))
    assert caught.value.page_index == 2


def test_a_full_page_that_comes_again_beside_another_total_is_a_sign() -> None:
    """As many rows may have come before it as it holds."""
    walked = edited([1, 2, 3, 4], {2: lambda rows: rows.__setitem__(slice(0, 0), [8, 9])})
    assert sorted(walked.items) == [1, 2, 3, 4, 8, 9]
    assert walked.outcome.complete


def test_a_short_page_that_comes_again_is_a_sign_at_first() -> None:
    """A row may have moved behind it; a server that shows it for ever does not advance."""
    walk = recipe(2).begin()
    accept(walk, reply(1, 2, total=9))
    accept(walk, reply(3, total=9))
    accept(walk, reply(3, total=9))
    accept(walk, reply(3, total=9))
    with pytest.raises(PaginationError, match="page 5 repeats page 4"):
        accept(walk, reply(3, total=9))


def test_a_list_that_changes_for_ever_without_advancing_ends() -> None:
    """A page that repeats is no sign of change a hundred times in a row."""
    draw = random.Random(11)
    service = ModelService(
        rows=[1, 2], ignores_index=True, echoed=False, total=lambda *_: draw.randrange(10**6)
    )
    walked = walk_through(service, recipe(2))
    assert isinstance(walked.error, PaginationError)
    assert len(service.served) == 101


def test_rows_without_identity_advance_as_far_as_the_total_tells() -> None:
    """Equal rows may fill page after page; a page of different rows that comes again may not."""
    service = ModelService(rows=[1, 2] * 4)
    walked = walk_through(service, recipe(2, identity=None))
    assert isinstance(walked.error, PaginationError)
    assert len(service.served) == 2


@pytest.mark.parametrize(("size", "rows"), [(3, (3, 4)), (2, (3, 4, 5))])
def test_pages_that_grow_end_the_walk(size: int, rows: tuple[int, ...]) -> None:
    """Pages that do not line up would lose rows between them unseen."""
    walk = recipe(2).begin()
    accept(walk, reply(1, 2, total=9, size=2))
    told = f"pages of 2 rows became pages of {max(size, len(rows))} at page 2"
    with pytest.raises(PaginationError, match=told) as caught:
        accept(walk, reply(*rows, total=9, size=size))
    assert caught.value.page_index == 2


def test_pages_that_shrink_end_the_walk() -> None:
    """A smaller page may be the last; the one after it tells."""
    walk = recipe(3).begin()
    accept(walk, reply(1, 2, 3, total=9, size=3))
    accept(walk, reply(4, 5, total=9, size=2))
    with pytest.raises(PaginationError, match="pages of 3 rows became pages of 2 at page 2"):
        accept(walk, reply(6, 7, total=9, size=2))


def test_the_last_page_may_tell_the_rows_that_it_has() -> None:
    """Some servers do; nothing is lost by it."""
    walk = recipe(3).begin()
    accept(walk, reply(1, 2, 3, total=5, size=3))
    assert accept(walk, reply(4, 5, total=5, size=2)).last
    assert walk.outcome().complete


def test_pages_of_two_sizes_beside_two_totals_are_a_sign() -> None:
    """Where the list changed, the next pass tells."""
    walk = recipe(2).begin()
    accept(walk, reply(1, 2, total=5, size=2))
    assert accept(walk, reply(3, 4, 5, total=6, size=3)).items == (3, 4, 5)
    assert not walk.over


@pytest.mark.parametrize(("start", "rows", "requests"), [(3, 250, 1), (2, 101, 1), (4, 250, 1)])
def test_a_walk_from_a_later_page_ends_where_another_would(
    start: int, rows: int, requests: int
) -> None:
    """What stands before the first page is counted, so that no request is sent in vain."""
    service = ModelService(rows=list(range(rows)))
    walked = walk_through(service, recipe(100, start=start))
    assert walked.items == list(range(rows))[(start - 1) * 100 :]
    assert walked.outcome.complete
    assert len(service.served) == requests


def test_a_later_page_that_is_empty_though_rows_were_promised_is_incomplete() -> None:
    """The total tells of rows on that very page."""
    service = ModelService(rows=[1, 2], total=lambda *_: 9)
    walked = walk_through(service, recipe(2, start=2))
    assert walked.items == []
    assert not walked.outcome.complete


def test_a_later_page_that_was_clamped_unsaid_is_not_counted_by() -> None:
    """Where the server does not tell that it clamps, only an empty page ends a resumed walk."""
    service = ModelService(rows=list(range(250)), clamp=40, echoed=False)
    walked = walk_through(service, recipe(100, start=3))
    assert walked.items == list(range(80, 250))
    assert walked.outcome.complete
    assert walked.outcome.passes == 2


def test_without_a_total_two_equal_passes_are_needed() -> None:
    """Complete is only what was seen twice alike."""
    service = ModelService(rows=[1, 2, 3], total=lambda *_: None)
    walked = walk_through(service, recipe(2))
    assert walked.outcome.complete
    assert walked.outcome.passes == 2
    once = walk_through(service, recipe(2, max_passes=1))
    assert once.items == [1, 2, 3]
    assert not once.outcome.complete


def test_after_a_failure_a_walk_goes_on_with_the_page_that_failed() -> None:
    """What was asked for ahead is asked for again, and nothing is delivered twice."""
    walk = recipe(2).begin()
    accept(walk, reply(1, 2, total=6))
    assert askable(walk) == [2, 3]
    walk.end_after(PageRequest(3, 2))
    walk.end_after(PageRequest(2, 2))
    walk.end_after(PageRequest(9, 2, number=2))
    walk.try_again()
    assert askable(walk) == [2, 3]
    assert walk.outcome().tries == 2


@pytest.mark.parametrize(("ends", "asked"), [((4,), [2, 3, 4]), ((5, 3), [2, 3]), ((3, 4), [2, 3])])
def test_nothing_is_asked_for_beyond_the_first_end(ends: tuple[int, ...], asked: list[int]) -> None:
    """A page that came back empty or failed is the last of its pass, and of no other pass."""
    walk = recipe(2).begin()
    accept(walk, reply(1, 2, total=12))
    walk.end_after(PageRequest(2, 2, number=2))
    for index in ends:
        walk.end_after(PageRequest(index, 2))
    assert askable(walk) == asked


@pytest.mark.parametrize(("start", "asked"), [(1, [1, 2, 3, 4]), (2, [2, 3, 4]), (3, [3, 4])])
def test_a_second_pass_reaches_as_far_as_the_first(start: int, asked: list[int]) -> None:
    """So many pages are asked for at once; what is beyond them is looked for as it shows."""
    walk = recipe(2, start=start).begin()
    for index in range(start, 3):
        accept(walk, reply(2 * index, 2 * index + 1, total=5))
    accept(walk, reply(9, total=6))
    accept(walk, reply(total=6))
    assert walk.expected == (2, start)
    assert askable(walk) == asked


def test_one_row_goes_while_another_comes_is_the_blind_spot() -> None:
    """Between the same two answers, with nothing else to tell, a row may be lost unseen.

    No total changes and nothing is shown twice: the README names this proviso.
    """

    def swap(rows: list[Row]) -> None:
        rows.pop(0)
        rows.append(9)

    walked = edited([1, 2, 3, 4], {2: swap})
    assert 3 not in walked.items
    assert walked.outcome.complete


def test_totals_of_another_moment_than_the_rows_are_the_other_proviso() -> None:
    """A total that is behind the rows tells of no row that went."""
    service = ModelService(rows=[1, 2, 3, 4, 5])
    service.total = lambda *_: 4
    answers = 0

    def before_answer(_number: int) -> None:
        nonlocal answers
        answers += 1
        if answers == 2:
            service.rows.pop(0)

    walked = Concurrent(service, recipe(2), before_answer=before_answer).run()
    assert walked.items == [1, 2, 4, 5]
    assert walked.outcome.complete


def test_a_list_that_changes_twice_in_the_same_way_is_believed() -> None:
    """Two equal passes are believed; that a list changed and changed back is not seen.

    One and the same move between the same two answers of both passes, undone between the passes.
    """

    def move(rows: list[Row]) -> None:
        rows.append(rows.pop(0))

    def undo(rows: list[Row]) -> None:
        rows.insert(0, rows.pop())

    walked = edited([1, 2, 3], {2: move, 4: undo, 5: move}, size=1, habits=_trusting())
    assert 2 not in walked.items
    assert walked.outcome.complete


def _trusting() -> Habits:
    habits = Habits()
    for _ in range(3):
        habits.met_empty_after_full()
    return habits
