"""What the snapshots raise beside the errors of the client.

::

    AvePointError
    └── SnapshotError         the folder, the disk or the target: what is wrong, where, what to do
        └── HistoryBusyError      another process is taking a snapshot into this folder
"""

import errno
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from avepoint_async.errors import AvePointError

NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError)
"""What the parser raises for a damaged file."""

_ADVICE = {
    errno.ENOSPC: "make room and run it again",
    errno.EDQUOT: "raise the quota and run it again",
    errno.EFBIG: "raise the limit on the size of files and run it again",
    errno.EROFS: "choose a folder that can be written",
    errno.EACCES: "give this user the right to write there",
}


class SnapshotError(AvePointError):
    """Raised when a history cannot be read or written; the message says where and what to do."""


class HistoryBusyError(SnapshotError):
    """Raised when another process is taking a snapshot into the same folder.

    Attributes:
        holder: who says to hold it, such as ``process 4711 on backup01 since 02:00:00 UTC``; None
            if that cannot be told.
    """

    def __init__(self, message: str, *, holder: str | None = None) -> None:
        super().__init__(message)
        self.holder = holder


@contextmanager
def disk_errors(path: Path) -> Generator[None]:
    """Say of an `OSError` which folder it was about, and what to do.

    Raises:
        SnapshotError: in place of an `OSError`.
    """
    try:
        yield
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, "see to the disk and run it again")
        reason = error.strerror or str(error)
        message = f"{path}: {reason}. What was committed before is intact; {advice}"
        raise SnapshotError(message) from error
