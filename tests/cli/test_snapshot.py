"""`avepoint-async snapshot`."""

import json
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import attrs
import pytest
from prometheus_client.parser import text_string_to_metric_families

from avepoint_async.cli.progress import waiting_glimpse
from avepoint_async.cli.snapshot import take_glimpse
from avepoint_async.snapshots import History, TakeProgress
from avepoint_async.testing import Dialect, Emulator, Fault, Fleet
from tests.cli.conftest import Run, contents
from tests.cli.process import finish, start, start_program
from tests.cli.test_glimpse import STATS


@pytest.fixture
async def large() -> AsyncIterator[Emulator]:
    """Two tenants, one of them of many pages."""
    async with Emulator(fleet=Fleet.of({("c", "t1"): 50, ("c", "t2"): 2_000})) as emulator:
        yield emulator


def unexpected(err: str) -> list[str]:
    """What was said on stderr beside progress."""
    return [line for line in err.splitlines() if not line.startswith("0:")]


async def test_a_snapshot_is_sealed(emulator: Emulator, run: Run, tmp_path: Path) -> None:
    """Status 0; the sum is told, and the run can be read."""
    ended = await run("snapshot", str(tmp_path / "night"), at=emulator)
    (sealed,) = History(tmp_path / "night").runs()
    assert (ended.status, ended.out, ended.complaints) == (0, b"", [])
    assert ended.lines[-1].startswith(f"run {sealed.id} is sealed: 253 users of 3 tenants, ")
    assert (sealed.complete, sealed.summary.users) == (True, 253)


async def test_only_some_customers(emulator: Emulator, run: Run, tmp_path: Path) -> None:
    """By id or name, as for any other command."""
    await run("snapshot", str(tmp_path), "--customer", "C1", at=emulator)
    (sealed,) = History(tmp_path).runs()
    assert {tenant.customer_id for tenant in sealed.outcomes} == {"c1"}


async def test_another_question_in_the_same_folder_is_told(
    emulator: Emulator, run: Run, tmp_path: Path
) -> None:
    """A night of one customer after one of all is warned about, the next of the same is not."""
    for arguments, complaints in (((), 0), (("--customer", "C1"), 1), (("--customer", "C1"), 0)):
        ended = await run("snapshot", str(tmp_path), *arguments, at=emulator)
        assert (ended.status, len(ended.complaints)) == (0, complaints)
        assert all("a folder of their own" in line for line in ended.complaints)


async def test_shards_are_merged(emulator: Emulator, run: Run, tmp_path: Path) -> None:
    """Each process takes its share into a history of its own; merged they are the whole."""
    for number in (1, 2):
        where = str(tmp_path / str(number))
        ended = await run("snapshot", where, "--shard", f"{number}/2", at=emulator)
        assert ended.status == 0
    shares = [History(tmp_path / str(number)).latest() for number in (1, 2)]
    merged = History(tmp_path / "all").merge(shares)
    assert (merged.complete, merged.summary.users) == (True, 253)
    assert sum(len(each.outcomes) for each in shares if each is not None) == 3


async def test_a_shard_that_is_none(emulator: Emulator, run: Run, tmp_path: Path) -> None:
    """Status 2, and nothing is asked for."""
    ended = await run("snapshot", str(tmp_path), "--shard", "3/2", at=emulator)
    assert ended.status == 2
    assert "shard must be a number from 1" in ended.complaints[0]
    assert emulator.requests == []


async def test_a_tenant_that_failed_is_named(emulator: Emulator, run: Run, tmp_path: Path) -> None:
    """Status 3: the run is sealed, and what lacks is told with its likely cause."""
    emulator.script(Fault.status(403), tenant=("c1", "t1"), times=None)
    emulator.script(Fault.status(404), tenant=("c1", "t2"), times=None)
    ended = await run("snapshot", str(tmp_path), at=emulator)
    first, second = sorted(ended.complaints)
    assert ended.status == 3
    assert "tenant t1: 403 Forbidden" in first
    assert "likely: the customer is outside the customer scope" in first
    assert "likely: the customer has no such tenant" in second
    assert "250 users of 3 tenants (2 failed)" in ended.lines[-1]


async def test_a_list_that_is_short_is_named(emulator: Emulator, run: Run, tmp_path: Path) -> None:
    """Status 3: each tenant that lacks users, and the list of customers where it lacks some."""
    emulator.dialect = Dialect(total_off=1)
    ended = await run("snapshot", str(tmp_path), at=emulator)
    assert ended.status == 3
    assert any("t1: incomplete: 4 promised, 3 users shown" in line for line in ended.complaints)
    assert "the list of customers is incomplete" in ended.lines[-1]


