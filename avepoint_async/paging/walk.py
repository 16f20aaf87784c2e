"""Which pages are still to come, and when the walk is over. Pure.

A walk is over when ``totalCount`` items have been seen, or at an empty page; a short page alone
ends nothing. The total is read anew on every page, so a list that grows or shrinks is followed.

Whoever walks asks for pages with ``ask`` and hands the replies to ``accept`` in order. Between
the two any number of pages may be under way: one at a time for a pager, many for a fan-out.
"""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from avepoint_async.decode import Reply
from avepoint_async.errors import PaginationError
from avepoint_async.paging.page import Page, PageRequest

T = TypeVar("T")


class PageWalk(Generic[T]):
    """The state of one walk over the pages of one list.

    Args:
        size: rows to ask for per page.
        start: the first page to ask for, from 1; what stands before it counts as seen.
        identity: what makes two items the same one.
        hint: a part of that, quicker to read: items that differ in it are not the same; None: all
            of it.
        keep: which items the caller wants; None: all of them.

    Attributes:
        over: whether the last page has been accepted.
        total_count: rows that the server promised with the latest page.
        duplicates: items dropped because they stood on the page before, too.
        drifted: pages that promised another total than the page before.
    """

    def __init__(
        self,
        *,
        size: int,
        start: int = 1,
        identity: Callable[[T], Hashable],
        hint: Callable[[T], Hashable] | None = None,
        keep: Callable[[T], bool] | None = None,
    ) -> None:
        self.over = False
        self.total_count: int | None = None
        self.duplicates = 0
        self.drifted = 0
        self._asked_size = size
        self._size = self._size_before = size
        self._identity = identity
        self._hint = hint or identity
        self._keep = keep
        self._first = self._next_ask = self._next_accept = start
        self._horizon = start
        self._limit: int | None = None
        self._countable = True
        self._seen = 0
        self._before: tuple[T, ...] = ()
        self._hints: frozenset[Hashable] = frozenset()

    @property
    def complete(self) -> bool:
        """Whether the walk is over and saw as many items as the server promised."""
        return self.over and (self.total_count is None or self._seen >= self.total_count)

    @property
    def seen(self) -> int:
        """Items that the server has shown so far, each once; wanted or not."""
        return self._seen

    @property
    def next_accept(self) -> int:
        """The page that ``accept`` takes next."""
        return self._next_accept

    @property
    def can_ask(self) -> bool:
        """Whether a page is known to be still to come that was not yet asked for."""
        limit = self._horizon if self._limit is None else min(self._horizon, self._limit)
        return not self.over and self._next_ask <= limit

    def ask(self) -> PageRequest:
        """The next page to ask for; only while ``can_ask``."""
        # Always the size first asked for: a server that clamps it, clamps it each time alike.
        request = PageRequest(self._next_ask, self._asked_size)
        self._next_ask += 1
        return request

    def nothing_after(self, index: int) -> None:
        """Ask for no page after ``index``: it came back empty, or failed, ahead of its turn."""
        self._limit = index if self._limit is None else min(self._limit, index)

    def accept(self, reply: Reply[T]) -> Page[T]:
        """Take the reply to the next page in order.

        Raises:
            PaginationError: the server does not advance: it answers with another page than the
                one asked for, with the same page again, or with pages of another size.
        """
        index = self._next_accept
        self._check_index(index, reply)
        items = self._without_repeats(index, reply.items)
        if index == self._first:
            self._size = self._size_before = max(reply.size or self._asked_size, len(items))
            self._seen = (index - 1) * self._size
            # A later page that is short may be a clamped one: what is before it cannot be counted.
            ends = self._seen + len(items) == reply.total
            self._countable = index == 1 or len(items) >= self._size or ends
        self._follow_total(reply.total)
        self._seen += len(items)
        self._next_accept += 1
        self.over = not reply.items or self._has_all()
        self._check_size(index, reply)
        self._look_ahead(index)
        if self._keep is not None:
            items = tuple(filter(self._keep, items))
        return Page(items, index, reply.size or self._size, self.total_count, self.over)

    def _has_all(self) -> bool:
        if self.total_count is None or not self._countable:
            return False
        return self._seen >= self.total_count

    def _check_index(self, index: int, reply: Reply[T]) -> None:
        if reply.index is not None and reply.index != index:
            message = f"asked for page {index}, the server answered with page {reply.index}"
            raise PaginationError(message, page_index=index)

    def _without_repeats(self, index: int, items: tuple[T, ...]) -> tuple[T, ...]:
        """Drop what stood on the page before: rows shift while we walk."""
        before, self._before = self._before, items
        hints, self._hints = self._hints, frozenset(map(self._hint, items))
        if hints.isdisjoint(self._hints):
            return items
        seen = frozenset(map(self._identity, before))
        if seen == frozenset(map(self._identity, items)):
            message = f"page {index} repeats page {index - 1}: the server does not advance"
            raise PaginationError(message, page_index=index)
        fresh = tuple(item for item in items if self._identity(item) not in seen)
        self.duplicates += len(items) - len(fresh)
        return fresh

    def _follow_total(self, total: int | None) -> None:
        if total is None:
            return
        if self.total_count is not None and total != self.total_count:
            self.drifted += 1
        self.total_count = total

    def _check_size(self, index: int, reply: Reply[T]) -> None:
        """Pages of two sizes do not line up: rows between them would be lost unseen.

        A smaller page may be the last, and echo the rows that it has: the one after it tells.
        """
        size = max(reply.size or self._size, len(reply.items))
        before, self._size_before = self._size_before, size
        if reply.items and before < self._size:
            message = f"pages of {self._size} rows became pages of {before} at page {index - 1}"
        elif size > self._size and not self.over:
            message = f"pages of {self._size} rows became pages of {size} at page {index}"
        else:
            return
        raise PaginationError(message, page_index=index)

    def _look_ahead(self, index: int) -> None:
        """How far the pages reach that are surely still to come."""
        missing = 1 if self.total_count is None else self.total_count - self._seen
        self._horizon = index + max(1, -(-missing // self._size))
