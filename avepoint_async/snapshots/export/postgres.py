"""A PostgreSQL database of runs, filled through ADBC (extra ``postgres``)."""

# The stubs of pyarrow name types of numpy, which is absent.
# pyright: reportUnknownMemberType=false

import re
from importlib import import_module
from typing import Any
from urllib.parse import unquote

import pyarrow as pa

from avepoint_async.errors import ConfigurationError, one_line
from avepoint_async.snapshots.errors import SnapshotError
from avepoint_async.snapshots.export.source import SealedRun
from avepoint_async.snapshots.export.tables import definitions, rows_beside, run_row
from avepoint_async.snapshots.schema import TIME

_TYPES = {
    pa.string(): "text",
    pa.bool_(): "boolean",
    pa.int32(): "integer",
    pa.int64(): "bigint",
    TIME: "timestamptz",
}

_LOCK = 4_157_650_036  # any number that no other program takes for its own
# Behind the user's name, or among the parameters.
_PASSWORD = re.compile(r"(?<=:)[^:@/?]+(?=@)|(?<=password=)[^&]+")


def write_postgres(run: SealedRun, address: str) -> int:
    """Add the run to a database, in one transaction; one that is there already stays as it is.

    Args:
        run: what is added.
        address: ``postgresql://user:password@host:port/database``, as libpq reads it; what it
            leaves out, such as the password, comes from the variables ``PG…`` or ``~/.pgpass``.

    Returns:
        How many users of the run it holds.

    Raises:
        ConfigurationError: the extra ``postgres`` is not installed.
        SnapshotError: the database cannot be reached, or refuses; nothing was changed.
    """
    try:
        dbapi: Any = import_module("adbc_driver_postgresql.dbapi")  # an extra of its own
    except ImportError as error:
        message = "an export to PostgreSQL needs: pip install 'avepoint-async[postgres]'"
        raise ConfigurationError(message) from error
    try:
        # Without autocommit: closed without a commit, all of it is rolled back.
        with dbapi.connect(address) as connection, connection.cursor() as cursor:
            _make_tables(cursor)
            if not _known(cursor, run.id):
                cursor.adbc_ingest("runs", run_row(run), mode="append")
                for name, batch in rows_beside(run):
                    cursor.adbc_ingest(name, batch, mode="append")
            connection.commit()
    except dbapi.Error as error:
        # libpq may repeat the address, with its password, and so may a chained error.
        message = f"PostgreSQL: {_without(str(error), address)}. Nothing was changed"
        raise SnapshotError(message) from None
    return run.summary.users


def _make_tables(cursor: Any) -> None:
    # Two exports at once would trip over each other's tables, and over the same run.
    cursor.execute(f"SELECT pg_advisory_xact_lock({_LOCK})::text")
    for statement in definitions(_TYPES):
        cursor.execute(statement)


def _known(cursor: Any, run_id: str) -> bool:
    cursor.execute("SELECT count(*) FROM runs WHERE run_id = $1", (run_id,))
    return bool(cursor.fetchone()[0])


def _without(text: str, address: str) -> str:
    secrets = {address, *_PASSWORD.findall(address)}
    for secret in secrets | {unquote(each) for each in secrets}:
        text = text.replace(secret, "***")
    return one_line(text)
