"""A service with one list, honest or not, that may change between any two answers. Pure.

What walks it are the real `NumberedWalk` and the real `OrderedPages`; the model only answers.
"""

import random
from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

import attrs

from avepoint_async.errors import AvePointError
from avepoint_async.paging.habits import Habits
from avepoint_async.paging.numbered import Numbered
from avepoint_async.paging.ordering import OrderedPages
from avepoint_async.paging.outcome import WalkOutcome
from avepoint_async.paging.page import Page, PageRequest
from avepoint_async.paging.page_walk import PageWalk, WalkSettings
from avepoint_async.wire.envelope import PagingFacts, Reply

NOON = datetime(2026, 8, 1, 12, tzinfo=UTC)

Row: TypeAlias = Any
"""An integer that is its own identity, or an address with a name."""

Total: TypeAlias = Callable[[Sequence[Row], int, int], int | None]
"""The total that is told beside a page: of the rows, where the page begins, and its size."""


def honest(rows: Sequence[Row], _start: int, _size: int) -> int:
    """The number of rows in the moment of the answer."""
    return len(rows)


def itself(row: Row) -> Hashable:
    """The identity of a row that is its own."""
    return row  # type: ignore[no-any-return]  # rows are hashable


@attrs.define(kw_only=True)
class ModelService:
    """Answers for one list.

    Attributes:
        rows: the list as it is now.
        clamp: rows per page at most.
        total: the total that it tells.
        echoed: whether it tells the page and the size that it used.
        ignores_index: whether it shows the first page for each.
        served: each request, and the rows that it was answered with.
    """

    rows: list[Row]
    clamp: int = 1000
    total: Total = honest
    echoed: bool = True
    ignores_index: bool = False
    served: list[tuple[PageRequest, tuple[Row, ...]]] = attrs.field(
        factory=list[tuple[PageRequest, tuple[Row, ...]]], init=False
    )

    def reply(self, request: PageRequest) -> Reply[Row]:
        """The answer to one request, as the list is in this moment."""
        size = min(request.size, self.clamp)
        start = 0 if self.ignores_index else (request.index - 1) * size
        items = tuple(self.rows[start : start + size])
        self.served.append((request, items))
        return Reply(
            items,
            PagingFacts(
                index=request.index if self.echoed else None,
                size=size if self.echoed else None,
                total=self.total(self.rows, start, size),
            ),
        )


@attrs.frozen(kw_only=True)
class Recipe:
    """What a list of the model is walked with; a `Query` without a network.

    ``paging`` and ``settings`` as in the package.
    """

    settings: WalkSettings[Row]
    paging: Any = attrs.field(factory=Numbered)

    def begin(self) -> PageWalk[Row]:
        """A new walk."""
        return self.paging.begin(self.settings)  # type: ignore[no-any-return]  # any kind

    def locate(self, error: AvePointError, index: int | None) -> AvePointError:
        """The error as it came: there is no tenant to name."""
        error.page_index = index
        return error


def recipe(size: int = 2, **options: Any) -> Recipe:
    """A walk over rows that are their own identity, by a client that knows no habits yet."""
    return Recipe(
        settings=WalkSettings(size=size, **{"identity": itself, "habits": Habits(), **options})
    )


@attrs.define
class Walked:
    """What came of a walk.

    Attributes:
        pages: what was handed out, in order.
        outcome: how it ended.
        error: what ended it, if it failed.
    """

    pages: list[Page[Row]]
    outcome: WalkOutcome
    error: AvePointError | None

    @property
    def items(self) -> list[Row]:
        """Every item that was delivered, in order."""
        return [item for page in self.pages for item in page.items]


