"""The protected-user status as a table of Spark 4 (extra ``spark``; the cluster brings pyspark).

::

    from avepoint_async.spark import AvePointDataSource

    spark.dataSource.register(AvePointDataSource)
    users = spark.read.format("avepoint").load()

``options`` reads and checks what a query was given, ``tables`` has the schemas, ``rows`` turns
answers into Arrow batches, ``reading`` drives a fan-out from Spark's synchronous workers, and
``data_source`` is what Spark calls.
"""

from avepoint_async.spark.data_source import AvePointDataSource

__all__ = ["AvePointDataSource"]
