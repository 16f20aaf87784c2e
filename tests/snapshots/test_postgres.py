"""PostgreSQL, a real one: the run is there whole, once, or not at all."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from importlib import import_module
from typing import Any

import pytest

from avepoint_async import ConfigurationError
from avepoint_async.snapshots import Run, SnapshotError
from tests.snapshots import postgres_server
from tests.snapshots.conftest import Night, Serve
from tests.snapshots.test_export import FLAT, awkward_fleet, iso, rows_of

dbapi: Any = import_module("adbc_driver_postgresql.dbapi")  # which is not typed


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a server for this file."""
    with postgres_server.running() as address:
        yield address


@pytest.fixture
def database(server: str, request: pytest.FixtureRequest) -> str:
    """The address of a new database."""
    name = "".join(char for char in request.node.name if char.isalnum())[:60]
    with dbapi.connect(server, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    return server.removesuffix("postgres") + name


@pytest.fixture
async def run(serve: Serve) -> Run:
    """A run with users whose names every format must survive."""
    return await (await serve(awkward_fleet())).take()


def ask(address: str, query: str) -> list[tuple[object, ...]]:
    """The rows that a query gives."""
    with dbapi.connect(address) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        rows: list[tuple[object, ...]] = cursor.fetchall()
    return rows


USERS = """
    SELECT customer_id, customer_name, tenant_id, tenant_name, email, display_name, id, mailbox,
           onedrive, other_modules, page, observed_at
    FROM users JOIN tenants USING (run_id, customer_id, tenant_id)
    ORDER BY customer_id, tenant_id, page, users.ctid
"""


async def test_it_holds_the_same(run: Run, database: str) -> None:
    """Read back with SQL, the users are those of the run, name by name."""
    assert run.export(database) == 124
    found = [dict(zip(FLAT, row, strict=True)) for row in ask(database, USERS)]
    assert [row | {"observed_at": iso(row)} for row in found] == rows_of(run)
    assert ask(database, "SELECT run_id, complete, users FROM runs") == [(run.id, True, 124)]


async def test_exported_twice_is_there_once(run: Run, database: str) -> None:
    """The same run exported again changes nothing."""
    assert run.export(database) == run.export(database) == 124
    for table, count in {"runs": 1, "users": 124, "tenants": 3, "customers": 2}.items():
        assert ask(database, f"SELECT count(*) FROM {table}") == [(count,)]


async def test_at_the_same_time(run: Run, database: str) -> None:
    """Four exports at once write it once, and none of them fails."""
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run.export, [database] * 4)) == [124] * 4
    assert ask(database, "SELECT count(*) FROM users") == [(124,)]


async def test_many_runs(night: Night, database: str) -> None:
    """Another run is added beside the first."""
    ids = []
    for _ in range(2):
        run = await night.take()
        run.export(database)
        ids.append((run.id, 373))
    query = "SELECT run_id, count(*) FROM users GROUP BY 1 ORDER BY 1"
    assert ask(database, query) == ids


async def test_whole_or_not_at_all(run: Run, database: str) -> None:
    """If one table refuses, none of them holds anything."""
    with dbapi.connect(database, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE users (name text)")
    with pytest.raises(SnapshotError, match="Nothing was changed"):
        run.export(database)
    query = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
    assert ask(database, query) == [(1,)]


async def test_no_password_in_an_error(run: Run, database: str) -> None:
    """What goes wrong is told without the password, wherever it stood in the address."""
    secret = postgres_server.PASSWORD
    wrong = database.replace(secret, "wrong-5ecret")
    parameter = database.replace(f":{secret}", "") + "?password=wrong-5ecret"
    for address in (wrong, parameter, "postgresql://me:wrong-5ecret@@[", wrong + "?nonsense=1"):
        with pytest.raises(SnapshotError, match="PostgreSQL") as caught:
            run.export(address)
        assert "5ecret" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__


async def test_without_the_driver(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra it says what to install."""
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql.dbapi", None)
    with pytest.raises(ConfigurationError, match=r"avepoint-async\[postgres\]"):
        run.export("postgresql://localhost/x")


def test_without_a_server() -> None:
    """Where no server is installed, these tests fail, and say how to install one."""
    missing = pytest.raises(postgres_server.MissingServerError, match="apt-get install -y postgre")
    with ExitStack() as stack, missing:
        stack.enter_context(postgres_server.running("/nowhere"))
