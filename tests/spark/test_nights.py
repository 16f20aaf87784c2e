"""The same tables from a history, without the service."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from avepoint_async import AvePointClient, ConfigurationError, RetryPolicy
from avepoint_async.snapshots import History, Run, SnapshotError
from avepoint_async.spark.options import read_options
from avepoint_async.spark.planning import plan
from avepoint_async.spark.reading import read
from avepoint_async.testing import Fault
from tests.spark.conftest import Serve, addresses, everybody, of_history, rows


def take(folder: Path, **given: Any) -> Run:
    """Take a snapshot of the service that runs."""

    async def run() -> Run:
        async with AvePointClient.from_env(retry=RetryPolicy(attempts=1)) as client:
            return await History(folder).take(client, **given)

    return asyncio.run(run())


def told(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows without times, pages of errors and ids of requests, in an order of their own."""
    left = [{k: v for k, v in r.items() if k not in ("observed_at", "request_id")} for r in found]
    for row in left:
        for name in row.keys() & {"error", "message"}:
            row[name] = re.sub(r", page \d+|request [-0-9a-f]+", "", row[name] or "")
    return sorted(left, key=str)


@pytest.mark.parametrize("table", ["users", "tenants", "customers"])
@pytest.mark.parametrize("partitions", ["1", "3"])
def test_a_history_gives_the_same_tables(
    serve: Serve, tmp_path: Path, table: str, partitions: str
) -> None:
    """Names, errors and all; and nobody is asked."""
    emulator = serve()
    emulator.script(Fault.status(403), tenant=("c1", "t1"), times=None)
    take(tmp_path / "night")
    live = rows(table=table)
    before = len(emulator.requests)
    found = of_history(history=str(tmp_path / "night"), table=table, partitions=partitions)
    assert told(found) == told(live)
    assert len(emulator.requests) == before


def test_only_these_customers_and_tenants(serve: Serve, tmp_path: Path) -> None:
    """The options customers and tenants choose rows of every table."""
    serve()
    take(tmp_path / "night")
    night = str(tmp_path / "night")
    found = of_history(history=night, customers="C1", tenants="T1", table="tenants")
    assert [row["tenant_id"] for row in found] == ["t1"]
    assert {row["tenant_id"] for row in of_history(history=night, tenants="t1,t3")} == {"t1", "t3"}
    found = of_history(history=night, customers="C2", table="customers")
    assert [row["customer_id"] for row in found] == ["c2"]


def test_an_id_that_the_run_does_not_know_is_refused(serve: Serve, tmp_path: Path) -> None:
    """A mistyped id is no empty table."""
    serve()
    run = take(tmp_path / "night")
    with pytest.raises(ConfigurationError, match=f"customers names gone, which run {run.id} does"):
        of_history(history=str(tmp_path / "night"), customers="gone")
    with pytest.raises(ConfigurationError, match="the option tenants names gone"):
        of_history(history=str(tmp_path / "night"), tenants="gone")


def test_the_run_is_chosen_once_a_query(serve: Serve, tmp_path: Path) -> None:
    """A run that is sealed between planning and reading does not mix with the one planned."""
    emulator = serve()
    take(tmp_path / "night")
    before = everybody(emulator)
    options = read_options({"history": str(tmp_path / "night"), "partitions": "2"})
    shares = plan(options)
    emulator.fleet.insert(("c1", "t1"), 0, "new@x.example")
    take(tmp_path / "night")
    found = [row for share in shares for b in read(options, share) for row in b.to_pylist()]
    assert addresses(found) == before


def test_a_run_may_be_named(serve: Serve, tmp_path: Path) -> None:
    """The option run reads another than the latest."""
    emulator = serve()
    first = take(tmp_path / "night")
    before = everybody(emulator)
    emulator.fleet.insert(("c1", "t1"), 0, "new@x.example")
    take(tmp_path / "night")
    night = str(tmp_path / "night")
    assert addresses(of_history(history=night, run=first.id)) == before
    assert addresses(of_history(history=night)) == everybody(emulator)


def test_a_history_without_a_run_is_told(tmp_path: Path) -> None:
    """The error says how to take one."""
    with pytest.raises(SnapshotError, match="no sealed run yet: take one with"):
        of_history(history=str(tmp_path / "night"))


def test_a_run_that_is_not_whole_fails_if_that_is_wanted(serve: Serve, tmp_path: Path) -> None:
    """``onError=fail`` fails in planning; of tenants that are whole the query goes on."""
    emulator = serve()
    emulator.script(Fault.status(403), tenant=("c3", "t4"), times=None)
    take(tmp_path / "night")
    night = str(tmp_path / "night")
    with pytest.raises(SnapshotError, match="1 tenants failed or fell short: PermissionDenied"):
        of_history(history=night, onError="fail")
    assert len(of_history(history=night, onError="fail", tenants="t3")) == 250
    assert len(of_history(history=night, onError="fail", table="customers")) == 3


@pytest.mark.parametrize("table", ["users", "tenants", "customers"])
def test_a_list_of_tenants_that_was_not_whole_is_a_row(
    serve: Serve, tmp_path: Path, table: str
) -> None:
    """As it is when the service is asked."""
    serve()
    run = take(tmp_path / "night", customer_ids=["c1", "gone"])
    night = str(tmp_path / "night")
    found = of_history(history=night, table=table, partitions="2")
    (problem,) = [row for row in found if row["customer_id"] is None]
    assert f"the customer list of run {run.id} is incomplete" in str(problem)
    with pytest.raises(SnapshotError, match="the customer list of run"):
        of_history(history=night, table=table, onError="fail")
