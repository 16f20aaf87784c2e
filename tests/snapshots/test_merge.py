"""The runs of all shards become one run, equal to that of one process, or an error says why not."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from signal import SIGKILL
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from avepoint_async import ConfigurationError
from avepoint_async.snapshots import History, Run, SnapshotError
from avepoint_async.snapshots import seal as sealing
from avepoint_async.snapshots.schema import USERS
from avepoint_async.snapshots.settings import read_settings, write_settings
from avepoint_async.testing import Fault, Fleet, ThreadedEmulator
from tests.snapshots import mortal
from tests.snapshots.conftest import Night, Serve, emails, states
from tests.snapshots.mortal import Point

PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.snapshots.mortal"])

# what tells of the time, or of the traffic, and not of the answer
_OF_THE_NIGHT = ["observed_at", "started_at", "finished_at", "attempts"]


def fleet() -> Fleet:
    """Twenty-four tenants of five customers, some empty, one of several pages."""
    sizes = {(f"c{n // 5:02}", f"t{n:02}"): n % 7 for n in range(24)}
    return Fleet.of(sizes | {("c03", "t17"): 250})


def answers(table: pa.Table) -> list[dict[str, Any]]:
    """The rows of a table, without what differs from night to night."""
    left = [name for name in table.column_names if name not in _OF_THE_NIGHT]
    return list(table.select(left).to_pylist())


def users(run: Run) -> list[dict[str, Any]]:
    """All users of a run."""
    return answers(pa.Table.from_batches(run.users(), schema=USERS))


def assert_same_night(merged: Run, whole: Run) -> None:
    """Both runs tell the same of the same tenants, row for row."""
    assert users(merged) == users(whole)
    assert answers(merged.tenants()) == answers(whole.tenants())
    assert answers(merged.customers()) == answers(whole.customers())
    assert merged.outcomes == whole.outcomes
    assert merged.verify() == []
    for name in ("complete", "roster_complete", "states", "users", "mailbox", "onedrive", "pages"):
        assert getattr(merged.summary, name) == getattr(whole.summary, name), name


@pytest.fixture
def service() -> Iterator[ThreadedEmulator]:
    """A service for processes."""
    with ThreadedEmulator(fleet=fleet()) as emulator:
        yield emulator


def test_eight_processes_of_which_one_is_killed_take_what_one_takes(
    service: ThreadedEmulator, tmp_path: Path
) -> None:
    """One is killed after its first commit and run again; merged, every row is there once."""
    killed = Point("os.fdatasync", "manifest[.]jsonl$", number=2, how="all")

    def start(number: int, point: Point | None) -> Any:
        args = (str(tmp_path / str(number)), service.settings, point, (number, 8))
        process = PROCESSES.Process(target=mortal.take, args=args)
        process.start()
        return process

    processes = [start(number, killed if number == 3 else None) for number in range(1, 9)]
    for process in processes:
        process.join()
    assert [each.exitcode for each in processes] == [0, 0, -SIGKILL, 0, 0, 0, 0, 0]
    assert History(tmp_path / "3").latest() is None
    again = start(3, None)
    again.join()
    whole = PROCESSES.Process(
        target=mortal.take, args=(str(tmp_path / "0"), service.settings, None)
    )
    whole.start()
    whole.join()

    runs = [run for number in range(9) for run in History(tmp_path / str(number)).runs()]
    merged = History(tmp_path / "night").merge(runs[:0:-1])
    assert_same_night(merged, runs[0])
    assert merged.complete
    assert merged.summary.requests == sum(run.summary.requests for run in runs[1:])
    assert merged.summary.processes == 9
    assert read_settings(merged.path).merged == [run.id for run in runs[1:]]


async def take_shards(night: Night, of: int) -> list[Run]:
    """A run of each shard, each in a history of its own."""
    folder = night.history.path.parent
    return [
        await History(folder / f"{number}-{of}").take(night.client, shard=(number, of))
        for number in range(1, of + 1)
    ]


async def test_rows_of_many_groups_stay_in_order(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the rows are cut into groups and files, those of each tenant stand together."""
    night = await serve(fleet())
    runs = await take_shards(night, 3)
    whole = await night.take()
    monkeypatch.setattr("avepoint_async.snapshots.merge.ROWS_PER_GROUP", 7)
    monkeypatch.setattr(sealing, "ROWS_PER_FILE", 20)
    merged = History(night.history.path.parent / "merged").merge(runs)
    assert len(list(merged.path.glob("users-*.parquet"))) > 2
    assert_same_night(merged, whole)
    assert emails(merged) == {
        ref: [user.email for user in night.emulator.fleet.users(ref)]
        for ref in night.emulator.fleet.refs()
        if night.emulator.fleet.users(ref)
    }


async def test_nobody_is_asked_for_a_merge_and_a_second_one_finds_the_first(serve: Serve) -> None:
    """The same runs merged again, in any order, are the one run that is there."""
    night = await serve(fleet())
    runs = await take_shards(night, 2)
    before = len(night.emulator.requests)
    first = night.history.merge(runs)
    second = night.history.merge(reversed(runs))
    assert [run.id for run in night.history.runs()] == [first.id]
    assert second.path == first.path
    assert len(night.emulator.requests) == before


async def test_a_merged_run_is_the_night_that_one_process_would_go_on_from(serve: Serve) -> None:
    """Its arguments are those of a run that is not shared out."""
    night = await serve(fleet())
    merged = night.history.merge(await take_shards(night, 2))
    whole = await night.take()
    assert read_settings(merged.path).shard is None
    assert read_settings(merged.path).arguments == read_settings(whole.path).arguments


