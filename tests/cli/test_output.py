"""The way out for data: stdout, and files that are whole or not there."""

import asyncio
import io
import os
import select
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from avepoint_async import ConfigurationError
from avepoint_async.cli.output import opened_output, write_output
from tests.cli.conftest import contents


@contextmanager
def piped(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[io.TextIOWrapper, io.FileIO]]:
    """Stdout as a pipe, and the pipe's other end."""
    reader, writer = os.pipe()
    with os.fdopen(writer, "w", encoding="utf-8") as stream, io.FileIO(reader) as pipe:
        monkeypatch.setattr(sys, "stdout", stream)
        yield stream, pipe


async def test_data_arrives_whole_however_slow_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the pipe is full the loop goes on, and in the end every byte is there, in order."""
    records = [os.urandom(300) for _ in range(1_000)]
    data = b"".join(records)
    with piped(monkeypatch) as (_, pipe), opened_output(None) as out:
        writing = asyncio.create_task(out.put(records))
        turns, received = 0, b""
        while len(received) < len(data):
            # Read only when the writer is stuck or done: it must have given way to us.
            for _ in range(5):
                await asyncio.sleep(0)
            turns += not writing.done()
            received += pipe.read(4096)
        await writing
    assert received == data
    assert turns > 10


async def test_a_writer_that_waits_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C works although nobody reads, and what was written ends with a whole record."""
    record = b"x" * 299 + b"\n"
    with piped(monkeypatch) as (stream, pipe), opened_output(None) as out:
        writing = asyncio.create_task(out.put([record] * 1_000))
        # Up to the full pipe it goes in one step.
        await asyncio.sleep(0)
        assert select.select([], [stream], [], 0)[1] == []
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        os.set_blocking(pipe.fileno(), False)
        received = b"".join(iter(lambda: pipe.read(65536), None))
    assert len(received) > 4096
    assert received == record * (len(received) // len(record))


async def test_a_record_longer_than_a_pipe_takes_is_written_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is not cut where a run might end."""
    with piped(monkeypatch) as (_, pipe), opened_output(None) as out:
        await out.put([b"x" * 9_000, b"y"])
        assert pipe.read(65536) == b"x" * 9_000 + b"y"


async def test_text_is_written_in_the_encoding_of_the_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A character that the terminal does not have becomes a question mark."""
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    with opened_output(Path("-")) as out:
        await out.put_text("Zoë\n")
    assert written.getvalue() == b"Zo?\n"


async def test_a_file_takes_its_name_when_it_is_whole(tmp_path: Path) -> None:
    """Until then the old one stands there; text is UTF-8, whatever the terminal."""
    target = tmp_path / "out.csv"
    target.write_text("old")
    with opened_output(target) as out:
        await out.put([b"new\n"])
        assert target.read_text() == "old"
        await out.put_text("Zoë\n")
    assert contents(tmp_path) == {"out.csv": "new\nZoë\n".encode()}


def test_a_file_is_for_whom_the_umask_admits(tmp_path: Path) -> None:
    """Metrics are read by another user, who collects them."""
    before = os.umask(0o022)
    try:
        write_output(tmp_path / "metrics.prom", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "metrics.prom").stat().st_mode) == 0o644


def fail_within(target: Path) -> None:
    """A run that ends with an error."""
    with opened_output(target):
        raise ZeroDivisionError


def test_a_run_that_fails_leaves_no_file(tmp_path: Path) -> None:
    """Neither half of one, nor another under a name of its own."""
    with pytest.raises(ZeroDivisionError):
        fail_within(tmp_path / "out.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_link_stays_one(tmp_path: Path) -> None:
    """The file that it leads to is replaced, not the link."""
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_output(tmp_path / "link", b"new")
    assert (tmp_path / "real").read_text() == "new"
    assert (tmp_path / "link").is_symlink()


@pytest.mark.parametrize(
    ("name", "reason"),
    [("no-such/out", "no such folder"), (".", "no file"), ("locked/out", "cannot be written to")],
)
def test_a_path_that_takes_no_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, reason: str
) -> None:
    """Before anything is read, and with the reason."""
    locked = tmp_path / "locked"
    locked.mkdir()
    # no mode keeps out root, as whom tests may run
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != locked.resolve())
    with pytest.raises(ConfigurationError, match=reason):
        write_output(tmp_path / name, b"")
