"""How long the emulated service takes to answer."""

import random
from collections.abc import Callable

import attrs


@attrs.frozen
class Latency:
    """Seconds per API request, drawn anew for each from a seeded generator.

    Attributes:
        draw: one delay in seconds from the emulator's generator.
    """

    draw: Callable[[random.Random], float]

    @classmethod
    def constant(cls, seconds: float) -> "Latency":
        """Always the same."""
        _refuse_negative(seconds)
        return cls(lambda _rng: seconds)

    @classmethod
    def uniform(cls, low: float, high: float) -> "Latency":
        """Anything from ``low`` to ``high`` seconds, all equally likely."""
        _refuse_negative(low, high - low)
        return cls(lambda rng: rng.uniform(low, high))

    @classmethod
    def lognormal(cls, median: float, sigma: float = 0.5) -> "Latency":
        """As a busy service does: half under ``median`` seconds, a tail that grows with sigma."""
        _refuse_negative(median, sigma)
        return cls(lambda rng: median * rng.lognormvariate(0.0, sigma))


def _refuse_negative(*seconds: float) -> None:
    if not all(value >= 0 for value in seconds):
        message = f"a latency cannot be negative: {seconds}"
        raise ValueError(message)
