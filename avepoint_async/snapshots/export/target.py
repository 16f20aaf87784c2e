"""Where an export goes to, told by the target's suffix or scheme."""

from collections.abc import Callable, Mapping
from pathlib import Path

from avepoint_async.errors import ConfigurationError
from avepoint_async.files import file_at
from avepoint_async.snapshots.errors import SnapshotError, disk_errors
from avepoint_async.snapshots.export.comma_separated import write_csv
from avepoint_async.snapshots.export.json_lines import write_json_lines
from avepoint_async.snapshots.export.parquet_file import write_parquet
from avepoint_async.snapshots.export.source import SealedRun
from avepoint_async.snapshots.export.sqlite import write_sqlite

FILES: Mapping[str, Callable[[SealedRun, Path], int]] = {
    ".csv": write_csv,
    ".jsonl": write_json_lines,
    ".parquet": write_parquet,
    ".db": write_sqlite,
}
_POSTGRES = ("postgresql://", "postgres://")


def export(run: SealedRun, target: str | Path) -> int:
    """Write the run to the target; see `Run.export`.

    Raises:
        ConfigurationError: another suffix, or an extra that is not installed.
        SnapshotError: the target cannot be written; it is as it was before.
    """
    if str(target).startswith(_POSTGRES):
        # An extra of its own.
        from avepoint_async.snapshots.export.postgres import write_postgres  # noqa: PLC0415

        return write_postgres(run, str(target))
    path = Path(target)
    write = FILES.get(path.suffix.lower())
    if write is None:
        # The target is not repeated: it may hold a password of another kind of database.
        message = (
            f"an export goes to a file that ends in {', '.join(FILES)} or to postgresql://…; "
            f"got {path.suffix or 'no suffix'!r}"
        )
        raise ConfigurationError(message)
    try:
        place = file_at(path)
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror}"
        raise SnapshotError(message) from error
    with disk_errors(path):
        return write(run, place)
