"""When a series of cuts has shown that the rate is not the cause of refusals."""

from avepoint_async.transport.comparison import Comparison


def cut(comparison: Comparison, *steps: tuple[float, int]) -> list[float | None]:
    """What it makes of cuts from these rates, and of so many refusals of 200 sends before each."""
    return [comparison.cut(rate, sends=200, refused=refused, ramp=False) for rate, refused in steps]


def test_refusals_that_stay_as_the_rate_falls_disprove_it() -> None:
    """The fifth cut, to less than 1/2.5: the rate of the first is given, and it begins anew."""
    comparison = Comparison()
    steps = [(800.0, 10), (700.0, 11), (600.0, 9), (500.0, 10), (400.0, 10), (320.0, 10)]
    assert cut(comparison, *steps) == [None] * 5 + [800.0]
    assert cut(comparison, *steps) == [None] * 5 + [800.0]


def test_refusals_that_become_fewer_prove_it() -> None:
    """Half of them at a third of the rate: the rate was the cause."""
    steps = [(90.0, 20), (80.0, 18), (70.0, 16), (60.0, 14), (50.0, 12), (30.0, 10), (20.0, 8)]
    assert cut(Comparison(), *steps) == [None] * 7


def test_few_cuts_and_few_refusals_show_nothing() -> None:
    """One cut from far beyond a limit, or three refusals each, may be chance."""
    assert cut(Comparison(), (100.0, 10), (20.0, 10)) == [None] * 2
    assert cut(Comparison(), *((100.0 / n, 3) for n in range(1, 9))) == [None] * 8


def test_a_service_that_refuses_more_and_more_begins_a_new_series() -> None:
    """Three times the share at a lower rate is trouble of another kind."""
    steps = [(100.0, 5), (90.0, 15), (80.0, 15), (70.0, 15), (60.0, 15), (38.0, 15), (35.0, 15)]
    assert cut(Comparison(), *steps) == [None] * 6 + [90.0]


def test_what_a_ramp_met_is_no_reference() -> None:
    """The rate doubled meanwhile: its share of refusals belongs to no rate."""
    comparison = Comparison()
    assert comparison.cut(100.0, sends=200, refused=10, ramp=True) is None
    assert cut(comparison, *((39.0 - n, 10) for n in range(9))) == [None] * 9
