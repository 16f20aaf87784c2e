"""The command as a process: pipes, signals, streams that are odd, and the extra that is missing."""

import asyncio
import fcntl
import os
import signal
from collections.abc import AsyncIterator

import pytest

from avepoint_async.testing import Emulator, Fleet
from tests.cli.process import PROGRAM, finish, start, start_program


@pytest.fixture
async def large() -> AsyncIterator[Emulator]:
    """One tenant of more users than a pipe holds rows."""
    async with Emulator(fleet=Fleet.of({("c", "t"): 2_000})) as emulator:
        yield emulator


def unexpected(err: str) -> list[str]:
    """What was said on stderr beside progress."""
    return [line for line in err.splitlines() if not line.startswith("0:")]


async def test_a_reader_who_has_enough_is_no_error(large: Emulator) -> None:
    """`avepoint-async fleet 2>&1 | head` ends with status 0."""
    reader, writer = os.pipe()
    process = await start("fleet", at=large, out=writer, err=writer)
    os.close(writer)
    assert await asyncio.to_thread(os.read, reader, 100)
    os.close(reader)
    assert await process.wait() == 0


@pytest.mark.parametrize("arguments", [["--help"], ["emulate", "--help"], ["users", "c", "t"]])
async def test_a_reader_who_never_reads_is_no_error(large: Emulator, arguments: list[str]) -> None:
    """The pipe was closed before the first byte: status 0, and nothing is said."""
    reader, writer = os.pipe()
    os.close(reader)
    process = await start(*arguments, at=large, out=writer)
    os.close(writer)
    assert await finish(process) == (0, "", "")


async def test_ctrl_c_ends_it_quietly(large: Emulator) -> None:
    """Status 130 while requests are on their way, and no traceback."""
    large.hold("users")
    process = await start("fleet", "--format", "csv", at=large)
    await large.arrived(1, "users")
    process.send_signal(signal.SIGINT)
    status, out, err = await finish(process)
    assert (status, out, unexpected(err)) == (130, "", [])


async def test_ctrl_c_works_while_nobody_reads(large: Emulator) -> None:
    """A pager that was left alone does not keep the command from ending."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    process = await start("users", "c", "t", "-f", "jsonl", at=large, out=writer)
    os.close(writer)
    # Where a first byte came, more than the pipe holds is being written.
    assert await asyncio.to_thread(os.read, reader, 1)
    process.send_signal(signal.SIGINT)
    status, _, err = await finish(process)
    os.close(reader)
    assert (status, err) == (130, "")


@pytest.mark.parametrize("arguments", [["emulate", "--help"], ["users", "c", "t", "-f", "csv"]])
async def test_a_full_disk_is_one_line(large: Emulator, arguments: list[str]) -> None:
    """Status 1: data was lost, and that is said once."""
    full = os.open("/dev/full", os.O_WRONLY)
    process = await start(*arguments, at=large, out=full)
    os.close(full)
    status, _, err = await finish(process)
    assert (status, err) == (1, "avepoint-async: the system refused: No space left on device\n")


async def test_closed_streams_are_no_trouble(large: Emulator) -> None:
    """A service manager may start it without stdout and stderr; the status still tells."""
    shell = ("sh", "-c", 'exec "$@" >&- 2>&-', "sh")
    process = await start_program(*shell, *PROGRAM, "users", "c", "no-such", at=large)
    assert await finish(process) == (1, "", "")


async def test_an_ascii_terminal_is_no_trouble() -> None:
    """Characters that the terminal lacks become question marks, in data and in drawings."""
    ascii_only = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    async with Emulator(fleet=Fleet.of({("c", "t"): ["zoë@example"]})) as emulator:
        status, out, _ = await finish(await start("users", "c", "t", at=emulator, **ascii_only))
    assert (status, out.isascii()) == (0, True)
    assert "zo?@example" in out


MISSING = """
import sys

def forget():
    for name in [name for name in sys.modules if name.startswith("avepoint_async.cli")]:
        del sys.modules[name]

for extra in ("typer", "rich"):
    kept = {name: sys.modules.pop(name) for name in list(sys.modules) if name.startswith(extra)}
    sys.modules[extra] = None
    forget()
    from avepoint_async.cli import main
    print(extra, main())
    del sys.modules[extra]
    sys.modules.update(kept)

sys.modules["runpy"] = None
forget()
import avepoint_async.cli
"""


async def test_without_the_extra_it_says_what_to_install() -> None:
    """Status 2 and one line where `[cli]` was left out; another missing module is an error."""
    status, out, err = await finish(await start_program(PROGRAM[0], "-c", MISSING))
    first, second, *_, last = err.splitlines()
    assert (status, out.splitlines()) == (1, ["typer 2", "rich 2"])
    assert first == second
    assert 'pip install "avepoint-async[cli]"' in first
    assert last.startswith("ModuleNotFoundError: import of runpy")
