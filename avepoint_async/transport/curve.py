"""How a rate grows while it is used: along a ramp, or around a plateau.

A rate is a function of its age, and only time in which it was the bound makes it older.
"""

import math
from typing import Self

import attrs

LOWEST_RATE = 0.1
"""Requests per second below which no rate falls."""

# A ramp begins at so many sends a second for the root of the slots: clients that share a limit
# begin about alike, however many slots they have. Seconds until it doubles, then and later; behind
# a slow limit it begins lower by a factor.
_FIRST_RATE, _FIRST_DOUBLING = 5.0, 1.0
_DOUBLING, _SENDS_PER_DOUBLING, _DOUBLINGS_PER_SPAN = 1.25, 10.0, 4.0
_SLOW_STEP, _SLOW_DOUBLING = 16.0, 4.0

# How far below its ceiling a rate begins after a cut.
_DEPTH = 0.15

# Seconds, or sends, in which a rate grows back after a cut. Where there is noise, or where others
# share the limit, it takes longer, for the refusals will not become fewer; a slow rate takes many
# sends, for each look beyond the ceiling costs a few. After a hold it takes ten times its length.
# Where others are sure to share the limit, it takes so many seconds for each request a second: all
# of them grow by as much a second, so that who has little catches up (Chiu and Jain).
_SPAN, _LONGEST_SPAN = 6.0, 120.0
_SENDS_PER_SPAN, _LEAST_SENDS = 200.0, 60.0
_NOISY_SPAN, _NOISY_SENDS, _LEAST_NOISY_SENDS = 18.0, 600.0, 20.0
_SECONDS_PER_RATE = 1.44
_HOLDS_PER_SPAN = 10.0

# The share of the span in which the rate is below the ceiling, and far below it.
_BELOW, _FAR_BELOW = 0.8, 0.4

# The share by which a plateau rises past its ceiling in the second span.
_RISE = 0.15

# A hundred doublings pass any gateway, a thousand the range of a float.
_MOST_DOUBLINGS = 100.0


@attrs.frozen
class Ramp:
    """A rate that doubles again and again, because no ceiling is known (TCP's slow start).

    Attributes:
        base: requests per second at the beginning.
        doubling: seconds in which it doubles.
    """

    base: float
    doubling: float

    @classmethod
    def first(cls, slots: int, *, slow: bool = False) -> Self:
        """The ramp of a client that met a limit of which nothing is known."""
        base = _FIRST_RATE * math.sqrt(slots)
        if slow:
            return cls(max(LOWEST_RATE, base / _SLOW_STEP), _SLOW_DOUBLING)
        return cls(base, _FIRST_DOUBLING)

    @classmethod
    def at(cls, rate: float) -> Self:
        """The ramp of a client whose rate is about this."""
        return cls(rate, _DOUBLING)

    @classmethod
    def careful(cls, rate: float) -> Self:
        """The ramp of a client that was far too fast: a slow one takes some sends to double."""
        return cls(rate, max(_DOUBLING, _SENDS_PER_DOUBLING / rate))

    def rate(self, age: float) -> float:
        """Requests per second after ``age`` seconds of use."""
        return self.base * math.exp2(min(age / self.doubling, _MOST_DOUBLINGS))

    def is_below(self, age: float) -> bool:  # noqa: ARG002  # asked of every curve
        """Whether the rate is surely below its ceiling: a ramp knows none."""
        return False


@attrs.frozen
class Plateau:
    """A rate that rises fast towards a ceiling, stays, and then looks beyond it.

    The cubic curve of TCP CUBIC (RFC 9438) and of the adaptive retry mode of the AWS SDKs.

    Attributes:
        base: the ceiling, in requests per second.
        depth: how far below it the rate begins, as a share.
        span: seconds until the ceiling is reached.
    """

    base: float
    depth: float
    span: float

    @classmethod
    def under(cls, base: float, *, noisy: bool, shared: bool, hold: float) -> Self:
        """The curve after a cut: a little below ``base``, and back to it.

        Args:
            base: requests per second that were let through.
            noisy: whether some are refused where the rate is not the cause.
            shared: whether so many are that others may well share the limit.
            hold: seconds for which everybody is held before it.
        """
        base = max(LOWEST_RATE, base)
        if noisy:
            span = _noisy_span(base, shared=shared)
        else:
            span = min(_LONGEST_SPAN, max(_SPAN, _SENDS_PER_SPAN / base))
            span = max(span, _LEAST_SENDS / base)
        return cls(base, _DEPTH, max(span, hold * _HOLDS_PER_SPAN))

    def among_others(self) -> Self:
        """The same curve in less time, now that others are found to share the limit."""
        return attrs.evolve(self, span=min(self.span, _noisy_span(self.base, shared=True)))

    def beyond(self, rate: float) -> Ramp:
        """The ramp that follows where the ceiling was passed and nothing was refused."""
        return Ramp(rate, max(_DOUBLING, self.span / _DOUBLINGS_PER_SPAN))

    def rate(self, age: float) -> float:
        """Requests per second after ``age`` seconds of use."""
        depth = self.depth if age < self.span else _RISE
        return self.base * (1 + depth * (age / self.span - 1) ** 3)

    def is_below(self, age: float) -> bool:
        """Whether the rate is below the ceiling, where nothing should be refused."""
        return age < _BELOW * self.span

    def is_far_below(self, age: float) -> bool:
        """Whether the rate is so far below the ceiling that all that is refused is noise."""
        return age < _FAR_BELOW * self.span


def _noisy_span(base: float, *, shared: bool) -> float:
    most = _SECONDS_PER_RATE * base if shared else _NOISY_SPAN
    span = max(_SPAN, min(most, _NOISY_SENDS / base), _LEAST_NOISY_SENDS / base)
    return min(_LONGEST_SPAN, span)


UNBOUND = Ramp(math.inf, 1.0)
"""The curve of a client of which nothing was refused yet."""


@attrs.frozen
class Cut:
    """A cut after a row of refusals, until it is known whether it was for the better.

    Attributes:
        curve: what is gone back to if it was not.
        delivered: requests per second that came through before.
    """

    curve: Ramp
    delivered: float
