"""The protected-user status as a table of Spark 4 (extra ``spark``; the cluster brings pyspark).

::

    from avepoint_async.spark import AvePointDataSource

    spark.dataSource.register(AvePointDataSource)
    users = spark.read.format("avepoint").load()

``options`` reads and checks what a query was given, ``tables`` has the schemas, ``planning`` deals
the tenants out, ``reading`` asks the service and ``nights`` a history, ``rows`` turns answers into
Arrow batches, ``thread`` lets a synchronous worker iterate them, and ``data_source`` is what Spark
calls: it alone needs pyspark, and is imported when its class is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avepoint_async.spark.data_source import AvePointDataSource

__all__ = ["AvePointDataSource"]


def __getattr__(name: str) -> object:
    if name in __all__:
        return getattr(import_module(f"{__name__}.data_source"), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
