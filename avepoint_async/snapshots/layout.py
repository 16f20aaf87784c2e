"""Where everything stands in the folder of a history, and which version of it this is.

::

    night/                              for its owner alone: these are people's addresses
      history.json                      {"format": 1}
      history.lock, writer.json         who is writing, while somebody is
      runs/
        20261125T020000Z-7f3a.partial/  unfinished; no reader looks here
          run.json                      what was asked
          manifest.jsonl                the commits
          segments/000000.arrow         the answers of one commit
        20261124T020000Z-a1b2/          sealed
          run.json manifest.jsonl summary.json
          users-00000.parquet …         sorted by customer, tenant, page
          tenants.parquet customers.parquet
"""

import re
from datetime import datetime
from pathlib import Path

import msgspec

from avepoint_async.snapshots.durable import new_folder, write_file
from avepoint_async.snapshots.errors import NOT_JSON, SnapshotError

FORMAT = 1
SEGMENTS = "segments"
_PARTIAL = ".partial"
# What a crash may have left in the making of a history.
_BEGINNINGS = re.compile(r"runs|history\.lock|writer\.json|\.\w+\.(writer|history)\.json\.tmp")
_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{4}")


class _Format(msgspec.Struct):
    format: int


def new_id(moment: datetime) -> str:
    """An id that sorts by time, such as ``20261125T020000Z-7f3a``.

    The four digits behind the second are its fraction: two runs of one second sort, too.
    """
    return f"{moment:%Y%m%dT%H%M%SZ}-{(moment.microsecond << 16) // 1_000_000:04x}"


def sealed_folder(history: Path, run_id: str) -> Path:
    """The folder of a sealed run."""
    return history / "runs" / run_id


def partial_folder(history: Path, run_id: str) -> Path:
    """The folder of a run that is not sealed."""
    return history / "runs" / f"{run_id}{_PARTIAL}"


def id_of(folder: Path) -> str:
    """The id of the run in this folder."""
    return folder.name.removesuffix(_PARTIAL)


def sealed_ids(history: Path) -> list[str]:
    """The ids of the sealed runs, oldest first."""
    return sorted(name for name in _names(history) if _ID.fullmatch(name))


def id_before(history: Path, run_id: str) -> str | None:
    """The id of the sealed run before this one; None if there is none."""
    return max((each for each in sealed_ids(history) if each < run_id), default=None)


def partial_ids(history: Path) -> list[str]:
    """The ids of the runs that are not sealed, oldest first."""
    ids = (name.removesuffix(_PARTIAL) for name in _names(history) if name.endswith(_PARTIAL))
    return sorted(each for each in ids if _ID.fullmatch(each))


def leftovers(history: Path) -> list[Path]:
    """What a crash left behind while a folder was made or removed."""
    return [history / "runs" / name for name in _names(history) if name.startswith(".")]


def _names(history: Path) -> list[str]:
    runs = history / "runs"
    return [each.name for each in runs.iterdir()] if runs.is_dir() else []


def make_history(history: Path) -> None:
    """Make what every history has; only its one writer does.

    Raises:
        OSError: it cannot be made.
    """
    new_folder(history / "runs")
    if not (history / "history.json").exists():
        write_file(history / "history.json", msgspec.json.encode(_Format(FORMAT)) + b"\n")


def check_format(history: Path) -> None:
    """See that this version can read the history; a folder that is not there is an empty one.

    Raises:
        SnapshotError: it holds something else, or a newer version of this package wrote it.
    """
    path = history / "history.json"
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_Format).format
    except FileNotFoundError:
        names = [each.name for each in history.iterdir()] if history.exists() else []
        if all(map(_BEGINNINGS.fullmatch, names)):
            return
        message = f"{history} holds something that is no history: choose another folder"
        raise SnapshotError(message) from None
    except NotADirectoryError:
        message = f"{history} is a file, and a history is a folder"
        raise SnapshotError(message) from None
    except (OSError, *NOT_JSON) as error:
        message = f"{path} cannot be read: {error}"
        raise SnapshotError(message) from error
    if found > FORMAT:
        message = (
            f"{history} has format {found}, and this version of avepoint-async reads {FORMAT}: "
            "upgrade the package"
        )
        raise SnapshotError(message)
