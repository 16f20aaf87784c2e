"""Many lists at once: the tasks of a fan-out, and what they hand to the one who iterates it."""

import asyncio
from collections import deque
from collections.abc import AsyncIterable, Callable, Iterable
from types import TracebackType
from typing import Any, Generic, Self

from typing_extensions import TypeVar

from avepoint_async.errors import AvePointError, ConfigurationError, bare
from avepoint_async.exchange.answer import Answer
from avepoint_async.exchange.retry import may_retry
from avepoint_async.paging.deliveries import FanOutItems, FanOutPages
from avepoint_async.paging.errors import TenantFailuresError
from avepoint_async.paging.ordering import Fetched, Leaving, OrderedPages
from avepoint_async.paging.outcome import Progress, WalkOutcome
from avepoint_async.paging.outcomes import Outcomes
from avepoint_async.paging.page import Page, PageRequest
from avepoint_async.paging.query import Query
from avepoint_async.paging.schedule import Job, Schedule
from avepoint_async.paging.source import ReadAhead
from avepoint_async.paging.tasks import TaskGroup
from avepoint_async.refs import TenantRef
from avepoint_async.transport.quota import Quota

T = TypeVar("T")
RefT = TypeVar("RefT", default=TenantRef)

_WINDOW = 6  # pages asked for and not yet consumed, for each request that may be in flight
ON_ERROR = ("defer", "skip", "raise")
"""What is done about a tenant that fails: stream the others first, only record it, or raise."""


