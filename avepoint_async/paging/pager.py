"""One list, one page after another."""

from collections.abc import AsyncIterator
from typing import Generic, TypeVar

from avepoint_async.paging.listing import Listing
from avepoint_async.paging.page import Page

T = TypeVar("T")


class Pager(Generic[T]):
    """A recipe for walking one list.

    It holds no task and no socket, can be iterated again, each time from the start, and can be
    left at any point. Each page is asked for when the one before it is used up::

        async for user in pager:
            ...
        async for page in pager.pages():
            ...

    Iterating and every method raise the errors of the request: `AuthenticationError`,
    `ApiError`, `TransportError`, `ResponseError`, `PaginationError`, `ClientClosedError`. An
    error tells its page in ``page_index``; what came before it was delivered.
    """

    def __init__(self, listing: Listing[T]) -> None:
        self._listing = listing

    def __repr__(self) -> str:
        record = self._listing.endpoint.record.__name__
        return f"Pager({record}, {self._listing.tenant}, page_size={self._listing.size})"

    async def __aiter__(self) -> AsyncIterator[T]:
        walk = self._listing.walk()
        while walk.can_ask:
            page = await self._listing.advance(walk)
            for item in page.items:
                yield item

    async def pages(self) -> AsyncIterator[Page[T]]:
        """The pages, in order; the last one has ``last=True``, and an empty list has one.

        Raises:
            AvePointError: as of the class.
        """
        walk = self._listing.walk()
        while walk.can_ask:
            yield await self._listing.advance(walk)

    async def collect(self) -> list[T]:
        """All items in one list.

        Raises:
            AvePointError: as of the class.
        """
        return [item async for item in self]

    async def first(self) -> T | None:
        """The first item; None if there is none.

        Raises:
            AvePointError: as of the class.
        """
        walk = self._listing.walk()
        while walk.can_ask:
            page = await self._listing.advance(walk)
            if page.items:
                return page.items[0]
        return None

    async def count(self) -> int:
        """How many items there are, as the service tells with the first page: one request.

        Where the service tells no total, or does not honour the filter, the items are counted by
        walking them all.

        Raises:
            AvePointError: as of the class.
        """
        walk = self._listing.walk()
        page = await self._listing.advance(walk)
        filtered = self._listing.keep is not None
        if page.total_count is not None and not filtered:
            return page.total_count
        count = len(page.items)
        while walk.can_ask:
            count += len((await self._listing.advance(walk)).items)
        return count
