"""How a rate grows while it is used: along a ramp, or around a plateau.

A rate is a function of its age, and only time in which it was the bound makes it older.
"""

import math

import attrs

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

    def rate(self, age: float) -> float:
        """Requests per second after ``age`` seconds of use."""
        depth = self.depth if age < self.span else _RISE
        return self.base * (1 + depth * (age / self.span - 1) ** 3)

    def is_below(self, age: float, *, share: float = 0.8) -> bool:
        """Whether the rate is surely below the ceiling, where nothing should be refused."""
        return age < share * self.span


UNBOUND = Ramp(math.inf, 1.0)
"""The curve of a client of which nothing was refused yet."""
