"""A segment: the answers of one commit, as one Arrow file sorted by tenant.

It is read at random: a tenant's rows may stand in many segments, and sealing takes them out
tenant by tenant, without ever holding all of them.
"""

# The stubs of pyarrow name types of numpy, which is absent.
# pyright: reportUnknownMemberType=false

import io
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import attrs
import pyarrow as pa

from avepoint_async.paging.page import Page
from avepoint_async.refs import TenantRef
from avepoint_async.resources.protected_users import ProtectedUser
from avepoint_async.snapshots.columns import AnswerColumns, slices
from avepoint_async.snapshots.durable import write_file
from avepoint_async.snapshots.entries import Span
from avepoint_async.snapshots.schema import ANSWERS

_BATCH = 2_000
"""Rows that are read at once. Fewer cost more files' heads, more are read for nothing."""


@attrs.frozen
class TenantPage:
    """One page of one tenant, as it came.

    Attributes:
        tenant: whose page it is.
        attempt: the walk of the tenant that it belongs to, from 1.
        page: what came.
    """

    tenant: TenantRef
    attempt: int
    page: Page[ProtectedUser]


@attrs.frozen
class Written:
    """A segment on disk.

    Attributes:
        rows: how many users it holds.
        size: bytes.
        crc32: of all bytes.
        spans: where the rows of each tenant stand.
    """

    rows: int
    size: int
    crc32: int
    spans: list[Span]


def write_segment(path: Path, pages: Iterable[TenantPage]) -> Written:
    """Write the pages, sorted by tenant; those of a tenant stay in the order in which they came.

    Raises:
        OSError: there is no room, or another trouble of the disk.
    """
    columns = AnswerColumns()
    spans: list[Span] = []
    place: tuple[TenantRef, int] | None = None
    start = 0
    for each in sorted(pages, key=_place):
        if (each.tenant, each.attempt) != place:
            _close(spans, place, start, len(columns))
            place, start = (each.tenant, each.attempt), len(columns)
        columns.extend(each.page.items, each.page.index, each.page.received_at)
    _close(spans, place, start, len(columns))
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, ANSWERS) as writer:
        for piece in slices(columns.batch(), _BATCH):
            writer.write_batch(piece)
    data = sink.getbuffer()
    write_file(path, data)
    return Written(len(columns), len(data), zlib.crc32(data), spans)


def _place(of: TenantPage) -> tuple[str, str, int]:
    return of.tenant.customer_id, of.tenant.tenant_id, of.attempt


def _close(spans: list[Span], place: tuple[TenantRef, int] | None, start: int, end: int) -> None:
    if place is not None and end > start:
        tenant, attempt = place
        spans.append(Span(tenant.customer_id, tenant.tenant_id, attempt, start, end - start))


def is_whole(path: Path, *, size: int, crc32: int) -> bool:
    """Whether the file holds what was written to it."""
    try:
        data = path.read_bytes()
    except OSError:
        return False
    return len(data) == size and zlib.crc32(data) == crc32


class SegmentReader:
    """Reads rows out of a segment; a context manager."""

    def __init__(self, path: Path) -> None:
        self._file = pa.OSFile(str(path), "r")
        self._reader = pa.ipc.open_file(self._file)
        self._batches: dict[int, pa.RecordBatch] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def rows(self, start: int, count: int) -> list[pa.RecordBatch]:
        """So many rows from ``start`` on, in pieces that share memory with what was read."""
        pieces: list[pa.RecordBatch] = []
        end = start + count
        while start < end:
            number, offset = divmod(start, _BATCH)
            length = min(_BATCH - offset, end - start)
            pieces.append(self._batch(number).slice(offset, length))
            start += length
        return pieces

    def _batch(self, number: int) -> pa.RecordBatch:
        if number not in self._batches:
            # Spans are asked for in the order of the rows: one batch is enough to remember.
            self._batches = {number: self._reader.get_batch(number)}
        return self._batches[number]
