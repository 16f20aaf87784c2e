"""A sealed run, as it is read: tables, outcomes, and whether every byte is as it was."""

# The stubs of pyarrow name types of numpy, which is absent.
# pyright: reportUnknownMemberType=false

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from avepoint_async.errors import ConfigurationError
from avepoint_async.paging.outcome import WalkOutcome
from avepoint_async.refs import TenantRef
from avepoint_async.snapshots.errors import NOT_JSON, SnapshotError
from avepoint_async.snapshots.export.target import export
from avepoint_async.snapshots.outcomes import outcome_of
from avepoint_async.snapshots.schema import USERS
from avepoint_async.snapshots.settings import RunSettings, read_settings
from avepoint_async.snapshots.summary import Summary, read_summary
from avepoint_async.snapshots.verify import problems

_BATCH = 65_536
"""Rows of a batch at most."""


class Run:
    """One night's answer on disk, sealed; `History` hands it out.

    Nothing of it changes any more, and nothing but the summary is read before it is asked for.

    Attributes:
        path: the folder.
        id: such as ``20261125T020000Z-7f3a``; ids sort by time.
        summary: the counts, as `Summary` describes them.

    Raises:
        SnapshotError: the summary is missing or damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = path.name
        self.summary: Summary = read_summary(path)

    def __repr__(self) -> str:
        return f"Run({self.id!r}, {self.summary!r})"

    @property
    def started_at(self) -> datetime:
        """When it began, in UTC."""
        return self.summary.started_at

    @property
    def finished_at(self) -> datetime:
        """When it was sealed, in UTC."""
        return self.summary.finished_at

    @property
    def complete(self) -> bool:
        """Whether the list of tenants was whole and each tenant's users are all here."""
        return self.summary.complete

    @cached_property
    def settings(self) -> RunSettings:
        """What it was asked to do.

        Raises:
            SnapshotError: they cannot be read.
        """
        try:
            return read_settings(self.path)
        except (OSError, *NOT_JSON) as error:
            message = f"the settings of {self.path} cannot be read: {error}"
            raise SnapshotError(message) from error

    @property
    def asked_for(self) -> tuple[str, str | None]:
        """The same for runs that were asked for the same customers or tenants of the same cloud.

        Raises:
            SnapshotError: the settings cannot be read.
        """
        return self.settings.arguments, self.settings.shard

    @cached_property
    def outcomes(self) -> dict[TenantRef, WalkOutcome]:
        """What became of each tenant; errors with class, status, message and request id.

        A tenant that was not asked has an outcome of nothing: no page, not complete, no error.
        """
        return {
            TenantRef(
                row["customer_id"], row["tenant_id"], row["customer_name"], row["tenant_name"]
            ): outcome_of(row)
            for row in self.tenants().to_pylist()
        }

    def tenants(self) -> pa.Table:
        """One row a tenant, sorted by customer and tenant; the schema is `schema.TENANTS`.

        Raises:
            SnapshotError: the file cannot be read.
        """
        return self._table("tenants.parquet")

    def customers(self) -> pa.Table:
        """One row a customer, as it was that night; the schema is `schema.CUSTOMERS`.

        A run over tenants that the caller named has none.

        Raises:
            SnapshotError: the file cannot be read.
        """
        return self._table("customers.parquet")

    def users(
        self,
        *,
        tenants: Iterable[TenantRef | tuple[str, str]] | None = None,
        columns: Iterable[str] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """The users, sorted by customer, tenant and page; memory holds one batch.

        Args:
            tenants: only the users of these; None: all. Only their rows are read.
            columns: only these columns, in this order; None: all of the schema `schema.USERS`.

        Raises:
            ConfigurationError: a tenant or a column that the run does not have.
            SnapshotError: a file cannot be read.
        """
        names = list(USERS.names if columns is None else columns)
        unknown = [name for name in names if name not in USERS.names]
        if unknown or not names:
            asked = ", ".join(map(repr, unknown)) or "none"
            message = f"columns must be of {', '.join(USERS.names)}; got {asked}"
            raise ConfigurationError(message)
        ranges = [(0, self.summary.users)] if tenants is None else self._ranges(tenants)
        return self._read(ranges, names)

    def export(self, target: str | Path) -> int:
        """Write the run to a file or a database, whole or not at all; twice is once.

        Args:
            target: ``.csv``, ``.jsonl`` or ``.parquet``: one file of users with the names of
                customers and tenants on each row, which takes its place when it is whole.
                ``.db``: a SQLite database with the tables ``users``, ``tenants``, ``customers``
                and ``runs``, to which the run is added in one transaction.
                ``postgresql://…``: the same in PostgreSQL (extra ``postgres``).

        Returns:
            How many users of this run stand in the target now.

        Raises:
            ConfigurationError: another suffix, or an extra that is not installed.
            SnapshotError: the target cannot be written; it is as it was before.
        """
        return export(self, target)

    def verify(self) -> list[str]:
        """What is wrong with the files of this run: one sentence each; empty if nothing is.

        Every byte is read. A file that is missing, changed, or none of the run's is told.
        """
        return problems(self.path)

    @cached_property
    def _places(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Where the rows of each tenant stand among all rows: the first, and the one after."""
        places: dict[tuple[str, str], tuple[int, int]] = {}
        after = 0
        for row in self.tenants().select(["customer_id", "tenant_id", "users"]).to_pylist():
            first, after = after, after + row["users"]
            places[row["customer_id"], row["tenant_id"]] = first, after
        return places

    def _ranges(self, tenants: Iterable[TenantRef | tuple[str, str]]) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        for tenant in tenants:
            key = tenant if isinstance(tenant, tuple) else (tenant.customer_id, tenant.tenant_id)
            if key not in self._places:
                message = f"run {self.id} has no tenant {key!r}"
                raise ConfigurationError(message)
            found.append(self._places[key])
        return sorted(set(found))

    def _read(
        self, ranges: Sequence[tuple[int, int]], names: list[str]
    ) -> Iterator[pa.RecordBatch]:
        offset = 0
        for path in sorted(self.path.glob("users-*.parquet")):
            with _reading(path), pq.ParquetFile(path) as file:
                for group in range(file.num_row_groups):
                    rows = file.metadata.row_group(group).num_rows
                    wanted = _overlaps(ranges, offset, offset + rows)
                    if wanted:
                        yield from _rows_of(file, group, wanted, names)
                    offset += rows

    def _table(self, name: str) -> pa.Table:
        path = self.path / name
        with _reading(path):
            return pq.read_table(path)


@contextmanager
def _reading(path: Path) -> Generator[None]:
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        message = f"{path} cannot be read: {error}. `verify` tells what else is damaged"
        raise SnapshotError(message) from error


def _overlaps(ranges: Sequence[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    """The ranges as far as they lie between the two, counted from ``start``."""
    return [
        (max(first, start) - start, min(after, end) - start)
        for first, after in ranges
        if first < end and after > start
    ]


def _rows_of(
    file: pq.ParquetFile, group: int, ranges: list[tuple[int, int]], names: list[str]
) -> Iterator[pa.RecordBatch]:
    offset = 0
    for batch in file.iter_batches(_BATCH, row_groups=[group], columns=names, use_threads=False):
        for first, after in _overlaps(ranges, offset, offset + batch.num_rows):
            yield batch.slice(first, after - first).select(names)
        offset += batch.num_rows
