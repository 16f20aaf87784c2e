"""What a partition reads: the users, what lacks of them, and nothing left behind."""

import asyncio
import json
import threading
from typing import Any

import pyarrow as pa
import pytest

from avepoint_async import AuthenticationError, IncompleteError, PermissionDeniedError
from avepoint_async.spark.options import Options
from avepoint_async.spark.planning import Share, plan
from avepoint_async.spark.reading import read
from avepoint_async.spark.tables import arrow_schema, spark_schema
from avepoint_async.testing import Customer, Fault, Fleet, Tenant, ThreadedEmulator, User
from tests.spark.conftest import Serve, addresses, batches, everybody, rows

SHARED = {"partitions": "2", "maxRequestsPerSecond": "1000"}


def promise(emulator: ThreadedEmulator, total: int) -> None:
    """Let tenant t1 show two users and promise more."""
    for page, data in enumerate([[{"email": "a@x.example"}, {"email": "b@x.example"}], []], 1):
        users: list[dict[str, Any]] = [
            each | {"displayName": None, "moduleStatus": []} for each in data
        ]
        metadata = {"pageIndex": page, "pageSize": 100, "totalCount": total}
        body = Fault.body(json.dumps({"data": users, "metadata": metadata}).encode())
        emulator.script(body, tenant=("c1", "t1"), page=page, times=None)


@pytest.mark.parametrize("given", [{}, SHARED])
def test_every_user_is_there_once(serve: Serve, given: dict[str, str]) -> None:
    """One partition or two: the rows are those that the service holds."""
    emulator = serve()
    assert addresses(rows(**given)) == everybody(emulator)


def test_a_row_tells_all_that_is_known(serve: Serve) -> None:
    """The columns of `ProtectedUser.as_row`, when the answer came, and no error."""
    user = User("ann@x.example", "Ann", ((0, True), (2, False), (7, True)), id="u1")
    customer = Customer("c1", "One", tenants=(Tenant("t1", "First"),))
    serve(Fleet.of({("c1", "t1"): [user]}, customers=[customer]))
    (row,) = rows()
    assert row.pop("observed_at").tzinfo is not None
    assert row == {
        "customer_id": "c1",
        "customer_name": "One",
        "tenant_id": "t1",
        "tenant_name": "First",
        "email": "ann@x.example",
        "display_name": "Ann",
        "id": "u1",
        "mailbox": True,
        "onedrive": False,
        "other_modules": "7=true",
        "error": None,
    }


@pytest.mark.parametrize("table", ["users", "tenants", "customers"])
def test_every_batch_has_the_schema_to_the_letter(serve: Serve, table: str) -> None:
    """Spark looks at the first batch alone, and a later one of another shape breaks it."""
    emulator = serve()
    emulator.script(Fault.status(403), tenant=("c3", "t4"), times=None)
    found = list(batches(table=table))
    assert found
    assert {batch.schema for batch in found} == {arrow_schema(table)}
    for batch in found:
        batch.validate(full=True)
    names = [each.split(" ")[0] for each in spark_schema(table).split(", ")]
    assert names == arrow_schema(table).names


