"""What is said on stderr."""

import io
import json
import logging
import os
import sys
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avepoint_async.cli.console import (
    LogFormat,
    complain,
    flush_all,
    is_watched,
    logs_shown,
    prepare,
    say,
    show_more,
    visible,
)


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
        flush_all()


def test_a_stand_in_serves_the_next_command_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program without a stdout may run two commands."""
    monkeypatch.setattr(sys, "stdout", None)
    prepare()
    stand_in = sys.stdout
    prepare()
    assert sys.stdout is stand_in


def closed_pipe() -> io.TextIOWrapper:
    """A stream whose reader has gone away."""
    reader, writer = os.pipe()
    os.close(reader)
    return open(writer, "w", encoding="utf-8")  # noqa: PTH123  # a descriptor; see with


def test_json_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Time, level, logger, message and whatever else is known, in ASCII; what is logged as well."""
    log = logging.getLogger("avepoint_async.some")
    with logs_shown():
        show_more(2, LogFormat.JSON)
        complain("bad\nthing", tenant_id="t")
        log.warning("waits %d s", 3, extra={"customer_id": "Zoë", "attempt": 2})
        log.debug("lost", exc_info=ZeroDivisionError("x"))
        log.warning("lost", exc_info=ZeroDivisionError("x"))
    written = capsys.readouterr().err
    lines = [json.loads(line) for line in written.splitlines()]
    assert written.isascii()
    assert [datetime.fromisoformat(line.pop("time")).tzinfo is not None for line in lines]
    assert "ZeroDivisionError" in lines[2].pop("traceback")
    where = {"level": "warning", "logger": "avepoint_async.some"}
    assert lines == [
        {"level": "error", "logger": "avepoint-async", "message": "bad thing", "tenant_id": "t"},
        {**where, "message": "waits 3 s", "customer_id": "Zoë", "attempt": 2},
        {**where, "level": "debug", "message": "lost"},
        {**where, "message": "lost"},
    ]


def test_the_format_is_forgotten_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    """A program that runs two commands chooses for each; a later wish does not undo an earlier."""
    with logs_shown():
        show_more(0, LogFormat.JSON)
        show_more(0, LogFormat.TEXT)
        say("one")
    say("two")
    first, second = capsys.readouterr().err.splitlines()
    assert (json.loads(first)["message"], second) == ("one", "two")


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
    """Neither a dumb terminal nor a log of CI is drawn upon, nor is one that wants JSON."""
    bare.delenv("TERM", raising=False)
    for name, value in variables.items():
        bare.setenv(name, value)
    leader, follower = os.openpty()
    with os.fdopen(follower, "w") as stream:
        assert is_watched(stream) is watched
        with logs_shown():
            show_more(0, LogFormat.JSON)
            assert not is_watched(stream)
    os.close(leader)


def test_a_file_is_not_watched(tmp_path: Path) -> None:
    """Lines go there, whatever the terminal beside it."""
    with (tmp_path / "log").open("w") as stream:
        assert not is_watched(stream)
