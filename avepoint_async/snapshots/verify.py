"""Whether a sealed run is as it was sealed, to the last bit."""

from pathlib import Path

from avepoint_async.snapshots.errors import SnapshotError
from avepoint_async.snapshots.summary import NAME, FileSum, read_summary, sum_of


def problems(folder: Path) -> list[str]:
    """What is wrong with the run in this folder, one sentence each; empty if nothing is."""
    try:
        summary = read_summary(folder)
    except SnapshotError as error:
        return [str(error)]
    found = [] if summary.id == folder.name else [f"{folder} is the run {summary.id}, renamed"]
    for name, wanted in summary.files.items():
        problem = _problem(folder / name, wanted)
        if problem:
            found.append(problem)
    expected = {NAME, *summary.files}
    strangers = sorted(each.name for each in folder.iterdir() if each.name not in expected)
    return found + [f"{folder / name} is no file of this run" for name in strangers]


def _problem(path: Path, wanted: FileSum) -> str | None:
    try:
        found = sum_of(path)
    except FileNotFoundError:
        return f"{path} is missing"
    except OSError as error:
        return f"{path} cannot be read: {error.strerror}"
    if found.bytes != wanted.bytes:
        return f"{path} has {found.bytes:,} bytes and was sealed with {wanted.bytes:,}"
    return None if found == wanted else f"{path} is damaged: its SHA-256 is another"
