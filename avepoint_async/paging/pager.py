"""One list, one page after another."""

from typing import Generic, NoReturn, TypeVar

from avepoint_async.errors import ResponseError
from avepoint_async.paging.query import Query
from avepoint_async.paging.walk import PageIterator, Walk

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

    def __init__(self, query: Query[T]) -> None:
        self._query = query

    def __repr__(self) -> str:
        query = self._query
        ids = "".join(f"{name}={value!r}, " for name, value in query.ids.items())
        return f"Pager({query.endpoint.record.__name__}, {ids}page_size={query.size})"

    def __aiter__(self) -> Walk[T]:
        return self.walk()

    def __iter__(self) -> NoReturn:
        message = "a pager is asynchronous: write `async for item in pager`, with the async"
        raise TypeError(message)

    def __await__(self) -> NoReturn:
        message = "a pager is iterated: write `async for item in pager` or `await pager.collect()`"
        raise TypeError(message)

    def walk(self) -> Walk[T]:
        """A new walk from the start, which tells its outcome."""
        return Walk(self._query)

    def pages(self) -> PageIterator[T]:
        """The pages, in order; the last one has ``last=True``, and an empty list has one.

        Raises:
            AvePointError: see the class.
        """
        return self.walk().pages()

    async def collect(self) -> list[T]:
        """All items in one list.

        Raises:
            AvePointError: see the class.
        """
        return [item async for item in self]

    async def first(self) -> T | None:
        """The first item; None if there is none.

        Raises:
            AvePointError: see the class.
        """
        async for item in self:
            return item
        return None

    async def one(self) -> T:
        """The one item of a reply that is no list.

        Raises:
            ResponseError: the reply holds none.
            AvePointError: see the class.
        """
        async for item in self:
            return item
        message = f"the reply holds no {self._query.endpoint.record.__name__}"
        raise self._query.locate(ResponseError(message), 1)

    async def count(self) -> int:
        """How many items there are, as the service tells with the first page: one request.

        Where the service tells no total, or does not honour the filter, the items are counted by
        walking them all.

        Raises:
            AvePointError: see the class.
        """
        pages = self.pages()
        first = await anext(pages)
        told, filtered = first.total_count, self._query.keep is not None
        if told is not None and told >= len(first.items) and not filtered:
            return told
        count = len(first.items)
        async for page in pages:
            count += len(page.items)
        return count
