"""The pytest plugin beside other plugins: it disturbs nobody, and tells what it cannot work with.

`nox -s plugin` runs this file with old releases of pytest and pytest-asyncio, too.
"""

import sys
from importlib.metadata import version

import pytest

pytest_plugins = ["pytester"]

UNCONCERNED = """
import sys

import pytest

@pytest.fixture
def number():
    return 5

def test_a_fixture(number):
    assert number == 5

@pytest.mark.asyncio
async def test_a_coroutine(number):
    assert number == 5

def test_what_was_loaded():
    loaded = {name for name in sys.modules if name.startswith("avepoint_async.testing")}
    assert loaded == {"avepoint_async.testing", "avepoint_async.testing.plugin"}
"""
"""A suite that does not know of the plugin."""

IN_A_COROUTINE = """
import pytest

@pytest.mark.asyncio
async def test_it(avepoint_client):
    assert await avepoint_client.protected_users("contoso", "contoso-main").count() == 3
"""

BESIDE = """
import asyncio

def test_it(avepoint_client):
    async def count():
        async with avepoint_client as client:
            return await client.protected_users("contoso", "contoso-main").count()
    assert asyncio.run(count()) == 3
"""
"""A suite in which nothing runs on a loop of pytest-asyncio."""

SUPPORTED = tuple(map(int, version("pytest-asyncio").split(".")[:2])) >= (0, 26)


def run(pytester: pytest.Pytester, suite: str, *options: str) -> pytest.RunResult:
    """Run a suite in a process of its own; its plugins come with what is installed."""
    pytester.makepyfile(test_it=suite)
    return pytester.run(sys.executable, "-m", "pytest", *options, timeout=120)


def told(done: pytest.RunResult) -> str:
    """What was printed."""
    return "\n".join([*done.outlines, *done.errlines])


def test_a_suite_that_does_not_use_it_is_not_disturbed(pytester: pytest.Pytester) -> None:
    """Everything passes, nothing but the plugin was loaded, and no warning is about it."""
    done = run(pytester, UNCONCERNED, "--strict-markers", "--no-header")
    done.assert_outcomes(passed=3)
    assert "avepoint" not in told(done)


def test_a_coroutine_is_served_or_told_what_it_needs(pytester: pytest.Pytester) -> None:
    """From pytest-asyncio 0.26 on the client works; before it the test says which is needed."""
    done = run(pytester, IN_A_COROUTINE)
    done.assert_outcomes(passed=int(SUPPORTED), errors=int(not SUPPORTED))
    assert ("need pytest-asyncio 0.26 or later" in told(done)) is not SUPPORTED


def test_a_runner_that_is_too_old_is_named(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message holds the release that is installed."""
    folder = pytester.mkdir("pytest_asyncio-0.23.8.dist-info")
    metadata = "Metadata-Version: 2.1\nName: pytest-asyncio\nVersion: 0.23.8\n"
    (folder / "METADATA").write_text(metadata, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(pytester.path), prepend=":")
    done = run(pytester, IN_A_COROUTINE)
    done.assert_outcomes(errors=1)
    assert "need pytest-asyncio 0.26 or later in a coroutine, and this is 0.23.8" in told(done)


def test_a_plain_test_is_served_whatever_is_beside(pytester: pytest.Pytester) -> None:
    """The emulator on its thread asks nothing of the plugins that run coroutines."""
    run(pytester, BESIDE).assert_outcomes(passed=1)
