"""How long everybody is held where nothing is let through, and what failed probes tell; pure.

Holds grow while one probe after another is refused, as the back-off of a circuit breaker does.
A row soon after a hold says that the rate is far too high: it falls.
"""

import attrs

from avepoint_async.transport.curve import LOWEST_RATE, Ramp

# Seconds: the first hold without a Retry-After, how it grows, and where that ends.
_FIRST, _LONGEST, _GROWTH = 0.25, 10.0, 1.35

# After so many probes refused one after another, or so long a Retry-After in seconds, the limit,
# if there is one, is a slow one.
_PROBES, _LONG_WAIT = 6, 4.0

# A rate falls to half; after the first fall to what was let through and a half, but no deeper than
# to a quarter: a client that found others at the limit was let through next to nothing. Where so
# many probes were refused, too, the limit may well be a slow one, and it falls to an eighth.
_HALF, _DEEP, _DEEPEST, _ABOVE = 2.0, 4.0, 8.0, 1.5
_SOME_PROBES = 2


@attrs.define
class Holds:
    """The holds since sends were last let through freely."""

    _next: float = _FIRST
    _failed_probes: int = 0
    _falls: int = 0

    @property
    def service_is_slow(self) -> bool:
        """Whether the limit that was met can only be a slow one."""
        return self._failed_probes >= _PROBES

    def begin(self, asked: float, *, probe_failed: bool) -> float:
        """One more hold begins, of at least ``asked`` seconds; gives how long it lasts."""
        self._failed_probes += probe_failed
        if asked >= _LONG_WAIT:
            self._failed_probes = _PROBES
        seconds = max(asked, self._next)
        self._next = min(_GROWTH * self._next, _LONGEST)
        return seconds

    def fall(self, rate: float, delivered: float) -> Ramp:
        """A row came soon after a hold; gives the ramp that follows.

        Args:
            rate: requests per second until now.
            delivered: those that were let through since the last hold began.
        """
        self._falls += 1
        deepest = _DEEPEST if self._failed_probes >= _SOME_PROBES else _DEEP
        least = rate / (_HALF if self._falls == 1 else deepest)
        return Ramp.careful(max(LOWEST_RATE, least, min(rate / _HALF, _ABOVE * delivered)))

    def over(self) -> None:
        """Sends are let through again: the next hold is a first one."""
        self._next, self._failed_probes, self._falls = _FIRST, 0, 0
