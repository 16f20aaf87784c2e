"""What a client learns of the lists of its service, and what makes it forget."""

import pytest

from avepoint_async.paging.habits import Habits


@pytest.mark.parametrize(("lists", "trusts"), [(0, False), (2, False), (3, True), (4, True)])
def test_three_full_ends_are_trusted(lists: int, trusts: bool) -> None:
    """So many lists must have proved empty after the full page that met their total."""
    habits = Habits()
    for _ in range(lists):
        habits.met_empty_after_full()
    assert habits.trusts_full_end is trusts
    assert not habits.expects_short
    habits.met_low_total()
    assert not habits.trusts_full_end


@pytest.mark.parametrize(("lists", "expects"), [(0, False), (2, False), (3, True), (4, True)])
def test_three_short_lists_are_expected(lists: int, expects: bool) -> None:
    """So many lists must have stayed short; one that came out whole starts the count anew."""
    habits = Habits()
    for _ in range(2):
        for _ in range(lists):
            habits.walks_short_again()
        assert habits.expects_short is expects
        assert not habits.trusts_full_end
        habits.met_whole_after_short()
        assert not habits.expects_short
