"""How long the service takes for an API request: always the same, or drawn by chance."""

import random
from collections.abc import Callable

import attrs

from avepoint_async.testing.bounds import SECONDS


@attrs.frozen
class Latency:
    """Seconds per API request, drawn anew for each from a seeded generator.

    Attributes:
        draw: one delay in seconds from the emulator's generator.

    Raises:
        ValueError: a time that is negative or not finite, or bounds the wrong way round.
    """

    draw: Callable[[random.Random], float]

    @classmethod
    def constant(cls, seconds: float) -> "Latency":
        """Always the same."""
        SECONDS.check("latency", seconds)
        return cls(lambda _rng: seconds)

    @classmethod
    def uniform(cls, low: float, high: float) -> "Latency":
        """Anything from ``low`` to ``high`` seconds, all equally likely."""
        SECONDS.check("low", low)
        SECONDS.check("high - low", high - low)
        return cls(lambda rng: rng.uniform(low, high))

    @classmethod
    def lognormal(cls, median: float, sigma: float = 0.5) -> "Latency":
        """As a busy service does: half under ``median`` seconds, a tail that grows with sigma."""
        SECONDS.check("median", median)
        SECONDS.check("sigma", sigma)
        return cls(lambda rng: median * rng.lognormvariate(0.0, sigma))
