"""The same data source as a rival would write it: rows as tuples, which Spark turns into Arrow."""

from collections.abc import AsyncGenerator, Iterator
from typing import Any, cast

from pyspark.sql.datasource import InputPartition
from pyspark.sql.types import StructType

from avepoint_async import ProtectedUser, TenantRef
from avepoint_async.spark import AvePointDataSource
from avepoint_async.spark.data_source import AvePointReader
from avepoint_async.spark.options import Options, make_client, read_options
from avepoint_async.spark.planning import Share
from avepoint_async.spark.tables import arrow_schema
from avepoint_async.spark.thread import iterate

_NAMES = arrow_schema("users").names


class TupleSource(AvePointDataSource):
    """The users' table, row by row."""

    @classmethod
    def name(cls) -> str:
        """The name of the format."""
        return "avepoint_tuples"

    def reader(self, schema: StructType) -> AvePointReader:  # noqa: ARG002  # Spark's signature
        """A reader for one query."""
        return TupleReader(read_options(self.options))


class TupleReader(AvePointReader):
    """Plans as the library does, and reads otherwise."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._given = options

    def read(self, partition: InputPartition) -> Iterator[Any]:
        """A tuple for each user."""
        share = cast("Share", partition.value)
        for tenant, users, moment in iterate(_pages(self._given, share)):
            for user in users:
                row = user.as_row(tenant) | {"observed_at": moment, "error": None}
                yield tuple(row[name] for name in _NAMES)


async def _pages(
    options: Options, share: Share
) -> AsyncGenerator[tuple[TenantRef, tuple[ProtectedUser, ...], Any], None]:
    client = make_client(options, strict=False, partitions=share.of)
    async with client, client.protected_users_across(share.tenants) as fleet:
        async for tenant, page in fleet.pages():
            yield tenant, tuple(page.items), page.received_at
