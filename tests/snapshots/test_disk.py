"""What the disk and the system may do to a history, and who may read and write it."""

import asyncio
import errno
import os
import stat
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from avepoint_async.snapshots import History, HistoryBusyError, SnapshotError, writer
from avepoint_async.snapshots.durable import new_file, sync_folder, write_file
from avepoint_async.snapshots.layout import partial_folder
from avepoint_async.snapshots.ledger import Ledger
from avepoint_async.snapshots.lock import only_writer
from avepoint_async.snapshots.manifest import read_entries
from avepoint_async.testing import Fault, Fleet, ThreadedEmulator
from tests.snapshots import mortal
from tests.snapshots.conftest import Night, Serve, files_of
from tests.snapshots.test_killed import PROCESSES


def path_of(descriptor: int) -> str:
    """The file that a descriptor is of."""
    return str(Path(f"/proc/self/fd/{descriptor}").readlink())


async def test_private(night: Night) -> None:
    """Files are for their owner alone, whatever the umask: these are people's addresses."""
    before = os.umask(0)
    try:
        run = await night.take()
    finally:
        os.umask(before)
    folder = night.history.path
    for path in [folder, *folder.rglob("*")]:
        allowed = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == allowed, path
    assert run.verify() == []


async def test_no_secret_in_any_file(night: Night) -> None:
    """Neither the secret nor a token stands in any file of a history."""
    await night.take()
    secrets = {night.emulator.tokens.client_secret, night.emulator.tokens.client_id}
    for request in night.emulator.api_requests:
        secrets.add(request.headers["Authorization"].removeprefix("Bearer "))
    for path in files_of(night.history.path):
        data = path.read_bytes()
        assert not [each for each in secrets if each.encode() in data], path


