"""The geometry of the charts: where each rectangle stands. The template draws them."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

import attrs

WIDTH = 1000
"""Units across, of every chart. The page stretches them to the width that is there."""

_THINNEST = 6
_WIDEST = 64


@attrs.frozen
class Rect:
    """One rectangle.

    Attributes:
        x: its left edge.
        y: its upper edge.
        width: how wide it is.
        height: how high it is.
    """

    x: float
    y: float
    width: float
    height: float


def stacked(parts: Sequence[int]) -> list[Rect]:
    """Parts of a whole, side by side, 1 unit high, over the whole width.

    A part that is not nothing is wide enough to be seen, at the cost of the widest.
    """
    total = sum(parts) or 1
    widths = [max(_THINNEST, WIDTH * part / total) if part else 0.0 for part in parts]
    if any(widths):
        widths[widths.index(max(widths))] -= sum(widths) - WIDTH
    edges = [round(edge, 1) for edge in accumulate(widths, initial=0.0)]
    return [Rect(left, 0, round(right - left, 1), 1) for left, right in pairwise(edges)]


def bars(values: Sequence[int]) -> list[Rect]:
    """Bars from the ground up in a field of 1000 by 100.

    The first stands at the left edge, the last at the right one, a single one at the left. The
    highest value reaches the top.
    """
    highest = max(values, default=0) or 1
    width = min(_WIDEST, 0.76 * WIDTH / max(len(values), 1))
    step = (WIDTH - width) / max(len(values) - 1, 1)
    rects: list[Rect] = []
    for place, value in enumerate(values):
        height = max(1.0, round(100 * value / highest, 1)) if value else 0.0
        rects.append(Rect(round(step * place, 1), round(100 - height, 1), round(width, 1), height))
    return rects
