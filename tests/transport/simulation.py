"""Clients and a gateway in simulated time: no clock, no socket, the same run for the same seed."""

import heapq
import math
import random
from collections.abc import Callable
from itertools import count
from typing import Any

import attrs

from avepoint_async.testing.limits import Limiter, RateLimit
from avepoint_async.transport.pace import Pace

LATENCY = (0.005, 0.1)
"""Seconds that an answer takes, all equally likely."""

LATE = 0.0015
"""Seconds by which a timer may wake its waiter too late."""

START = 1000.0
"""The time at which a simulation begins, as arbitrary as that of any monotonic clock."""


class World:
    """Simulated time, and a gateway whose limit may change while it passes.

    Args:
        limits: since how many seconds after the start which limit holds; None: none.
        seed: of latencies and late timers.
    """

    def __init__(self, *limits: tuple[float, RateLimit | None], seed: int = 0) -> None:
        self.now = START
        self.random = random.Random(seed)
        self.admitted: list[float] = []
        self._limits = [(START + since, Limiter(rule) if rule else None) for since, rule in limits]
        self._events: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._order = count()

    def after(self, delay: float, action: Callable[..., None], *arguments: Any) -> None:
        """Have something done later."""
        event = (self.now + delay, next(self._order), action, arguments)
        heapq.heappush(self._events, event)

    def run(self, *clients: "Client") -> None:
        """Let time pass until one client is done."""
        for client in clients:
            client.pump()
        while all(client.left for client in clients):
            self.now, _, action, arguments = heapq.heappop(self._events)
            action(*arguments)

    def admits(self) -> bool:
        """Whether the gateway lets a request through now."""
        limiter = [limiter for since, limiter in self._limits if since <= self.now][-1]
        if limiter is not None and not limiter.admits(self.now):
            return False
        self.admitted.append(self.now - START)
        return True

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self.now - START

    def rate(self, start: float, end: float) -> float:
        """Requests per second let through between two times."""
        return sum(start <= time < end for time in self.admitted) / (end - start)


@attrs.define
class Client:
    """Sends requests as fast as its pace allows, until all were accepted."""

    world: World
    pace: Pace
    left: int
    retry_after: float | None = None
    sent: list[float] = attrs.Factory(list[float])
    refused: int = 0
    _in_flight: int = 0
    _queued: int = attrs.Factory(lambda self: self.left, takes_self=True)
    _held_back: bool = False
    _timer_set: bool = False
    _told_until: float = -math.inf

    def pump(self) -> None:
        """Send what may be sent, and come back when more may."""
        while self._queued and self._in_flight < self.pace.limit:
            delay = 0.0 if self.pace.free else self.pace.delay(self.world.now)
            if delay > 1e-9:
                self._held_back = True
                self._set_timer(delay)
                return
            self._send()

    def _send(self) -> None:
        now = self.world.now
        assert now >= self._told_until, "sent before Retry-After had passed"
        self.sent.append(now - START)
        if self.pace.free:
            if not self._in_flight:
                self.pace.opened(now)
            stamp = self.pace.sent_freely()
        else:
            stamp = self.pace.sent(now, held_back=self._held_back)
        self._held_back = False
        self._queued -= 1
        self._in_flight += 1
        self.world.after(self.world.random.uniform(0.0003, 0.001), self._arrive, stamp)

    def _arrive(self, stamp: int) -> None:
        if self.world.admits():
            self.world.after(self.world.random.uniform(*LATENCY), self._accepted, stamp)
        else:
            self.world.after(self.world.random.uniform(0.0003, 0.001), self._refused, stamp)

    def _accepted(self, stamp: int) -> None:
        self._in_flight -= 1
        self.left -= 1
        self.pace.accepted(stamp)
        self.pump()

    def _refused(self, stamp: int) -> None:
        self._in_flight -= 1
        self.refused += 1
        asked = self.retry_after or 0.0
        self._told_until = max(self._told_until, self.world.now + asked)
        self.pace.refused(self.retry_after, stamp, self.world.now)
        self.world.after(asked + self.world.random.uniform(0.0, 0.5), self._queue_again)
        self.pump()

    def _queue_again(self) -> None:
        self._queued += 1
        self.pump()

    def _set_timer(self, delay: float) -> None:
        if not self._timer_set:
            self._timer_set = True
            self.world.after(delay + self.world.random.uniform(0.0, LATE), self._ring)

    def _ring(self) -> None:
        self._timer_set = False
        self.pump()
