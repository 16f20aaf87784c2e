"""The data source of Spark: processor time of its workers against plain streaming, and tuples."""

import os
import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from avepoint_async.testing import Fleet, Tokens
from benchmarks.fan_out import count_users_by_page
from benchmarks.report import Bound, Report
from benchmarks.rounds import cpu, interleave, ratios
from benchmarks.server import Service, serving

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_TICKS = os.sysconf("SC_CLK_TCK")
# of /proc/PID/stat, from 0 behind the name: user and system time, and those of ended children
_OWN, _CHILDREN = slice(11, 13), slice(13, 15)


def main() -> None:
    """Read one fleet in turn by streaming, by Arrow batches and by tuples; Linux, Java, pyspark."""
    report = Report.begin(__doc__)
    if find_spec("pyspark") is None:
        print("  left out: pyspark is absent; `nox -s spark -- bench` brings it")
        return
    fleet = Fleet.generate(1, 10, tenants=100, users=100_000, sizes="zipf")
    with serving(fleet) as server:
        spark = _start(server.service)
        from benchmarks.spark_tuples import TupleSource  # noqa: PLC0415  # it needs pyspark

        spark.dataSource.register(TupleSource)
        rounds = report.rounds or 5
        expected = server.service.users
        streaming = interleave(
            {"streaming pages": partial(count_users_by_page, server.service)},
            rounds=rounds,
            expected=expected,
        )["streaming pages"]
        costs = {"streaming pages": cpu(streaming)}
        for name, source in (("Arrow batches", "avepoint"), ("tuples", "avepoint_tuples")):
            seen = [_read(spark, source, expected) for _ in range(rounds + 1)]
            costs[name] = seen[1:]
        spark.stop()
    for name, seconds in costs.items():
        report.figure(name, [each / expected * 1e6 for each in seconds], unit="µs/user")
    streamed, arrow, tuples = costs.values()
    report.figure("Arrow batches / streaming", ratios(arrow, streamed), bound=Bound(1.7))
    report.figure("tuples / Arrow batches", ratios(tuples, arrow))
    report.end()


def _start(service: Service) -> "SparkSession":
    from pyspark.sql import SparkSession  # noqa: PLC0415  # it may be absent

    from avepoint_async.spark import AvePointDataSource  # noqa: PLC0415  # the same

    tokens = Tokens()
    os.environ |= {
        "AVEPOINT_CLIENT_ID": tokens.client_id,
        "AVEPOINT_CLIENT_SECRET": tokens.client_secret,
        "AVEPOINT_GRAPH_URL": service.environment.graph_url,
        "AVEPOINT_TOKEN_URL": service.environment.token_url,
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": os.pathsep.join(each for each in sys.path if each),
    }
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    spark.dataSource.register(AvePointDataSource)
    return spark


def _read(spark: "SparkSession", source: str, expected: int) -> float:
    """Processor seconds of the workers for one query whose rows go nowhere.

    Raises:
        ValueError: the rows are not those of the fleet.
    """
    frame = spark.read.format(source).load()
    before = _workers()
    frame.write.format("noop").mode("overwrite").save()
    seconds = _workers() - before
    # Asked after the measurement: counting is another query.
    if source != "avepoint" and (count := frame.count()) != expected:
        message = f"{count} users were seen, not {expected}: the work was not done"
        raise ValueError(message)
    return seconds


def _workers() -> float:
    """Processor seconds so far of the processes that read partitions, ended ones included."""
    ticks = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_text().split("\0")
            numbers = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if "pyspark.daemon" in command:
            ticks += sum(map(int, numbers[_OWN]))
            # Its children are listed themselves until they end.
            ticks += sum(map(int, numbers[_CHILDREN]))
    return ticks / _TICKS


if __name__ == "__main__":
    main()
