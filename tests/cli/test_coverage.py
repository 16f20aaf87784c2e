"""`avepoint-async coverage`."""

import json
from pathlib import Path

import pytest

from avepoint_async.testing import Emulator, Fault
from tests.cli.conftest import Run, contents


async def test_coverage_by_tenant(emulator: Emulator, run: Run) -> None:
    """Protected of listed, and what is not listed apart: unknown is a state of its own."""
    ended = await run("coverage", "--customer", "c1", at=emulator)
    rows = [line.split() for line in ended.out.decode().splitlines() if " / " in line]
    (first,) = (row for row in rows if "t1" in row)
    assert first[-8:] == ["t1", "3", "1/1", "100%", "2", "1/2", "50%", "1"]
    assert len(rows) == 2
    assert ended.status == 0
    assert ended.lines[-1].startswith("3 users of 2 tenants in ")


async def test_coverage_by_customer(emulator: Emulator, run: Run) -> None:
    """The tenants of a customer are added up, and a row names no tenant."""
    ended = await run("coverage", "--by", "customer", "-f", "jsonl", at=emulator)
    first, second = sorted(map(json.loads, ended.out.splitlines()), key=lambda row: row["users"])
    assert (first["customer_id"], first["tenant_id"]) == ("c1", None)
    assert (first["users"], first["complete"]) == (3, True)
    assert (first["mailbox_protected"], first["mailbox_unprotected"]) == (1, 0)
    assert (first["mailbox_unknown"], first["onedrive_unprotected"]) == (2, 1)
    assert second["users"] == 250
    table = await run("coverage", "--by", "customer", at=emulator)
    assert "2 customers" in table.out.decode()


@pytest.mark.parametrize(
    ("by", "words"), [("tenant", "failed"), ("customer", "1 of 2 tenants not whole")]
)
async def test_what_could_not_be_read_is_marked(
    emulator: Emulator, run: Run, by: str, words: str
) -> None:
    """Status 3, and the row says that its counts are not whole."""
    emulator.script(Fault.status(404), tenant=("c1", "t1"), times=None)
    ended = await run("coverage", "--by", by, at=emulator)
    assert ended.status == 3
    assert words in ended.out.decode()
    rows = await run("coverage", "--by", by, "-f", "csv", at=emulator)
    ends = sorted(line.rpartition(",")[2] for line in rows.out.decode().splitlines()[1:])
    assert ends == (["false", "true", "true"] if by == "tenant" else ["false", "true"])


async def test_a_tenant_that_failed_has_no_counts(emulator: Emulator, run: Run) -> None:
    """It may have users: a zero would be a claim. The tenant that was read and is empty has 0."""
    emulator.script(Fault.status(404), tenant=("c1", "t1"), times=None)
    ended = await run("coverage", "--customer", "c1", "-f", "jsonl", at=emulator)
    rows = {row["tenant_id"]: row for row in map(json.loads, ended.out.splitlines())}
    assert rows["t1"]["users"] is rows["t1"]["mailbox_protected"] is None
    assert [row["users"] for key, row in rows.items() if key != "t1"] == [0]


async def test_coverage_writes_the_files_of_a_run(
    emulator: Emulator, run: Run, tmp_path: Path
) -> None:
    """The table, the report and the metrics, of one run."""
    shown = await run("coverage", at=emulator)
    files = [f"--{name}={tmp_path}/{name}" for name in ("output", "report", "metrics")]
    ended = await run("coverage", *files, at=emulator)
    written = contents(tmp_path)
    assert (ended.status, ended.out) == (0, b"")
    assert written["output"] == shown.out
    assert json.loads(written["report"])["complete"]
    assert b'avepoint_users{module="mailbox",state="unknown"} 2.0' in written["metrics"]
