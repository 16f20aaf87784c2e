"""A history as a whole: what it compares and reports, and what it needs to be installed."""

import importlib
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import avepoint_async.snapshots
from avepoint_async import ConfigurationError
from avepoint_async.snapshots import ChangeKind, SnapshotError
from tests.snapshots.conftest import Night

T4 = ("c3", "t4")


async def test_diff(night: Night) -> None:
    """By default the latest run is compared with the one before, else those that are named."""
    with pytest.raises(SnapshotError, match="two sealed runs are needed"):
        night.history.diff()
    first = await night.take()
    with pytest.raises(SnapshotError, match="two sealed runs are needed"):
        night.history.diff()
    gone = night.emulator.fleet.remove(T4, 0)
    second = await night.take()
    night.emulator.fleet.insert(T4, 0, gone)
    third = await night.take()
    assert [change.kind for change in night.history.diff().changes()] == [ChangeKind.APPEARED]
    assert night.history.diff(first.id, third).counts.total() == 0
    assert night.history.diff(first, second.id).counts == {ChangeKind.GONE: 1}
    assert night.history.diff(after=second).counts == {ChangeKind.GONE: 1}
    with pytest.raises(SnapshotError, match="no sealed run 'x'"):
        night.history.diff("x")


async def test_as_of(night: Night) -> None:
    """For each tenant the newest answer that can be relied on is told, with its age."""
    await night.take()
    answers = night.history.as_of(datetime.now(UTC))
    assert sorted(each.tenant_id for each in answers) == ["t1", "t2", "t3", "t4"]
    assert all(answer.age is not None for answer in answers.values())
    assert night.history.as_of(datetime(2020, 1, 1, tzinfo=UTC)) == {}


async def test_report(night: Night, tmp_path: Path) -> None:
    """The page of a history is written to a file."""
    run = await night.take()
    night.history.report(tmp_path / "night.html")
    assert f"{run.summary.users}" in (tmp_path / "night.html").read_text(encoding="utf-8")


async def test_verify(night: Night) -> None:
    """All sealed runs are verified, even one that can no longer be opened."""
    assert night.history.verify() == []
    first, second = await night.take(), await night.take()
    assert night.history.verify() == []
    (first.path / "summary.json").write_bytes(b"{}")
    (second.path / "users-00000.parquet").unlink()
    told, missing = night.history.verify()
    assert first.id in told
    assert second.id in missing
    with pytest.raises(SnapshotError, match=first.id):
        night.history.runs()


@pytest.mark.parametrize("module", ["pyarrow", "filelock"])
def test_without_the_extra(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    """Where a package of the extra is missing, importing the snapshots says what to install."""
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigurationError, match=r"avepoint-async\[snapshots\]"):
        importlib.reload(avepoint_async.snapshots)
    assert sorted(avepoint_async.snapshots.__all__) == avepoint_async.snapshots.__all__
