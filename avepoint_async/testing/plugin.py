"""The pytest plugin: an emulator for each test that asks for one, and a client for it.

Fixtures, each of one test:

- ``avepoint_emulator``: an `Emulator` that is running;
- ``avepoint_client``: an `AvePointClient` of it, closed when the test ends;
- ``avepoint_settings``: the variables ``AVEPOINT_…`` of this process lead to the emulator, and
  nowhere else, until the test ends; as a value, a dict of them for another process;
- ``avepoint_fleet``: what the emulator holds if no marker says otherwise; define your own.

``@pytest.mark.avepoint(latency=0.1, tokens=Tokens(lifetime=2))`` sets the emulator up: its keyword
arguments are the emulator's. On a class or a module it holds for each test there, and a marker
that stands closer to the test comes on top.

In a coroutine that pytest-asyncio (0.26 or later) or anyio runs on asyncio, the emulator runs on
the loop of the test. For any other test it is a `ThreadedEmulator`, so that a subprocess, another
thread or ``asyncio.run`` may talk to it. There the client is to be closed by the ``asyncio.run``
that uses it, with ``async with avepoint_client``.

A suite that asks for none of these fixtures loads nothing of the library but this file.
"""

from __future__ import annotations

import asyncio
import copy
import importlib.metadata
import inspect
import os
import re
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import ModuleType
from typing import Any

import pytest

# Their names are loaded when they are used.
import avepoint_async as library
from avepoint_async import testing

_Decorator = Callable[..., Callable[[Callable[..., Any]], object]]

_MARKER = "avepoint(**settings): keyword arguments of the emulator behind `avepoint_emulator`."
_OLDEST_ASYNCIO = (0, 26)
_SCOPES = ("function", "class", "module", "package", "session")
_TWO_LOOPS = (
    "pytest-asyncio would run this test and anyio its fixtures, each on a loop of its own: leave "
    "out the mark of one of them, or put pytest-asyncio into strict mode"
)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and the fixtures on the loops of what runs coroutines here."""
    config.addinivalue_line("markers", _MARKER)
    runner = _asyncio_plugin(config)
    # An old pytest-asyncio takes hold of every coroutine fixture, whoever it is meant for.
    if runner and _asyncio_version() < _OLDEST_ASYNCIO:
        return
    _register(config, "anyio", pytest.fixture)
    if runner:
        # A test runs on the loop of its class, module, package or session if told to, and an
        # emulator on another loop would never answer it.
        for scope in _SCOPES:
            _register(config, scope, partial(runner.fixture, loop_scope=scope))


def _asyncio_plugin(config: pytest.Config) -> Any:
    """The module of pytest-asyncio's plugin, whichever way it was loaded; None without it."""
    plugins = config.pluginmanager
    return plugins.get_plugin("asyncio") or plugins.get_plugin("pytest_asyncio.plugin")


def _asyncio_version() -> tuple[int, ...]:
    numbers = re.findall(r"\d+", importlib.metadata.version("pytest-asyncio"))
    return tuple(map(int, numbers))


def _register(config: pytest.Config, loop: str, fixture: _Decorator) -> None:
    """Register an emulator and a client of one test, on this loop."""

    @fixture(name=f"_avepoint_emulator_on_{loop}_loop")
    async def emulator(_avepoint_options: dict[str, Any]) -> AsyncIterator[testing.Emulator]:
        async with testing.Emulator(**_avepoint_options) as emulator:
            yield emulator

    @fixture(name=f"_avepoint_client_on_{loop}_loop")
    async def client(
        avepoint_emulator: testing.Emulator,
    ) -> AsyncIterator[library.AvePointClient]:
        async with _client_of(avepoint_emulator) as client:
            yield client

    module = ModuleType(f"{__name__}_on_{loop}_loop")
    vars(module).update(emulator=emulator, client=client)
    config.pluginmanager.register(module)


@pytest.fixture
def avepoint_fleet() -> testing.Fleet:
    """Three users in one tenant of a customer, none in another; 250 in that of another customer."""
    contoso = [
        testing.User("ada@contoso.com", "Ada Lovelace", ((0, True), (2, True))),
        testing.User("alan@contoso.com", "Alan Turing", ((0, True), (2, False))),
        testing.User("grace@contoso.com", "Grace Hopper", ((0, False), (2, False))),
    ]
    return testing.Fleet.of(
        {
            ("contoso", "contoso-main"): contoso,
            ("contoso", "contoso-empty"): 0,
            ("fabrikam", "fabrikam-main"): 250,
        }
    )


