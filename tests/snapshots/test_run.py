"""Reading a sealed run: its tables in parts, and whether it is as it was sealed."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
import pytest_asyncio

from avepoint_async import ConfigurationError, TenantRef
from avepoint_async.snapshots import History, Run, SnapshotError, seal
from avepoint_async.snapshots.schema import CUSTOMERS, TENANTS, USERS
from avepoint_async.testing import Drift, Emulator, Fleet
from tests.conftest import new_client
from tests.snapshots.conftest import Night, Serve, emails, files_of

SIZES = {("c2", "b"): 700, ("c1", "z"): 0, ("c1", "y"): 1300, ("c3", "a"): 1, ("c1", "x"): 450}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history of one run, whose users are in several files of several row groups."""
    folder = tmp_path_factory.mktemp("sealed") / "night"
    emulator = Emulator(fleet=Fleet.of(SIZES))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seal, "ROWS_PER_FILE", 1000)
        patch.setattr(seal, "ROWS_PER_GROUP", 300)
        async with emulator, new_client(emulator) as client:
            await History(folder).take(client, commit_every=0.02)
    return folder


@pytest.fixture
def run(sealed: Path, tmp_path: Path) -> Run:
    """A copy of that run, which a test may damage."""
    shutil.copytree(sealed, tmp_path / "night")
    (run,) = History(tmp_path / "night").runs()
    return run


def test_the_tables_have_their_schemas(run: Run) -> None:
    """The tables are those of the schemas, to the type of each column."""
    assert all(batch.schema.equals(USERS) for batch in run.users())
    assert run.tenants().schema.equals(TENANTS)
    assert run.customers().schema.equals(CUSTOMERS)


def test_sorted_by_customer_tenant_and_page(run: Run) -> None:
    """Rows stand by customer, tenant and page, over all files."""
    assert len(list(run.path.glob("users-*.parquet"))) > 1
    columns = ["customer_id", "tenant_id", "page"]
    rows = [tuple(r.values()) for b in run.users(columns=columns) for r in b.to_pylist()]
    assert rows == sorted(rows)
    assert len(rows) == sum(SIZES.values()) == run.summary.users
    assert list(run.outcomes) == sorted(run.outcomes)


@pytest.mark.parametrize("wanted", [[("c1", "y")], [("c3", "a"), ("c1", "x")], [("c1", "z")], []])
def test_only_some_tenants(run: Run, wanted: list[tuple[str, str]]) -> None:
    """With tenants, exactly their rows come, named by reference or by pair."""
    everything = emails(run)
    expected = {each: everything[each] for each in sorted(wanted) if each in everything}
    for tenants in (wanted, [TenantRef(*each) for each in wanted]):
        found: dict[tuple[str, str], list[str]] = {}
        for batch in run.users(tenants=tenants):
            for row in batch.to_pylist():
                found.setdefault((row["customer_id"], row["tenant_id"]), []).append(row["email"])
        assert found == expected


def test_only_some_columns(run: Run) -> None:
    """Columns come in the order in which they are asked for."""
    batch = next(run.users(columns=["mailbox", "email"]))
    assert batch.schema.names == ["mailbox", "email"]


@pytest.mark.parametrize("columns", [["email", "name"], []])
def test_a_column_that_is_not_there(run: Run, columns: list[str]) -> None:
    """A column that the users do not have is refused with the list of those that they have."""
    with pytest.raises(ConfigurationError, match="customer_id, tenant_id, email"):
        run.users(columns=columns)


def test_a_tenant_that_is_not_there(run: Run) -> None:
    """A tenant that the run does not know is refused by name."""
    with pytest.raises(ConfigurationError, match="nobody"):
        run.users(tenants=[("c1", "nobody")])


async def test_a_list_that_moved_is_sorted_by_page(serve: Serve) -> None:
    """A tenant that was walked in several passes has its rows by page all the same."""
    drift = Drift(seed=2, insert=0.2, remove=0.2)
    night = await serve(Fleet.of({("c", "t"): 900}), drift=drift)
    run = await night.take(commit_every=0.02)
    pages = [r["page"] for b in run.users(columns=["page"]) for r in b.to_pylist()]
    (outcome,) = run.outcomes.values()
    assert outcome.passes > 1
    assert pages == sorted(pages)
    assert len(pages) == outcome.items


def test_verify_finds_nothing_wrong(run: Run) -> None:
    """A run that nobody touched is as it was sealed."""
    assert run.verify() == []


