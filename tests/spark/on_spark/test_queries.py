"""Queries on Spark: rows are right whatever is asked of a frame, and errors say what is wrong."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import col

from avepoint_async import AvePointClient
from avepoint_async.snapshots import History
from avepoint_async.testing import Fault, ThreadedEmulator
from tests.spark.conftest import everybody
from tests.spark.on_spark.conftest import Load

ONE: dict[str, str] = {}
TWO = {"partitions": "2", "maxRequestsPerSecond": "2000"}
USERS = sum(1 + 200 * n for n in range(8))


def people(frame: DataFrame) -> list[tuple[str, str, str]]:
    """Who is among the rows, sorted."""
    rows = frame.select("customer_id", "tenant_id", "email").collect()
    return sorted((row[0], row[1], row[2]) for row in rows)


@pytest.mark.parametrize("given", [ONE, TWO])
def test_every_user_is_a_row(load: Load, service: ThreadedEmulator, given: dict[str, str]) -> None:
    """In as many partitions as were asked for."""
    frame = load(**given)
    assert frame.rdd.getNumPartitions() == int(given.get("partitions", 1))
    assert people(frame) == everybody(service)


@pytest.mark.parametrize("given", [ONE, TWO])
def test_filters_joins_and_unions_are_right(load: Load, given: dict[str, str]) -> None:
    """Each action reads everything anew; a filter of one does not stay for the next."""
    frame = load(**given)
    t2, t3 = frame.where("tenant_id = 't2'"), frame.where("tenant_id = 't3'")
    assert t2.count() == 401
    assert frame.count() == USERS
    assert t2.union(t3).count() == 401 + 601
    joined = frame.alias("a").join(frame.alias("b"), ["customer_id", "tenant_id", "email"])
    assert joined.count() == USERS
    counts = {
        row["tenant_id"]: row["count"] for row in frame.groupBy("tenant_id").count().collect()
    }
    assert counts == {f"t{n}": 1 + 200 * n for n in range(8)}
    assert (t2.count(), frame.count()) == (401, USERS)


def test_types_arrive_as_they_are(load: Load, service: ThreadedEmulator) -> None:
    """Booleans with a third state, times, and text beyond ASCII."""
    frame = load()
    assert {row["mailbox"] for row in frame.select("mailbox").distinct().collect()} <= {
        True,
        False,
        None,
    }
    assert frame.where(col("observed_at").isNull()).count() == 0
    names = {row["display_name"] for row in frame.where("tenant_id = 't7'").collect()}
    assert names == {user.display_name for user in service.fleet.users(("c3", "t7"))}


@pytest.mark.parametrize("given", [ONE, TWO])
def test_a_refused_tenant_is_a_row(
    load: Load, service: ThreadedEmulator, given: dict[str, str]
) -> None:
    """The job goes on, and the row says why its users lack."""
    service.script(Fault.status(403), tenant=("c3", "t7"), times=None)
    rows = load(**given).where("tenant_id = 't7'").collect()
    assert [(row["email"], "403" in row["error"]) for row in rows] == [(None, True)]
    state = load(table="tenants", **given).where("state = 'failed'").collect()
    assert [(row["tenant_id"], row["status"]) for row in state] == [("t7", 403)]


def test_a_refused_tenant_fails_the_job_if_that_is_wanted(
    load: Load, service: ThreadedEmulator
) -> None:
    """The error is our own, and names the tenant."""
    service.script(Fault.status(403), tenant=("c3", "t7"), times=None)
    with pytest.raises(Exception, match="PermissionDeniedError: customer c3, tenant t7"):
        load(onError="fail").count()


@pytest.mark.parametrize("given", [ONE, TWO])
def test_a_worker_that_dies_in_the_middle_costs_nothing_but_time(
    load: Load, service: ThreadedEmulator, flag: Path, given: dict[str, str]
) -> None:
    """Its part is read again from the start: every row is there, and there once."""
    before = len(service.requests)
    frame = load(credential="tests.spark.on_spark.mortal:make", **given)
    assert people(frame) == everybody(service)
    assert not flag.exists()
    asked = Counter(
        (each.tenant_id, each.page_index) for each in service.requests[before:] if each.tenant_id
    )
    assert max(asked.values()) == 2


def test_a_limit_leaves_nothing_behind(load: Load, service: ThreadedEmulator) -> None:
    """Spark stops reading; the worker's connections are closed, and it is used again."""
    assert len(load(credential="tests.spark.on_spark.mortal:make").limit(1).collect()) == 1
    asyncio.run(service.idle())
    assert load().count() == USERS
    asyncio.run(service.idle())
    assert service.in_flight == 0


def test_the_tables_of_tenants_and_customers(load: Load) -> None:
    """One row each."""
    tenants = {row["tenant_id"]: row["users"] for row in load(table="tenants").collect()}
    assert tenants == {f"t{n}": 1 + 200 * n for n in range(8)}
    customers = {row["customer_id"]: row["tenants"] for row in load(table="customers").collect()}
    assert customers == {f"c{n}": 2 for n in range(4)}


@pytest.mark.parametrize("partitions", ["1", "3"])
def test_a_history_is_read_without_the_service(
    load: Load, service: ThreadedEmulator, tmp_path: Path, partitions: str
) -> None:
    """The rows of the night, though the service would answer otherwise."""

    async def take() -> None:
        async with AvePointClient.from_env() as client:
            await History(tmp_path / "night").take(client)

    asyncio.run(take())
    before = len(service.requests)
    night = {"history": str(tmp_path / "night"), "partitions": partitions}
    assert people(load(**night)) == everybody(service)
    assert load(table="tenants", **night).count() == 8
    assert load(table="customers", **night).count() == 4
    assert len(service.requests) == before


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"client_secret": "hush"}, "the option client_secret looks like a secret"),
        ({"partitions": "2"}, "more than one partition needs the option maxRequestsPerSecond"),
        ({"credential": "nowhere:make"}, "the credential's provider nowhere:make cannot be"),
        ({"tenants": "t99"}, "the option tenants names t99"),
        ({"history": "/nowhere"}, "/nowhere has no sealed run yet"),
    ],
)
def test_what_is_wrong_is_told_in_planning(load: Load, given: dict[str, str], message: str) -> None:
    """An AnalysisException with our own message, and few frames before it."""
    with pytest.raises(AnalysisException) as caught:
        load(**given).count()
    text = str(caught.value)
    assert message in text
    assert "hush" not in text
    # the head, one frame of ours with its code, the error, Spark's own code of it
    assert text.count("File ") == 1, text


def test_the_data_source_is_found_by_its_name(
    spark: SparkSession, service: ThreadedEmulator
) -> None:
    """In SQL, too."""
    spark.sql("CREATE OR REPLACE TEMPORARY VIEW people USING avepoint OPTIONS (tenants 't2')")
    (row,) = spark.sql("SELECT count(*) AS users FROM people").collect()
    assert row["users"] == len(service.fleet.users(("c1", "t2")))
