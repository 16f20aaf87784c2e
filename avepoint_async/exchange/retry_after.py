"""How long an answer asks to wait: the one reader of ``Retry-After``; pure.

How much of it is obeyed is decided in `exchange.retry`, for the call, and in `transport.session`,
for the pace of the client.
"""

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from avepoint_async.exchange.answer import Answer

# Longer than any date or any number of seconds that is meant; a header may hold kilobytes.
_LONGEST_HEADER = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS = re.compile(r"(\d+\.?\d*|\.\d+)(e\+?\d+)?", re.ASCII | re.IGNORECASE)


def retry_after(answer: Answer) -> float | None:
    """Seconds that the answer asks to wait, finite and at least 0; None if it asks for nothing.

    A date is compared with the answer's own ``Date``, which comes from the same clock. Without
    one it is compared with the time at which the answer came (RFC 9110, section 10.2.3).
    """
    now = parse_date(answer.headers.get("Date")) or answer.received_at
    return parse_retry_after(answer.headers.get("Retry-After"), now=now)


def parse_retry_after(value: str | None, *, now: datetime) -> float | None:
    """Read a ``Retry-After`` header; never raises.

    Args:
        value: the header: seconds, fractions allowed, or a date.
        now: what a date is compared with.

    Returns:
        Seconds to wait, finite and at least 0; None without a header or if it is nonsense. A
        date in the past is 0.
    """
    text = (value or "").strip()
    if not text or len(text) > _LONGEST_HEADER:
        return None
    if _SECONDS.fullmatch(text):
        seconds = float(text)
        return seconds if math.isfinite(seconds) else None
    date = parse_date(text)
    return None if date is None else max(0.0, (date - now).total_seconds())


def parse_date(value: str | None) -> datetime | None:
    """A date of a header in UTC, also one without a time zone; None if it is nonsense."""
    text = (value or "").strip()
    if not text or len(text) > _LONGEST_HEADER:
        return None
    try:
        date = parsedate_to_datetime(text)
        date = date.replace(tzinfo=UTC) if date.tzinfo is None else date
        _ = date - _EPOCH  # some dates can be read, and not be compared
    except (ValueError, TypeError, IndexError, OverflowError):
        # The parser's ways to say no differ with the text and with the version of Python.
        return None
    return date