class FanOut(Generic[T, RefT]):
    """Walks the lists of many tenants, or customers, at once, inside ``async with``.

    ::

        async with client.protected_users_across(client.tenants()) as fleet:
            async for tenant, user in fleet:
                ...
        print(fleet.complete, fleet.outcomes)

    It is iterated once. Within a tenant, pages come in order; tenants come mixed. Pages asked for
    and not yet consumed are bounded, however slow the consumer and however long the source. A
    tenant that failed for a reason that may pass is tried once more after the others. Leaving
    the ``async with``, for whatever reason, leaves no task, socket or slot behind.

    Iterating raises:
        TenantFailuresError: at the end, if tenants failed and ``on_error`` is ``"defer"``.
        AvePointError: at once, what no tenant could survive; with ``on_error="raise"`` any.
        ConfigurationError: an item of the source is no reference; iterated twice, or outside of
            ``async with``.
        Exception: what the source of tenants raises, as it is.

    Whatever ended it, the outcomes stay to be read.
    """

    def __init__(
        self,
        source: Iterable[Any] | AsyncIterable[Any],
        *,
        as_ref: Callable[[object, int], RefT],
        query: Callable[[RefT, Quota], Query[T]],
        width: int,
        on_error: str,
    ) -> None:
        if on_error not in ON_ERROR:
            message = f"on_error must be one of {', '.join(ON_ERROR)}; got {on_error!r}"
            raise ConfigurationError(message)
        self._query = query
        self._on_error = on_error
        # A request that waits to be sent again makes room for another.
        self._quota = Quota(width, on_pause=self._start_tasks)
        self._width = width
        self._schedule: Schedule[RefT, T] = Schedule(slots=width, window=_WINDOW * width)
        self._outcomes: Outcomes[RefT] = Outcomes()
        self._tasks = TaskGroup(on_end=self._start_tasks, on_failure=self._wake)
        self._refs = ReadAhead(source, as_ref, most=width, on_read=self._start_tasks)
        self._ready: deque[tuple[OrderedPages[RefT, T], Leaving[T]]] = deque()
        self._second_look: deque[OrderedPages[RefT, T]] = deque()
        self._news = asyncio.Event()
        self._open = 0
        self._entered = self._left = self._iterated = False

    def __repr__(self) -> str:
        progress = self.progress
        state = "left" if self._left else "entered" if self._entered else "not entered"
        return (
            f"<FanOut {state}, {progress.tenants_finished} of {progress.tenants_started} tenants "
            f"done, {progress.tenants_failed} failed, {progress.items} items>"
        )

    @property
    def outcomes(self) -> dict[RefT, WalkOutcome]:
        """What became of each tenant that was started, in the order of the source; it grows."""
        return self._outcomes.all

    @property
    def failures(self) -> dict[RefT, WalkOutcome]:
        """The outcomes with an error."""
        return self._outcomes.failures

    @property
    def incomplete(self) -> dict[RefT, WalkOutcome]:
        """The outcomes without an error that are not complete."""
        return self._outcomes.incomplete

    @property
    def complete(self) -> bool:
        """Whether the source was read to its end and was itself whole, and every tenant is, too."""
        return self._refs.whole and all(each.complete for each in self._outcomes.all.values())

    @property
    def discovery(self) -> WalkOutcome | None:
        """How the walk over the customers stands; None for a source that knows of none."""
        return self._refs.outcome

    @property
    def progress(self) -> Progress:
        """The counts of now."""
        return self._outcomes.progress(self._quota.tally)

    async def __aenter__(self) -> Self:
        if self._entered:
            message = "a fan-out is entered once: make a new one"
            raise ConfigurationError(message)
        self._entered = True
        self._tasks.enter_context()
        self._tasks.start(self._read_source())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._left = True
        self._wake()
        await self._tasks.end()

    def __aiter__(self) -> FanOutItems[RefT, T]:
        return FanOutItems(self.pages())

    def pages(self) -> FanOutPages[RefT, T]:
        """The pages instead of the items; each tenant's last has ``last=True``."""
        if not self._entered or self._left:
            message = "a fan-out is iterated inside its `async with`"
            raise ConfigurationError(message)
        if self._iterated:
            message = "a fan-out is iterated once: make a new one"
            raise ConfigurationError(message)
        self._iterated = True
        return FanOutPages(self._take)

    async def _take(self) -> tuple[RefT, Page[T]] | None:
        """The next page to deliver; None at the end."""
        while True:
            if self._tasks.error is not None:
                raise self._tasks.error
            if self._left:
                message = "the `async with` of this fan-out was left"
                raise ConfigurationError(message)
            if self._ready:
                delivery = self._deliver(*self._ready.popleft())
                if delivery is not None:
                    return delivery
            elif self._refs.exhausted and not self._open:
                if not self._second_look:
                    self._raise_failures()
                    return None
                if not self._take_second_look():
                    await self._wait()
            else:
                await self._wait()

    async def _wait(self) -> None:
        self._news.clear()
        await self._news.wait()

    def _deliver(
        self, pages: OrderedPages[RefT, T], result: Leaving[T]
    ) -> tuple[RefT, Page[T]] | None:
        self._schedule.consumed(pages)
        self._start_tasks()
        if not isinstance(result, AvePointError):
            incomplete = pages.tell() if result.last else None
            self._outcomes.deliver(pages, result, incomplete)
            if incomplete is not None and self._on_error == "raise":
                self._tasks.fail(incomplete)
            return pages.ref, result
        self._outcomes.fail(pages, result)
        if may_retry(result) and self._outcomes.all[pages.ref].tries == 1:
            self._second_look.append(pages)
        return None

    def _take_second_look(self) -> bool:
        """Try those once more that failed for a reason that may have passed.

        A list of which pages are still under way waits: they would come in between.
        """
        again = [pages for pages in self._second_look if not pages.under_way]
        for pages in again:
            self._second_look.remove(pages)
            self._outcomes.try_again(pages)
            pages.try_again()
            self._open += 1
            self._schedule.enqueue(pages)
        self._start_tasks()
        return bool(again)

    def _raise_failures(self) -> None:
        failures, incomplete = self._outcomes.failures, self._refs.incomplete
        if failures and self._on_error == "defer":
            raise TenantFailuresError(failures=failures) from incomplete
        if incomplete is not None:
            raise incomplete

    async def _read_source(self) -> None:
        await self._refs.read()
        self._news.set()

    def _start_tasks(self) -> None:
        """Start tasks while there is something to ask for and somebody to ask."""
        while self._has_room_for(1) and (job := self._next_job()) is not None:
            self._tasks.start(self._send(job))

    def _has_room_for(self, more: int) -> bool:
        senders = len(self._tasks) - self._quota.pausing - (not self._refs.ended)
        return senders + more <= self._width and not self._tasks.ending and not self._left

    def _next_job(self) -> Job[RefT, T] | None:
        """A page to ask for: of a new tenant if it is the source's turn, else of an open one."""
        if not self._may_open() and (job := self._schedule.next()) is not None:
            return job
        return self._schedule.open(self._open_next()) if self._may_open() else None

    def _may_open(self) -> bool:
        return bool(self._refs.waiting) and self._schedule.wants_new

    def _open_next(self) -> OrderedPages[RefT, T]:
        ref = self._refs.take()
        self._open += 1
        self._outcomes.start(ref)
        return OrderedPages(ref, self._query(ref, self._quota))

    async def _send(self, job: Job[RefT, T] | None) -> None:
        """Ask for one page after another while there is one to ask for."""
        while job is not None:
            pages, request = job
            try:
                answer = await pages.query.send(request)
            except AvePointError as error:
                if error.fatal:
                    raise
                self._settle(pages, request, bare(error))
            else:
                # Decoding takes a while: the next request goes out before that.
                asyncio.get_running_loop().call_soon(self._read, pages, request, answer)
            job = self._next_job() if self._has_room_for(0) else None

    def _read(self, pages: OrderedPages[RefT, T], request: PageRequest, answer: Answer) -> None:
        """Decode an answer, and settle it."""
        if self._tasks.ending:
            return
        try:
            self._settle(pages, request, pages.read(request, answer))
        except BaseException as error:  # perhaps of the caller's code, such as an identity
            self._tasks.fail(error)
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise

    def _settle(
        self, pages: OrderedPages[RefT, T], request: PageRequest, fetched: Fetched[T]
    ) -> None:
        """Put a page into its place, hand on what can leave now, and ask for what is known now."""
        ended_before = pages.ended
        settled = pages.settle(request, fetched)
        self._open -= pages.ended and not ended_before
        self._schedule.consumed(pages, settled.dropped)
        for leaving in settled.leaving:
            if self._on_error == "raise" and isinstance(leaving, AvePointError):
                self._outcomes.fail(pages, leaving)
                self._tasks.fail(leaving)
            else:
                self._ready.append((pages, leaving))
        self._news.set()
        self._start_tasks()

    def _wake(self, _error: BaseException | None = None) -> None:
        """Let the consumer and the source see that it ends."""
        self._news.set()
        self._refs.stop()
