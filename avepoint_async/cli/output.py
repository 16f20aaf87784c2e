"""The way out for data: to stdout, or to a file that takes its name when it is whole.

The reader of stdout may be slow, as a pager is. Until it reads on, requests go on, their time-outs
stay true, and Ctrl-C works, because the event loop waits for the pipe. It waits only between
records, so that no run ends with half a line.
"""

import asyncio
import select
import sys
from abc import abstractmethod
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol, TextIO

from avepoint_async import ConfigurationError
from avepoint_async.cli.console import ClosedStream
from avepoint_async.cli.exits import stdout_closed
from avepoint_async.files import SHARED, file_at, whole_file

# What a pipe that is ready takes without blocking, by POSIX at least 512 and on Linux 4096.
_CHUNK = select.PIPE_BUF if hasattr(select, "PIPE_BUF") else 512


class Output(Protocol):
    """Where data goes."""

    @abstractmethod
    async def put(self, records: Iterable[bytes]) -> None:
        """Write the records, each of them whole.

        Raises:
            BrokenPipeError: the reader went away.
            OSError: there is no room, or another trouble of the system.
        """

    @abstractmethod
    async def put_text(self, text: str) -> None:
        """Write lines of text; raises as `put`."""


@contextmanager
def opened_output(path: Path | None) -> Generator[Output]:
    """The file, or stdout if there is none (or it is ``-``).

    A file is there in the end if and only if the block ended without an error.

    Raises:
        ConfigurationError: the file cannot be written there.
        OSError: stdout is closed.
    """
    if path is not None and str(path) != "-":
        with whole_file(output_place(path), mode=SHARED) as file:
            yield _File(file)
    elif isinstance(sys.stdout, ClosedStream):
        raise stdout_closed()
    else:
        yield _Stdout()


class _Stdout(Output):
    async def put(self, records: Iterable[bytes]) -> None:
        stream = sys.stdout.buffer
        for chunk in _chunks(records):
            await _until_ready(sys.stdout)
            stream.write(chunk)
            stream.flush()

    async def put_text(self, text: str) -> None:
        # A character that the terminal lacks becomes a question mark.
        encoding = sys.stdout.encoding
        await self.put(line.encode(encoding, "replace") for line in text.splitlines(keepends=True))


class _File(Output):
    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    async def put(self, records: Iterable[bytes]) -> None:
        self._file.writelines(records)

    async def put_text(self, text: str) -> None:
        self._file.write(text.encode())


def _chunks(records: Iterable[bytes]) -> Iterator[bytes]:
    """The records, as many together as a pipe takes at once; one that is longer stays whole."""
    chunk = b""
    for record in records:
        if chunk and len(chunk) + len(record) > _CHUNK:
            yield chunk
            chunk = b""
        chunk += record
    if chunk:
        yield chunk


async def _until_ready(stream: TextIO) -> None:
    """Wait until the stream takes a chunk; one that cannot be waited for is taken as ready."""
    try:
        descriptor = stream.fileno()
        ready = select.select([], [descriptor], [], 0)[1]
    except OSError:
        return
    if not ready:
        await _wait_for(descriptor)


async def _wait_for(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    turn = asyncio.Event()
    loop.add_writer(descriptor, turn.set)
    try:
        await turn.wait()
    finally:
        loop.remove_writer(descriptor)


def write_output(path: Path, data: bytes) -> None:
    """Write a file: all of it, or none.

    Raises:
        ConfigurationError: the file cannot be written there.
        OSError: there is no room, or another trouble of the disk.
    """
    with whole_file(output_place(path), mode=SHARED) as file:
        file.write(data)


def output_place(path: Path) -> Path:
    """Where the links of a path lead, if a file can be written there.

    Raises:
        ConfigurationError: it cannot; the message says why.
    """
    try:
        return file_at(path)
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror}"
        raise ConfigurationError(message) from error