def test_verify_finds_any_flipped_bit(run: Run) -> None:
    """A single bit, in whichever file and wherever in it, is found, and the file is named."""
    draw = random.Random(5)
    for path in files_of(run.path):
        whole = path.read_bytes()
        places = {0, len(whole) - 1, *(draw.randrange(len(whole)) for _ in range(40))}
        for place in places:
            damaged = bytearray(whole)
            damaged[place] ^= 1 << draw.randrange(8)
            path.write_bytes(damaged)
            problems = run.verify()
            assert len(problems) == 1, (path.name, place)
            assert path.name in problems[0]
        path.write_bytes(whole)
    assert run.verify() == []


def test_verify_finds_any_bit_of_the_summary(run: Run) -> None:
    """No bit of the summary can be flipped unseen, neither in its sum nor in its blanks."""
    path = run.path / "summary.json"
    whole = path.read_bytes()
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1
        path.write_bytes(damaged)
        assert run.verify(), place


def test_verify_finds_what_is_missing_and_what_is_strange(run: Run) -> None:
    """A file that is gone, longer, no file, or none of the run's is told by name."""
    (run.path / "tenants.parquet").unlink()
    (run.path / "customers.parquet").unlink()
    (run.path / "customers.parquet").mkdir()
    with (run.path / "run.json").open("a") as file:
        file.write(" ")
    (run.path / "notes.txt").touch()
    problems = "\n".join(run.verify())
    for words in ("tenants.parquet is missing", "notes.txt is no file", "customers.parquet cannot"):
        assert words in problems
    assert "run.json has" in problems


def test_verify_finds_another_name(run: Run) -> None:
    """A folder that was renamed by hand is told."""
    other = run.path.with_name("20200101T000000Z-0000")
    run.path.rename(other)
    (problem,) = Run(other).verify()
    assert run.id in problem


def test_a_damaged_table_is_an_error(run: Run) -> None:
    """A table that cannot be read says which file it is, and what finds the rest."""
    path = run.path / "tenants.parquet"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(SnapshotError, match=r"tenants\.parquet cannot be read.*verify"):
        run.tenants()


@pytest.mark.parametrize("content", [None, b"", b"{}", b"[1"])
def test_a_damaged_summary_is_an_error(run: Run, content: bytes | None) -> None:
    """A run without a summary, or with a damaged one, is refused."""
    path = run.path / "summary.json"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SnapshotError, match=r"summary\.json"):
        Run(run.path)
    assert "summary.json" in run.verify()[0]


async def test_the_history_lists_runs(night: Night) -> None:
    """Runs are listed oldest first, the latest is the last, and each is found by its id."""
    history = night.history
    assert history.runs() == []
    assert history.latest() is None
    first, second = await night.take(), await night.take()
    assert [run.id for run in history.runs()] == [first.id, second.id]
    latest = history.latest()
    assert latest
    assert latest.id == second.id
    assert history.run(first.id).summary == first.summary
    assert repr(history) == f"History({str(history.path)!r})"


async def test_a_run_that_is_not_there(night: Night) -> None:
    """An unknown id is an error that names the latest run, or says that there is none."""
    with pytest.raises(SnapshotError, match="there is none yet"):
        night.history.run("x")
    run = await night.take()
    with pytest.raises(SnapshotError, match=f"the latest is {run.id}"):
        night.history.run("../" + run.id)


def test_memory_is_that_of_a_batch(run: Run) -> None:
    """Reading hands out one batch after another and keeps none of them."""
    batches: Iterator[pa.RecordBatch] = run.users()
    before = pa.total_allocated_bytes()
    sizes = []
    for batch in batches:
        del batch
        sizes.append(pa.total_allocated_bytes() - before)
    assert max(sizes) < 1 << 20


def test_a_copied_run_is_read_alone(run: Run, tmp_path: Path) -> None:
    """A run that was copied elsewhere is whole by itself."""
    shutil.copytree(run.path, tmp_path / "copy" / run.id)
    copy = Run(tmp_path / "copy" / run.id)
    assert copy.verify() == []
    assert emails(copy) == emails(run)


def test_no_history(tmp_path: Path) -> None:
    """A folder that is not there, or empty, is a history without runs; asking makes nothing."""
    assert History(tmp_path / "nothing").runs() == []
    assert History(tmp_path).unfinished() is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [(b'{"format":2}', "upgrade"), (b"{", "cannot be read"), (b'{"format":"1"}', "cannot be read")],
)
def test_another_format(tmp_path: Path, content: bytes, words: str) -> None:
    """A history of a newer version, or one that cannot be read, is refused."""
    (tmp_path / "history.json").write_bytes(content)
    with pytest.raises(SnapshotError, match=words):
        History(tmp_path)


def test_a_folder_of_something_else(tmp_path: Path) -> None:
    """A folder that holds something else is no history, and is not written to."""
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(SnapshotError, match="no history"):
        History(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.tex"]
