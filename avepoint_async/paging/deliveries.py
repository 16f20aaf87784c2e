"""What iterates a fan-out: its pages, or their items. A cancelled ``anext`` loses none of them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import repeat
from typing import Generic, Self, TypeVar

from avepoint_async.paging.page import Page

T = TypeVar("T")
RefT = TypeVar("RefT")


class FanOutPages(AsyncIterator[tuple[RefT, Page[T]]], Generic[RefT, T]):
    """The pages of a fan-out as they come.

    Args:
        take: gives the next page, and None at the end.
    """

    def __init__(self, take: Callable[[], Awaitable[tuple[RefT, Page[T]] | None]]) -> None:
        self._take = take
        self._ended = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> tuple[RefT, Page[T]]:
        try:
            delivery = None if self._ended else await self._take()
        except Exception:
            self._ended = True
            raise
        if delivery is None:
            self._ended = True
            raise StopAsyncIteration
        return delivery

    async def aclose(self) -> None:
        """End the iteration here; the tasks end with the ``async with`` of the fan-out."""
        self._ended = True


class FanOutItems(AsyncIterator[tuple[RefT, T]], Generic[RefT, T]):
    """The items of a fan-out as they come."""

    def __init__(self, pages: FanOutPages[RefT, T]) -> None:
        self._pages = pages
        self._items: Iterator[tuple[RefT, T]] = iter(())

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> tuple[RefT, T]:
        while True:
            for item in self._items:
                return item
            ref, page = await anext(self._pages)
            self._items = zip(repeat(ref), page.items)

    async def aclose(self) -> None:
        """End the iteration here; the tasks end with the ``async with`` of the fan-out."""
        self._items = iter(())
        await self._pages.aclose()
