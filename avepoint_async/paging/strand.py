"""One tenant of a fan-out: its pages come back in any order and leave in theirs."""

from typing import Generic, TypeVar

import attrs

from avepoint_async.decode import Reply
from avepoint_async.errors import AvePointError, bare
from avepoint_async.models import TenantRef
from avepoint_async.paging.listing import Listing
from avepoint_async.paging.page import Page, PageRequest

T = TypeVar("T")


@attrs.frozen
class Settled(Generic[T]):
    """What a page that came back sets free: results that leave, in order, and pages dropped."""

    leaving: list[Page[T] | AvePointError]
    dropped: int


class Strand(Generic[T]):
    """Puts the pages of one tenant in order.

    Attributes:
        tenant: whose pages they are.
        walk: which of them are still to come.
        ended: whether its last page, or its error, has come out.
        has_turn: whether it stands in the schedule's queue.
        under_way: pages asked for and not yet consumed.
    """

    def __init__(self, tenant: TenantRef, listing: Listing[T]) -> None:
        self.tenant = tenant
        self.walk = listing.walk()
        self.ended = False
        self.has_turn = False
        self.under_way = 0
        self._listing = listing
        self._early: dict[int, Reply[T] | AvePointError] = {}

    @property
    def can_ask(self) -> bool:
        """Whether a page can be asked for now."""
        return not self.ended and self.walk.can_ask

    async def fetch(self, request: PageRequest) -> Reply[T] | AvePointError:
        """One page, or the error that it came to; a fatal error is raised."""
        try:
            return await self._listing.fetch(request)
        except AvePointError as error:
            if error.fatal:
                raise
            return bare(error)

    def settle(self, index: int, result: Reply[T] | AvePointError) -> Settled[T]:
        """Take a page as it comes; give what can leave now.

        An error leaves in its turn, too: pages before it are delivered, and one beyond the end
        of the list is none.
        """
        if self.ended:
            return Settled([], 1)
        if isinstance(result, AvePointError) or not result.items:
            self.walk.nothing_after(index)
        self._early[index] = result
        leaving: list[Page[T] | AvePointError] = []
        while not self.ended and self.walk.next_accept in self._early:
            outcome = self._accept(self._early.pop(self.walk.next_accept))
            self.ended = isinstance(outcome, AvePointError) or outcome.last
            leaving.append(outcome)
        return Settled(leaving, self._discard() if self.ended else 0)

    def _discard(self) -> int:
        """Pages beyond the end, asked for on the word of a total that was too high."""
        count = len(self._early)
        self._early.clear()
        return count

    def _accept(self, result: Reply[T] | AvePointError) -> Page[T] | AvePointError:
        if isinstance(result, AvePointError):
            return result
        try:
            return self._listing.accept(self.walk, result)
        except AvePointError as error:
            return bare(error)
