"""The real throttle against a gateway in virtual time: no socket, the same run for a seed."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Hashable, Sequence

import attrs

from avepoint_async.testing.limits import Limiter, RateLimit
from avepoint_async.transport.throttle import Throttle
from tests.virtual_time import VirtualLoop, run

LATENCY = (0.018, 0.022)
"""Seconds that an accepted answer takes, all equally likely; a refusal comes after 0.001."""

MEAN_LATENCY = sum(LATENCY) / 2

Gateway = Callable[[float, Hashable], bool]
"""Whether a request of a key is let through, by the seconds since the start."""


@attrs.frozen
class Record:
    """What became of a client's requests: the seconds since the start at which they were sent."""

    accepted: list[float] = attrs.Factory(list[float])
    refused: list[float] = attrs.Factory(list[float])

    def rate(self, start: float, end: float) -> float:
        """Requests per second let through between two times."""
        return sum(start <= time < end for time in self.accepted) / (end - start)

    @property
    def refused_share(self) -> float:
        """The share of requests that were refused."""
        return len(self.refused) / (len(self.refused) + len(self.accepted))


@attrs.frozen(kw_only=True)
class Client:
    """Asks all the time, from more tasks than there are slots, each call until it is accepted.

    Attributes:
        throttle: the slots and the pace.
        gateway: what is let through.
        seed: of latencies and backoffs.
        retry_after: what a refusal says.
        slots: of the throttle.
        start: seconds after which it begins.
        keys: whose requests they are, in turn.
    """

    gateway: Gateway
    seed: int
    retry_after: float | None = None
    slots: int = 16
    start: float = 0.0
    keys: Sequence[Hashable] = (None,)
    top: float | None = None

    async def ask(self, loop: VirtualLoop, until: float) -> Record:
        """Ask until a time."""
        throttle = Throttle(
            concurrency=self.slots, max_requests_per_second=self.top, clock=loop.time
        )
        record, draw, begin = Record(), random.Random(self.seed), loop.time()
        await asyncio.sleep(self.start)

        async def call(key: Hashable) -> None:
            backoff = 0.25
            while not await self._send(loop, throttle, record, key, begin, draw):
                # as retries are: what was asked for, or twice as long each time
                pause = backoff if self.retry_after is None else self.retry_after
                await asyncio.sleep(pause + draw.random() / 4)
                backoff = min(2.0, 2 * backoff)

        async def worker(number: int) -> None:
            while True:
                await call(self.keys[number % len(self.keys)])

        workers = [asyncio.create_task(worker(n)) for n in range(3 * self.slots)]
        await asyncio.wait(workers, timeout=until - (loop.time() - begin))
        for task in workers:
            task.cancel()
        await asyncio.wait(workers)
        assert (throttle.in_flight, throttle.waiting) == (0, 0)
        return record

    async def _send(
        self,
        loop: VirtualLoop,
        throttle: Throttle,
        record: Record,
        key: Hashable,
        begin: float,
        draw: random.Random,
    ) -> bool:
        stamp = await throttle.acquire(key)
        try:
            now = loop.time() - begin
            if accepted := self.gateway(now, key):
                record.accepted.append(now)
                await asyncio.sleep(draw.uniform(*LATENCY))
                throttle.accepted(stamp, key)
            else:
                record.refused.append(now)
                await asyncio.sleep(0.001)
                throttle.refused(self.retry_after, stamp, key)
        finally:
            throttle.release()
        return accepted


def simulate(*clients: Client, seconds: float) -> list[Record]:
    """What becomes of the requests of these clients."""

    async def all_ask(loop: VirtualLoop) -> list[Record]:
        asked: list[Awaitable[Record]] = [client.ask(loop, seconds) for client in clients]
        return await asyncio.gather(*asked)

    return run(all_ask, debug=False)


def limited(*limits: tuple[float, RateLimit | None]) -> Gateway:
    """A gateway whose limit changes: since how many seconds after the start which one holds."""
    limiters = [(since, Limiter(rule) if rule else None) for since, rule in limits]

    def admits(now: float, _: Hashable) -> bool:
        limiter = [limiter for since, limiter in limiters if since <= now][-1]
        return limiter is None or limiter.admits(now)

    return admits


def noisy(share: float, seed: int, gateway: Gateway = lambda _, __: True) -> Gateway:
    """A gateway behind which this share of the requests fails at random."""
    draw = random.Random(seed)
    return lambda now, key: gateway(now, key) and draw.random() >= share