@pytest.fixture
def avepoint_emulator(request: pytest.FixtureRequest) -> testing.Emulator:
    """The emulated service, until the test ends."""
    emulator: testing.Emulator = request.getfixturevalue(f"_avepoint_emulator_{_place(request)}")
    return emulator


@pytest.fixture
def avepoint_client(
    request: pytest.FixtureRequest,
    avepoint_emulator: testing.Emulator,  # noqa: ARG001  asked for first, it outlives the client
) -> library.AvePointClient:
    """A client of the emulated service, closed when the test ends."""
    client: library.AvePointClient = request.getfixturevalue(f"_avepoint_client_{_place(request)}")
    return client


@pytest.fixture
def avepoint_settings(
    avepoint_emulator: testing.Emulator, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The environment variables that lead to the emulated service, set until the test ends."""
    for name in [name for name in os.environ if name.startswith("AVEPOINT_")]:
        monkeypatch.delenv(name)
    settings = avepoint_emulator.settings
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return settings


def _place(request: pytest.FixtureRequest) -> str:
    """Where the emulator of a test runs; fixtures end in its name."""
    if not _is_coroutine(request.function):
        return "in_thread"
    of_anyio = "anyio_backend" in request.fixturenames
    mark = request.node.get_closest_marker("asyncio")
    runner = _asyncio_plugin(request.config)
    if runner and (of_anyio or mark) and _asyncio_version() < _OLDEST_ASYNCIO:
        pytest.fail(_too_old(), pytrace=False)
    if mark is not None and runner:
        if of_anyio:
            pytest.fail(_TWO_LOOPS, pytrace=False)
        own = mark.kwargs.get("loop_scope") or mark.kwargs.get("scope")
        return f"on_{own or request.config.getini('asyncio_default_test_loop_scope')}_loop"
    if of_anyio and request.getfixturevalue("anyio_backend_name") == "asyncio":
        return "on_anyio_loop"
    return "in_thread"


def _too_old() -> str:
    return (
        "avepoint_emulator and avepoint_client need pytest-asyncio 0.26 or later in a coroutine, "
        f"and this is {importlib.metadata.version('pytest-asyncio')}: install a newer one, or "
        "start the emulator in the test itself, `async with Emulator(…)`"
    )


def _is_coroutine(function: Any) -> bool:
    # What hypothesis makes of a test is no coroutine function, and keeps the one that it was.
    inner = getattr(getattr(function, "hypothesis", None), "inner_test", function)
    return inspect.iscoroutinefunction(inner)


@pytest.fixture
def _avepoint_options(request: pytest.FixtureRequest) -> dict[str, Any]:
    options: dict[str, Any] = {}
    # The closest comes first, and has the last word.
    for marker in reversed([*request.node.iter_markers("avepoint")]):
        if marker.args:
            message = f"pytest.mark.avepoint takes keyword arguments alone, not {marker.args!r}"
            pytest.fail(message, pytrace=False)
        options |= marker.kwargs
    if "fleet" not in options:
        return options | {"fleet": request.getfixturevalue("avepoint_fleet")}
    # A marker's fleet is made once for many tests, each of which may edit it.
    return options | {"fleet": copy.deepcopy(options["fleet"])}


@pytest.fixture
def _avepoint_emulator_in_thread(_avepoint_options: dict[str, Any]) -> Iterator[testing.Emulator]:
    with testing.ThreadedEmulator(**_avepoint_options) as emulator:
        yield emulator


@pytest.fixture
def _avepoint_client_in_thread(
    avepoint_emulator: testing.Emulator,
) -> Iterator[library.AvePointClient]:
    client = _client_of(avepoint_emulator)
    yield client
    # Neither the loop of the test nor one of the main thread is at hand here.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, client.close()).result()


def _client_of(emulator: testing.Emulator) -> library.AvePointClient:
    """A client of an emulator, for whoever asks to close."""
    return library.AvePointClient(emulator.credential, environment=emulator.environment)
