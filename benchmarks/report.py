"""The figures on stdout, each beside its bound and its aim, and the exit status."""

import argparse
import sys
from collections.abc import Sequence
from statistics import median
from typing import Self

import attrs


@attrs.frozen
class Bound:
    """What a figure must keep to.

    Attributes:
        limit: what it must not pass.
        aim: where it should be; None: no further than the limit.
        floor: whether it must stay above instead of below.
    """

    limit: float
    aim: float | None = None
    floor: bool = False

    def keeps(self, value: float, limit: float) -> bool:
        """Whether ``value`` is on the right side of ``limit``."""
        return value >= limit if self.floor else value <= limit

    def verdict(self, value: float) -> str:
        """Bound and aim in words, and whether ``value`` keeps them."""
        sign = "≥" if self.floor else "≤"
        told = f"bound {sign} {self.limit:g}: {'ok' if self.keeps(value, self.limit) else 'MISSED'}"
        if self.aim is None:
            return told
        return f"{told}, aim {self.aim:g}: {'ok' if self.keeps(value, self.aim) else 'not yet'}"


@attrs.define
class Report:
    """Prints figures and remembers whether a bound was missed.

    Attributes:
        check: whether a missed bound is a failure.
        rounds: how many rounds were asked for; None: as many as the benchmark sees fit.
    """

    check: bool = False
    rounds: int | None = None
    _missed: bool = False

    @classmethod
    def begin(cls, purpose: str | None) -> Self:
        """Read the command line and print what is measured."""
        parser = argparse.ArgumentParser(description=purpose)
        parser.add_argument("--check", action="store_true", help="status 1 if a bound is missed")
        parser.add_argument("--rounds", type=int, help="how often each side is measured")
        options = parser.parse_args()
        print(f"\n{(purpose or '').splitlines()[0]}", flush=True)
        return cls(options.check, options.rounds)

    def figure(
        self, name: str, values: Sequence[float], *, unit: str = "", bound: Bound | None = None
    ) -> None:
        """Print the median of what was measured, its spread, and what it must keep to."""
        middle = median(values)
        spread = f"{min(values):.3f} to {max(values):.3f} in {len(values)}"
        verdict = bound.verdict(middle) if bound else ""
        self._missed |= bound is not None and not bound.keeps(middle, bound.limit)
        print(f"  {name:<46}{middle:>10.3f} {unit:<9}({spread})  {verdict}".rstrip(), flush=True)

    def end(self) -> None:
        """End the program: status 1 if a bound was missed and that was to be checked."""
        sys.exit(1 if self.check and self._missed else 0)
