"""A model of a service with one list, honest or not, and the plain way to walk it. Pure."""

from collections.abc import Mapping
from itertools import count, pairwise
from typing import Literal

import attrs
from avepoint_async.decode import Reply

from avepoint_async.errors import PaginationError
from avepoint_async.paging.page import Page, PageRequest
from avepoint_async.paging.walk import PageWalk


@attrs.frozen
class Shift:
    """Rows that come, before each of these places, and then rows that go, from those."""

    come: tuple[int, ...] = ()
    go: tuple[int, ...] = ()


@attrs.define(kw_only=True)
class ModelService:
    """Serves the rows of one list, page by page.

    Attributes:
        rows: the list; each row is told apart by its text.
        clamp: the largest page.
        echoed_index: whether a reply tells its page.
        echoed_size: the size that a reply tells: the one it used, the one asked for, none.
        total_off: what is added to the honest total; None: no total is told.
        short: rows that each page lacks at its end, lost for good.
        shifts: what happens to the list before a page is served, by the page's index.
        served: what each reply showed, in order of the requests.
        claims: the total that each reply told.
    """

    rows: list[str]
    clamp: int = 1000
    echoed_index: bool = True
    echoed_size: Literal["used", "asked"] | None = "used"
    total_off: int | None = 0
    short: int = 0
    shifts: Mapping[int, Shift] = attrs.field(factory=dict[int, Shift])
    served: list[tuple[str, ...]] = attrs.field(factory=list[tuple[str, ...]], init=False)
    claims: list[int | None] = attrs.field(factory=list[int | None], init=False)
    _names: "count[int]" = attrs.field(factory=count, init=False)

    def reply(self, request: PageRequest) -> Reply[str]:
        """The answer to one request."""
        self._shift(self.shifts.get(request.index, Shift()))
        used = min(request.size, self.clamp)
        start = (request.index - 1) * used
        items = tuple(self.rows[start : start + max(0, used - self.short)])
        total = None if self.total_off is None else max(0, len(self.rows) + self.total_off)
        self.served.append(items)
        self.claims.append(total)
        return Reply(
            items,
            index=request.index if self.echoed_index else None,
            size={"used": used, "asked": request.size, None: None}[self.echoed_size],
            total=total,
        )

    def _shift(self, shift: Shift) -> None:
        for place in shift.come:
            self.rows.insert(place % (len(self.rows) + 1), f"new {next(self._names)}")
        for place in shift.go[: len(self.rows)]:
            del self.rows[place % len(self.rows)]

    @property
    def shown(self) -> list[str]:
        """Every row that was shown, once, in the order in which it was first shown."""
        return list(dict.fromkeys(row for page in self.served for row in page))

    @property
    def repeats(self) -> int:
        """How often a row was shown again."""
        return sum(map(len, self.served)) - len(self.shown)

    @property
    def drifts(self) -> int:
        """How often the total was another than the time before."""
        return sum(one != other for one, other in pairwise(self.claims))


def numbered(number: int) -> list[str]:
    """A list of so many rows."""
    return [f"row {place}" for place in range(number)]


def new_walk(size: int = 100, start: int = 1) -> PageWalk[str]:
    """A walk over rows that are told apart by their text."""
    return PageWalk(size=size, start=start, identity=lambda row: row)


@attrs.frozen
class Walked:
    """What came of a walk: its pages, and the error that ended it, if one did."""

    pages: list[Page[str]]
    error: str | None = None

    @property
    def items(self) -> list[str]:
        """Every item, in order."""
        return [item for page in self.pages for item in page.items]


def walk_through(walk: PageWalk[str], service: ModelService, *, most: int = 500) -> Walked:
    """Ask for one page after another; more than ``most`` is a walk without an end."""
    pages: list[Page[str]] = []
    while walk.can_ask:
        assert len(service.served) < most, "the walk does not end"
        try:
            pages.append(walk.accept(service.reply(walk.ask())))
        except PaginationError as error:
            return Walked(pages, str(error))
    return Walked(pages)


def page_of(
    *rows: str, index: int | None = None, size: int = 2, total: int | None = None
) -> Reply[str]:
    """A reply; by default it tells no index and no total."""
    return Reply(rows, index=index, size=size, total=total)


def askable(walk: PageWalk[str]) -> list[int]:
    """The pages that a walk asks for before it has accepted another one."""
    asked: list[int] = []
    while walk.can_ask:
        asked.append(walk.ask().index)
    return asked
