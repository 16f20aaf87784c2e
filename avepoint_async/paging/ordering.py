"""One list of a fan-out: its pages come back in any order, and are handed on in page order."""

from collections.abc import Iterator
from datetime import datetime
from typing import Generic, TypeAlias, TypeVar

import attrs

from avepoint_async.errors import AvePointError, bare
from avepoint_async.exchange.answer import Answer
from avepoint_async.paging.outcome import WalkOutcome
from avepoint_async.paging.page import Page, PageRequest
from avepoint_async.paging.query import Query
from avepoint_async.wire.envelope import Reply

T = TypeVar("T")
RefT = TypeVar("RefT")

Fetched: TypeAlias = tuple[Reply[T], datetime] | AvePointError
"""What one request came to."""

Leaving: TypeAlias = Page[T] | AvePointError
"""What is handed on in order: a page, or the error that ends the list."""


@attrs.frozen
class Released(Generic[T]):
    """What a page that came back sets free: results that leave, in order, and pages dropped."""

    leaving: list[Leaving[T]]
    dropped: int


class OrderedPages(Generic[RefT, T]):
    """Puts the pages of one list in order.

    Attributes:
        ref: whose list it is.
        query: asks for its pages, and reads the answers.
        ended: whether its last page, or its error, has come out.
        queued: whether it stands in the schedule's queue.
        under_way: pages asked for and not yet consumed.
    """

    def __init__(self, ref: RefT, query: Query[T]) -> None:
        self.ref = ref
        self.ended = False
        self.queued = False
        self.under_way = 0
        self.query = query
        self._walk = query.begin()
        self._early: dict[tuple[int, int], Fetched[T]] = {}

    @property
    def can_ask(self) -> bool:
        """Whether a page can be asked for now."""
        return not self.ended and self._walk.can_ask

    def ask(self) -> PageRequest:
        """The next page to ask for; only while ``can_ask``."""
        return self._walk.ask()

    def outcome(self, error: AvePointError | None = None) -> WalkOutcome:
        """How the walk stands."""
        return self._walk.outcome(error)

    def try_again(self) -> None:
        """Go on after an error, with the page that failed."""
        self.ended = False
        self._walk.try_again()

    def read(self, request: PageRequest, answer: Answer) -> Fetched[T]:
        """Decode an answer."""
        try:
            return self.query.read(request, answer), answer.received_at
        except AvePointError as error:
            return bare(error)

    def settle(self, request: PageRequest, result: Fetched[T]) -> Released[T]:
        """Take a page as it comes; give what can leave now.

        An error is handed on in its place, too: after the pages before it. An error beyond the
        end of the list is dropped.
        """
        place = (request.number, request.index)
        if self.ended or place < self._walk.expected:
            return Released([], 1)
        if isinstance(result, AvePointError) or not _has_rows(result[0]):
            self._walk.end_after(request)
        self._early[place] = result
        held = len(self._early)
        leaving = [*self._release()]
        return Released(leaving, held - len(self._early) - len(leaving))

    def _release(self) -> Iterator[Leaving[T]]:
        """Each result whose turn it is; a page that holds nothing new is dropped."""
        expected = self._walk.expected
        while (result := self._early.pop(expected, None)) is not None:
            number, index = expected
            outcome = self._accept(result, index)
            if outcome is not None:
                yield outcome
            expected = self._walk.expected
            if self.ended or expected[0] > number:
                # Beyond the end of a pass, and asked for on the word of a total too high.
                self._early.clear()

    def _accept(self, result: Fetched[T], index: int) -> Leaving[T] | None:
        if isinstance(result, AvePointError):
            self.ended = True
            return result
        try:
            page = self._walk.accept(*result)
        except AvePointError as error:
            self.ended = True
            return bare(self.query.locate(error, index))
        self.ended = self._walk.over
        return page

    def tell(self) -> AvePointError | None:
        """Log how the walk ended; the error of one that is incomplete, if that is one."""
        return self.query.tell(self.outcome())


def _has_rows(reply: Reply[T]) -> bool:
    return bool(reply.items or reply.unreadable)
