"""How long everybody is held where nothing is let through, and what failed probes tell; pure.

Holds grow while one probe after another is refused, as the back-off of a circuit breaker does.
"""

import attrs

# Seconds: the first hold without a Retry-After, how it grows, and where that ends.
_FIRST, _LONGEST, _GROWTH = 0.25, 10.0, 1.25

# After so many probes refused one after another, or so long a Retry-After in seconds, the limit,
# if there is one, is a slow one.
_PROBES, _LONG_WAIT = 4, 4.0


@attrs.define
class Holds:
    """The holds since sends were last let through freely."""

    _next: float = _FIRST
    _failed_probes: int = 0

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

    def over(self) -> None:
        """Sends are let through again: the next hold is a first one."""
        self._next, self._failed_probes = _FIRST, 0
