"""The same run in every format, whole or not at all, and once."""

import csv
import json
import os
import sqlite3
import stat
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from avepoint_async import ConfigurationError
from avepoint_async.snapshots import Run, SnapshotError
from avepoint_async.snapshots.durable import new_file
from avepoint_async.testing import Fault, Fleet, User
from tests.snapshots.conftest import Night, Serve, files_of

FLAT = [
    "customer_id",
    "customer_name",
    "tenant_id",
    "tenant_name",
    "email",
    "display_name",
    "id",
    "mailbox",
    "onedrive",
    "other_modules",
    "page",
    "observed_at",
]


def awkward_fleet() -> Fleet:
    """Two tenants with users whose names every format must survive."""
    users = [
        User("a@x.com", 'Comma, "quote"\nand line', ((0, True), (2, False), (7, True)), id="1"),
        User("ü@x.com", "Zoë 🦆", ((0, False),)),
        User("c@x.com", None, (), id="3"),
        User("d@x.com", "", ((2, True), (9, False), (11, True))),
    ]
    # The same tenant id with two customers: only both ids together are a key.
    return Fleet.of({("c1", "t"): users, ("c2", "t"): 120, ("c2", "empty"): 0})


@pytest.fixture
async def run(serve: Serve) -> Run:
    """A run of that fleet."""
    night = await serve(awkward_fleet())
    night.emulator.script(Fault.status(403), tenant=("c2", "empty"), times=None)
    return await night.take()


def rows_of(run: Run) -> list[dict[str, Any]]:
    """The users of the run, as every format is to give them back: with times as text."""
    names = {(t.customer_id, t.tenant_id): (t.customer_name, t.tenant_name) for t in run.outcomes}
    rows: list[dict[str, Any]] = []
    for batch in run.users():
        for row in batch.to_pylist():
            place = names[row["customer_id"], row["tenant_id"]]
            row |= {"customer_name": place[0], "tenant_name": place[1]}
            rows.append({name: row[name] for name in FLAT} | {"observed_at": iso(row)})
    return rows


def iso(row: dict[str, Any]) -> str:
    """When the row's answer came, as text."""
    moment: datetime | str = row["observed_at"]
    return (datetime.fromisoformat(moment) if isinstance(moment, str) else moment).isoformat()


def from_csv(path: Path) -> list[dict[str, Any]]:
    """The rows of a CSV file, read by the standard library, which knows no types."""
    words = {"": None, "true": True, "false": False}
    with path.open(encoding="utf-8", newline="") as file:
        return [
            row
            | {"display_name": row["display_name"], "page": int(row["page"])}
            | {"observed_at": iso(row)}
            | {name: row[name] or None for name in ("id", "other_modules")}
            | {name: words[row[name]] for name in ("mailbox", "onedrive")}
            for row in csv.DictReader(file)
        ]