def test_batches_are_of_bounded_size(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch is given away once it has enough rows; no row is in two."""
    monkeypatch.setattr("avepoint_async.spark.reading.ROWS", 100)
    emulator = serve()
    found = list(batches())
    assert len(found) > 2
    assert max(batch.num_rows for batch in found) < 200
    assert addresses([row for b in found for row in b.to_pylist()]) == everybody(emulator)


def test_only_these_addresses_are_asked_for(serve: Serve) -> None:
    """The option emails is the service's filter."""
    emulator = serve()
    wanted = everybody(emulator)[5]
    assert addresses(rows(emails=wanted[2].upper(), tenants=wanted[1])) == [wanted]


def test_a_refused_tenant_is_a_row(serve: Serve) -> None:
    """The others are read; the row says whose users lack and why."""
    emulator = serve()
    emulator.script(Fault.status(403), tenant=("c3", "t4"), times=None)
    found = rows(**SHARED)
    (failed,) = [row for row in found if row["error"] is not None]
    assert (failed["customer_id"], failed["tenant_id"], failed["email"]) == ("c3", "t4", None)
    assert failed["error"].startswith("PermissionDeniedError: customer c3, tenant t4")
    assert failed["customer_name"]
    assert addresses(found) == [each for each in everybody(emulator) if each[1] != "t4"]


def test_a_refused_tenant_raises_if_that_is_wanted(serve: Serve) -> None:
    """With ``onError=fail`` the partition ends with the error itself."""
    emulator = serve()
    emulator.script(Fault.status(403), tenant=("c3", "t4"), times=None)
    with pytest.raises(PermissionDeniedError):
        rows(onError="fail")


def test_a_tenant_that_falls_short_is_a_row_beside_its_users(serve: Serve) -> None:
    """What the service showed is there, and so is what it promised."""
    emulator = serve()
    promise(emulator, 5)
    told = [(r["email"], r["error"]) for r in rows() if r["tenant_id"] == "t1"]
    assert told == [
        ("a@x.example", None),
        ("b@x.example", None),
        (None, "incomplete: 2 users were delivered and 5 promised"),
    ]


def test_a_tenant_that_falls_short_raises_if_that_is_wanted(serve: Serve) -> None:
    """With ``onError=fail`` a table is whole or there is none."""
    emulator = serve()
    promise(emulator, 5)
    with pytest.raises(IncompleteError):
        rows(onError="fail")


def test_rows_that_cannot_be_read_are_told(serve: Serve) -> None:
    """They are left out, and counted in the row of their tenant."""
    odd: dict[str, Any] = {"email": None, "displayName": None, "moduleStatus": []}
    serve(Fleet.of({("c1", "t1"): ["a@x.example", odd]}))
    told = [row["error"] for row in rows() if row["error"]]
    assert told == ["incomplete: 1 users were delivered and 2 promised, 1 rows could not be read"]


def test_a_list_that_changes_all_the_time_is_told(serve: Serve) -> None:
    """A new user in front before each answer: the row says that the list was changing."""
    emulator = serve(Fleet.of({("c1", "t1"): 350}))
    number = iter(range(1000))

    def grow(recorded: Any) -> None:
        if recorded.kind == "users":
            emulator.fleet.insert(("c1", "t1"), 0, f"new{next(number)}@x.example")

    emulator.on_page = grow
    told = [row["error"] for row in rows() if row["error"]]
    assert len(told) == 1
    assert told[0].endswith("the list was changing")


def test_the_table_of_tenants_says_what_became_of_each(serve: Serve) -> None:
    """State, counts, and the error in parts."""
    emulator = serve()
    emulator.script(Fault.status(403), tenant=("c3", "t4"), times=None)
    promise(emulator, 5)
    found = {row["tenant_id"]: row for row in rows(table="tenants", **SHARED)}
    assert {name: row["state"] for name, row in found.items()} == {
        "t1": "short",
        "t2": "complete",
        "t3": "complete",
        "t4": "failed",
    }
    assert (found["t3"]["users"], found["t3"]["pages"], found["t3"]["total_count"]) == (250, 3, 250)
    assert (found["t4"]["error"], found["t4"]["status"]) == ("PermissionDeniedError", 403)
    assert found["t4"]["request_id"]


def test_the_table_of_customers(serve: Serve) -> None:
    """One row each, with the number of tenants."""
    serve()
    found = {row["customer_id"]: row["tenants"] for row in rows(table="customers")}
    assert found == {"c1": 2, "c2": 1, "c3": 1}


def test_a_customer_that_is_not_there_is_a_row(serve: Serve) -> None:
    """The table of customers tells what lacks as the others do."""
    serve()
    found = rows(table="customers", customers="c1,gone")
    assert [(row["customer_id"], bool(row["error"])) for row in found] == [
        ("c1", False),
        (None, True),
    ]
    with pytest.raises(IncompleteError, match="nothing was found of gone"):
        rows(table="customers", customers="c1,gone", onError="fail")


@pytest.mark.parametrize(("table", "column"), [("users", "error"), ("tenants", "message")])
def test_what_nobody_knows_of_is_the_last_row(serve: Serve, table: str, column: str) -> None:
    """A list of tenants that is not whole is told in every table."""
    serve()
    found = rows(table=table, customers="c1,gone")
    assert "nothing was found of gone" in found[-1][column]
    assert found[-1]["customer_id"] is None


def test_a_service_without_anything_is_an_empty_table(serve: Serve) -> None:
    """No batch at all, and no error."""
    serve(Fleet.of({}))
    assert [list(batches(table=each)) for each in ("users", "tenants", "customers")] == [[], [], []]


def test_refused_credentials_end_a_partition(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be asked at all: no row, but the error."""
    serve()
    share = Share(tenants=tuple(rows_of_plan()))
    monkeypatch.setenv("AVEPOINT_CLIENT_SECRET", "wrong")
    with pytest.raises(AuthenticationError):
        list(read(Options(), share))


def rows_of_plan() -> list[Any]:
    """The tenants of the small fleet."""
    return [tenant for share in plan(Options()) for tenant in share.tenants]


def test_a_partition_that_is_read_again_gives_the_same_rows(serve: Serve) -> None:
    """Spark asks again for a partition that died; nothing of the first time is left."""
    emulator = serve()
    (share,) = [Share(tenants=tuple(rows_of_plan()))]
    first = read(Options(), share)
    next(first)
    first.close()
    again = pa.Table.from_batches(read(Options(), share))
    assert addresses(again.to_pylist()) == everybody(emulator)


def test_stopping_early_leaves_nothing(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A limit closes the rows: requests end, sockets and the thread are gone, nobody complains."""
    monkeypatch.setattr("avepoint_async.spark.reading.ROWS", 100)
    emulator = serve(Fleet.of({("c1", f"t{n}"): 300 for n in range(40)}))
    threads = set(threading.enumerate())
    found = batches()
    next(found)
    found.close()
    assert set(threading.enumerate()) == threads
    asyncio.run(emulator.idle())
    assert len(emulator.api_requests) < 120
    assert capfd.readouterr().err == ""


def test_answers_are_read_while_spark_consumes_others(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests under way do not wait, and run out of time, until the next batch is wanted."""
    monkeypatch.setattr("avepoint_async.spark.reading.ROWS", 100)
    emulator = serve(Fleet.of({("c1", f"t{n}"): 100 for n in range(40)}))
    found = batches()
    first = next(found)
    # of the pages that are held here, more come than were under way when the first was given
    asyncio.run(emulator.arrived(20, "users"))
    asyncio.run(emulator.idle())
    rest = [row for batch in found for row in batch.to_pylist()]
    assert addresses([*first.to_pylist(), *rest]) == everybody(emulator)
