"""A SQLite database of runs. Booleans are 0 and 1, times are text in ISO 8601, UTC."""

# The stubs of pyarrow name types of numpy, which is absent.
# pyright: reportUnknownMemberType=false

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa

from avepoint_async.snapshots.durable import open_private
from avepoint_async.snapshots.errors import SnapshotError
from avepoint_async.snapshots.export.source import SealedRun
from avepoint_async.snapshots.export.tables import definitions, rows_beside, run_row
from avepoint_async.snapshots.schema import TIME

_TYPES = {
    pa.string(): "TEXT",
    pa.bool_(): "INTEGER",
    pa.int32(): "INTEGER",
    pa.int64(): "INTEGER",
    TIME: "TEXT",
}


def write_sqlite(run: SealedRun, path: Path) -> int:
    """Add the run to a database, in one transaction; one that is there already stays as it is.

    Returns:
        How many users of the run it holds.

    Raises:
        SnapshotError: it is no database, or one with other tables of these names.
        OSError: it cannot be opened.
    """
    existed = path.exists()
    try:
        _add(run, path)
    except BaseException:
        if not existed:
            path.unlink(missing_ok=True)
        raise
    return run.summary.users


def _add(run: SealedRun, path: Path) -> None:
    os.close(open_private(path, os.O_RDWR))
    try:
        # `with database` is the transaction: committed at its end, rolled back after an error.
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("BEGIN IMMEDIATE")
            for statement in definitions(_TYPES):
                database.execute(statement)
            known = database.execute("SELECT 1 FROM runs WHERE run_id = ?", (run.id,)).fetchone()
            if known is None:
                _insert(database, "runs", run_row(run))
                for name, batch in rows_beside(run):
                    _insert(database, name, batch)
    except sqlite3.Error as error:
        message = f"{path}: {error}. Nothing was changed"
        raise SnapshotError(message) from error


def _insert(database: sqlite3.Connection, table: str, batch: pa.RecordBatch) -> None:
    names = ", ".join(batch.schema.names)
    places = ", ".join("?" * batch.num_columns)
    statement = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608  our own names
    columns: list[Any] = [_values(name, batch) for name in batch.schema.names]
    database.executemany(statement, zip(*columns, strict=True))


def _values(name: str, batch: Any) -> list[Any]:
    column = batch.column(name)
    values: list[Any] = column.to_pylist()
    if column.type != TIME:
        return values
    return [None if each is None else each.isoformat() for each in values]
