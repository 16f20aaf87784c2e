"""Many tenants at once: the tasks of a fan-out, and what they hand to the one who iterates it."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import aclosing
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from avepoint_async.errors import AvePointError, ConfigurationError, TenantFailuresError
from avepoint_async.models import TenantRef
from avepoint_async.paging.ledger import Ledger
from avepoint_async.paging.listing import Listing
from avepoint_async.paging.outcome import Progress, TenantOutcome
from avepoint_async.paging.page import Page, PageRequest
from avepoint_async.paging.schedule import Job, Schedule
from avepoint_async.paging.strand import Strand
from avepoint_async.paging.supply import TenantSource, check_source, each_once
from avepoint_async.transport.lane import Lane

logger = logging.getLogger(__name__)

T = TypeVar("T")

ON_ERROR = ("defer", "skip", "raise")
"""What is done about a tenant that fails: stream the others first, only record it, or raise."""


class FanOut(Generic[T]):
    """Walks many tenants at once, inside ``async with``, and is iterated once.

    ::

        async with client.protected_users_across(client.tenants()) as fleet:
            async for tenant, user in fleet:
                ...
        print(fleet.outcomes)

    Within a tenant, pages come in order; tenants come mixed. Pages asked for and not yet
    consumed are bounded, however slow the consumer and however long the source. Leaving the
    ``async with``, for whatever reason, leaves no task, socket or slot behind.

    Iterating raises:
        TenantFailuresError: at the end, if tenants failed and ``on_error`` is ``"defer"``.
        AvePointError: at once, what no tenant could survive; with ``on_error="raise"`` any.
        ConfigurationError: an item of the source is no pair; iterated twice, or outside of
            ``async with``.
        Exception: what the source of tenants raises, as it is.
    """

    def __init__(
        self,
        tenants: TenantSource,
        *,
        listing: Callable[[TenantRef, Lane], Listing[T]],
        width: int,
        on_error: str,
    ) -> None:
        check_source(tenants)
        if on_error not in ON_ERROR:
            message = f"on_error must be one of {', '.join(ON_ERROR)}; got {on_error!r}"
            raise ConfigurationError(message)
        self._source = tenants
        self._listing = listing
        self._on_error = on_error
        self._width = width
        # A request that waits to be sent again makes room for another.
        self._lane = Lane(width, on_pause=self._pump)
        # A few more tasks than slots: one sends while another decodes or waits to retry.
        self._most_tasks = width + max(2, width // 2)
        self._schedule: Schedule[T] = Schedule(turns=width, window=4 * self._most_tasks)
        self._ledger = Ledger()
        self._tasks: set[asyncio.Task[None]] = set()
        self._supply: deque[TenantRef] = deque()
        self._ready: deque[tuple[Strand[T], Page[T] | AvePointError]] = deque()
        self._hungry = asyncio.Event()
        self._news = asyncio.Event()
        self._open = 0
        self._ending = self._exhausted = self._entered = self._left = self._iterated = False
        self._fatal: BaseException | None = None

    @property
    def outcomes(self) -> Mapping[TenantRef, TenantOutcome]:
        """What became of each tenant that was started; grows while the fan-out is iterated."""
        return self._ledger.outcomes

    @property
    def failures(self) -> Mapping[TenantRef, TenantOutcome]:
        """The outcomes with an error."""
        return self._ledger.failures

    @property
    def progress(self) -> Progress:
        """The counts of now."""
        return self._ledger.progress(self._lane.tally)

    async def __aenter__(self) -> Self:
        if self._entered:
            message = "a fan-out is entered once: make a new one"
            raise ConfigurationError(message)
        self._entered = True
        self._spawn(self._feed())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._left = True
        self._news.set()
        await self._end_tasks()

    def __aiter__(self) -> AsyncIterator[tuple[TenantRef, T]]:
        self._begin()
        return self._items()

    def pages(self) -> AsyncIterator[tuple[TenantRef, Page[T]]]:
        """The pages instead of the items; each tenant's last has ``last=True``."""
        self._begin()
        return self._pages()

    def _begin(self) -> None:
        if not self._entered or self._left:
            message = "a fan-out is iterated inside its `async with`"
            raise ConfigurationError(message)
        if self._iterated:
            message = "a fan-out is iterated once: make a new one"
            raise ConfigurationError(message)
        self._iterated = True

    async def _items(self) -> AsyncIterator[tuple[TenantRef, T]]:
        while (delivery := await self._take()) is not None:
            tenant, page = delivery
            for item in page.items:
                yield tenant, item

    async def _pages(self) -> AsyncIterator[tuple[TenantRef, Page[T]]]:
        while (delivery := await self._take()) is not None:
            yield delivery

    async def _take(self) -> tuple[TenantRef, Page[T]] | None:
        """The next page to deliver; None at the end."""
        while True:
            if self._fatal is not None:
                raise self._fatal
            if self._left:
                message = "the `async with` of this fan-out was left"
                raise ConfigurationError(message)
            if self._ready:
                delivery = self._deliver(*self._ready.popleft())
                if delivery is not None:
                    return delivery
            elif self._exhausted and not self._supply and not self._open:
                self._raise_failures()
                return None
            else:
                self._news.clear()
                await self._news.wait()

    def _deliver(
        self, strand: Strand[T], result: Page[T] | AvePointError
    ) -> tuple[TenantRef, Page[T]] | None:
        self._schedule.consumed(strand)
        self._pump()
        if not isinstance(result, AvePointError):
            self._ledger.deliver(strand.tenant, result, strand.walk)
            return strand.tenant, result
        self._ledger.fail(strand.tenant, result)
        return None

    def _raise_failures(self) -> None:
        failures = self._ledger.failures
        if failures and self._on_error == "defer":
            raise TenantFailuresError(failures=failures)

    async def _feed(self) -> None:
        """Read the source, a little ahead of what is needed."""
        async with aclosing(each_once(self._source)) as tenants:
            async for tenant in tenants:
                self._supply.append(tenant)
                self._pump()
                while len(self._supply) >= self._width and not self._ending:
                    self._hungry.clear()
                    await self._hungry.wait()
                if self._ending:  # though the source swallowed the cancellation
                    break
        self._exhausted = True
        self._news.set()

    def _pump(self) -> None:
        """Start tasks while there is something to ask for and somebody to ask."""
        while self._has_room_for(1) and (job := self._next_job()) is not None:
            self._spawn(self._work(job))

    def _has_room_for(self, more: int) -> bool:
        busy = len(self._tasks) - self._lane.pausing + more
        return busy <= self._most_tasks + 1 and self._fatal is None and not self._left

    def _next_job(self) -> Job[T] | None:
        """A page to ask for: of a new tenant if it is the source's turn, else of an open one."""
        job = None if self._may_open() else self._schedule.next()
        if job is None and self._may_open():
            job = self._schedule.open(self._open_strand())
        return job

    def _may_open(self) -> bool:
        return bool(self._supply) and self._schedule.wants_tenant

    def _open_strand(self) -> Strand[T]:
        tenant = self._supply.popleft()
        self._hungry.set()
        self._open += 1
        self._ledger.start(tenant)
        return Strand(tenant, self._listing(tenant, self._lane))

    async def _work(self, first: Job[T]) -> None:
        """Ask for one page after another while there is one to ask for."""
        job: Job[T] | None = first
        while job is not None:
            await self._walk_page(*job)
            job = self._next_job() if self._has_room_for(0) else None
            self._pump()

    async def _walk_page(self, strand: Strand[T], request: PageRequest) -> None:
        result = await strand.fetch(request)
        ended_before = strand.ended
        settled = strand.settle(request.index, result)
        self._open -= strand.ended and not ended_before
        self._schedule.consumed(strand, settled.dropped)
        for leaving in settled.leaving:
            if self._on_error == "raise" and isinstance(leaving, AvePointError):
                self._ledger.fail(strand.tenant, leaving)
                self._fail(leaving)
            else:
                self._ready.append((strand, leaving))
        self._news.set()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="avepoint_async fan-out")
        self._tasks.add(task)
        task.add_done_callback(self._settle_task)

    def _settle_task(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if error is None:
            self._pump()
        elif self._fatal is None and not self._left:
            self._fail(error)
        elif self._fatal is None and not isinstance(error, asyncio.CancelledError):
            logger.warning("while a fan-out was ended: %r", error)

    def _fail(self, error: BaseException) -> None:
        """End everything at once; the first error is the one that is raised."""
        self._fatal = self._fatal or error
        self._news.set()
        self._cancel_tasks()

    async def _end_tasks(self) -> None:
        """Cancel what still runs, and stay until it has ended, even if cancelled meanwhile."""
        cancelled: asyncio.CancelledError | None = None
        self._cancel_tasks()
        while self._tasks:
            try:
                await asyncio.wait(self._tasks)
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            raise cancelled

    def _cancel_tasks(self) -> None:
        # Once: a source that is closing must not be cancelled in that, too. Not by what the task
        # says of itself: its own time-out may be cancelling it, and it would go on after that.
        if not self._ending:
            self._ending = True
            self._hungry.set()
            for task in self._tasks:
                task.cancel()
