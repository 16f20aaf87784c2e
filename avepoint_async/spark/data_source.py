"""What Spark calls: the data source ``avepoint``, its reader and its partitions.

Source: Apache Spark, *Python Data Source API*, Spark 4.0 and later.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from typing import ParamSpec, TypeVar, cast

import pyarrow as pa
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
from pyspark.sql.types import StructType

from avepoint_async import AvePointError
from avepoint_async.spark.options import Options, read_options
from avepoint_async.spark.planning import Share, plan
from avepoint_async.spark.reading import read
from avepoint_async.spark.tables import spark_schema

P = ParamSpec("P")
T = TypeVar("T")


def _in_short(planned: Callable[P, T]) -> Callable[P, T]:
    """Forget by which way an error came: Spark shows every frame before the message."""

    @wraps(planned)
    def run(*args: P.args, **options: P.kwargs) -> T:
        try:
            return planned(*args, **options)
        except AvePointError as error:
            raise error.with_traceback(None) from None

    return run


class AvePointDataSource(DataSource):
    """``spark.read.format("avepoint")``: protected users, tenants and customers as tables.

    ::

        spark.dataSource.register(AvePointDataSource)
        users = spark.read.format("avepoint").option("customers", "id-1,id-2").load()
        users.write.saveAsTable("protected_users")  # each further action asks the service again

    Options:
        ``table``: ``users``; ``tenants``, what became of each, for which its users are walked;
        or ``customers``. ``customers``, ``tenants``, ``emails``: only these, separated by commas.
        ``partitions`` (1) and ``maxRequestsPerSecond`` of the whole query, which is needed with
        more than one partition, for they share it. ``concurrency`` (16) of each partition.
        ``onError``: ``record`` makes a row with ``error`` and without ``email`` of a tenant that
        fails or falls short, beside the users that it told; ``fail`` raises. ``credential``:
        ``env``, the variables ``AVEPOINT_…`` of driver and executors, or ``module:function`` that
        makes a client. ``history``, and ``run`` for another than the latest: read a sealed run
        from a folder that every executor can read, instead of asking the service.

    No secret is ever an option. There is no ``pushFilters``: Spark 4.3.0 keeps the reader of the
    first query that pushed a filter, and answers later queries of the same frame with it, which
    gives wrong results.
    """

    @classmethod
    def name(cls) -> str:
        """The name of the format."""
        return "avepoint"

    @_in_short
    def schema(self) -> str:
        """The columns of the table that the options name.

        Raises:
            ConfigurationError: an option is wrong.
        """
        return spark_schema(self._checked().table)

    @_in_short
    def reader(self, schema: StructType) -> "AvePointReader":  # noqa: ARG002  # Spark's signature
        """A reader for one query.

        Raises:
            ConfigurationError: an option is wrong.
        """
        return AvePointReader(self._checked())

    def _checked(self) -> Options:
        options: Mapping[str, str] = self.options
        return read_options(options)


class AvePointReader(DataSourceReader):
    """Plans a query, and reads its partitions; it is pickled, and holds options alone."""

    def __init__(self, options: Options) -> None:
        self._options = options

    @_in_short
    def partitions(self) -> Sequence[InputPartition]:
        """The shares of the query.

        Raises:
            AvePointError: see `plan`.
        """
        return [InputPartition(share) for share in plan(self._options)]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        """The rows of one partition, as Arrow batches.

        Raises:
            AvePointError: see `avepoint_async.spark.reading.read`.
        """
        return read(self._options, cast("Share", partition.value))
