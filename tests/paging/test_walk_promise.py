"""What is said to be whole is whole: lists that change between any two answers.

By default a few thousand walks; ``--walks N`` takes N of each kind.
"""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any, cast

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from avepoint_async.errors import PaginationError
from avepoint_async.paging.habits import Habits
from tests.paging.model import (
    Concurrent,
    Editor,
    Kind,
    ModelService,
    Walked,
    address_of,
    honest,
    named,
    recipe,
)

KINDS: list[list[Kind]] = [
    ["go"],
    ["come"],
    ["move"],
    ["go", "move"],
    ["rename", "move"],
    ["go", "come", "move", "rename"],
]


@attrs.frozen
class Told:
    """A walk over a list that changed meanwhile, and what is known of it."""

    walked: Walked
    editor: Editor
    service: ModelService
    requests: int

    @property
    def missing(self) -> set[Any]:
        """What stood throughout and was not delivered."""
        return self.editor.stood - set(self.walked.items)

    @property
    def is_echo(self) -> bool:
        """Whether the list changed in both of the last two passes.

        Two passes that agree are believed where the totals prove nothing. They prove nothing
        themselves if the list goes back between them and changes in the very same way again.
        """
        last = self.walked.outcome.passes
        return {last - 1, last} <= self.editor.edited

    @property
    def came_to_rest(self) -> bool:
        """Whether it changed, and not after the first pass."""
        return self.editor.edited == {1}

    @property
    def is_whole(self) -> bool:
        """Whether it ended complete, with all that is there, under its new name or the old one."""
        got = set(map(address_of, self.walked.items))
        return self.walked.outcome.complete and set(map(address_of, self.service.rows)) <= got


def changing_walk(rng: random.Random, *, rows: int, sizes: range, in_flight: int) -> Told:
    """One walk; rows go, come, move and change their name between its answers."""
    makes: list[Callable[[int], Any]] = [int, named]
    make = rng.choice(makes)
    service = ModelService(rows=[make(number) for number in range(rng.randint(0, rows))])
    editor = Editor(
        service,
        rng,
        kinds=rng.choice(KINDS),
        chance=rng.choice([0.1, 0.3, 0.6, 1]),
        answers=rng.choice([1, 2, 3, 5, 100]),
    )
    habits = Habits()
    for _ in range(rng.choice([0, 3])):
        habits.met_empty_after_full()
    walk = Concurrent(
        service,
        recipe(rng.choice(sizes), habits=habits),
        in_flight=in_flight,
        rng=rng,
        before_answer=editor,
    )
    return Told(walk.run(), editor, service, walk.requests)


def check_promise(told: Told) -> None:
    """Nothing that stood throughout lacks beside ``complete``, and nothing comes twice."""
    outcome = told.walked.outcome
    assert max(Counter(told.walked.items).values(), default=1) == 1
    assert outcome.items == len(told.walked.items)
    if outcome.complete:
        assert told.is_echo or not told.missing
    if told.walked.error is not None:
        assert isinstance(told.walked.error, PaginationError)
        assert not outcome.complete
    assert outcome.passes <= 3


@given(
    seed=st.integers(0, 2**32),
    rows=st.integers(0, 8),
    in_flight=st.sampled_from([1, 2, 3, 4, 16]),
)
def test_what_is_said_to_be_whole_is_whole(seed: int, rows: int, in_flight: int) -> None:
    """No item that stood throughout is missing beside ``complete=True``; none comes twice."""
    check_promise(
        changing_walk(random.Random(seed), rows=rows, sizes=range(1, 4), in_flight=in_flight)
    )


@pytest.mark.parametrize("in_flight", [1, 2, 4, 16])
@pytest.mark.parametrize(("rows", "sizes"), [(8, range(1, 4)), (60, range(3, 8))])
def test_many_walks(
    request: pytest.FixtureRequest, rows: int, sizes: range, in_flight: int
) -> None:
    """The same for many walks; a list at rest within the first pass arrives whole, 99 in 100.

    A page of a list that repeats the one before ends the walk in an error, which is no loss
    without a word; with pages of one row that is a row that moved on by one place.
    """
    rested = whole = echoes = 0
    walks = cast("int", request.config.getoption("--walks"))
    for number in range(walks):
        rng = random.Random(f"{rows} {in_flight} {number}")
        told = changing_walk(rng, rows=rows, sizes=sizes, in_flight=in_flight)
        check_promise(told)
        echoes += bool(told.missing and told.walked.outcome.complete)
        if told.came_to_rest and told.walked.error is None:
            rested += 1
            whole += told.is_whole
    assert rested > 0
    assert whole >= 0.99 * rested
    assert echoes <= 0.001 * walks