async def test_an_interrupted_run_goes_on(large: Emulator, run: Run, tmp_path: Path) -> None:
    """The end says that it is not sealed; the same command goes on, and says so."""
    large.hold("users")
    process = await start("snapshot", str(tmp_path), at=large)
    await large.arrived(2, "users")
    process.send_signal(signal.SIGTERM)
    status, out, err = await finish(process)
    assert (status, out) == (143, "")
    assert [line.split(" ", 2)[2] for line in unexpected(err)] == [
        "is not sealed: 0 tenants of it are on disk; run the same again to go on"
    ]
    large.release()
    unsealed = History(tmp_path).unfinished()
    misspelt = await run("snapshot", str(tmp_path), "--customer", "no-such", at=large)
    assert misspelt.lines[0] == f"run {unsealed} is not sealed: run the same again to go on"
    again = await run("snapshot", str(tmp_path), at=large)
    assert (again.status, again.complaints) == (0, [])
    first = unexpected(again.err)[0]
    assert first.startswith(f"going on with run {unsealed}, which was not finished: ")
    assert [each.id for each in History(tmp_path).runs()] == [unsealed]


async def test_an_earlier_run_can_be_given_up(large: Emulator, run: Run, tmp_path: Path) -> None:
    """Rows of two days are not mixed: another run is begun."""
    large.hold("users")
    process = await start("snapshot", str(tmp_path / "first"), at=large)
    await large.arrived(2, "users")
    process.kill()
    await finish(process)
    large.release()
    unsealed = History(tmp_path / "first").unfinished()
    assert unsealed is not None
    shutil.copytree(tmp_path / "first", tmp_path / "second")
    for name, option in (("first", "--fresh"), ("second", "--max-age=0.0000001")):
        ended = await run("snapshot", str(tmp_path / name), option, at=large)
        assert ended.status == 0
        assert f"going on with run {unsealed}" not in ended.err
        assert f"run {unsealed} is sealed" not in ended.err


async def test_a_second_process_is_told_to_come_again(
    large: Emulator, run: Run, tmp_path: Path
) -> None:
    """Status 75 while another takes a snapshot into the same folder."""
    large.hold("users")
    first = await start("snapshot", str(tmp_path), at=large)
    await large.arrived(2, "users")
    ended = await run("snapshot", str(tmp_path), at=large)
    first.kill()
    await finish(first)
    assert ended.status == 75
    assert str(first.pid) in unexpected(ended.err)[0]


@pytest.mark.parametrize(
    ("fault", "status"), [(Fault.status(503, retry_after=3600), 75), (Fault.status(403), 1)]
)
async def test_a_run_without_its_list_is_not_sealed(
    emulator: Emulator, run: Run, tmp_path: Path, fault: Fault, status: int
) -> None:
    """75 where the trouble may pass, since going on helps; 1 where it will not."""
    emulator.script(fault, kind="customers", times=None)
    ended = await run("snapshot", str(tmp_path), "--deadline", "5", at=emulator)
    assert ended.status == status
    assert "customer list, page 1" in ended.complaints[0]
    assert ended.lines[-1].endswith("run the same again to go on")
    assert History(tmp_path).runs() == []


async def test_a_run_that_did_not_begin_leaves_nothing(
    emulator: Emulator, run: Run, tmp_path: Path
) -> None:
    """The name of a customer could not be looked up: there is nothing to go on with."""
    emulator.script(Fault.status(503, retry_after=3600), kind="customers", times=None)
    options = ("--customer", "Contoso", "--deadline", "5")
    ended = await run("snapshot", str(tmp_path / "night"), *options, at=emulator)
    assert (ended.status, len(ended.lines)) == (1, 1)
    assert not (tmp_path / "night").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--max-age", "0"], "max_age"),
        (["--commit-every", "0"], "commit_every"),
        (["--metrics", "no-such-folder/x.prom"], "no such folder"),
        (["--customer", "no-such"], "--customer"),
    ],
)
async def test_wrong_options_are_told(
    emulator: Emulator, run: Run, tmp_path: Path, options: list[str], words: str
) -> None:
    """Status 2, and no tenant is asked."""
    ended = await run("snapshot", str(tmp_path / "night"), *options, at=emulator)
    assert (ended.status, len(ended.complaints)) == (2, 1)
    assert words in ended.complaints[0]
    assert not any(each.kind == "users" for each in emulator.requests)


