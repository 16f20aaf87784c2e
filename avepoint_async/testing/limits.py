"""Rate limits as gateways set them: a token bucket, or a number per fixed window.

Pure: the time of each request is a parameter.
"""

from collections.abc import Mapping
from typing import Literal

import attrs

from avepoint_async.testing.bounds import AT_LEAST_ONE, ERROR_STATUS, POSITIVE


@attrs.frozen(kw_only=True)
class RateLimit:
    """How many API requests are let through, and how the others are refused.

    Attributes:
        shape: ``bucket`` refills steadily, ``window`` starts anew every ``period``.
        limit: requests a bucket holds at most, or requests let through per window.
        period: seconds in which an empty bucket fills, or of one window.
        retry_after: the Retry-After header of a refusal, as it is to be written; None for none.
        status: the status of a refusal.

    Raises:
        ValueError: a limit that lets nothing through, or a status that refuses nothing.
    """

    shape: Literal["bucket", "window"]
    limit: float = attrs.field(validator=AT_LEAST_ONE)
    period: float = attrs.field(validator=POSITIVE)
    retry_after: str | None = None
    status: int = attrs.field(default=429, validator=ERROR_STATUS)

    @classmethod
    def bucket(
        cls,
        rate: float,
        burst: float = 1,
        *,
        retry_after: float | str | None = None,
        status: int = 429,
    ) -> "RateLimit":
        """``rate`` requests a second, and up to ``burst`` at once after a pause."""
        POSITIVE.check("rate", rate)
        AT_LEAST_ONE.check("burst", burst)
        return cls(
            shape="bucket",
            limit=burst,
            period=burst / rate,
            retry_after=_header(retry_after),
            status=status,
        )

    @classmethod
    def window(
        cls,
        limit: int,
        period: float = 1.0,
        *,
        retry_after: float | str | None = None,
        status: int = 429,
    ) -> "RateLimit":
        """``limit`` requests in each window of ``period`` seconds; windows follow the clock."""
        return cls(
            shape="window",
            limit=limit,
            period=period,
            retry_after=_header(retry_after),
            status=status,
        )


class Limiter:
    """Admits requests under a rate limit; starts with all of it unused."""

    def __init__(self, rule: RateLimit) -> None:
        self.rule = rule
        self._left = rule.limit
        self._since = float("-inf")

    def admits(self, now: float) -> bool:
        """Whether a request at ``now`` (seconds, never less than before) is let through."""
        self._refill(now)
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def _refill(self, now: float) -> None:
        rule = self.rule
        if rule.shape == "bucket":
            gained = (now - self._since) * rule.limit / rule.period
            self._left = min(rule.limit, self._left + gained)
            self._since = now
        elif now // rule.period != self._since // rule.period:
            self._left = rule.limit
            self._since = now


class Limiters:
    """The rate limit of the whole service, and those of single tenants."""

    def __init__(self, rule: RateLimit | None, quotas: Mapping[tuple[str, str], RateLimit]) -> None:
        self._all = Limiter(rule) if rule else None
        self._own: dict[tuple[str | None, str | None], Limiter] = {}
        for (customer_id, tenant_id), quota in quotas.items():
            self._own[customer_id, tenant_id] = Limiter(quota)

    def refusal(self, now: float, tenant: tuple[str | None, str | None]) -> RateLimit | None:
        """The limit that refuses a request for this tenant; None if it is let through."""
        for limiter in (self._all, self._own.get(tenant)):
            if limiter is not None and not limiter.admits(now):
                return limiter.rule
        return None


def _header(retry_after: float | str | None) -> str | None:
    return retry_after if isinstance(retry_after, str | None) else f"{retry_after:g}"
