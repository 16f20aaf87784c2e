"""The command as a process of its own, as a shell would start it."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from typing import Any

from avepoint_async.testing import Emulator
from tests.cli.settings import MEANINGFUL, settings_of
from tests.structure.source import ROOT

PROGRAM = (sys.executable, "-W", "error", "-m", "avepoint_async")


def environ(at: Emulator | None = None, **variables: str) -> dict[str, str]:
    """The variables of a process: none that means something to it but these."""
    kept = {name: value for name, value in os.environ.items() if name not in MEANINGFUL}
    return {**kept, "COLUMNS": "100", **(settings_of(at) if at else {}), **variables}


async def start(
    *arguments: str, at: Emulator | None = None, out: Any = PIPE, err: Any = PIPE, **variables: str
) -> Process:
    """Start the command; its warnings are errors."""
    return await start_program(*PROGRAM, *arguments, at=at, out=out, err=err, **variables)


async def start_program(
    *program: str, at: Emulator | None = None, out: Any = PIPE, err: Any = PIPE, **variables: str
) -> Process:
    """Start any program in the root of the project."""
    return await asyncio.create_subprocess_exec(
        *program, stdin=DEVNULL, stdout=out, stderr=err, cwd=ROOT, env=environ(at, **variables)
    )


async def finish(process: Process) -> tuple[int, str, str]:
    """Wait for the end: status, and what came on stdout and stderr."""
    out, err = await process.communicate()
    return process.returncode or 0, (out or b"").decode(), (err or b"").decode()


async def read_until(descriptor: int, *marks: bytes) -> bytes:
    """What a terminal shows, read until every mark has been seen or nobody writes any more."""
    seen = b""
    while not all(mark in seen for mark in marks):
        chunk = await asyncio.to_thread(_read, descriptor)
        if not chunk:
            return seen
        seen += chunk
    return seen


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # how Linux tells that the other end of a terminal was closed
        return b""
