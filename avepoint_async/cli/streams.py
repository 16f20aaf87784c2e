"""The standard streams: made fit for anything that is written, and what is said on stderr.

Data goes to stdout through `avepoint_async.cli.outlet`; everything else is said here.
"""

import io
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO, cast

PROGRAM = "avepoint-async"


def prepare() -> None:
    """Let no character and no closed stream be an error.

    A stream that was closed before we started is None, and ``print`` would then take the other.
    """
    if sys.stdout is None:
        sys.stdout = _nowhere()
    if sys.stderr is None:
        sys.stderr = _nowhere()
    cast("io.TextIOWrapper", sys.stdout).reconfigure(errors="replace")


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def settle() -> None:
    """Flush both streams; what cannot be flushed now must not complain at the process's end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def say(text: str) -> None:
    """Write one line to stderr; if it cannot be written, the work is worth more than the line."""
    with suppress(OSError):
        sys.stderr.write(f"{visible(text)}\n")
        sys.stderr.flush()


def complain(text: str) -> None:
    """Say what went wrong, in one line, whatever the text."""
    say(f"{PROGRAM}: {' '.join(text.split())}")


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
    )
