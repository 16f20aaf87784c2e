"""What Spark calls: the data source ``avepoint``, its reader and its partitions.

Source: Apache Spark, *Python Data Source API*, Spark 4.0 and later.
"""

from collections.abc import Iterator, Mapping, Sequence

import attrs
import pyarrow as pa
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
from pyspark.sql.types import StructType

from avepoint_async import TenantRef
from avepoint_async.spark.nights import (
    customers_table,
    open_run,
    tenants_of,
    tenants_table,
    users_of,
)
from avepoint_async.spark.options import Options, read_options
from avepoint_async.spark.reading import discover, read_customers, read_tenants, read_users
from avepoint_async.spark.rows import error_rows
from avepoint_async.spark.tables import spark_schema


class AvePointDataSource(DataSource):
    """``spark.read.format("avepoint")``: protected users, tenants and customers as tables.

    ::

        spark.dataSource.register(AvePointDataSource)
        users = spark.read.format("avepoint").option("customers", "id-1,id-2").load()
        users.write.saveAsTable("protected_users")  # each further action asks the service again

    Options: ``table`` (``users``, ``tenants``, ``customers``), ``customers``, ``tenants`` and
    ``emails`` (separated by commas), ``partitions`` (1), ``maxRequestsPerSecond`` (of the whole
    query; needed with more than one partition), ``concurrency`` (of each partition), ``onError``
    (``record`` makes a row with ``error`` of a tenant that fails, ``fail`` raises),
    ``credential`` (``env``, the variables ``AVEPOINT_…`` of the workers, or ``module:function``
    that makes a client), ``history`` and ``run`` (read a sealed run instead of the service).

    No secret is ever an option. There is no ``pushFilters``: Spark 4.3.0 keeps the reader of the
    first query that pushed a filter, and answers later queries of the same frame with it, which
    gives wrong results.
    """

    @classmethod
    def name(cls) -> str:
        """The name of the format."""
        return "avepoint"

    def schema(self) -> str:
        """The columns of the table that the options name.

        Raises:
            ConfigurationError: an option is wrong.
        """
        return spark_schema(self._checked().table)

    def reader(self, schema: StructType) -> "AvePointReader":  # noqa: ARG002  # Spark's signature
        """A reader for one query.

        Raises:
            ConfigurationError: an option is wrong.
        """
        return AvePointReader(self._checked())

    def _checked(self) -> Options:
        options: Mapping[str, str] = self.options
        return read_options(options)


@attrs.frozen
class Part(InputPartition):
    """One partition: its tenants, and what is wrong with the list that they come from."""

    tenants: tuple[TenantRef, ...] = ()
    problem: str | None = None


class AvePointReader(DataSourceReader):
    """Plans a query, and reads its partitions; it is pickled, and holds options alone."""

    def __init__(self, options: Options) -> None:
        self._options = options

    def partitions(self) -> Sequence[InputPartition]:
        """The tenants, dealt round, since nobody knows beforehand how large they are.

        Raises:
            AvePointError: the customers cannot be listed, or the settings are wrong.
            SnapshotError: the history cannot be read.
        """
        options, problem = self._options, None
        if options.table == "customers":
            return [Part()]
        if options.history is not None:
            tenants = tenants_of(open_run(options), options)
        else:
            tenants, problem = discover(options)
        parts = [Part(tuple(tenants[k :: options.partitions])) for k in range(options.partitions)]
        return [attrs.evolve(parts[0], problem=problem), *parts[1:]]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        """The rows of one partition, as Arrow batches.

        Raises:
            AvePointError: nothing could be asked at all; with ``onError=fail`` any failure.
            SnapshotError: the history cannot be read.
        """
        options, part = self._options, partition
        assert isinstance(part, Part)  # noqa: S101  # it is one that `partitions` made
        tenants = list(part.tenants)
        if options.history is not None:
            return self._read_history(tenants)
        match options.table:
            case "customers":
                return read_customers(options)
            case "tenants":
                return read_tenants(options, tenants)
            case _:
                return self._read_users(tenants, part.problem)

    def _read_users(
        self, tenants: list[TenantRef], problem: str | None
    ) -> Iterator[pa.RecordBatch]:
        yield from read_users(self._options, tenants)
        if problem is not None:
            yield from error_rows([(None, problem)])

    def _read_history(self, tenants: list[TenantRef]) -> Iterator[pa.RecordBatch]:
        run = open_run(self._options)
        match self._options.table:
            case "customers":
                return customers_table(run, self._options)
            case "tenants":
                return tenants_table(run, tenants)
            case _:
                return users_of(run, tenants)
