"""Which page of which open list is asked for next, and when a new list is opened; pure.

Open lists take turns, and so does the source of new ones. A very long list therefore does not hold
up the others, and it gets all requests when the others are done. A window bounds the pages that
are asked for and not yet consumed.
"""

from collections import deque
from typing import Generic, TypeAlias, TypeVar

from avepoint_async.paging.ordering import OrderedPages
from avepoint_async.paging.page import PageRequest

T = TypeVar("T")
RefT = TypeVar("RefT")

Job: TypeAlias = tuple[OrderedPages[RefT, T], PageRequest]
"""A page to ask for, and whose it is."""

_SHARE = 8
"""Pages that one list may hold for each that is left to all."""


class Schedule(Generic[RefT, T]):
    """Takes turns among lists within a window.

    Args:
        slots: lists with pages still to ask for, beyond which no new one is opened.
        window: pages asked for and not yet consumed, at most.

    Attributes:
        room: pages that may be asked for before one must be consumed.
    """

    def __init__(self, *, slots: int, window: int) -> None:
        self.room = window
        self._slots = slots
        self._queue: deque[OrderedPages[RefT, T]] = deque()
        self._since_open = 0

    @property
    def wants_new(self) -> bool:
        """Whether it is the source's turn: each open list had one since the last new one."""
        return (
            self.room > 0
            and len(self._queue) < self._slots
            and self._since_open >= sum(map(self._may_ask, self._queue))
        )

    def open(self, opened: OrderedPages[RefT, T]) -> Job[RefT, T]:
        """Ask for the first page of a new list."""
        self._since_open = 0
        return self._ask(opened)

    def next(self) -> Job[RefT, T] | None:
        """The next page of an open list; None if there is none, or no room."""
        for _ in range(len(self._queue)):
            first = self._queue.popleft()
            first.queued = False
            if self._may_ask(first):
                self._since_open += 1
                return self._ask(first)
            self.enqueue(first)
        return None

    def enqueue(self, waiting: OrderedPages[RefT, T]) -> None:
        """Queue a list that knows of a page to ask for, unless it stands there already."""
        if not waiting.queued and waiting.can_ask:
            waiting.queued = True
            self._queue.append(waiting)

    def consumed(self, of: OrderedPages[RefT, T], count: int = 1) -> None:
        """Pages of a list were delivered, or dropped: there is room for as many."""
        self.room += count
        of.under_way -= count
        self.enqueue(of)

    def _may_ask(self, waiting: OrderedPages[RefT, T]) -> bool:
        # The more of the window a list holds, the more must be left for the others: lists whose
        # pages do not come back cannot fill the window.
        return waiting.can_ask and self.room > 0 and waiting.under_way <= _SHARE * self.room

    def _ask(self, asked: OrderedPages[RefT, T]) -> Job[RefT, T]:
        self.room -= 1
        asked.under_way += 1
        request = asked.ask()
        self.enqueue(asked)
        return asked, request