def from_json_lines(path: Path) -> list[dict[str, Any]]:
    """The rows of a file of JSON lines."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [row | {"observed_at": iso(row)} for row in map(json.loads, lines)]


def from_parquet(path: Path) -> list[dict[str, Any]]:
    """The rows of a Parquet file."""
    return [row | {"observed_at": iso(row)} for row in pq.read_table(path).to_pylist()]


def from_sqlite(path: Path) -> list[dict[str, Any]]:
    """The rows of a database, joined with the names."""
    query = """
        SELECT u.customer_id, t.customer_name, u.tenant_id, t.tenant_name, u.email, u.display_name,
               u.id, u.mailbox, u.onedrive, u.other_modules, u.page, u.observed_at
        FROM users u JOIN tenants t USING (run_id, customer_id, tenant_id) ORDER BY u.rowid
    """
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        flags = {None: None, 0: False, 1: True}
        return [
            {name: row[name] for name in FLAT}
            | {name: flags[row[name]] for name in ("mailbox", "onedrive")}
            for row in database.execute(query)
        ]


READERS = {
    ".csv": from_csv,
    ".jsonl": from_json_lines,
    ".parquet": from_parquet,
    ".db": from_sqlite,
}


@pytest.mark.parametrize("suffix", READERS)
async def test_every_format_holds_the_same(run: Run, tmp_path: Path, suffix: str) -> None:
    """Read back from any file, the users are those of the run, name by name."""
    target = tmp_path / f"users{suffix}"
    assert run.export(target) == 124
    expected = rows_of(run)
    if suffix == ".csv":  # which cannot tell no name from an empty one, but for its quotes
        expected = [row | {"display_name": row["display_name"] or ""} for row in expected]
    assert READERS[suffix](target) == expected
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


@pytest.mark.parametrize("suffix", READERS)
async def test_exported_twice_is_there_once(run: Run, tmp_path: Path, suffix: str) -> None:
    """The same run exported to the same target again changes nothing."""
    target = tmp_path / f"users{suffix}"
    run.export(target)
    before = READERS[suffix](target)
    assert run.export(str(target)) == 124
    assert READERS[suffix](target) == before


async def test_csv_as_text(run: Run, tmp_path: Path) -> None:
    """Null is nothing, booleans are words, and every text stands in quotes."""
    run.export(tmp_path / "users.csv")
    text = (tmp_path / "users.csv").read_text(encoding="utf-8")
    assert text.startswith(",".join(f'"{name}"' for name in FLAT) + "\n")
    assert '"c@x.com",,"3",,,,1,' in text
    assert '"d@x.com",,,,true,"9=false;11=true",1,' in text


async def test_a_database_of_runs(night: Night, tmp_path: Path) -> None:
    """Every run is there with its tenants and customers; keys and indexes are as documented."""
    target = tmp_path / "nights.db"
    first, second = await night.take(), await night.take()
    assert first.export(target) == second.export(target) == 373
    with closing(sqlite3.connect(target)) as database:
        counts = {
            table: database.execute(f"SELECT run_id, count(*) FROM {table} GROUP BY 1").fetchall()
            for table in ("runs", "users", "tenants", "customers")
        }
        keys = {
            table: [row[1] for row in database.execute(f"PRAGMA table_info({table})") if row[5]]
            for table in counts
        }
        indexes = {
            row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type='index'")
        }
        (run_row,) = database.execute("SELECT * FROM runs WHERE run_id = ?", (first.id,))
    ids = [first.id, second.id]
    assert counts == {
        "runs": [(each, 1) for each in ids],
        "users": [(each, 373) for each in ids],
        "tenants": [(each, 4) for each in ids],
        "customers": [(each, 3) for each in ids],
    }
    assert keys == {
        "runs": ["run_id"],
        "users": [],
        "tenants": ["run_id", "customer_id", "tenant_id"],
        "customers": ["run_id", "customer_id"],
    }
    assert {"users_by_tenant", "users_by_email"} <= indexes
    assert run_row == (
        first.id,
        first.started_at.isoformat(),
        first.finished_at.isoformat(),
        1,
        4,
        373,
    )


async def test_a_foreign_database_stays_as_it_is(run: Run, tmp_path: Path) -> None:
    """Where a table of that name has other columns, nothing at all is written."""
    target = tmp_path / "other.db"
    with closing(sqlite3.connect(target)) as database, database:
        database.execute("CREATE TABLE users (name TEXT)")
    with pytest.raises(SnapshotError, match="Nothing was changed"):
        run.export(target)
    with closing(sqlite3.connect(target)) as database:
        tables = database.execute("SELECT name FROM sqlite_master").fetchall()
    assert tables == [("users",)]


async def test_a_file_that_is_no_database(run: Run, tmp_path: Path) -> None:
    """A file of another kind is refused, and not overwritten."""
    target = tmp_path / "notes.db"
    target.write_text("these are notes, and they are longer than a header of SQLite" * 3)
    before = target.read_bytes()
    with pytest.raises(SnapshotError, match=r"notes\.db"):
        run.export(target)
    assert target.read_bytes() == before


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
async def test_a_failed_export_leaves_the_file_of_before(
    run: Run, tmp_path: Path, suffix: str
) -> None:
    """An export that cannot be finished leaves what was there, and nothing beside it."""
    target = tmp_path / f"users{suffix}"
    target.write_text("before")
    users = run.path / "users-00000.parquet"
    os.truncate(users, users.stat().st_size // 2)
    with pytest.raises(SnapshotError, match=r"users-00000\.parquet"):
        run.export(target)
    assert target.read_text() == "before"
    assert [each.name for each in files_of(tmp_path) if each.parent == tmp_path] == [target.name]


async def test_a_failed_database_is_not_left_behind(run: Run, tmp_path: Path) -> None:
    """A database that was made for an export that failed is removed."""
    os.truncate(run.path / "users-00000.parquet", 100)
    with pytest.raises(SnapshotError):
        run.export(tmp_path / "users.db")
    assert not (tmp_path / "users.db").exists()


async def test_a_folder_that_is_not_there(run: Run, tmp_path: Path) -> None:
    """The message says where it could not be written, and that the folder is missing."""
    with pytest.raises(SnapshotError, match=r"nowhere.users\.csv .* there is no such folder$"):
        run.export(tmp_path / "nowhere" / "users.csv")


@pytest.mark.parametrize("target", ["users.xlsx", "users", "mysql://u:secret@h/d"])
async def test_another_format(run: Run, target: str) -> None:
    """Another suffix is refused with the list of those that there are, and without a secret."""
    with pytest.raises(ConfigurationError, match=r"\.csv, \.jsonl, \.parquet, \.db") as caught:
        run.export(target)
    assert "secret" not in str(caught.value)


def test_two_exports_to_one_file_do_not_mix(run: Run, tmp_path: Path) -> None:
    """One begins and ends while another writes: what is there is whole, and the last one's."""
    target = tmp_path / "out.csv"
    with new_file(target) as slow:
        slow.write(b"a row\n")
        assert run.export(target) == 124
        assert len(target.read_bytes().splitlines()) >= 125
        slow.write(b"another row\n")
    assert target.read_bytes() == b"a row\nanother row\n"
    assert list(tmp_path.glob("*out*")) == [target]


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet", ".db"])
def test_no_device_gives_way_to_a_file(run: Run, tmp_path: Path, suffix: str) -> None:
    """What is there and no file stays what it is; a link stays, and leads to the export."""
    pipe, link, file = (tmp_path / f"{name}{suffix}" for name in ("pipe", "link", "file"))
    os.mkfifo(pipe)
    link.symlink_to(file)
    with pytest.raises(SnapshotError, match="it is there, and no file"):
        run.export(pipe)
    assert pipe.is_fifo()
    assert run.export(link) == 124
    assert link.is_symlink()
    assert file.is_file()
