"""Which tests judge a mutant, and for how long: a plugin of pytest for mutmut.

mutmut runs the tests once, notes which functions each of them calls, and then runs in a fork for
each mutant what calls its function. Seven things are added:

- A mutant is judged by the tests of its module alone, which ``[tool.mutmut.judges]`` names: one
  that survives them would otherwise cost a run of everything.
- The fastest test comes first, for the first that fails ends the run of a mutant.
- What would take a mutant's tests beyond eight seconds in all does not judge it.
- A function that runs while its module is imported is judged by them, too, and is imported anew
  with the mutant in it.
- A decoder that an endpoint keeps is made anew, with the mutant in it.
- A property is tried with few examples, the same ones for each mutant, and no simpler one is
  looked for when one fails.
- A test that hangs ends the run of its mutant.
"""

import signal
import sys
import tomllib
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from mutmut.mutation.trampoline import get_mutant_under_test
from mutmut.state import state

_OURS = {"avepoint_async", "tests"}
_ENOUGH = 8  # seconds of tests for one mutant
_JUDGES: dict[str, list[str]] = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))[
    "tool"
]["mutmut"]["judges"]

# a slow machine is no finding about a mutant
settings.register_profile(
    "judges",
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)

# the parent process fills it, its forks inherit it
_at_import: set[str] = set()


def _judges_of(function: str) -> tuple[str, ...]:
    """Where the tests of a function are: what the longest name of its module leads to."""
    module = function.partition(".x")[0].partition(".")[2]
    while module and module not in _JUDGES:
        module = module.rpartition(".")[0]
    return tuple(_JUDGES.get(module, ()))


def pytest_sessionstart() -> None:
    """Forget what was made before there was the mutant."""
    _forget_decoders()
    if get_mutant_under_test().partition("__mutmut_")[0] in _at_import:
        for name in list(sys.modules):
            if name.partition(".")[0] in _OURS:
                del sys.modules[name]


def _forget_decoders() -> None:
    """Let each endpoint that a module holds make its decoder when it is asked for it."""
    for name, module in [*sys.modules.items()]:
        if name.partition(".")[0] in _OURS:
            for value in vars(module).values():
                if type(value).__name__ == "Endpoint":
                    vars(value).pop("decoder", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the fastest test judge first, and no more of them than there is time for."""
    seconds = state().duration_by_test
    items.sort(key=lambda item: seconds.get(item.nodeid, 0.0))
    if "__mutmut_" in get_mutant_under_test():
        taken = accumulate(seconds.get(item.nodeid, 0.0) for item in items)
        items[:] = [item for item, so_far in zip(items, taken, strict=True) if so_far <= _ENOUGH]


def pytest_collection_finish() -> None:
    """Note what was called before any test."""
    _at_import.update(state()._stats)  # noqa: SLF001  # mutmut has no public way to it


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let a test be killed that hangs: one that takes five times as long as it did, and more.

    Before there are mutants, let it call all of what it depends on.
    """
    if "__mutmut_" not in get_mutant_under_test():
        _forget_decoders()
    else:
        usual = state().duration_by_test.get(item.nodeid, 0.0)
        signal.setitimer(signal.ITIMER_REAL, 3 + 5 * usual)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Leave mutmut the functions that the test may judge."""
    called = state()._stats  # noqa: SLF001  # mutmut has no public way to it
    called |= _at_import
    called -= {each for each in called if not item.nodeid.startswith(_judges_of(each))}
