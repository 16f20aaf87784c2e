"""How many requests may be in flight, and since when everyone must wait.

One throttle serves a whole client. It holds the slots and hands them out in the order in which
they were asked for, as fast as the `Pace` allows; time is its only business with the event loop.
A slot is for one send: who waits to retry holds none, nor do the calls of a key, a tenant say,
that is refused while the others are not (`Attribution`).
"""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import nullcontext

from avepoint_async.arguments import at_least_one
from avepoint_async.errors import ConfigurationError
from avepoint_async.transport.attribution import Attribution
from avepoint_async.transport.pace import Pace
from avepoint_async.transport.quota import Quota

# Seconds: a timer may ring so much too early that what is left cannot be slept.
_INSTANT = 1e-6


class Throttle:
    """The slots of one client, and its one pace.

    Each `acquire` that returned is followed by exactly one `release`, and before that by at most
    one of `accepted`, `refused` and `unanswered`, with the same stamp and key.

    Args:
        concurrency: slots, at least 1.
        max_requests_per_second: a ceiling on the pace, from the first request on; None: as fast
            as the service accepts.
        clock: monotonic, in seconds.

    Attributes:
        in_flight: slots granted and not yet given back.

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
        self._pace = Pace(slots=concurrency, top=max_requests_per_second)
        self._attribution = Attribution()
        self._parked: dict[Hashable, set[asyncio.Future[None]]] = {}
        self._clock = clock
        self._queue: OrderedDict[asyncio.Future[int], None] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None
        self._held_back = False

    @property
    def waiting(self) -> int:
        """How many wait for a slot, for the pace, or for the end of a hold."""
        return len(self._queue) + sum(map(len, self._parked.values()))

    @property
    def rate(self) -> float | None:
        """Requests a second that are let through now; None: as many as there are slots for."""
        rate = self._pace.rate
        return None if math.isinf(rate) else rate

    @property
    def held_for(self) -> float:
        """Seconds that everything still waits, whoever asks; 0 when nothing holds."""
        return max(0.0, self._pace.held_until - self._clock())

    async def acquire(
        self,
        key: Hashable | None = None,
        quota: Quota | None = None,
        held: Callable[[float], None] = lambda _seconds: None,
    ) -> int:
        """Wait for a slot, for the end of a hold, and for the pace.

        Args:
            key: whose quota the send may meet, beside that of the client: the tenant.
            quota: the fan-out that the send belongs to, of which a slot is taken, too.
            held: told how many seconds the sends for this key alone were held; what it raises
                ends the wait.

        Returns:
            The stamp of the send that these slots are for; `accepted` or `refused` want it back.

        """
        while True:
            while delay := self._key_delay(key):
                since = self._clock()
                with quota.pause() if quota else nullcontext():
                    await self._park(key, delay)
                held(self._clock() - since)
            stamp = await self._take_slots(quota)
            if not self._key_delay(key):
                break
            # Its key was found to be held while it stood in the queue.
            self._pace.unanswered(stamp)
            self.release(quota)
        if self._attribution:
            self._attribution.sent(key, self._clock())
        return stamp

    async def _take_slots(self, quota: Quota | None) -> int:
        if quota is None:
            return await self._take_turn()
        await quota.slots.acquire()
        try:
            return await self._take_turn()
        except asyncio.CancelledError:
            quota.slots.release()
            raise

    def release(self, quota: Quota | None = None) -> None:
        """Give the slots back: exactly once for each `acquire` that returned."""
        self.in_flight -= 1
        if quota is not None:
            quota.slots.release()
        if self._queue:
            self._grant()

    def accepted(self, stamp: int, key: Hashable | None = None) -> None:
        """The service took this send: its answer is neither 429 nor 503."""
        if self._attribution.accepted(key):
            for parked in self._parked.pop(key, ()):
                parked.set_result(None)
        self._pace.accepted(stamp)

    def refused(self, retry_after: float | None, stamp: int, key: Hashable | None = None) -> None:
        """The service refused this send with 429 or 503.

        The wait that it asks for is its own call's. All are held or slowed once the pattern of
        refusals says that the service, or the rate, is the cause; those of a key that is refused
        alone hold the sends for this key, and no others.

        Args:
            retry_after: seconds that the service asks to wait, if it does.
            stamp: what `acquire` returned.
            key: what `acquire` was given.

        """
        now = self._clock()
        if self._attribution.refused(key, retry_after, now):
            self._pace.refused(retry_after, stamp, now)
        else:
            self._pace.unanswered(stamp)

    def unanswered(self, stamp: int) -> None:
        """Nothing was heard of this send, so that it tells nothing of the pace."""
        self._pace.unanswered(stamp)

    def _key_delay(self, key: Hashable | None) -> float:
        if not self._attribution:
            return 0.0
        delay = self._attribution.delay(key, self._clock())
        return delay if delay > _INSTANT else 0.0

    async def _park(self, key: Hashable | None, delay: float) -> None:
        """Wait for the end of a hold of this key alone, or for its first accepted send."""
        parked = asyncio.get_running_loop().create_future()
        beside = self._parked.setdefault(key, set())
        beside.add(parked)
        try:
            await asyncio.wait([parked], timeout=delay)
        finally:
            beside.discard(parked)
            if not beside and self._parked.get(key) is beside:
                del self._parked[key]

    async def _take_turn(self) -> int:
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

    def _delay(self) -> float:
        """Seconds until the pace lets somebody go; 0 if it does now."""
        delay = self._pace.delay(self._clock())
        return delay if delay > _INSTANT else 0.0

    def _take(self) -> int:
        self.in_flight += 1
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
        elif not waiter.cancelled():
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
