"""The one writer of a run: it collects answers and commits them, in a thread, now and then.

How often is what `History.take` says, with its default.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import attrs
import msgspec

from avepoint_async.snapshots.durable import new_folder
from avepoint_async.snapshots.entries import Commit, Entry, Settled, Traffic
from avepoint_async.snapshots.errors import disk_errors
from avepoint_async.snapshots.layout import SEGMENTS
from avepoint_async.snapshots.manifest import Manifest
from avepoint_async.snapshots.segment import TenantPage, write_segment

T = TypeVar("T")

ROWS = 20_000
"""Rows of a segment. More need memory and save nothing."""


@attrs.define
class _Buffer:
    """What is not committed yet."""

    answers: list[TenantPage] = attrs.Factory(list[TenantPage])
    settled: list[Settled] = attrs.Factory(list[Settled])
    entries: list[Entry] = attrs.Factory(list[Entry])
    rows: int = 0

    def __bool__(self) -> bool:
        return bool(self.answers or self.settled or self.entries)


class Writer:
    """Commits what it is given, at the latest after ``every`` seconds.

    The event loop only collects; rows become files in a thread. If the disk is slower than the
    answers, whoever adds them waits in `room`.

    Args:
        folder: of the run.
        manifest: open; nobody else writes to it.
        every: seconds between two commits at most.
        number: of the first segment.
        before: called before each commit, for what is to be in it.
        traffic: what the client has sent so far.
        after: called after each commit.

    Attributes:
        commits: how many there were.
    """

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        *,
        every: float,
        number: int,
        before: Callable[[], None],
        traffic: Callable[[], Traffic],
        after: Callable[[], None],
    ) -> None:
        self.commits = 0
        self._folder = folder
        self._manifest = manifest
        self._every = every
        self._number = number
        self._before = before
        self._traffic = traffic
        self._after = after
        self._buffer = _Buffer()
        self._due = asyncio.Event()
        self._taken = asyncio.Event()
        self._ended = False
        self._broken = False

    def add(self, answer: TenantPage) -> None:
        """A page to commit."""
        self._buffer.answers.append(answer)
        self._buffer.rows += len(answer.page.items)
        if self._buffer.rows >= ROWS:
            self._due.set()

    def settle(self, settled: Settled) -> None:
        """A tenant is through; its line goes with its last page, or after it."""
        self._buffer.settled.append(settled)

    def note(self, entry: Entry) -> None:
        """Another line to commit."""
        self._buffer.entries.append(entry)

    async def room(self) -> None:
        """Return once there is room for another page."""
        while self._buffer.rows >= 2 * ROWS:
            self._taken.clear()
            await self._taken.wait()

    def end(self) -> None:
        """Commit what is left, and return from `run`."""
        self._ended = True
        self._due.set()

    async def run(self) -> None:
        """Commit now and then until `end`; what is left when it is cancelled is committed, too.

        Raises:
            SnapshotError: there is no room, or another trouble of the disk; nothing is written
                after it.
        """
        try:
            while not self._ended:
                await self._wait()
                await self._commit()
        except asyncio.CancelledError:
            await self._commit()
            raise
        await self._commit()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._every):
                await self._due.wait()
        except TimeoutError:
            pass
        self._due.clear()

    async def _commit(self) -> None:
        self._before()
        # A disk that failed once is not asked again, and nothing may stand behind a torn line.
        if self._buffer and not self._broken:
            buffer, self._buffer = self._buffer, _Buffer()
            self._taken.set()
            await to_its_end(asyncio.to_thread(self._write, buffer, self._traffic()))
            self.commits += 1
        self._after()

    def _write(self, buffer: _Buffer, traffic: Traffic) -> None:
        """In a thread: the segment first, then the line that makes it count."""
        commit = Commit(buffer.settled, traffic, pages=len(buffer.answers))
        self._broken = True
        with disk_errors(self._folder):
            if buffer.rows:
                commit = self._with_segment(commit, buffer.answers)
            self._manifest.append([*buffer.entries, commit])
        self._broken = False

    def _with_segment(self, commit: Commit, answers: list[TenantPage]) -> Commit:
        new_folder(self._folder / SEGMENTS)
        file = f"{self._number:06}.arrow"
        self._number += 1
        written = write_segment(self._folder / SEGMENTS / file, answers)
        return msgspec.structs.replace(
            commit,
            file=file,
            rows=written.rows,
            size=written.size,
            crc32=written.crc32,
            spans=written.spans,
        )


async def to_its_end(work: Awaitable[T]) -> T:
    """Wait for the work to end, even if cancelled meanwhile: a thread cannot be stopped."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        task.exception()  # taken note of; the cancellation is what is told
        raise cancelled
    return task.result()