async def test_a_damaged_night_does_not_spoil_the_metrics_of_a_whole_one(
    emulator: Emulator, run: Run, tmp_path: Path
) -> None:
    """An older run need not be read for them."""
    folder, written = tmp_path / "night", tmp_path / "metrics"
    written.mkdir()
    await run("snapshot", str(folder), at=emulator)
    (History(folder).runs()[0].path / "summary.json").write_bytes(b"{}")
    ended = await run("snapshot", str(folder), "--metrics", str(written / "x.prom"), at=emulator)
    assert (ended.status, ended.complaints) == (0, [])
    assert b"avepoint_read_ok 1.0" in contents(written)["x.prom"]


async def test_metrics_tell_the_last_success(emulator: Emulator, run: Run, tmp_path: Path) -> None:
    """A night that is not whole keeps the time of the last that was: an alert on its age works."""
    await run("snapshot", str(tmp_path / "night"), at=emulator)
    emulator.script(Fault.status(403), tenant=("c1", "t1"), times=None)
    options = ("--metrics", str(tmp_path / "run.prom"))
    ended = await run("snapshot", str(tmp_path / "night"), *options, at=emulator)
    text = contents_of(tmp_path, "run.prom")
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    first, _ = History(tmp_path / "night").runs()
    assert ended.status == 3
    assert samples["avepoint_read_ok",] == 0
    assert samples["avepoint_tenants", "failed"] == 1
    last = samples["avepoint_last_success_timestamp_seconds",]
    assert last == pytest.approx(first.finished_at.timestamp())


def contents_of(folder: Path, name: str) -> str:
    """The text of one file."""
    return (folder / name).read_text()


WITHOUT = """
import sys

sys.modules["pyarrow"] = None
from avepoint_async.cli import main

for command in ("snapshot", "history", "diff"):
    print(command, main([command, sys.argv[1]]))
"""


async def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    """Status 2 and one line, and no folder."""
    program = (sys.executable, "-c", WITHOUT, str(tmp_path / "x"))
    process = await start_program(*program, AVEPOINT_CLIENT_ID="x")
    status, out, err = await finish(process)
    assert (status, out.splitlines()) == (0, ["snapshot 2", "history 2", "diff 2"])
    assert ["avepoint-async[snapshots]" in line for line in err.splitlines()] == [True] * 3
    assert contents(tmp_path) == {}


async def test_its_lines_can_be_json(emulator: Emulator, run: Run, tmp_path: Path) -> None:
    """A failed tenant is an object with its ids, state and error."""
    emulator.script(Fault.status(403), tenant=("c1", "t1"), times=None)
    ended = await run("snapshot", str(tmp_path), "--log-format", "json", at=emulator)
    (failed,) = (line for line in map(json.loads, ended.lines) if line["level"] == "error")
    assert (failed["tenant_id"], failed["state"]) == ("t1", "failed")
    assert failed["error"]["status"] == 403


HALF_WAY = TakeProgress(
    run_id="r",
    resumed=False,
    tenants=10,
    roster_read=False,
    tenants_done=4,
    tenants_failed=1,
    users=1_000,
    pages=12,
    commits=3,
)


def test_its_progress_in_words() -> None:
    """How many tenants there are is known once the list was read; then there is a bar."""
    glimpse = take_glimpse(HALF_WAY, STATS, 10.0)
    assert (glimpse.headline, glimpse.done) == ("5 of 10 tenants or more", None)
    assert glimpse.details == "1 failed, 12 pages, 1,000 users, 100 users/s, 3 commits"
    known = take_glimpse(attrs.evolve(HALF_WAY, roster_read=True, tenants_failed=0), STATS, 10.0)
    assert (known.headline, known.done) == ("4 of 10 tenants", 0.4)
    assert "failed" not in known.details
    nobody = attrs.evolve(HALF_WAY, roster_read=True, tenants=0, tenants_done=0, tenants_failed=0)
    assert take_glimpse(nobody, STATS, 10.0).done is None
    assert take_glimpse(None, STATS, 10.0) == waiting_glimpse(STATS)
    unread = attrs.evolve(nobody, roster_read=False)
    assert take_glimpse(unread, STATS, 10.0) == waiting_glimpse(STATS)
