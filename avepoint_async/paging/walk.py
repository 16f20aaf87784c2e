"""One walk over one list, one page after another: what ``async for`` over a pager is."""

from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from typing import Generic, Self, TypeVar

import attrs

from avepoint_async.errors import AvePointError, ConfigurationError
from avepoint_async.exchange.answer import Answer
from avepoint_async.paging.outcome import WalkOutcome
from avepoint_async.paging.page import Page, PageRequest
from avepoint_async.paging.query import Query

T = TypeVar("T")


class PageIterator(AsyncIterator[Page[T]], Generic[T]):
    """The pages of one walk, in order.

    A cancelled ``anext``, or a time-out around one, loses nothing: the next one goes on with the
    same page. After an error the walk is over.
    """

    def __init__(self, query: Query[T]) -> None:
        self._query = query
        self._state = query.begin()
        self._request: PageRequest | None = None
        self._error: AvePointError | None = None
        self._incomplete: AvePointError | None = None
        self._closed = self._busy = self._broken = False

    @property
    def outcome(self) -> WalkOutcome:
        """How the walk stands; final once it is over."""
        outcome = self._state.outcome(self._error)
        return attrs.evolve(outcome, complete=outcome.complete and not self._broken)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Page[T]:
        with self._step():
            while not self._closed and not self._state.over:
                # Kept until its reply is accepted: after a cancellation it is sent again.
                request = self._request = self._request or self._state.ask()
                page = self._accept(request, await self._query.send(request))
                if page is not None:
                    return page
            incomplete, self._incomplete = self._incomplete, None
            if incomplete is not None and not self._closed:
                raise incomplete
            raise StopAsyncIteration

    def _accept(self, request: PageRequest, answer: Answer) -> Page[T] | None:
        self._request = None
        reply = self._query.read(request, answer)
        try:
            page = self._state.accept(reply, answer.received_at)
        except AvePointError as error:
            raise self._query.locate(error, request.index)  # noqa: B904  # the same, as it came
        if page is not None and page.last:
            self._incomplete = self._query.tell(self.outcome)
        return page

    @contextmanager
    def _step(self) -> Generator[None]:
        """Around one step: by one task at a time, and the last one if it ends in an error."""
        if self._busy:
            message = "a walk is iterated by one task at a time: make another with `pager.walk()`"
            raise ConfigurationError(message)
        self._busy = True
        try:
            yield
        except Exception as error:
            # Not a cancellation: that is no `Exception`, and the walk goes on after it.
            self._closed = True
            if isinstance(error, AvePointError):
                self._error = error
            self._broken |= not isinstance(error, StopAsyncIteration)
            raise
        finally:
            self._busy = False

    async def aclose(self) -> None:
        """End the walk here; the next ``anext`` raises `StopAsyncIteration`."""
        self._closed = True


class Walk(AsyncIterator[T], Generic[T]):
    """One walk over a list, as an async iterator of its items.

    ::

        walk = pager.walk()
        async for item in walk:
            ...
        print(walk.outcome)

    A cancelled ``anext``, or a time-out around one, loses nothing and ends nothing: the next one
    goes on. Iterating raises the errors of the request, as of `Pager`; with ``strict`` also
    `IncompleteError` at the end.
    """

    def __init__(self, query: Query[T]) -> None:
        self._pages = PageIterator(query)
        self._items: Iterator[T] = iter(())

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        while True:
            for item in self._items:
                return item
            page = await anext(self._pages)
            self._items = iter(page.items)

    @property
    def outcome(self) -> WalkOutcome:
        """How the walk stands; final once it is over. Counted are the pages taken so far."""
        return self._pages.outcome

    def pages(self) -> PageIterator[T]:
        """The pages of this walk that are still to come."""
        return self._pages

    async def aclose(self) -> None:
        """End the walk here; the next ``anext`` raises `StopAsyncIteration`."""
        self._items = iter(())
        await self._pages.aclose()
