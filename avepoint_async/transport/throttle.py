"""How many requests may be in flight, and since when everyone must wait.

One throttle paces a whole client. A slot is for one send and never held while waiting to retry;
slots are granted in the order in which they were asked for.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from copy import copy

from avepoint_async.errors import ConfigurationError


class Throttle:
    """The slots of one client and its one pace; times are seconds of ``clock``."""

    def __init__(
        self,
        *,
        concurrency: int,
        max_requests_per_second: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        _check_concurrency(concurrency)
        self.in_flight = 0
        self.peak_in_flight = 0
        self.limit = concurrency
        self.rate = max_requests_per_second
        self.held_until = 0.0
        self._clock = clock
        self._queue: OrderedDict[asyncio.Future[int], None] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None
        self._error: Exception | None = None
        self._episode = 0

    @property
    def waiting(self) -> int:
        """How many wait for a slot."""
        return len(self._queue)

    async def acquire(self) -> int:
        """Wait for a slot; returns a stamp for `accepted` and `refused`."""
        if self._error is not None:
            raise copy(self._error)
        if not self._queue and not self.held_until and self.in_flight < self.limit:
            return self._take()
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._queue[future] = None
        self._grant()
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and future.exception() is None:
                self.release()
            raise
        finally:
            self._queue.pop(future, None)
            self._grant()

    def release(self) -> None:
        """Give the slot back; exactly once for each `acquire` that returned."""
        self.in_flight -= 1
        if self._queue:
            self._grant()

    def accepted(self, stamp: int | None = None) -> None:
        """The service took the request (any answer that is no 429 and no 503)."""

    def refused(self, retry_after: float | None, stamp: int | None = None) -> None:
        """The service refused it (429 or 503): hold everyone for `retry_after` seconds."""
        if stamp is None or stamp == self._episode:
            self._episode += 1
        until = self._clock() + (0.5 if retry_after is None else retry_after)
        self.held_until = max(self.held_until, until)
        self._grant()

    def close(self, error: Exception) -> None:
        """Every waiter, present and future, gets a copy of this error."""
        self._error = error
        self._stop_timer()
        while self._queue:
            future, _ = self._queue.popitem(last=False)
            if not future.done():
                future.set_exception(copy(error))

    def _take(self) -> int:
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
        return self._episode

    def _grant(self) -> None:
        self._stop_timer()
        left = self.held_until - self._clock() if self.held_until else 0.0
        if left <= 0:
            self.held_until = 0.0
        while self._queue and left <= 0 and self.in_flight < self.limit:
            future, _ = self._queue.popitem(last=False)
            if not future.done():
                future.set_result(self._take())
        if self._queue and left > 0:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(left, self._grant)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _check_concurrency(value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        message = f"concurrency must be an integer of at least 1, not {value!r}"
        raise ConfigurationError(message)
