"""A program on Spark that queries well and badly, and shows all that Spark shows of a query."""

# ruff: noqa: T201  # what it prints is looked at

import sys

from pyspark.sql import SparkSession

from avepoint_async.spark import AvePointDataSource

LIMIT = "from here on a limit is at work"
MODES = ("simple", "extended", "codegen", "cost", "formatted")


def main(log: str, marker: str) -> None:
    """Run the queries; ``marker`` is an option's value, which Spark may show."""
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.eventLog.enabled", "true")
        .config("spark.eventLog.compress", "false")
        .config("spark.eventLog.dir", f"file://{log}")
        .getOrCreate()
    )
    spark.dataSource.register(AvePointDataSource)
    frame = spark.read.format("avepoint").option("emails", marker).load()
    print(frame.count())
    print(spark.read.format("avepoint").load().count())
    spark.sql(f"CREATE TEMPORARY VIEW people USING avepoint OPTIONS (emails '{marker}')").collect()
    spark.sql("SELECT count(*) FROM people").show()
    for mode in MODES:
        frame.explain(mode=mode)
    for name, value in (("onError", "fail"), ("partitions", "0"), ("customers", "gone")):
        try:
            spark.read.format("avepoint").option(name, value).load().show()
        except Exception as error:  # noqa: BLE001  # whatever it says is looked at
            print(error)
    print(LIMIT, file=sys.stderr)
    small = spark.read.format("avepoint").option("credential", "tests.spark.on_spark.mortal:make")
    print(len(small.load().limit(1).collect()))
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