def test_a_limit_on_the_size_of_files(tmp_path: Path) -> None:
    """A file that may not grow ends the run with an error; what was committed stays, and counts.

    Many small tenants let the manifest reach the limit, in the middle of a line.
    """
    fleet = Fleet.generate(3, 8, tenants=400, users=400, sizes="equal")
    folder, told = tmp_path / "night", tmp_path / "told"
    with ThreadedEmulator(fleet=fleet, latency=0.003) as emulator:
        limited = (str(folder), emulator.settings, 40_000, str(told))
        process = PROCESSES.Process(target=mortal.take_within, args=limited)
        process.start()
        process.join()
        assert "File too large" in told.read_text()
        assert "raise the limit" in told.read_text()
        run_id = History(folder).unfinished()
        assert run_id
        manifest = partial_folder(folder, run_id) / "manifest.jsonl"
        committed = Ledger.of(read_entries(manifest)).settled
        assert 0 < len(committed) < 400
        asked = len(emulator.requests)
        process = PROCESSES.Process(target=mortal.take, args=(str(folder), emulator.settings, None))
        process.start()
        process.join()
        again = {(each.customer_id, each.tenant_id) for each in emulator.requests[asked:]}
    assert again
    assert not again & {(each.customer_id, each.tenant_id) for each in committed}
    (run,) = History(folder).runs()
    assert run.complete
    assert run.summary.users == 400


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "make room"),
        (errno.EIO, "see to the disk"),
        (errno.EDQUOT, "raise the quota"),
    ],
)
async def test_a_sync_that_fails(
    night: Night, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    """A sync that fails ends the run at once and is not tried again; running it again goes on."""
    failed: list[str] = []
    fsync = os.fsync

    def failing(descriptor: int) -> None:
        if path_of(descriptor).endswith(".arrow.tmp"):
            failed.append(path_of(descriptor))
            raise OSError(number, os.strerror(number))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(SnapshotError, match=words) as caught:
        await night.take()
    assert isinstance(caught.value.__cause__, OSError)
    assert len(failed) == 1
    monkeypatch.setattr(os, "fsync", fsync)
    unfinished = night.history.unfinished()
    run = await night.take()
    assert run.id == unfinished
    assert run.complete


async def test_a_full_disk_wakes_who_waits_for_an_answer(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full ends a run even while the service says nothing."""
    fdatasync = os.fdatasync

    def failing(descriptor: int) -> None:
        data = Path(path_of(descriptor)).read_bytes()
        if b'"kind":"commit"' in data:
            raise OSError(errno.ENOSPC, "No space left on device")
        fdatasync(descriptor)

    night.emulator.hold("users")
    monkeypatch.setattr(os, "fdatasync", failing)
    with pytest.raises(SnapshotError, match="No space left"):
        await night.take(commit_every=0.02)
    night.emulator.release()


async def test_cancelled_while_the_disk_fails(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a write that failed nothing more is written, though a cancellation hides the error."""
    failing, cancelled = threading.Event(), threading.Event()
    fdatasync = os.fdatasync

    def fail(descriptor: int) -> None:
        if b'"kind":"commit"' in Path(path_of(descriptor)).read_bytes():
            failing.set()
            cancelled.wait(60)
            raise OSError(errno.EIO, "Input/output error")
        fdatasync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", fail)
        night.emulator.script(Fault.delay(3600), tenant=("c2", "t3"), page=3)
        task = asyncio.create_task(night.take(commit_every=0.02))
        await asyncio.to_thread(failing.wait, 60)
        run_id = night.history.unfinished()
        assert run_id
        manifest = partial_folder(night.history.path, run_id) / "manifest.jsonl"
        before = manifest.read_bytes()
        task.cancel()
        await asyncio.sleep(0)
        cancelled.set()
        await asyncio.wait([task])
        assert task.cancelled()
    assert manifest.read_bytes() == before
    night.emulator.clear_script()
    assert (await night.take()).complete


@pytest.mark.parametrize("name", ["tenants.parquet", "summary.json", "/segments"])
async def test_a_seal_that_fails_is_done_again(
    night: Night, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Wherever the disk fails in the seal, the next process seals the run without a request."""
    replace = os.replace

    def failing(before: Path, after: Path) -> None:
        # The segments are renamed to be removed; no file of theirs is meant.
        if str(after).endswith(name) or str(before).endswith(name):
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(before, after)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", failing)
        with pytest.raises(SnapshotError, match="No space left"):
            await night.take()
    asked = len(night.emulator.requests)
    run = await night.take()
    assert len(night.emulator.requests) == asked
    assert run.verify() == []


async def test_a_folder_that_cannot_be_made(night: Night, tmp_path: Path) -> None:
    """Where a file stands in the way, the message says so before anything is sent."""
    (tmp_path / "file").touch()
    with pytest.raises(SnapshotError, match="file"):
        await History(tmp_path / "file" / "night").take(night.client)
    assert night.emulator.requests == []


async def test_one_writer(night: Night) -> None:
    """A second snapshot into the same folder is refused, and says who takes the first."""
    night.emulator.hold("users")
    first = asyncio.create_task(night.take())
    await night.emulator.arrived(1, "users")
    with pytest.raises(HistoryBusyError, match=f"process {os.getpid()} on ") as caught:
        await night.take()
    assert caught.value.holder
    assert night.history.runs() == []
    night.emulator.release()
    assert (await first).complete
    assert (await night.take()).complete


def test_one_writer_of_two_processes(tmp_path: Path) -> None:
    """Another process is told apart by its number, and its lock dies with it."""
    program = (
        "import sys, time; from pathlib import Path\n"
        "from avepoint_async.snapshots.lock import only_writer\n"
        "with only_writer(Path(sys.argv[1])): print('held', flush=True); time.sleep(600)"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout
            process.stdout.readline()
            holder = f"process {process.pid} on "
            with ExitStack() as stack, pytest.raises(HistoryBusyError, match=holder):
                stack.enter_context(only_writer(tmp_path))
        finally:
            process.kill()
    with only_writer(tmp_path):
        assert (tmp_path / "writer.json").exists()
    assert not (tmp_path / "writer.json").exists()


@pytest.mark.parametrize("note", [None, b"{", b"\xff"])
def test_a_writer_without_a_note(tmp_path: Path, note: bytes | None) -> None:
    """If the note of who writes cannot be read, the lock counts all the same."""
    with only_writer(tmp_path):
        (tmp_path / "writer.json").unlink()
        if note is not None:
            (tmp_path / "writer.json").write_bytes(note)
        with ExitStack() as stack, pytest.raises(HistoryBusyError, match="another") as caught:
            stack.enter_context(only_writer(tmp_path))
    assert caught.value.holder is None


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    """A write that fails leaves the file of before, and nothing beside it."""
    path = tmp_path / "file"
    write_file(path, b"before")
    text: Any = "no bytes"
    with pytest.raises(TypeError), new_file(path) as file:
        file.write(text)
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_system_that_syncs_no_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a folder cannot be opened, as on Windows, none is synced, and files are."""
    synced: list[Any] = []
    monkeypatch.delattr(os, "O_DIRECTORY")
    monkeypatch.setattr(os, "fsync", synced.append)
    sync_folder(tmp_path)
    assert synced == []
    write_file(tmp_path / "file", b"data")
    assert len(synced) == 1


async def test_slow_disk(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk is slower than the service, answers are not piled up in memory."""
    monkeypatch.setattr(writer, "ROWS", 200)
    peak = 0
    add = writer.Writer.add

    def watched(self: writer.Writer, answer: Any) -> None:
        nonlocal peak
        add(self, answer)
        peak = max(peak, self._buffer.rows)

    monkeypatch.setattr(writer.Writer, "add", watched)
    night = await serve(Fleet.of({("c", "t"): 5000}))
    run = await night.take()
    assert run.summary.users == 5000
    assert 200 <= peak <= 2 * 200 + 100
