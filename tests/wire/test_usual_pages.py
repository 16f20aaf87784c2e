"""Pages in the usual spelling are read the fast way: no page of them falls back unseen."""

from datetime import datetime
from typing import Any

import attrs
import msgspec
import pytest

from avepoint_async.wire.envelope import Envelope
from avepoint_async.wire.row_types import plain_row_type
from avepoint_async.wire.rows import RowReader
from avepoint_async.wire.typed import TypedReader, UnusualPageError
from avepoint_async.wire.values import OpenEnum

MOST = 2**63 - 1
NAMES = {"key": ("first", "second")}


class Level(OpenEnum):
    """Some codes."""

    LOW = 0


@attrs.frozen
class Plain:
    """What msgspec reads as it is."""

    name: str
    count: int
    flag: bool
    level: Level


@attrs.frozen
class Usual:
    """Values that may be absent, one under two names, and arrays of records."""

    key: str
    text: str | None
    count: int | None
    whole: int
    at: datetime | None
    parts: tuple[Plain, ...]


PART = {"name": "p", "count": 1, "flag": True, "level": 0}
ROW: dict[str, Any] = {
    "first": "k",
    "text": None,
    "count": None,
    "whole": 1,
    "at": None,
    "parts": [PART],
}
READ = Usual("k", None, None, 1, None, (Plain("p", 1, True, Level.LOW),))


def read_fast(*rows: dict[str, Any]) -> tuple[Usual, ...]:
    """The records of a page; raises UnusualPageError where the slow reader would be asked."""
    reader = TypedReader(Usual, NAMES, Envelope(), RowReader(Usual, NAMES))
    facts = {"pageIndex": 1, "pageSize": 100, "totalCount": len(rows)}
    return reader.read(msgspec.json.encode({"data": rows, "metadata": facts})).items


def test_a_usual_page_is_read_fast() -> None:
    """Texts, numbers, nulls, dates and nested records need no second reading."""
    second = {**{key: ROW[key] for key in ROW if key != "first"}, "second": "k"}
    assert read_fast(ROW, ROW) == (READ, READ)
    assert read_fast(second) == (READ,)
    assert read_fast(ROW, second) == (READ, READ)


@pytest.mark.parametrize("number", [MOST, -MOST - 1])
def test_every_number_of_64_bits_is_read_fast(number: int) -> None:
    """The bounds are the table's: the largest and the smallest are still numbers."""
    rows = {**ROW, "whole": number, "count": number, "parts": [{**PART, "count": number}]}
    (read,) = read_fast(rows)
    assert (read.whole, read.count, read.parts[0].count) == (number, number, number)


@pytest.mark.parametrize("number", [MOST + 1, -MOST - 2])
@pytest.mark.parametrize("where", ["whole", "count", "parts"])
def test_no_number_beyond_64_bits_is_read_fast(number: int, where: str) -> None:
    """The fast way refuses what no table has room for, and leaves it to be told."""
    value: Any = [{**PART, "count": number}] if where == "parts" else number
    with pytest.raises(UnusualPageError):
        read_fast({**ROW, where: value})


def test_an_array_of_plain_records_has_a_type() -> None:
    """It is read at once, under the names of the wire; codes are read as what they are."""

    @attrs.frozen
    class Two:
        first_name: str
        level: Level

    kind = plain_row_type(tuple[Two, ...])
    row = msgspec.json.decode(b'{"firstName": "a", "level": 0, "more": 1}', type=kind)
    assert (row.first_name, row.level) == ("a", Level.LOW)


@attrs.frozen
class Loose:
    """A value may be absent, which msgspec would read as null."""

    name: str | None


@attrs.frozen
class Defaulted:
    """A key may be missing."""

    name: str = "unnamed"


@attrs.frozen
class Checked:
    """Has code of its own."""

    name: str = attrs.field(validator=attrs.validators.max_len(3))


@pytest.mark.parametrize(
    "hint", [Plain, tuple[str, ...], tuple[Loose, ...], tuple[Defaulted, ...], tuple[Checked, ...]]
)
def test_what_is_no_array_of_plain_records_has_none(hint: Any) -> None:
    """Loose spellings, defaults and code of a record are left to the reader of rows."""
    assert plain_row_type(hint) is None
