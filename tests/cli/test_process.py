"""The command as a process: pipes, signals, streams that are odd, and the extra that is missing."""

import asyncio
import fcntl
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from avepoint_async.testing import Emulator, Fault, Fleet
from tests.cli.conftest import Run, contents
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


@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_an_interrupt_ends_it_after_the_summary(
    large: Emulator, tmp_path: Path, sent: signal.Signals, status: int
) -> None:
    """Ctrl-C and SIGTERM alike: what was done is told and reported; no traceback, no half file."""
    report, output = tmp_path / "report.json", tmp_path / "out.csv"
    large.hold("users")
    process = await start(
        *("fleet", "--format", "csv", "--report", str(report), "--output", str(output)), at=large
    )
    await large.arrived(1, "users")
    process.send_signal(sent)
    ended, out, err = await finish(process)
    (summary,) = unexpected(err)
    assert (ended, out) == (status, "")
    assert summary.startswith("0 users of 1 tenant (1 unfinished) in ")
    assert json.loads(contents(tmp_path)["report.json"])["tenants"][0]["state"] == "unfinished"
    assert list(contents(tmp_path)) == ["report.json"]


async def test_an_interrupt_works_while_nobody_reads(large: Emulator) -> None:
    """A pager that was left alone does not keep the command from ending, nor gets half a line."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    process = await start("users", "c", "t", "-f", "jsonl", at=large, out=writer)
    os.close(writer)
    # Where a first byte came, more than the pipe holds is being written.
    first = await asyncio.to_thread(os.read, reader, 1)
    process.send_signal(signal.SIGINT)
    status, _, err = await finish(process)
    with os.fdopen(reader, "rb") as pipe:
        lines = (first + pipe.read()).splitlines(keepends=True)
    assert (status, err) == (130, "")
    assert lines
    assert all(json.loads(line)["tenant_id"] == "t" for line in lines)


@pytest.mark.parametrize("arguments", [["emulate", "--help"], ["users", "c", "t", "-f", "csv"]])
async def test_a_full_disk_is_one_line(large: Emulator, arguments: list[str]) -> None:
    """Status 1: data was lost, and that is said once."""
    full = os.open("/dev/full", os.O_WRONLY)
    process = await start(*arguments, at=large, out=full)
    os.close(full)
    status, _, err = await finish(process)
    assert (status, err) == (1, "avepoint-async: the system refused: No space left on device\n")


CLOSED = ("sh", "-c", 'exec "$@" >&-', "sh")


NO_WAY_OUT = "avepoint-async: the system refused: stdout is closed, and there is data to write\n"


async def test_data_without_a_way_out_is_an_error(large: Emulator) -> None:
    """Status 1 where stdout is closed, before anything is asked of the service."""
    process = await start_program(*CLOSED, *PROGRAM, "users", "c", "t", at=large)
    status, _, err = await finish(process)
    assert (status, err) == (1, NO_WAY_OUT)
    assert large.requests == []


@pytest.mark.parametrize("command", ["fleet", "customers", "coverage", "doctor", "demo", "-h"])
async def test_no_command_writes_into_nothing(
    large: Emulator, bare: pytest.MonkeyPatch, run: Run, command: str
) -> None:
    """The same of every other one that writes data."""
    bare.setattr(sys, "stdout", None)
    ended = await run(command, at=large)
    assert (ended.status, ended.err) == (1, NO_WAY_OUT)
    assert large.requests == []


async def test_a_file_needs_no_stdout(large: Emulator, tmp_path: Path) -> None:
    """A service manager may start it without stdout and stderr; the file and the status tell."""
    shell = ("sh", "-c", 'exec "$@" >&- 2>&-', "sh")
    target = ("-f", "jsonl", "-o", str(tmp_path / "out"))
    process = await start_program(*shell, *PROGRAM, "users", "c", "t", *target, at=large)
    assert await finish(process) == (0, "", "")
    assert contents(tmp_path)["out"].count(b"\n") == 2_000
    process = await start_program(*shell, *PROGRAM, "users", "c", "no-such", *target, at=large)
    assert await finish(process) == (1, "", "")


async def test_it_runs_as_a_module_of_either_name() -> None:
    """`python -m avepoint_async`, as the tests above run it, and its part for the command line."""
    process = await start_program(PROGRAM[0], "-m", "avepoint_async.cli", "--version")
    status, out, err = await finish(process)
    assert (status, err) == (0, "")
    assert out.startswith("avepoint-async ")


async def test_a_shell_can_complete_it() -> None:
    """The script for a shell is shown, and what it asks for is answered."""
    status, out, _ = await finish(
        await start("--show-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    )
    assert status == 0
    assert "_AVEPOINT_ASYNC_COMPLETE=complete_bash" in out
    process = await start(
        COMP_WORDS="avepoint-async cu", COMP_CWORD="1", _AVEPOINT_ASYNC_COMPLETE="complete_bash"
    )
    status, out, _ = await finish(process)
    assert (status, out.split()) == (0, ["customers"])


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

for extra in ("typer", "rich", "prometheus_client"):
    kept = {name: sys.modules.pop(name) for name in list(sys.modules) if name.startswith(extra)}
    sys.modules[extra] = None
    forget()
    from avepoint_async.cli import main
    print(extra, main())
    del sys.modules[extra]
    sys.modules.update(kept)

sys.modules["difflib"] = None
forget()
import avepoint_async.cli
"""


async def test_without_the_extra_it_says_what_to_install() -> None:
    """Status 2 and one line where `[cli]` was left out; another missing module is an error."""
    status, out, err = await finish(await start_program(PROGRAM[0], "-c", MISSING))
    first, second, third, *_, last = err.splitlines()
    assert (status, out.splitlines()) == (
        1,
        ["typer 2", "rich 2", "prometheus_client 2"],
    )
    assert first == second == third
    assert 'pip install "avepoint-async[cli]"' in first
    assert last.startswith("ModuleNotFoundError: import of difflib")


async def test_a_pause_of_the_service_is_told() -> None:
    """Who watches a run stand still learns who stopped it, and until when."""
    fleet = Fleet.of({("c", f"t{number}"): 1 for number in range(40)})
    async with Emulator(fleet=fleet) as emulator:
        emulator.script(Fault.status(429, retry_after=60), times=None)
        process = await start("fleet", at=emulator)
        assert process.stderr is not None
        seen = b""
        while b"paused by the service until " not in seen:
            line = await process.stderr.readline()
            assert line
            seen += line
        process.send_signal(signal.SIGTERM)
        status, _, err = await finish(process)
    assert status == 143
    assert err.splitlines()[-1].startswith("0 users of ")
