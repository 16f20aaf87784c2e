"""The geometry of bars, whatever the numbers."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avepoint_async.report.charts import bars, stacked

COUNTS = st.integers(0, 10**7)


@given(st.lists(COUNTS, max_size=3))
def test_parts_of_a_whole(parts: list[int]) -> None:
    """They fill the width side by side, and none that counts is too thin to be seen."""
    rects = stacked(parts)
    edge = 0.0
    for part, rect in zip(parts, rects, strict=True):
        assert rect.x == pytest.approx(edge, abs=0.01)
        assert rect.width >= 5.9 if part else rect.width == 0
        edge = rect.x + rect.width
    assert edge == pytest.approx(1000 if any(parts) else 0, abs=0.01)


def test_parts_keep_their_proportions() -> None:
    """Where all are wide enough, widths are shares; else the widest gives way."""
    assert [rect.width for rect in stacked([300, 100, 100])] == [600, 200, 200]
    assert [rect.width for rect in stacked([9999, 1, 0])] == [994, 6, 0]


@given(st.lists(COUNTS, max_size=30))
def test_bars_fill_the_field(values: list[int]) -> None:
    """The first stands at the left edge, the last at the right, and heights are shares."""
    rects = bars(values)
    assert len(rects) == len(values)
    for value, rect in zip(values, rects, strict=True):
        assert rect.y + rect.height == pytest.approx(100)
        assert rect.height == pytest.approx(100 * value / max(*values, 1), abs=1)
        assert (rect.height > 0) == (value > 0)
    if len(values) > 1:
        assert rects[0].x == 0
        assert rects[-1].x + rects[-1].width == pytest.approx(1000, abs=0.2)
    for one, other in pairwise(rects):
        assert one.x + one.width < other.x
