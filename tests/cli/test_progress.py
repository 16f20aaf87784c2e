"""The progress display."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TextIO

import attrs
import pytest

from avepoint_async.cli.progress import Display, Glimpse, Lines, LiveLines, surface

HALF_WAY = Glimpse("5 of 10 tenants", "1,200 pages, 1 retry", 0.5)
SHOWN, HIDDEN, WIPED = b"\x1b[?25h", b"\x1b[?25l", b"\x1b[2K"


@attrs.define
class Board:
    """A surface that keeps what it was shown, and lets the test decide when."""

    shown: list[tuple[Glimpse, float]] = attrs.field(factory=list)
    closed: int = 0
    full: asyncio.Event = attrs.field(factory=asyncio.Event)

    def pauses(self) -> Iterator[float]:
        """Three times at once, then never again."""
        yield from (0, 0, 0)
        self.full.set()
        yield 3600

    def show(self, glimpse: Glimpse, elapsed: float) -> None:
        """Keep it."""
        self.shown.append((glimpse, elapsed))

    def close(self) -> None:
        """Count it."""
        self.closed += 1


@contextmanager
def terminal(encoding: str = "utf-8") -> Iterator[tuple[TextIO, int]]:
    """A stream to a terminal, and the descriptor of the terminal's other end."""
    leader, follower = os.openpty()
    with os.fdopen(follower, "w", encoding=encoding) as stream:
        yield stream, leader
    os.close(leader)


async def test_a_display_shows_what_it_sees_when_it_is_time() -> None:
    """Each time it looks anew, and tells the seconds since the start."""
    board, times = Board(), iter([100.0, 101.5, 103.0, 108.0])
    async with Display(lambda elapsed: Glimpse(f"{elapsed} s", ""), board, lambda: next(times)):
        await board.full.wait()
    assert [(glimpse.headline, elapsed) for glimpse, elapsed in board.shown] == [
        ("1.5 s", 1.5),
        ("3.0 s", 3.0),
        ("8.0 s", 8.0),
    ]
    assert board.closed == 1


async def test_a_display_goes_with_the_work() -> None:
    """It leaves no task and gives the terminal back, also when the work fails."""
    board, before = Board(), asyncio.all_tasks()

    async def fail() -> None:
        async with Display(lambda _: HALF_WAY, board):
            await board.full.wait()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert board.closed == 1
    assert asyncio.all_tasks() == before


async def test_without_a_place_there_is_no_display() -> None:
    """No task runs where nothing is shown; the time is told nevertheless."""
    before, times = asyncio.all_tasks(), iter([5.0, 7.0])
    async with Display(lambda _: HALF_WAY, None, lambda: next(times)) as display:
        assert asyncio.all_tasks() == before
    assert display.elapsed == 2.0


def test_lines_become_rarer(capsys: pytest.CaptureFixture[str]) -> None:
    """The first comes soon, and a night's run does not fill the log."""
    lines = Lines()
    pauses = list(islice(lines.pauses(), 50))
    assert (pauses[0], pauses[-1]) == (1.0, 60.0)
    assert sorted(pauses) == pauses
    lines.show(HALF_WAY, 61.0)
    lines.close()
    assert capsys.readouterr().err == "1:01  5 of 10 tenants: 1,200 pages, 1 retry\n"


@pytest.mark.parametrize(("encoding", "bar"), [("utf-8", "━"), ("ascii", "-")])
def test_a_live_display_is_drawn_and_wiped_out(
    bare: pytest.MonkeyPatch, encoding: str, bar: str
) -> None:
    """It is drawn with what the terminal has; in the end it is gone, and the cursor is back."""
    with terminal(encoding) as (stream, leader):
        bare.setenv("TERM", "xterm")
        bare.setattr(sys, "stderr", stream)
        live = LiveLines()
        out = sys.stdout
        live.show(HALF_WAY, 61.0)
        assert sys.stdout is out
        live.show(attrs.evolve(HALF_WAY, headline="9 tenants done", done=None), 62.0)
        live.close()
        drawn = b""
        while SHOWN not in drawn:
            drawn += os.read(leader, 65536)
    assert all(words in drawn for words in (b"5 of 10", b"1:01", b"1,200 pages", b"9 tenants done"))
    assert bar in drawn.decode(encoding)
    assert HIDDEN in drawn
    assert WIPED in drawn.rpartition(b"1,200 pages")[2]


def test_a_live_display_that_never_showed_leaves_nothing(bare: pytest.MonkeyPatch) -> None:
    """Work that is done at once draws nothing."""
    with terminal() as (stream, leader):
        bare.setattr(sys, "stderr", stream)
        LiveLines().close()
        os.set_blocking(leader, False)
        with pytest.raises(BlockingIOError):
            os.read(leader, 1)


def test_a_terminal_that_has_gone_away_stops_nothing(bare: pytest.MonkeyPatch) -> None:
    """A session that was closed must not take the work with it."""
    leader, follower = os.openpty()
    os.set_blocking(follower, False)
    with os.fdopen(follower, "w", encoding="utf-8") as stream:
        bare.setattr(sys, "stderr", stream)
        live = LiveLines()
        os.close(leader)
        live.show(HALF_WAY, 61.0)
        live.close()
        bare.undo()
        # What is still in its buffer goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), follower)


@pytest.mark.parametrize(
    ("out", "err", "rows", "lines", "place"),
    [
        (True, True, True, True, None),
        (True, True, False, True, LiveLines),
        (False, True, True, True, LiveLines),
        (False, False, True, True, Lines),
        (True, False, False, True, Lines),
        (False, False, False, False, None),
    ],
)
def test_progress_goes_where_it_disturbs_nobody(
    bare: pytest.MonkeyPatch, *, out: bool, err: bool, rows: bool, lines: bool, place: type | None
) -> None:
    """Drawn where a person looks and no rows are mixed with it; else lines, if they are wanted."""
    with terminal() as (tty, _), Path(os.devnull).open("w") as file:
        bare.setenv("TERM", "xterm")
        bare.setattr(sys, "stdout", tty if out else file)
        bare.setattr(sys, "stderr", tty if err else file)
        found = surface(rows_on_stdout=rows, lines=lines)
    assert (found and type(found)) is place
