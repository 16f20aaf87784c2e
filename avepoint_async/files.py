"""Files that are written whole or not at all: a new one takes its name when it is complete."""

import errno
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

PRIVATE = 0o600
SHARED = 0o666
"""The modes of a file for its owner alone, and of one for whom the umask admits."""


def file_at(path: Path) -> Path:
    """Where the links of a path lead, if a file may be written there.

    Raises:
        OSError: something else is there, such as a device or a pipe, whose place no file may take;
            or its folder is missing or takes no file. Its ``strerror`` is fit for people.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise OSError(errno.EEXIST, "it is there, and no file", str(path))
    if not target.parent.is_dir():
        raise OSError(errno.ENOENT, "there is no such folder", str(path))
    if not os.access(target.parent, os.W_OK):
        raise OSError(errno.EACCES, "the folder cannot be written to", str(path))
    return target


@contextmanager
def whole_file(path: Path, *, mode: int = PRIVATE) -> Generator[BinaryIO]:
    """A file to write to, which takes its name when the block ends without an error.

    Where several write to one path, each writes a file of its own, and the last whole one stays.

    Raises:
        OSError: there is no room, or another trouble of the disk.
    """

    def opened(name: str, flags: int) -> int:
        return os.open(name, flags, mode)

    temporary = path.with_name(f".{secrets.token_hex(4)}.{path.name}.tmp")
    try:
        with open(temporary, "xb", opener=opened) as file:  # Path has no opener
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)  # when it is closed: Windows renames no open file
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
