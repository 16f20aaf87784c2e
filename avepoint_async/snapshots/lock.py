"""One writer a history: a lock that dies with its process, and a note that says whose it is."""

import os
import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from avepoint_async.snapshots.durable import write_file
from avepoint_async.snapshots.errors import NOT_JSON, HistoryBusyError, disk_errors


class Holder(msgspec.Struct, frozen=True):
    """Who writes to a history.

    Attributes:
        process: the id of the process.
        host: the name of its machine.
        since: when it began.
    """

    process: int
    host: str
    since: datetime

    def __str__(self) -> str:
        return f"process {self.process} on {self.host} since {self.since:%Y-%m-%d %H:%M:%S} UTC"


@contextmanager
def only_writer(folder: Path) -> Generator[None]:
    """Be the only one who writes to this history while the block lasts.

    Raises:
        HistoryBusyError: another process does, and the message says which.
        SnapshotError: the folder cannot be written, or its file system has no locks.
    """
    note = folder / "writer.json"
    # `flock` on Unix, `msvcrt.locking` on Windows: the system lets go when the process dies.
    lock = FileLock(folder / "history.lock", timeout=0, mode=0o600, thread_local=False)
    with disk_errors(folder):
        try:
            lock.acquire()
        except Timeout:
            raise _busy(folder, _read(note)) from None
    try:
        me = Holder(os.getpid(), socket.gethostname(), datetime.now(UTC))
        with disk_errors(folder):
            write_file(note, msgspec.json.encode(me))
        yield
    finally:
        with suppress(OSError):
            note.unlink(missing_ok=True)
        lock.release()


def _busy(folder: Path, holder: Holder | None) -> HistoryBusyError:
    told = "another process" if holder is None else str(holder)
    message = f"{folder}: {told} is taking a snapshot here; wait for its end, or stop it"
    return HistoryBusyError(message, holder=None if holder is None else told)


def _read(note: Path) -> Holder | None:
    try:
        return msgspec.json.decode(note.read_bytes(), type=Holder)
    except (OSError, *NOT_JSON):
        return None
