"""The pytest plugin in suites of its users, each in a process of its own with warnings raised."""

import sys
from collections.abc import Callable
from importlib.metadata import entry_points

import pytest

from tests.testing.suites import COROUTINES, MISUSED, SYNCHRONOUS, TRIO

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]

MODULE_LOOPS = """
asyncio_default_fixture_loop_scope = module
asyncio_default_test_loop_scope = module
"""
AUTO_MODE = MODULE_LOOPS + "asyncio_mode = auto"
IN_AUTO_MODE = "from pytest import fixture"
IN_STRICT_MODE = """
import pytest, pytest_asyncio
pytestmark = pytest.mark.asyncio(loop_scope="session")
fixture = pytest_asyncio.fixture(loop_scope="session")
"""
BY_ANYIO = """
import pytest
from pytest import fixture
pytestmark = pytest.mark.anyio

@fixture(scope="module")
def anyio_backend():
    return "asyncio"
"""


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """Runs a suite; nothing names the plugin, which comes with the package."""

    def run_it(suite: str, *options: str, ini: str = "") -> pytest.RunResult:
        pytester.makeini("[pytest]\n" + ini)
        pytester.makepyfile(test_it=suite)
        python = (sys.executable, "-X", "dev", "-W", "error", "-m", "pytest")
        strict = ("-W", "error", "--strict-config", "--strict-markers", "--assert", "plain")
        quick = ("-p", "no:hypothesispytest", "-p", "no:xdist")
        return pytester.run(*python, *strict, *quick, *options, timeout=120)

    return run_it


def test_it_is_found_by_its_entry_point() -> None:
    """Whoever installs the package has the plugin, under a name that ``-p`` takes too."""
    (found,) = entry_points(group="pytest11", name="avepoint_async")
    assert found.value == "avepoint_async.testing.plugin"


@pytest.mark.parametrize(
    ("runner", "options", "ini"),
    [
        pytest.param(IN_AUTO_MODE, [], AUTO_MODE, id="pytest-asyncio, auto"),
        pytest.param(IN_STRICT_MODE, [], MODULE_LOOPS, id="pytest-asyncio, strict"),
        pytest.param(BY_ANYIO, ["-p", "no:asyncio"], "", id="anyio"),
        pytest.param(BY_ANYIO, [], MODULE_LOOPS, id="anyio beside pytest-asyncio"),
    ],
)
def test_coroutines(run: Run, runner: str, options: list[str], ini: str) -> None:
    """Emulator and client run on the loop of the test, and a test that fails leaves nothing."""
    done = run(runner + COROUTINES, *options, ini=ini)
    done.assert_outcomes(passed=5, failed=1)
    done.stdout.fnmatch_lines("E * Failed: with a request on its way")


def test_no_runner_at_all(run: Run) -> None:
    """Without a plugin that runs coroutines the emulator has a thread; so it has for unittest."""
    options = ("-p", "no:asyncio", "-p", "no:anyio", "--assert", "rewrite")
    run(SYNCHRONOUS, *options).assert_outcomes(passed=10)


def test_a_loop_of_another_kind(run: Run) -> None:
    """Where anyio runs trio, the emulator takes a thread: it serves whoever speaks HTTP."""
    run(TRIO, "-p", "no:asyncio").assert_outcomes(passed=1)


def test_misuse_is_told(run: Run) -> None:
    """A mark that says nothing, and a test that would wait for a loop that does not run."""
    done = run(MISUSED, ini=AUTO_MODE)
    done.assert_outcomes(errors=4)
    done.stdout.fnmatch_lines(
        [
            "pytest.mark.avepoint takes keyword arguments alone, not ('contoso',)",
            "E *TypeError: *unexpected keyword argument 'flet'*",
            "pytest-asyncio would run this test and anyio its fixtures, *",
        ]
    )
