"""May this outcome be tried again, and after how long; pure.

Every call of the API is a query and safe to repeat. The loop itself stands in the session and not
in stamina or tenacity, because it is no loop around a function: each attempt takes a new slot, a
401 swaps the token once without counting as an attempt, the wait comes from the answer
(``Retry-After``) and from the one pace of the client, and the deadline counts the sends
and the pauses of a call, not its turns in the queue. What such a library would leave us is the
arithmetic below.
"""

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import attrs

from avepoint_async.errors import ApiError, AvePointError, ConfigurationError, TransportError

RETRYABLE_STATUSES = frozenset({408, 429, 500, 502, 503, 504})

# Longer than any date or any number of seconds that is meant; a header may hold kilobytes.
_LONGEST_HEADER = 100
_SECONDS = re.compile(r"(\d+\.?\d*|\.\d+)(e\+?\d+)?", re.ASCII | re.IGNORECASE)

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


def parse_retry_after(value: str | None, *, now: datetime) -> float | None:
    """Read a ``Retry-After`` header (RFC 9110, section 10.2.3); never raises.

    Args:
        value: the header: seconds, fractions allowed, or a date.
        now: the wall clock, with its time zone; only dates need it.

    Returns:
        Seconds to wait, finite and at least 0; None without a header or if it is nonsense. A
        date without a time zone is UTC; one in the past is 0.
    """
    text = (value or "").strip()
    if not text or len(text) > _LONGEST_HEADER:
        return None
    if _SECONDS.fullmatch(text):
        seconds = float(text)
        return seconds if math.isfinite(seconds) else None
    return _seconds_until(text, now)


def _seconds_until(text: str, now: datetime) -> float | None:
    try:
        date = parsedate_to_datetime(text)
        if date.tzinfo is None:
            date = date.replace(tzinfo=UTC)
        return max(0.0, (date - now).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):
        # The parser's ways to say no differ with the text and with the version of Python.
        return None


def may_retry(error: AvePointError) -> bool:
    """Whether the same request may succeed when sent again."""
    if isinstance(error, ApiError):
        return error.status in RETRYABLE_STATUSES
    return isinstance(error, TransportError) and error.transient


def retry_delay(
    error: AvePointError, *, attempt: int, elapsed: float, policy: RetryPolicy, jitter: float
) -> float | None:
    """Decide whether a call is tried again after ``error``, and when.

    Args:
        error: what the last send came to.
        attempt: which send that was, from 1.
        elapsed: seconds since the first send of the call.
        policy: the bounds.
        jitter: drawn at random from [0, 1) by the caller.

    Returns:
        Seconds to wait before the next send, less than what is left of the deadline; None if
        it is hopeless.
    """
    left = policy.deadline - elapsed
    if attempt >= policy.attempts or left <= 0 or not may_retry(error):
        return None
    asked = error.retry_after if isinstance(error, ApiError) else None
    if asked is None:
        ceiling = min(policy.backoff_max, policy.backoff * 2.0 ** min(attempt - 1, _MOST_DOUBLINGS))
        # Half of what is left remains for the send that the wait is for.
        return min(ceiling * (1 + jitter) / 2, left / 2)
    if asked >= left:
        return None
    # Those who were told the same second must not all come in it.
    return asked + jitter * min(policy.backoff, left - asked)
