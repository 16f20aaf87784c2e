"""The attempts of one call: how many there were, and how long they took."""

import asyncio
import random
from collections.abc import Callable

import attrs

from avepoint_async.errors import AvePointError
from avepoint_async.transport.retry import RetryPolicy, retry_delay

_SHORTEST = 0.001


@attrs.define
class Attempts:
    """Counts the sends of one call and the seconds that they and the pauses between them took.

    Time in a queue for a slot is not counted: thousands may wait for their turn without one of
    them running out of time.

    Attributes:
        policy: the bounds.
        clock: monotonic, in seconds.
        sends: sends so far, those included that are not counted as attempts.
    """

    policy: RetryPolicy
    clock: Callable[[], float]
    sends: int = 0
    _uncounted: int = 0
    _spent: float = 0.0
    _sent_at: float = 0.0

    def begin(self) -> float:
        """Start the next send; returns the seconds that it may take."""
        self.sends += 1
        self._sent_at = self.clock()
        left = self.policy.deadline - self._spent
        # aiohttp takes zero or less for no time-out at all.
        return max(_SHORTEST, min(self.policy.attempt_timeout, left))

    def uncount(self) -> None:
        """The last send does not count as an attempt: only its token was refused."""
        self._spent += self.clock() - self._sent_at
        self._uncounted += 1

    def pause_after(self, error: AvePointError) -> float | None:
        """Seconds to wait after ``error`` before the next send; None if it is hopeless."""
        self._spent += self.clock() - self._sent_at
        return retry_delay(
            error,
            attempt=self.sends - self._uncounted,
            elapsed=self._spent,
            policy=self.policy,
            jitter=random.random(),  # noqa: S311  # it spreads load and guards nothing
        )

    async def pause(self, seconds: float) -> None:
        """Wait, on the time of this call."""
        await asyncio.sleep(seconds)
        self._spent += seconds
