"""The standard streams, and what is said on stderr: lines for people, or JSON for programs.

Data goes to stdout through `avepoint_async.cli.output`. Everything else is said here: progress,
summaries, errors, and what the library logs.
"""

import io
import json
import logging
import os
import sys
import traceback
from collections.abc import Generator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TextIO, cast

PROGRAM = "avepoint-async"

_LIBRARY = logging.getLogger("avepoint_async")
_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""What every log record has; what else one has was given as ``extra``."""


class LogFormat(StrEnum):
    """How lines on stderr are written."""

    TEXT = "text"
    JSON = "json"


_log_format: ContextVar[LogFormat] = ContextVar("log format", default=LogFormat.TEXT)


class ClosedStream(io.StringIO):
    """Stands for a stdout that was closed before the program started."""


def prepare() -> None:
    """Let stdout replace characters that it lacks, and put a stand-in for each closed stream.

    A stream that was closed before we started is None, and ``print`` would write to the other.
    """
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  # to the end
    if sys.stdout is None:
        sys.stdout = ClosedStream()
    elif not isinstance(sys.stdout, ClosedStream):
        cast("io.TextIOWrapper", sys.stdout).reconfigure(errors="replace")


def flush_all() -> None:
    """Flush both streams; what cannot be flushed now must not complain at the process's end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def logs_shown() -> Generator[None]:
    """Say what is logged for as long as this lasts: warnings, and more if `show_more` says so."""
    handler, level = _Handler(), _LIBRARY.level
    logging.getLogger().addHandler(handler)
    _LIBRARY.setLevel(_LEVELS[0])
    form = _log_format.set(LogFormat.TEXT)
    try:
        yield
    finally:
        _log_format.reset(form)
        _LIBRARY.setLevel(level)
        logging.getLogger().removeHandler(handler)


def show_more(times: int, log_format: LogFormat) -> None:
    """Show as many levels more as ``-v`` was given, in this format; earlier wishes stay."""
    _LIBRARY.setLevel(min(_LIBRARY.level, _LEVELS[min(times, len(_LEVELS) - 1)]))
    if log_format is not LogFormat.TEXT:
        _log_format.set(log_format)


class _Handler(logging.Handler):
    """Says each record in one line; a traceback follows only where DEBUG is shown."""

    def emit(self, record: logging.LogRecord) -> None:
        shown = record.exc_info if record.levelno == logging.DEBUG else None
        trace = "".join(traceback.format_exception(shown[1])) if shown else ""
        text = " ".join(record.getMessage().split())
        if _log_format.get() is LogFormat.JSON:
            extra = {name: value for name, value in vars(record).items() if name not in _USUAL}
            extra |= {"traceback": trace} if trace else {}
            _write_json(record.levelname.lower(), record.name, text, extra)
            return
        _write(f"{record.levelname.lower()}: {record.name}: {text}")
        for line in trace.splitlines():
            _write(line)


def say(text: str, level: str = "info", **fields: Any) -> None:
    """Say one line on stderr.

    Args:
        text: what is said.
        level: how bad it is; told in JSON alone.
        fields: what else JSON tells of it.
    """
    if _log_format.get() is LogFormat.JSON:
        _write_json(level, PROGRAM, text, fields)
    else:
        _write(text)


def complain(text: str, **fields: Any) -> None:
    """Say what went wrong, in one line, whatever the text."""
    line = " ".join(text.split())
    as_json = _log_format.get() is LogFormat.JSON
    say(line if as_json else f"{PROGRAM}: {line}", "error", **fields)


def _write_json(level: str, logger: str, text: str, fields: dict[str, Any]) -> None:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    record = {"time": now, "level": level, "logger": logger, "message": text, **fields}
    # ASCII alone, whatever the encoding of stderr.
    _write(json.dumps(record, default=str))


def _write(line: str) -> None:
    # If it cannot be written, the work is worth more than the line.
    with suppress(OSError):
        sys.stderr.write(f"{visible(line)}\n")
        sys.stderr.flush()


def visible(text: str) -> str:
    """The text with what a terminal would obey, and not show, as an escape."""
    return "".join(map(_visible, text)) if not text.isprintable() else text


def _visible(character: str) -> str:
    return character if character.isprintable() else ascii(character)[1:-1]


def is_watched(stream: TextIO) -> bool:
    """Whether a person looks at the stream: on a terminal that can move its cursor, and no CI."""
    return (
        stream.isatty()
        and os.environ.get("TERM", "").lower() not in {"dumb", "unknown"}
        and not os.environ.get("CI")
        and _log_format.get() is LogFormat.TEXT
    )
