"""`avepoint-async history`, `verify`, `export` and `report`."""

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import pytest_asyncio

from avepoint_async.snapshots import History
from avepoint_async.testing import Emulator, Fault
from tests.cli.conftest import Run, three_tenants
from tests.cli.process import finish, start
from tests.conftest import new_client


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def two_nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history of two nights: a whole one, and one in which a tenant failed."""
    history = History(tmp_path_factory.mktemp("history") / "night")
    async with Emulator(fleet=three_tenants()) as emulator, new_client(emulator) as client:
        await history.take(client)
        emulator.script(Fault.status(403), tenant=("c1", "t1"), times=None)
        await history.take(client)
    return history.path


@pytest.fixture
def night(two_nights: Path, tmp_path: Path) -> Path:
    """A copy of that history, which a test may damage."""
    shutil.copytree(two_nights, tmp_path / "night")
    return tmp_path / "night"


async def test_the_runs_are_listed(night: Path, run: Run) -> None:
    """Oldest first; one that is not whole says what it lacks."""
    ended = await run("history", str(night))
    first, second = History(night).runs()
    lines = [line for line in ended.out.decode().splitlines() if line.startswith(" 20")]
    assert [line.split()[0] for line in lines] == [first.id, second.id]
    assert lines[0].rstrip().endswith("whole")
    assert lines[1].rstrip().endswith("1 failed")
    assert (ended.status, ended.err) == (0, "")


async def test_the_runs_as_rows(night: Path, run: Run) -> None:
    """The counts of each run, in JSON lines and CSV alike."""
    as_json = await run("history", str(night), "-f", "jsonl")
    as_csv = await run("history", str(night), "-f", "csv")
    rows = [json.loads(line) for line in as_json.out.splitlines()]
    assert [(row["complete"], row["users"]) for row in rows] == [(True, 253), (False, 250)]
    assert rows[0]["mailbox_protected"] == History(night).runs()[0].summary.mailbox.protected
    read = list(csv.DictReader(io.StringIO(as_csv.out.decode(), newline="")))
    assert [list(row) for row in read] == [list(row) for row in rows]


async def test_an_empty_history_is_no_error(run: Run, tmp_path: Path) -> None:
    """Nothing was taken yet, and that is what it says."""
    ended = await run("history", str(tmp_path / "none"))
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.decode().rstrip().endswith("0 runs")


async def test_an_unfinished_run_is_told(emulator: Emulator, run: Run, tmp_path: Path) -> None:
    """No reader looks at it, but somebody should go on with it."""
    emulator.hold("users")
    process = await start("snapshot", str(tmp_path), at=emulator)
    await emulator.arrived(2, "users")
    process.kill()
    await finish(process)
    ended = await run("history", str(tmp_path))
    assert ended.status == 0
    assert f"run {History(tmp_path).unfinished()} is not sealed" in ended.err


async def test_what_is_as_it_was_is_verified(night: Path, run: Run) -> None:
    """Every run has its line."""
    ended = await run("verify", str(night))
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.decode().splitlines() == [
        f"{each.id}  as it was sealed" for each in History(night).runs()
    ]


def flip_a_bit(path: Path) -> None:
    """Damage a file as a bad disk does."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


async def test_damage_is_found(night: Path, run: Run) -> None:
    """Status 1, and the file is named."""
    first, _ = History(night).runs()
    flip_a_bit(first.path / "users-00000.parquet")
    ended = await run("verify", str(night))
    assert ended.status == 1
    assert ended.out.decode().splitlines()[0] == f"{first.id}  damaged"
    assert "users-00000.parquet" in ended.complaints[0]


async def test_a_damaged_summary_hides_no_other_run(night: Path, run: Run) -> None:
    """Every run is read and has its line, whatever is wrong with the first."""
    first, second = History(night).runs()
    flip_a_bit(first.path / "summary.json")
    flip_a_bit(second.path / "tenants.parquet")
    ended = await run("verify", str(night))
    assert ended.status == 1
    assert ended.out.decode().splitlines() == [f"{each.id}  damaged" for each in (first, second)]
    assert [each.id in told for each, told in zip((first, second), ended.complaints, strict=True)]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "db", "parquet"])
async def test_a_run_is_exported(night: Path, run: Run, tmp_path: Path, suffix: str) -> None:
    """The latest one; how many users it has is told, and the file is there."""
    target = tmp_path / f"out.{suffix}"
    ended = await run("export", str(night), str(target))
    assert ended.status == 0
    assert ended.lines == [f"250 users of run {History(night).runs()[1].id} written to {target}"]
    assert size_of(target) > 0


def size_of(path: Path) -> int:
    """Bytes of a file."""
    return path.stat().st_size


async def test_another_run_is_exported(night: Path, run: Run, tmp_path: Path) -> None:
    """The one that is named."""
    first, _ = History(night).runs()
    ended = await run("export", str(night), str(tmp_path / "x.jsonl"), "--run", first.id)
    assert (ended.status, ended.lines[0].split()[0]) == (0, "253")


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (lambda night, other: ["export", night, "x.doc"], 2, ".csv"),
        (lambda night, other: ["export", night, "x.csv", "--run", "no-such"], 1, "no-such"),
        (lambda night, other: ["export", other, "x.csv"], 1, "no sealed run yet"),
        (lambda night, other: ["verify", other], 1, "no sealed run yet, for there is no such"),
        (lambda night, other: ["verify", f"{night}/history.json"], 1, "is a file"),
        (lambda night, other: ["report", other, "-o", "x.html"], 1, "no sealed run yet"),
        (lambda night, other: ["report", night], 2, "--output"),
        (
            lambda night, other: ["report", night, "-o", "no-such-folder/x.html"],
            2,
            "no such folder",
        ),
        (lambda night, other: ["history"], 2, "DIR"),
    ],
)
async def test_what_cannot_be_done_is_one_line(
    night: Path,
    run: Run,
    tmp_path: Path,
    arguments: Callable[[str, str], list[str]],
    status: int,
    words: str,
) -> None:
    """2 for a wrong argument, 1 for what is not there."""
    ended = await run(*arguments(str(night), str(tmp_path / "none")))
    assert (ended.status, ended.out, len(ended.lines)) == (status, b"", 1)
    assert words in ended.lines[0]


async def test_the_report_is_a_page(night: Path, run: Run, tmp_path: Path) -> None:
    """No addresses stand in it unless they are asked for."""
    page = tmp_path / "page.html"
    ended = await run("report", str(night), "-o", str(page))
    assert (ended.status, ended.err) == (0, f"the report is in {page}\n")
    text = page_text(page)
    assert text.startswith("<!doctype html>")
    assert "@one.example" not in text
    assert (await run("report", str(night), "-o", str(page), "--addresses")).status == 0


def page_text(path: Path) -> str:
    """The page, in lower case."""
    return path.read_text(encoding="utf-8").lower()
