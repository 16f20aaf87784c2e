"""The order of writes that survives a crash: private, synced, renamed, and the folder synced.

A file is there whole under its name or not at all, as `avepoint_async.files` writes it. A sync that
fails is not tried again, for the system may have dropped the pages that it could not write.
"""

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from avepoint_async.files import PRIVATE, whole_file

_PRIVATE_FOLDER = 0o700
_BINARY = getattr(os, "O_BINARY", 0)  # on Windows alone


def open_private(path: Path, flags: int) -> int:
    """A descriptor of a file that only its owner may read; made if it is not there.

    Raises:
        OSError: it cannot be opened.
    """
    return os.open(path, flags | os.O_CREAT | _BINARY, PRIVATE)


@contextmanager
def new_file(path: Path) -> Generator[BinaryIO]:
    """A private file to write to, which takes its name, durably, when the block ends well.

    Raises:
        OSError: there is no room, or another trouble of the disk.
    """
    with whole_file(path) as file:
        yield file
    sync_folder(path.parent)


def write_file(path: Path, data: bytes | memoryview) -> None:
    """Write a whole file durably.

    Raises:
        OSError: there is no room, or another trouble of the disk.
    """
    with new_file(path) as file:
        file.write(data)


def new_folder(path: Path) -> None:
    """Make a folder that only its owner may enter, and those above it; fine if it is there.

    Raises:
        OSError: it cannot be made.
    """
    if not path.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)
        sync_folder(path.parent)


def rename_folder(before: Path, after: Path) -> None:
    """Give a folder another name beside the one it has, durably.

    Raises:
        OSError: it cannot be renamed.
    """
    before.replace(after)
    sync_folder(after.parent)


def remove_folder(path: Path) -> None:
    """Remove a folder; a crash leaves it whole or under a name that no reader looks at.

    Raises:
        OSError: it cannot be removed.
    """
    trash = path.with_name(f".trash-{path.name.lstrip('.')}")
    rename_folder(path, trash)
    shutil.rmtree(trash)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable; Windows cannot be asked for that.

    Raises:
        OSError: the disk failed.
    """
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_data(descriptor: int) -> None:
    """Make what was written to a file durable.

    Raises:
        OSError: the disk failed.
    """
    getattr(os, "fdatasync", os.fsync)(descriptor)
