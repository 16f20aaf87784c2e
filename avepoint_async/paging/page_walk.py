"""What every kind of paging has in common: the walk protocol, and the settings of a walk. Pure.

A page walk is the state of one walk over one list. Whoever walks asks for pages with ``ask`` and
hands the replies to ``accept`` in order. Between the two any number of pages may be under way, as
far as the kind of paging allows.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Generic, TypeVar

import attrs

from avepoint_async.errors import AvePointError
from avepoint_async.paging.habits import Habits
from avepoint_async.paging.outcome import WalkOutcome
from avepoint_async.paging.page import Page, PageRequest
from avepoint_async.paging.sightings import Identity, Sightings
from avepoint_async.wire.envelope import Reply

T = TypeVar("T")

DEFAULT_MAX_PASSES = 3
"""How often a list that changes meanwhile is walked at most, if the client is told nothing else."""


@attrs.frozen(kw_only=True)
class WalkSettings(Generic[T]):
    """What a walk is told as it begins.

    Attributes:
        size: rows to ask for per page.
        start: the first page to ask for, from 1.
        identity: the key of an item; None: items have none.
        keep: which items the caller wants; None: all of them.
        max_passes: how often the list is walked at most, where it changes meanwhile.
        habits: what the client has learnt of its lists.
    """

    size: int
    start: int = 1
    identity: Identity[T] | None = None
    keep: Callable[[T], bool] | None = None
    max_passes: int = DEFAULT_MAX_PASSES
    habits: Habits = attrs.field(factory=Habits)


class PageWalk(ABC, Generic[T]):
    """One walk over the pages of one list.

    Attributes:
        over: whether the walk came to its end.
    """

    def __init__(self, settings: WalkSettings[T]) -> None:
        self.over = False
        self._settings = settings
        self._sightings: Sightings[T] = Sightings(settings.identity)
        self._complete = False
        self._items = self._pages = self._duplicates = self._drifted = self._unreadable = 0
        self._total: int | None = None
        self._passes: int = 1
        self._tries = 1

    @property
    @abstractmethod
    def can_ask(self) -> bool:
        """Whether a page is known to be still to come that was not yet asked for."""

    @property
    @abstractmethod
    def expected(self) -> tuple[int, int]:
        """Pass and index of the page that ``accept`` takes next."""

    @abstractmethod
    def ask(self) -> PageRequest:
        """The next page to ask for; only while ``can_ask``."""

    @abstractmethod
    def ask_again(self) -> None:
        """Go on with the page that is expected: what was asked for and not accepted is lost."""

    @abstractmethod
    def end_after(self, request: PageRequest) -> None:
        """Ask for no page beyond this one in its pass: it came back empty, or failed."""

    @abstractmethod
    def accept(self, reply: Reply[T], received_at: datetime) -> Page[T] | None:
        """Take the reply to the expected page.

        Returns:
            The page to hand out; None if it holds nothing that was not delivered before, and
            others are still to come.

        Raises:
            PaginationError: the server does not advance.
        """

    def outcome(self, error: AvePointError | None = None) -> WalkOutcome:
        """How the walk stands."""
        return WalkOutcome(
            items=self._items,
            pages=self._pages,
            total_count=self._total,
            complete=self.over and self._complete and error is None,
            duplicates=self._duplicates,
            drifted=self._drifted,
            unreadable=self._unreadable,
            passes=self._passes,
            tries=self._tries,
            error=error,
        )

    def try_again(self) -> None:
        """Go on after a failure that may have passed."""
        self._tries += 1
        self.ask_again()

    def _hand_out(
        self, items: Sequence[T], index: int, size: int, total: int | None, received_at: datetime
    ) -> Page[T] | None:
        """The page to hand out, counted as delivered."""
        if not items and not self.over:
            return None
        keep = self._settings.keep
        wanted = tuple(items) if keep is None else tuple(filter(keep, items))
        self._items += len(wanted)
        self._pages += 1
        return Page(wanted, index, size, total, self.over, received_at)
