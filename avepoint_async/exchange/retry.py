"""When one call is sent again: which errors may pass, how long it waits, and the loop that does it.

Every call is a query and safe to repeat. What is decided elsewhere:

* after a 401, one more send with a new token: `transport.session`
* how ``Retry-After`` is read: `exchange.retry_after`; how much of it is obeyed: `retry_delay` here
* that a whole client, or one tenant, waits: `transport.pace`, `transport.attribution`
* that a failed tenant is tried once more at the end: `paging.fanout`

The loop is our own and not that of stamina or tenacity: each attempt takes a new slot, a new token
does not count as an attempt, the answer may prolong the wait (``Retry-After``), and the deadline
covers the sends and the pauses of a call, but not its time in the queue. Of such a library only
the arithmetic below would be left.
"""

import asyncio
import logging
import math
import random
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

import attrs

from avepoint_async.errors import (
    ApiError,
    AvePointError,
    ConfigurationError,
    RateLimitError,
    TransportError,
)
from avepoint_async.exchange.logs import extra, place

logger = logging.getLogger(__name__)

T = TypeVar("T")

RETRYABLE_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})

_SHORTEST = 0.001

# Doublings beyond this pass any limit; it keeps the power within what a float holds.
_MOST_DOUBLINGS = 1000


def _check_attempts(_policy: object, _field: object, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        message = f"RetryPolicy: attempts must be an integer of at least 1, not {value!r}"
        raise ConfigurationError(message)


def _check_seconds(_policy: object, field: "attrs.Attribute[float]", value: object) -> None:
    # Compared with infinity, because isfinite() raises for an integer that no float can hold.
    number = isinstance(value, int | float) and 0 < value < math.inf
    if isinstance(value, bool) or not number:
        message = f"RetryPolicy: {field.name} must be a finite number of seconds > 0, not {value!r}"
        raise ConfigurationError(message)


@attrs.frozen(kw_only=True)
class RetryPolicy:
    """How often, how long and how patiently a call is tried. All times are in seconds.

    Waiting for a slot or for the pace of the client is in none of them, neither before the first
    send of a call nor between two.

    Attributes:
        attempts: sends of one call, the first included; at least 1.
        deadline: time of one call over all its sends and the pauses between them.
        backoff: the first wait at most; it doubles with each further attempt, and each is
            shortened at random by up to half.
        backoff_max: no wait of ours is longer; a ``Retry-After`` may be.
        connect_timeout: time to connect, TLS included.
        read_timeout: longest silence on the socket.
        attempt_timeout: time of one send and its whole body.

    Raises:
        ConfigurationError: a value makes no sense; the message names it.
    """

    attempts: int = attrs.field(default=6, validator=_check_attempts)
    deadline: float = attrs.field(default=120.0, validator=_check_seconds)
    backoff: float = attrs.field(default=0.5, validator=_check_seconds)
    backoff_max: float = attrs.field(default=20.0, validator=_check_seconds)
    connect_timeout: float = attrs.field(default=10.0, validator=_check_seconds)
    read_timeout: float = attrs.field(default=30.0, validator=_check_seconds)
    attempt_timeout: float = attrs.field(default=30.0, validator=_check_seconds)


def may_retry(error: AvePointError) -> bool:
    """Whether the same request may succeed when sent again."""
    if isinstance(error, ApiError):
        return error.status in RETRYABLE_STATUSES and not error.fatal
    return isinstance(error, TransportError) and error.transient and not error.fatal


def retry_delay(
    asked: float | None, *, attempt: int, elapsed: float, policy: RetryPolicy, jitter: float
) -> float | None:
    """How long a call waits before it is sent again: our backoff or what is asked, if longer.

    Args:
        asked: seconds that the answer asks to wait, at least 0; None if it asks for nothing.
        attempt: which send of the call has just failed, from 1.
        elapsed: seconds that its sends and pauses took so far.
        policy: the bounds.
        jitter: drawn at random from [0, 1) by the caller.

    Returns:
        Seconds to wait, less than what is left of the deadline; None if there is no attempt left
        or no time.
    """
    left = policy.deadline - elapsed
    if attempt >= policy.attempts or left <= 0:
        return None
    ceiling = min(policy.backoff_max, policy.backoff * 2.0 ** min(attempt - 1, _MOST_DOUBLINGS))
    # Half of what is left remains for the send that the wait is for.
    backoff = min(ceiling * (1 + jitter) / 2, left / 2)
    if asked is None:
        return backoff
    if asked >= left:
        return None
    # Those who were told the same second must not all come in it.
    return max(backoff, asked + jitter * min(policy.backoff, left - asked))


@attrs.define
class Attempts:
    """Counts the sends of one call and the seconds that they and the pauses between them took.

    Time in a queue for a slot is not counted: thousands may wait for their turn without one of
    them running out of time.

    Attributes:
        policy: the bounds.
        clock: monotonic, in seconds.
        about: customer, tenant and page, for logs; empty for a token.
        may_retry: which errors may pass.
        sends: sends so far, those included that are not counted as attempts.
    """

    policy: RetryPolicy
    clock: Callable[[], float]
    about: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    may_retry: Callable[[AvePointError], bool] = may_retry
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

    def held(self, seconds: float) -> None:
        """Count the time in which the calls of this tenant alone were held.

        Raises:
            RateLimitError: it lasted until the deadline.
        """
        self._spent += seconds
        if self._spent >= self.policy.deadline:
            message = f"429: this tenant alone is refused; given up after {self._spent:.0f} s"
            raise RateLimitError(message, status=429)

    def pause_after(self, error: AvePointError) -> float | None:
        """Seconds to wait after ``error`` before the next send; None if it is hopeless."""
        if not self.may_retry(error):
            return None
        self._spent += self.clock() - self._sent_at
        return retry_delay(
            error.retry_after if isinstance(error, ApiError) else None,
            attempt=self.sends - self._uncounted,
            elapsed=self._spent,
            policy=self.policy,
            jitter=random.random(),  # noqa: S311  # it spreads load and guards nothing
        )

    async def pause(self, seconds: float) -> None:
        """Wait, on the time of this call."""
        await asyncio.sleep(seconds)
        self._spent += seconds


async def retry(
    send: Callable[[Attempts], Awaitable[T]],
    attempts: Attempts,
    *,
    pausing: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> T:
    """Send until it succeeds or is hopeless.

    Args:
        send: one attempt, which calls ``attempts.begin()`` for each request that it sends.
        attempts: new for each call.
        pausing: entered for each pause between two attempts.

    Raises:
        AvePointError: what the last attempt came to.
    """
    while True:
        try:
            return await send(attempts)
        except AvePointError as error:
            pause = attempts.pause_after(error)
            if pause is None:
                raise
            logger.info(
                "%s: sent again in %.1f s: %s",
                place(attempts.about, attempts.sends),
                pause,
                error,
                extra=extra(attempts.about, attempts.sends),
            )
        with pausing():
            await attempts.pause(pause)
