"""Which page of which tenant is asked for next; pure.

Tenants that are open take turns, and the source of new tenants is one of those that take turns:
a giant cannot starve the rest, and once the rest is done all requests are the giant's, so that it
is no tail either. What is asked for and not yet consumed is bounded by a window.
"""

from collections import deque
from typing import Generic, TypeAlias, TypeVar

from avepoint_async.paging.page import PageRequest
from avepoint_async.paging.strand import Strand

T = TypeVar("T")

Job: TypeAlias = tuple[Strand[T], PageRequest]
"""A page to ask for, and whose it is."""

_SHARE = 8
"""Pages that one tenant may hold for each that is left to all."""


class Schedule(Generic[T]):
    """Takes turns among tenants within a window.

    Args:
        turns: tenants with pages still to ask for, beyond which no new one is opened.
        window: pages asked for and not yet consumed, at most.

    Attributes:
        room: pages that may be asked for before one must be consumed.
    """

    def __init__(self, *, turns: int, window: int) -> None:
        self.room = window
        self._turns = turns
        self._waiting: deque[Strand[T]] = deque()
        self._since_open = 0

    @property
    def wants_tenant(self) -> bool:
        """Whether it is the source's turn: each open tenant had one since the last new tenant."""
        return (
            self.room > 0
            and len(self._waiting) < self._turns
            and self._since_open >= sum(map(self._may_ask, self._waiting))
        )

    def open(self, strand: Strand[T]) -> Job[T]:
        """Ask a new tenant for its first page."""
        self._since_open = 0
        return self._ask(strand)

    def next(self) -> Job[T] | None:
        """The next page of an open tenant; None if there is none, or no room."""
        for _ in range(len(self._waiting)):
            strand = self._waiting.popleft()
            strand.has_turn = False
            if self._may_ask(strand):
                self._since_open += 1
                return self._ask(strand)
            self.queue(strand)
        return None

    def queue(self, strand: Strand[T]) -> None:
        """Give ``strand`` a turn if it has none and knows of a page to ask for."""
        if strand.can_ask and not strand.has_turn:
            strand.has_turn = True
            self._waiting.append(strand)

    def consumed(self, strand: Strand[T], pages: int = 1) -> None:
        """Pages of ``strand`` were delivered, or dropped: there is room for as many."""
        self.room += pages
        strand.under_way -= pages
        self.queue(strand)

    def _may_ask(self, strand: Strand[T]) -> bool:
        # The more of the window a tenant holds, the more must be left for others: one whose
        # page does not come holds up nobody else, nor do many.
        return strand.can_ask and self.room > 0 and strand.under_way <= _SHARE * self.room

    def _ask(self, strand: Strand[T]) -> Job[T]:
        self.room -= 1
        strand.under_way += 1
        request = strand.walk.ask()
        self.queue(strand)
        return strand, request