@given(
    rows=st.integers(0, 30),
    size=st.integers(1, 7),
    clamp=st.integers(1, 7),
    echoed=st.booleans(),
    in_flight=st.sampled_from([1, 4, 16]),
    seed=st.integers(0, 2**32),
)
def test_a_list_that_stands_still_arrives_whole(
    *, rows: int, size: int, clamp: int, echoed: bool, in_flight: int, seed: int
) -> None:
    """All of it, in order, each page asked for once, and one beyond a full end at most."""
    service = ModelService(rows=list(range(rows)), clamp=clamp, echoed=echoed)
    walk = Concurrent(service, recipe(size), in_flight=in_flight, rng=random.Random(seed))
    walked = walk.run()
    used = min(size, clamp)
    pages = max(1, -(-rows // used))
    full_end = rows > 0 and rows % used == 0
    assert walked.items == service.rows
    assert walked.outcome.complete
    assert walked.outcome.passes == 1
    # where a clamped size is not told, pages that are none are asked for ahead
    assert walk.requests <= pages + full_end + (0 if echoed else in_flight)


LIARS = {
    "none": lambda _rows, _start, _size: None,
    "nothing": lambda _rows, _start, _size: 0,
    "one": lambda _rows, _start, _size: 1,
    "this page": lambda rows, start, size: len(rows[start : start + size]),
    "so far": lambda rows, start, size: min(len(rows), start + size),
    "too high": lambda rows, _start, _size: len(rows) + 1,
}


@pytest.mark.parametrize("liar", LIARS)
@pytest.mark.parametrize("identity", [True, False])
@given(
    rows=st.integers(0, 12),
    size=st.integers(1, 4),
    in_flight=st.sampled_from([1, 4, 16]),
    seed=st.integers(0, 2**32),
)
def test_a_total_that_lies_hides_nothing(
    *, liar: str, identity: bool, rows: int, size: int, in_flight: int, seed: int
) -> None:
    """Whatever total is told beside a list that stands still, every row of it arrives, in order.

    Whether rows have an identity or not; complete or not; and soon.
    """
    service = ModelService(rows=list(range(rows)), total=LIARS[liar])
    options = {} if identity else {"identity": None}
    walk = Concurrent(
        service, recipe(size, **options), in_flight=in_flight, rng=random.Random(seed)
    )
    walked = walk.run()
    assert walked.items == service.rows
    assert walk.requests <= 3 * (rows // size + 1 + in_flight)
    if liar == "too high":
        assert not walked.outcome.complete
    if liar in {"none", "nothing"}:
        assert walked.outcome.complete


@example(rows=2, size=6, in_flight=1, total=honest, seed=0)
@given(
    rows=st.integers(2, 40),
    size=st.integers(1, 6),
    in_flight=st.sampled_from([1, 4]),
    total=st.sampled_from([honest, LIARS["none"], LIARS["too high"], LIARS["one"]]),
    seed=st.integers(0, 2**32),
)
def test_a_server_that_ignores_the_page_index_is_found_out(
    *, rows: int, size: int, in_flight: int, total: Any, seed: int
) -> None:
    """A full first page that comes again is an error, and what came before it was delivered."""
    service = ModelService(rows=list(range(rows)), total=total, echoed=False, ignores_index=True)
    walk = Concurrent(service, recipe(size), in_flight=in_flight, rng=random.Random(seed))
    walked = walk.run()
    if rows <= size and walked.error is None:
        assert total is honest
        return
    assert isinstance(walked.error, PaginationError)
    assert walked.items == service.rows[:size]
    if in_flight == 1:
        assert walk.requests <= 4


@given(
    rows=st.integers(0, 40),
    size=st.integers(1, 6),
    start=st.integers(1, 9),
    clamp=st.integers(3, 6),
    in_flight=st.sampled_from([1, 4]),
    seed=st.integers(0, 2**32),
)
def test_a_walk_goes_on_from_any_page(
    *, rows: int, size: int, start: int, clamp: int, in_flight: int, seed: int
) -> None:
    """A later start leaves out the pages before it, and nothing else."""
    service = ModelService(rows=list(range(rows)), clamp=clamp)
    walk = Concurrent(
        service, recipe(size, start=start), in_flight=in_flight, rng=random.Random(seed)
    )
    walked = walk.run()
    assert walked.items == service.rows[(start - 1) * min(size, clamp) :]
    assert walked.outcome.complete


@given(
    rows=st.integers(0, 30),
    size=st.integers(1, 5),
    in_flight=st.sampled_from([2, 4, 16]),
    liar=st.sampled_from([honest, *LIARS.values()]),
    seed=st.integers(0, 2**32),
)
def test_any_order_gives_the_same_walk(
    *, rows: int, size: int, in_flight: int, liar: Any, seed: int
) -> None:
    """Of a list that stands still, pages leave as in a walk of one after another."""
    service = ModelService(rows=list(range(rows)), total=liar)
    alone = Concurrent(service, recipe(size)).run()
    walk = Concurrent(service, recipe(size), in_flight=in_flight, rng=random.Random(seed))
    together = walk.run()
    assert together == alone
    assert walk.requests - walk.dropped - len(together.pages) <= in_flight
