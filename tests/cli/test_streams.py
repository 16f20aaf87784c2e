"""What is said on stderr, and the way out for data."""

import asyncio
import io
import os
import select
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avepoint_async.cli.outlet import put, put_text
from avepoint_async.cli.streams import complain, is_watched, say, settle, visible


@given(st.text())
def test_what_is_shown_can_be_seen(text: str) -> None:
    """No character that a terminal obeys gets through, and what can be seen stays."""
    assert visible(text).isprintable()
    assert visible(text) == text or not text.isprintable()


def test_an_escape_shows_what_was_there() -> None:
    """The escape names the character, so that nothing is lost."""
    assert visible("a\x1b[31mb\u202e") == "a\\x1b[31mb\\u202e"


def test_a_complaint_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """However many lines a text has, a log line cannot be forged with it."""
    complain("one\ntwo\r\n\x1b[2Jthree")
    assert capsys.readouterr().err == "avepoint-async: one two \\x1b[2Jthree\n"


def test_a_line_that_cannot_be_written_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that is gone must not take the work with it."""
    with closed_pipe() as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        say("nobody hears this")
        settle()


def closed_pipe() -> io.TextIOWrapper:
    """A stream whose reader has gone away."""
    reader, writer = os.pipe()
    os.close(reader)
    return open(writer, "w", encoding="utf-8")  # noqa: PTH123  # a descriptor; see with


@pytest.mark.parametrize(
    ("variables", "watched"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({}, True),
        ({"TERM": "dumb"}, False),
        ({"TERM": "xterm", "CI": "true"}, False),
    ],
)
def test_a_display_is_for_a_person(
    bare: pytest.MonkeyPatch, variables: dict[str, str], *, watched: bool
) -> None:
    """Neither a dumb terminal nor a log of CI is drawn upon."""
    bare.delenv("TERM", raising=False)
    for name, value in variables.items():
        bare.setenv(name, value)
    leader, follower = os.openpty()
    with os.fdopen(follower, "w") as stream:
        assert is_watched(stream) is watched
    os.close(leader)


def test_a_file_is_not_watched(tmp_path: Path) -> None:
    """Lines go there, whatever the terminal beside it."""
    with (tmp_path / "log").open("w") as stream:
        assert not is_watched(stream)


async def test_data_arrives_whole_however_slow_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the pipe is full the loop goes on, and in the end every byte is there, in order."""
    data = os.urandom(300_000)
    reader, writer = os.pipe()
    with os.fdopen(writer, "w", encoding="utf-8") as stream, os.fdopen(reader, "rb", 0) as pipe:
        monkeypatch.setattr(sys, "stdout", stream)
        writing = asyncio.create_task(put(data))
        turns, received = 0, b""
        while len(received) < len(data):
            # Read only when the writer is stuck or done: it must have given way to us.
            for _ in range(5):
                await asyncio.sleep(0)
            turns += not writing.done()
            received += pipe.read(4096)
        await writing
    assert received == data
    assert turns > 10


async def test_a_writer_that_waits_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C works although nobody reads."""
    reader, writer = os.pipe()
    with os.fdopen(writer, "w", encoding="utf-8") as stream, os.fdopen(reader, "rb"):
        monkeypatch.setattr(sys, "stdout", stream)
        writing = asyncio.create_task(put(b"x" * 300_000))
        # Up to the full pipe it goes in one step.
        await asyncio.sleep(0)
        assert select.select([], [writer], [], 0)[1] == []
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing


async def test_text_is_written_in_the_encoding_of_the_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A character that the terminal does not have becomes a question mark."""
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    await put_text("Zoë\n")
    assert written.getvalue() == b"Zo?\n"
