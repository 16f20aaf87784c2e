"""How many requests may be in flight, and since when everyone must wait.

One throttle serves a whole client. It holds the slots and hands them out in the order in which
they were asked for, as fast as the `Pace` allows; time is its only business with the event loop.
A slot is for one send: who waits to retry holds none.
"""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from copy import copy

from avepoint_async.arguments import at_least_one
from avepoint_async.errors import ConfigurationError
from avepoint_async.transport.pace import Pace


class Throttle:
    """The slots of one client, and its one pace.

    Args:
        concurrency: slots, at least 1.
        max_requests_per_second: a ceiling on the pace, from the first request on; None: as fast
            as the service accepts.
        clock: monotonic, in seconds.

    Attributes:
        in_flight: slots granted and not yet given back.
        peak_in_flight: the most there ever were.

    Raises:
        ConfigurationError: a bound makes no sense.

    """

    def __init__(
        self,
        *,
        concurrency: int,
        max_requests_per_second: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        at_least_one("concurrency", concurrency)
        _check_rate(max_requests_per_second)
        self.in_flight = 0
        self.peak_in_flight = 0
        self._pace = Pace(slots=concurrency, top=max_requests_per_second)
        self._clock = clock
        self._queue: OrderedDict[asyncio.Future[int], None] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None
        self._held_back = False
        self._error: Exception | None = None

    @property
    def waiting(self) -> int:
        """How many wait for a slot, for the end of a hold or for the pace."""
        return len(self._queue)

    @property
    def limit(self) -> int:
        """Slots that are granted now; less than ``concurrency`` after a refusal."""
        return self._pace.limit

    @property
    def rate(self) -> float | None:
        """Requests a second that are let through now; None: as many as there are slots for."""
        rate = self._pace.rate
        return None if math.isinf(rate) else rate

    @property
    def held_until(self) -> float:
        """The time of the clock before which nothing is sent; minus infinity without a hold."""
        return self._pace.held_until

    async def acquire(self) -> int:
        """Wait for a slot, for the end of a hold, and for the pace.

        Returns:
            The stamp of the send that this slot is for; `accepted` or `refused` want it back.

        Raises:
            Exception: a copy of what `close` was given.

        """
        if self._error is not None:
            raise copy(self._error)
        if not self._queue and self.in_flight < self._pace.limit and not self._delay():
            return self._take()
        waiter: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._queue[waiter] = None
        self._grant()
        try:
            return await waiter
        except asyncio.CancelledError:
            self._withdraw(waiter)
            raise

    def release(self) -> None:
        """Give a slot back: exactly once for each `acquire` that returned."""
        self.in_flight -= 1
        if self._queue:
            self._grant()

    def accepted(self, stamp: int) -> None:
        """The service took this send: its answer is neither 429 nor 503."""
        if not self._pace.free:
            self._pace.accepted(stamp)

    def refused(self, retry_after: float | None, stamp: int) -> None:
        """The service refused this send with 429 or 503: hold everyone, then go slower.

        Args:
            retry_after: seconds that the service asks to wait, if it does.
            stamp: what `acquire` returned. Sends that were under way together when the first of
                them was refused slow the client down once, however many of them are refused.

        """
        self._pace.refused(retry_after, stamp, self._clock())

    def close(self, error: Exception) -> None:
        """Give a copy of ``error`` to every waiter, those to come included."""
        self._error = error
        while self._queue:
            waiter, _ = self._queue.popitem(last=False)
            if not waiter.done():
                waiter.set_exception(copy(error))
        self._stop_timer()

    def _delay(self) -> float:
        """Seconds until the pace lets somebody go; 0 if it does now."""
        return 0.0 if self._pace.free else max(0.0, self._pace.delay(self._clock()))

    def _take(self) -> int:
        if self._pace.free and not self.in_flight:
            self._pace.opened(self._clock())
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
        if self._pace.free:
            return self._pace.sent_freely()
        held_back, self._held_back = self._held_back, False
        return self._pace.sent(self._clock(), held_back=held_back)

    def _grant(self) -> None:
        """Let as many go as may, and wake up again when the next one may."""
        while self._queue and self.in_flight < self._pace.limit:
            if delay := self._delay():
                self._held_back = True
                self._start_timer(delay)
                return
            waiter, _ = self._queue.popitem(last=False)
            if not waiter.done():
                waiter.set_result(self._take())
        self._stop_timer()

    def _withdraw(self, waiter: "asyncio.Future[int]") -> None:
        """Forget a waiter that was cancelled, before it got its slot or just after."""
        if waiter in self._queue:
            del self._queue[waiter]
            self._grant()
        elif not waiter.cancelled() and waiter.exception() is None:
            self.release()

    def _start_timer(self, delay: float) -> None:
        # A hold that grew is seen when the timer rings; nothing ever makes it ring too late.
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(delay, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._grant()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _check_rate(value: object) -> None:
    if value is None:
        return
    number = isinstance(value, int | float) and 0 < value < math.inf
    if isinstance(value, bool) or not number:
        message = (
            f"max_requests_per_second must be a finite number above 0; got {value!r}. "
            "Leave it out to go as fast as the service accepts"
        )
        raise ConfigurationError(message)
