"""The command on a real terminal, which a person watches."""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest

from avepoint_async.testing import Emulator, Kind
from tests.cli.conftest import Ended, Run
from tests.cli.process import finish, read_until, start

SHOWN, HIDDEN = b"\x1b[?25h", b"\x1b[?25l"
GREEN, YELLOW = b"\x1b[32m", b"\x1b[33m"
DEMO = ("demo", "--customers", "1", "--concurrency", "4")


@attrs.frozen
class Terminal:
    """The two ends of a terminal: the one that is watched, and the one that is written to."""

    leader: int
    follower: int


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """A terminal of a hundred columns."""
    terminal = Terminal(*os.openpty())
    yield terminal
    os.close(terminal.leader)


@contextmanager
def written_to(terminal: Terminal, *names: str) -> Generator[None]:
    """Let streams of this process lead to the terminal, until nobody writes to it any more."""
    with (
        os.fdopen(terminal.follower, "w", encoding="utf-8") as stream,
        pytest.MonkeyPatch.context() as it,
    ):
        for name in names:
            it.setattr(sys, name, stream)
        yield


async def show(terminal: Terminal, command: Coroutine[Any, Any, Ended]) -> tuple[int, bytes]:
    """Run a command that writes to the terminal alone; its status, and what was shown."""
    reading = asyncio.create_task(read_until(terminal.leader, b"never shown"))
    with written_to(terminal, "stdout", "stderr"):
        ended = await command
    return ended.status, await reading


async def test_the_demonstration_is_watched(terminal: Terminal) -> None:
    """Progress is drawn while it runs and wiped out, and the table has its colours."""
    end = terminal.follower
    process = await start(*DEMO, out=end, err=end, TERM="xterm")
    os.close(end)
    seen = await read_until(terminal.leader, b"never shown")
    status, *_ = await finish(process)
    drawing, _, rest = seen.partition(SHOWN)
    assert status == 0
    assert HIDDEN in drawing
    assert b" of " in drawing.partition(HIDDEN)[2]
    assert HIDDEN not in rest
    assert YELLOW in rest
    assert b"5,000 users of " in rest


async def test_a_table_is_waited_for(emulator: Emulator, terminal: Terminal) -> None:
    """Of one tenant the display tells the users so far, and of how many once that is known."""
    emulator.hold("users")
    process = await start(
        "users", "c2", "t3", at=emulator, out=terminal.follower, err=terminal.follower, TERM="xterm"
    )
    os.close(terminal.follower)
    await read_until(terminal.leader, b"0 users", b"0 pages")
    # The display may be there before the request is.
    await emulator.arrived(1, "users")
    emulator.release(1)
    await read_until(terminal.leader, b"100 of 250 users", b"1 page")
    emulator.release()
    seen = await read_until(terminal.leader, b"never shown")
    assert (await finish(process))[0] == 0
    assert b"250 users" in seen.rpartition(SHOWN)[2]


@pytest.mark.parametrize(
    ("command", "kind", "mark"),
    [
        (("jobs",), "backup_jobs", b"jobs: 0 done"),
        (("snapshot", "{}"), "customers", b"waiting for the list of customers"),
    ],
)
async def test_customers_are_waited_for(
    emulator: Emulator,
    terminal: Terminal,
    run: Run,
    tmp_path: Path,
    command: tuple[str, ...],
    kind: Kind,
    mark: bytes,
) -> None:
    """What is asked for is shown before the first of them has answered."""
    emulator.hold(kind)
    arguments = [word.format(tmp_path) for word in command]
    with written_to(terminal, "stderr"):
        running = asyncio.create_task(run(*arguments, at=emulator, TERM="xterm"))
        await read_until(terminal.leader, mark)
        emulator.release()
        reading = asyncio.create_task(read_until(terminal.leader, b"never shown"))
        assert (await running).status == 0
    assert SHOWN in await reading


async def test_colours_can_be_refused(emulator: Emulator, terminal: Terminal, run: Run) -> None:
    """With NO_COLOR a terminal gets the same table without its colours."""
    status, seen = await show(
        terminal, run("users", "c1", "t1", at=emulator, TERM="xterm", NO_COLOR="1")
    )
    assert (status, b"yes" in seen, GREEN in seen) == (0, True, False)


async def test_ctrl_c_gives_the_terminal_back(emulator: Emulator, terminal: Terminal) -> None:
    """The display is torn down and the cursor is there again."""
    emulator.hold("users")
    process = await start(
        "fleet", at=emulator, out=asyncio.subprocess.PIPE, err=terminal.follower, TERM="xterm"
    )
    os.close(terminal.follower)
    await read_until(terminal.leader, HIDDEN, b"0 tenants done")
    process.send_signal(signal.SIGINT)
    rest = await read_until(terminal.leader, b"never shown")
    status, out, _ = await finish(process)
    assert (status, out) == (130, "")
    assert SHOWN in rest
    assert b"Traceback" not in rest


async def test_rows_on_a_terminal_are_not_drawn_over(
    emulator: Emulator, terminal: Terminal, run: Run
) -> None:
    """Where rows appear on the terminal, progress keeps away; the summary comes after them."""
    status, seen = await show(terminal, run("fleet", at=emulator, TERM="xterm"))
    assert status == 0
    lines = seen.decode().splitlines()
    assert [line[0] for line in lines[:-1]] == ["{"] * 253
    assert lines[-1].startswith("253 users of 3 tenants in ")
