"""The manifest of a run: an append-only file whose lines are the commits.

What no line names does not exist. A line is durable before anybody is told of it. A crash may
leave the last line torn; it is cut off when the run goes on.
"""

import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Self

from avepoint_async.snapshots.durable import open_private, sync_data
from avepoint_async.snapshots.entries import Entry, from_line, to_line

logger = logging.getLogger(__name__)

NAME = "manifest.jsonl"


class Manifest:
    """Appends to the manifest of a run; a context manager.

    Args:
        path: the file; made if it is not there.

    Raises:
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = open_private(path, os.O_WRONLY | os.O_APPEND)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def append(self, entries: Iterable[Entry]) -> None:
        """Write the entries; they are durable when this returns.

        Raises:
            OSError: there is no room, or another trouble of the disk. Some of the entries, and a
                part of one, may have been written.
        """
        left = memoryview(b"".join(map(to_line, entries)))
        while left:
            left = left[os.write(self._descriptor, left) :]
        sync_data(self._descriptor)


def read_entries(path: Path) -> Iterator[Entry]:
    """The entries of a manifest, up to the first line that is not whole.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        for line in file:
            entry = from_line(line)
            if entry is None:
                return
            yield entry


def cut_off_torn(path: Path) -> None:
    """Cut off what a crash left behind the last whole line.

    Raises:
        OSError: it cannot be written.
    """
    whole = 0
    with path.open("r+b") as file:
        for line in file:
            if from_line(line) is None:
                break
            whole += len(line)
        torn = path.stat().st_size - whole
        if torn:
            logger.warning("%s: the last %d bytes are torn and cut off", path, torn)
            file.truncate(whole)
            file.flush()
            os.fsync(file.fileno())
