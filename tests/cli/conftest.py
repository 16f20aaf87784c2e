"""An emulator, and the command run against it in this process."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import attrs
import pytest

from avepoint_async.cli import main
from avepoint_async.testing import Emulator, Fleet, User
from tests.cli.settings import MEANINGFUL, settings_of

USERS = [
    User("Zoë@one.example", "Zoë Ångström", ((0, True), (2, False)), "id-zoe"),
    User("bare@one.example", None, (), None),
    User("odd@one.example", "=SUM(1), \x1b[31m", ((2, True), (7, True), (9, False)), "id-odd"),
]
"""The users of the first tenant: a plain one, one of whom little is known, and an odd one."""


@attrs.frozen
class Ended:
    """How a command ended: its exit status, and what it wrote."""

    status: int
    out: bytes
    err: str

    @property
    def lines(self) -> list[str]:
        """The lines of stderr."""
        return self.err.splitlines()

    @property
    def complaints(self) -> list[str]:
        """Those that tell what went wrong: a slow machine may show progress between them."""
        return [line for line in self.lines if line.startswith("avepoint-async: ")]


def contents(folder: Path) -> dict[str, bytes]:
    """What stands in a folder, by name."""
    return {each.name: each.read_bytes() for each in folder.iterdir()}


Run = Callable[..., Coroutine[Any, Any, Ended]]


def three_tenants() -> Fleet:
    """Three tenants of two customers: three users, none, and 250 on three pages."""
    return Fleet.of({("c1", "t1"): USERS, ("c1", "t2"): 0, ("c2", "t3"): 250})


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """An emulator of these tenants."""
    async with Emulator(fleet=three_tenants()) as emulator:
        yield emulator


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No variable that means something to the command, on a terminal as wide as any."""
    for name in MEANINGFUL:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    return monkeypatch


@pytest.fixture
def run(bare: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Run the command in a thread of its own, so that this loop can serve it meanwhile."""

    async def run_it(*arguments: str, at: Emulator | None = None, **variables: str) -> Ended:
        for name, value in (settings_of(at) if at else {}).items():
            bare.setenv(name, value)
        for name, value in variables.items():
            bare.setenv(name, value)
        # The command shows every warning, and a busy machine makes this loop warn of itself.
        asyncio.get_running_loop().slow_callback_duration = 3600
        status = await asyncio.to_thread(main, arguments)
        written = capsysbinary.readouterr()
        return Ended(status, written.out, written.err.decode())

    return run_it
