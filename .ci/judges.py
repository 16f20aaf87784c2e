"""Which tests judge a mutant, and for how long: a plugin of pytest for mutmut.

mutmut runs the tests once, notes which functions each of them calls, and then runs in a fork for
each mutant what calls its function. Five things are added:

- A mutant is judged by the tests of its module alone, which ``[tool.mutmut.judges]`` names: one
  that survives them would otherwise cost a run of everything.
- A function that runs while its module is imported is judged by them, too, and is imported anew
  with the mutant in it.
- The fastest test comes first, for the first that fails ends the run of a mutant.
- A property is tried with few examples, the same ones for each mutant.
- A test that hangs ends the run of its mutant.
"""

import signal
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from mutmut.mutation.trampoline import get_mutant_under_test
from mutmut.state import state

_LONGEST_TEST = 10  # seconds; the slowest takes two
_JUDGES: dict[str, list[str]] = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))[
    "tool"
]["mutmut"]["judges"]

# a slow machine is no finding about a mutant
settings.register_profile(
    "judges", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("judges")

# the parent process fills it, its forks inherit it
_at_import: set[str] = set()


def _may_judge(test: str, function: str) -> bool:
    return any(
        test.startswith(path)
        for module, paths in _JUDGES.items()
        if function.startswith(f"avepoint_async.{module}.")
        for path in paths
    )


def pytest_sessionstart() -> None:
    """Forget the package where the mutant would have run while it was imported."""
    if get_mutant_under_test().partition("__mutmut_")[0] in _at_import:
        for name in list(sys.modules):
            if name.partition(".")[0] in {"avepoint_async", "tests"}:
                del sys.modules[name]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the fastest test judge first."""
    seconds = state().duration_by_test
    items.sort(key=lambda item: seconds.get(item.nodeid, 0.0))


def pytest_collection_finish() -> None:
    """Note what was called before any test."""
    _at_import.update(state()._stats)  # noqa: SLF001  # mutmut has no public way to it


def pytest_runtest_setup() -> None:
    """Let a test that hangs be killed."""
    if "__mutmut_" in get_mutant_under_test():
        signal.alarm(_LONGEST_TEST)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Leave mutmut the functions that the test may judge."""
    called = state()._stats  # noqa: SLF001  # mutmut has no public way to it
    called |= _at_import
    called -= {function for function in called if not _may_judge(item.nodeid, function)}
