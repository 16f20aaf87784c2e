"""The rows of an unsealed run that count, sorted, a part at a time.

A tenant's rows are spread over many segments, and a segment holds rows of many tenants, sorted.
Each part takes what it needs out of every segment, so that memory holds one part and not all.
"""

# The stubs of pyarrow name types of numpy, which is absent.
# pyright: reportUnknownMemberType=false

from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs
import pyarrow as pa

from avepoint_async.refs import TenantRef
from avepoint_async.snapshots.columns import with_places
from avepoint_async.snapshots.ledger import Ledger, Rows
from avepoint_async.snapshots.schema import ANSWERS
from avepoint_async.snapshots.segment import SegmentReader


@attrs.frozen
class _Piece:
    """Rows of one tenant that are read together, and whether they must be sorted by page."""

    tenant: TenantRef
    rows: list[Rows]
    mixed: bool

    @property
    def count(self) -> int:
        return sum(each.count for each in self.rows)


def sorted_parts(ledger: Ledger, segments: Path, *, rows: int) -> Iterator[pa.Table]:
    """The rows that count, in tables of the schema `USERS` of about ``rows`` rows.

    Sorted by customer, tenant and page. A tenant that was walked in one pass may be spread over
    parts; one that was walked in several is in one part, for its pages come more than once.

    Raises:
        OSError: a segment cannot be read.
    """
    part: list[_Piece] = []
    size = 0
    for piece in _pieces(ledger):
        part.append(piece)
        size += piece.count
        if size >= rows:
            yield _table(part, segments)
            part, size = [], 0
    if part:
        yield _table(part, segments)


def _pieces(ledger: Ledger) -> Iterator[_Piece]:
    for tenant in sorted(ledger.settled):
        rows = list(ledger.rows_of(tenant))
        if ledger.settled[tenant].passes > 1:
            yield _Piece(tenant, rows, mixed=True)
        else:
            yield from (_Piece(tenant, [each], mixed=False) for each in rows)


def _table(part: list[_Piece], segments: Path) -> pa.Table:
    read = _read((rows for piece in part for rows in piece.rows), segments)
    answers = pa.concat_tables([_answers(piece, read) for piece in part])
    places = ((each.tenant.customer_id, each.tenant.tenant_id, each.count) for each in part)
    return with_places(answers, places)


def _answers(piece: _Piece, read: dict[Rows, list[pa.RecordBatch]]) -> pa.Table:
    batches = [batch for rows in piece.rows for batch in read[rows]]
    answers = pa.Table.from_batches(batches, schema=ANSWERS)
    return answers.sort_by("page") if piece.mixed else answers


def _read(wanted: Iterable[Rows], segments: Path) -> dict[Rows, list[pa.RecordBatch]]:
    by_file: dict[str, list[Rows]] = {}
    for rows in wanted:
        by_file.setdefault(rows.file, []).append(rows)
    found: dict[Rows, list[pa.RecordBatch]] = {}
    for file, places in sorted(by_file.items()):
        with SegmentReader(segments / file) as reader:
            for rows in sorted(places, key=lambda each: each.start):
                found[rows] = reader.rows(rows.start, rows.count)
    return found
