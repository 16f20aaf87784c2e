"""The summary of a sealed run: its counts, and the SHA-256 of every file and of itself."""

import hashlib
from datetime import datetime
from pathlib import Path

import msgspec

from avepoint_async.snapshots.durable import write_file
from avepoint_async.snapshots.errors import NOT_JSON, SnapshotError

NAME = "summary.json"


class ModuleCounts(msgspec.Struct, frozen=True):
    """The users of a run by the state of one module.

    Attributes:
        protected: users listed as protected.
        unprotected: users listed as not protected.
        unknown: users for whom the module is not listed.
    """

    protected: int
    unprotected: int
    unknown: int


class FileSum(msgspec.Struct, frozen=True):
    """A file of the run, as it was sealed."""

    bytes: int
    sha256: str


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The counts of a sealed run.

    Attributes:
        id: of the run.
        started_at: when it began.
        finished_at: when it was sealed.
        complete: whether the list of tenants was whole and every tenant is complete.
        stopped: whether it was given up before every tenant was through.
        roster_complete: whether the list of tenants was read to its end, and whole: only then
            is a tenant that is not in it gone.
        customers: how many customers were read.
        tenants: how many tenants are known.
        states: how many tenants are in each state; every state is there.
        users: rows of the table of users.
        mailbox: users by the state of their mailbox.
        onedrive: users by the state of their OneDrive.
        pages: pages committed.
        requests: requests sent, retries included, by all processes that worked on the run.
        retries: requests that were sent again.
        throttled: requests that the service refused with 429 or 503.
        processes: how many processes worked on it; more than 1: it went on after a crash.
        files: every other file of the folder.
    """

    id: str
    started_at: datetime
    finished_at: datetime
    complete: bool
    stopped: bool
    roster_complete: bool
    customers: int
    tenants: int
    states: dict[str, int]
    users: int
    mailbox: ModuleCounts
    onedrive: ModuleCounts
    pages: int
    requests: int
    retries: int
    throttled: int
    processes: int
    files: dict[str, FileSum]

    def __repr__(self) -> str:
        states = ", ".join(f"{count:,} {state}" for state, count in self.states.items() if count)
        return f"Summary({self.users:,} users of {self.tenants:,} tenants: {states or 'none'})"


def write_summary(folder: Path, summary: Summary) -> None:
    """Write the summary into the folder, with its own sum.

    Raises:
        OSError: there is no room, or another trouble of the disk.
    """
    write_file(folder / NAME, _text(summary))


def read_summary(folder: Path) -> Summary:
    """The summary of the folder.

    Raises:
        SnapshotError: there is none, or it is not as it was written.
    """
    path = folder / NAME
    try:
        data = path.read_bytes()
        summary = msgspec.json.decode(data, type=Summary)
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise SnapshotError(message) from error
    except NOT_JSON as error:
        message = f"{path} is damaged: {error}"
        raise SnapshotError(message) from error
    # Every byte is checked, the sum's own among them.
    if _text(summary) != data:
        message = f"{path} is damaged: it is not as it was written"
        raise SnapshotError(message)
    return summary


def _text(summary: Summary) -> bytes:
    values = msgspec.to_builtins(summary)
    values["sha256"] = hashlib.sha256(msgspec.json.encode(values)).hexdigest()
    return msgspec.json.format(msgspec.json.encode(values)) + b"\n"


def sum_of(path: Path) -> FileSum:
    """The size and the SHA-256 of a file.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return FileSum(bytes=file.tell(), sha256=digest)