async def test_a_tenant_that_failed_makes_the_merged_run_incomplete(serve: Serve) -> None:
    """Complete is what every shard is; the outcomes tell the rest."""
    night = await serve(fleet())
    night.emulator.script(Fault.status(403), tenant=("c03", "t17"), times=None)
    merged = night.history.merge(await take_shards(night, 4))
    assert not merged.complete
    assert states(merged)["t17"] == "failed"
    assert merged.summary.states["complete"] == 23


async def test_shards_without_any_user_are_merged(serve: Serve) -> None:
    """A night of empty tenants is a night."""
    night = await serve(Fleet.of({("c", "t"): 0}))
    merged = night.history.merge(await take_shards(night, 2))
    assert merged.complete
    assert users(merged) == []


async def test_missing_shards_are_named(serve: Serve) -> None:
    """Without one of the shards there is no night."""
    night = await serve(fleet())
    runs = await take_shards(night, 4)
    with pytest.raises(ConfigurationError, match="these shards are missing: 2/4, 3/4"):
        night.history.merge([runs[0], None, runs[3]])
    assert night.history.runs() == []


async def test_a_shard_that_is_there_twice_is_refused(serve: Serve) -> None:
    """Two runs of one shard overlap, and the error names both."""
    night = await serve(fleet())
    runs = await take_shards(night, 2)
    again = await History(runs[0].path.parent.parent).take(night.client, shard=(1, 2))
    with pytest.raises(ConfigurationError, match="shard 1/2 is there twice") as caught:
        night.history.merge([*runs, again])
    assert runs[0].id in str(caught.value)
    assert again.id in str(caught.value)


async def test_a_run_that_was_not_shared_out_is_refused(serve: Serve) -> None:
    """Only runs of shards are merged."""
    night = await serve(fleet())
    runs = await take_shards(night, 2)
    with pytest.raises(ConfigurationError, match="is a whole one, and none of a shard"):
        night.history.merge([*runs, await night.take()])


async def test_shards_of_different_numbers_are_refused(serve: Serve) -> None:
    """A half and three quarters are not a whole."""
    night = await serve(fleet())
    runs = [*await take_shards(night, 2), *await take_shards(night, 3)]
    with pytest.raises(ConfigurationError, match="these are of 2 and 3 shards"):
        night.history.merge(runs)


def test_no_run_at_all_is_refused(tmp_path: Path) -> None:
    """An empty list of runs is a mistake, and no folder is made for it."""
    with pytest.raises(ConfigurationError, match="these are of no shards"):
        History(tmp_path / "night").merge([])
    assert not (tmp_path / "night").exists()


async def test_shards_of_other_arguments_are_refused(serve: Serve) -> None:
    """One asked for all customers, the other for one."""
    night = await serve(fleet())
    runs = await take_shards(night, 2)
    other = await night.take(shard=(2, 2), customer_ids="c03")
    with pytest.raises(ConfigurationError, match="1/2 and 2/2 were asked for other customers"):
        night.history.merge([runs[0], other])


async def test_shards_of_other_clouds_are_refused(serve: Serve) -> None:
    """Ids of two clouds have nothing to do with each other."""
    night = await serve(fleet())
    runs = await take_shards(night, 2)
    settings = read_settings(runs[1].path)
    write_settings(runs[1].path, msgspec.structs.replace(settings, service="https://other"))
    with pytest.raises(ConfigurationError, match="and shard 2/2 from https://other"):
        night.history.merge(runs)


async def test_shards_of_different_days_are_refused_unless_that_is_wanted(serve: Serve) -> None:
    """The latest run of a shard that failed today is yesterday's."""
    night = await serve(fleet())
    runs = await take_shards(night, 2)
    with pytest.raises(ConfigurationError, match=r"shard 1/2 began at .* take the older one again"):
        night.history.merge(runs, max_age=timedelta(0))
    assert night.history.merge(runs, max_age=timedelta(days=1)).complete


async def test_a_damaged_shard_is_refused(serve: Serve) -> None:
    """Every byte is checked before it becomes part of a new run."""
    night = await serve(fleet())
    runs = await take_shards(night, 2)
    path = next(runs[1].path.glob("users-*.parquet"))
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(SnapshotError, match=r"cannot be merged: .*users-00000.parquet is damaged"):
        night.history.merge(runs)
    assert night.history.runs() == []


async def test_a_shard_without_settings_is_refused(serve: Serve) -> None:
    """What it was asked cannot be told."""
    night = await serve(fleet())
    runs = await take_shards(night, 2)
    (runs[0].path / "run.json").write_bytes(b"{")
    with pytest.raises(SnapshotError, match=r"the settings of .* cannot be read"):
        night.history.merge(runs)


async def test_what_a_crash_left_of_a_merge_is_removed(serve: Serve) -> None:
    """A merge that was killed is done again from the start."""
    night = await serve(fleet())
    runs = await take_shards(night, 2)
    merged = night.history.merge(runs)
    draft = merged.path.with_name(f".new-{merged.id}")
    shutil.move(merged.path, draft)
    (draft / "summary.json").unlink()
    assert night.history.merge(runs).verify() == []
    assert not draft.exists()


async def test_another_run_of_the_same_id_is_not_taken_for_the_merged_one(serve: Serve) -> None:
    """The error says that the place is taken."""
    night = await serve(fleet())
    runs = await take_shards(night, 2)
    merged = night.history.merge(runs)
    settings = read_settings(merged.path)
    write_settings(merged.path, msgspec.structs.replace(settings, merged=[]))
    with pytest.raises(SnapshotError, match="already, and it was not merged from these"):
        night.history.merge(runs)