class Concurrent:
    """Walks with several requests in flight; answered and arriving in any order.

    Args:
        service: answers.
        walked: with what the list is walked.
        in_flight: requests under way at most.
        rng: chooses what happens next.
        before_answer: called before each answer, with the pass that is being accepted.
    """

    def __init__(
        self,
        service: ModelService,
        walked: Recipe,
        *,
        in_flight: int = 1,
        rng: random.Random | None = None,
        before_answer: Callable[[int], None] = lambda _pass: None,
    ) -> None:
        self._service = service
        self._walk = walked.begin()
        began = attrs.evolve(walked, paging=_Begun(self._walk))
        self._ordered: OrderedPages[str, Row] = OrderedPages("list", began)  # type: ignore[arg-type]  # the part of a query that it uses
        self._in_flight = in_flight
        self._rng = rng or random.Random(0)
        self._before_answer = before_answer
        self._asked: list[PageRequest] = []
        self._answered: list[tuple[PageRequest, Reply[Row]]] = []
        self._left: list[Page[Row]] = []
        self._error: AvePointError | None = None
        self.requests = self.dropped = 0

    def run(self, most: int = 3000) -> Walked:
        """To its end; more than so many requests are a walk without one."""
        while not self._ordered.ended:
            assert self.requests < most, "the walk does not end"
            self._step()
        return Walked(self._left, self._ordered.outcome(self._error), self._error)

    def _step(self) -> None:
        under_way = len(self._asked) + len(self._answered)
        steps: list[Callable[[], None]] = []
        if self._ordered.can_ask and under_way < self._in_flight:
            steps += [self._ask] * 3
        if self._asked:
            steps.append(self._answer)
        if self._answered:
            steps.append(self._arrive)
        assert steps, "nothing is under way, and nothing can be asked for"
        self._rng.choice(steps)()

    def _ask(self) -> None:
        self._asked.append(self._ordered.ask())
        self.requests += 1

    def _answer(self) -> None:
        self._before_answer(self._walk.expected[0])
        request = self._asked.pop(self._rng.randrange(len(self._asked)))
        self._answered.append((request, self._service.reply(request)))

    def _arrive(self) -> None:
        request, reply = self._answered.pop(self._rng.randrange(len(self._answered)))
        settled = self._ordered.settle(request, (reply, NOON))
        self.dropped += settled.dropped
        for each in settled.leaving:
            if isinstance(each, AvePointError):
                self._error = each
            else:
                self._left.append(each)


@attrs.frozen
class _Begun:
    """Gives a walk that was begun already, so that it can be looked at."""

    walk: PageWalk[Row]

    def begin(self, _settings: WalkSettings[Row]) -> PageWalk[Row]:
        """That walk."""
        return self.walk


def walk_through(service: ModelService, walked: Recipe) -> Walked:
    """One page after another, to the end."""
    return Concurrent(service, walked).run()


def named(number: int) -> tuple[str, str]:
    """A row without an id: told apart by address and name, recognised by its address."""
    return f"user{number}@c.example", f"User {number}"


def address_of(row: Row) -> object:
    """What stays of a row that is renamed."""
    return row[0] if isinstance(row, tuple) else row


Kind: TypeAlias = Literal["go", "come", "move", "rename"]


class Editor:
    """Changes a list between answers, and knows what stood in it throughout.

    In one gap between two answers rows go or come, never both: of one that goes while another
    comes no total tells.

    Attributes:
        stood: rows that were there all the time.
        edited: the passes of the walk in which the list changed.
    """

    def __init__(
        self,
        service: ModelService,
        rng: random.Random,
        *,
        kinds: Sequence[Kind],
        chance: float,
        answers: int,
        most: int = 3,
    ) -> None:
        self._service = service
        self._rng = rng
        self._kinds = kinds
        self._chance = chance
        self._answers = answers
        self._most = most
        self._is_named = any(isinstance(row, tuple) for row in service.rows)
        self._named = 1000
        self.stood = set(service.rows)
        self.edited: set[int] = set()

    def __call__(self, number: int) -> None:
        """Perhaps change the list before an answer, as long as it is not at rest."""
        self._answers -= 1
        if self._answers < 0 or self._rng.random() >= self._chance:
            return
        self.edited.add(number)
        other = self._rng.choice(["go", "come"])
        kinds = [kind for kind in self._kinds if kind != other]
        for _ in range(self._rng.randint(1, self._most) if kinds else 0):
            getattr(self, f"_{self._rng.choice(kinds)}")()

    @property
    def _place(self) -> int:
        return self._rng.randrange(len(self._service.rows))

    def _go(self) -> None:
        if self._service.rows:
            self.stood.discard(self._service.rows.pop(self._place))

    def _come(self) -> None:
        self._named += 1
        place = self._rng.randint(0, len(self._service.rows))
        self._service.rows.insert(place, named(self._named) if self._is_named else self._named)

    def _move(self) -> None:
        if self._service.rows:
            row = self._service.rows.pop(self._place)
            self._service.rows.insert(self._rng.randint(0, len(self._service.rows)), row)

    def _rename(self) -> None:
        if self._service.rows and self._is_named:
            place, self._named = self._place, self._named + 1
            address, _ = self._service.rows[place]
            self.stood.discard(self._service.rows[place])
            self._service.rows[place] = (address, f"name {self._named}")
