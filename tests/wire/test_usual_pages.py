"""Pages in the usual spelling are read the fast way: no page of them falls back unseen."""

from datetime import datetime
from typing import Any, Self

import attrs
import msgspec
import pytest

from avepoint_async.wire.decoder import Decoder
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
    return read_body(Usual, NAMES, msgspec.json.encode(rows))


def read_body(record: type[Any], names: Any, rows: bytes) -> tuple[Any, ...]:
    """The same of any record, the rows as they are written."""
    reader = TypedReader(record, names, Envelope(), RowReader(record, names))
    facts = b'{"pageIndex": 1, "pageSize": 100, "totalCount": 9}'
    return reader.read(b'{"data": ' + rows + b', "metadata": ' + facts + b"}").items


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


@attrs.frozen
class Spare:
    """Keys that may be missing, each for another reason, and one of three names."""

    name: str
    note: str | None
    other: str = "other"
    made: int = 7
    key: str | None = "no key"


SPARE_NAMES = {"key": ("first", "second", "third")}


@pytest.mark.parametrize(
    ("rows", "read"),
    [
        (rb'[{"name": "a"}]', [Spare("a", None)]),
        (rb'[{"name": "a", "note": "n"}, {"name": "b"}]', [Spare("a", "n"), Spare("b", None)]),
        (
            rb'[{"name": "a", "other": "o"}, {"name": "b"}]',
            [Spare("a", None, "o"), Spare("b", None)],
        ),
        (
            rb'[{"name": "a", "made": 1}, {"name": "b"}]',
            [Spare("a", None, made=1), Spare("b", None)],
        ),
        (rb'[{"name": "a", "note": "N/A"}]', [Spare("a", None)]),
        (
            rb'[{"name": "a", "note": "N\u002fA", "other": "o", "made": 1, "first": "k"}]',
            [Spare("a", None, "o", 1, "k")],
        ),
        (rb'[{"name": "a", "note": "b/c"}]', [Spare("a", "b/c")]),
    ],
)
def test_what_may_be_missing_is_read_fast(rows: bytes, read: list[Spare]) -> None:
    """A default stands where a key is missing, else None; and "N/A" is null, however written."""
    assert list(read_body(Spare, SPARE_NAMES, rows)) == read


@pytest.mark.parametrize(
    ("keys", "read"),
    [
        (['"first": "a", "second": "b"', '"second": "c"'], ["a", "c"]),
        (['"second": "b"', '"second": "c"'], ["b", "c"]),
        (['"first": "a"', '"second": "b"', '"third": "c"'], ["a", "b", "c"]),
        (['"first": "a"', '"second": "b", "third": "c"'], ["a", "b"]),
        (['"first": null, "second": "b"', '"first": "N/A", "third": "c"'], ["b", "c"]),
        (['"first": "a"', '"second": null'], ["a", None]),
        (['"first": "a"', '"second": "N/A"'], ["a", None]),
    ],
)
def test_a_field_of_three_names_is_read_fast(keys: list[str], read: list[str | None]) -> None:
    """The first that holds a value counts, row by row; null under each of them is None."""
    rows = ", ".join(f'{{"name": "a", "note": null, {each}}}' for each in keys)
    made = read_body(Spare, SPARE_NAMES, f"[{rows}]".encode())
    assert [each.key for each in made] == read


def test_parts_of_several_spellings_are_read_fast() -> None:
    """Each row gets its own, whatever the others have, and in whatever order."""
    other = {**PART, "name": "q"}
    parts = [[PART], [], [other, PART], [PART], [other]]
    read = read_fast(*({**ROW, "parts": each} for each in parts))
    assert [[part.name for part in each.parts] for each in read] == [
        [part["name"] for part in each] for each in parts
    ]


PAGES = {
    b'[{"name": "a", "note": null, "other": "o", "made": 1, "first": "k"}]': ["k"],
    b'[{"name": "a", "note": null, "other": "o", "made": 1, "second": "k"}]': ["k"],
    b'[{"name": "a", "second": "k"}, {"name": "b", "third": "l"}]': ["k", "l"],
    b'[{"name": "a", "note": null, "other": "o", "made": 1, "third": "k", "second": "l"}]': ["l"],
    b'[{"name": "a", "note": null, "other": "o", "made": 1, "second": "k", "first": "N/A"}]': ["k"],
    rb'[{"name": "a", "note": null, "other": "o", "made": 1, "f\u0069rst": "k", "second": "l"}]': [
        "k"
    ],
    b'[{"name": "a"}]': ["no key"],
    b"[]": [],
}


@pytest.mark.parametrize("before", PAGES)
def test_a_page_is_read_fast_whatever_came_before(before: bytes) -> None:
    """How the page before was spelled is where a reader begins, and misleads it never."""
    reader = TypedReader(Spare, SPARE_NAMES, Envelope(), RowReader(Spare, SPARE_NAMES))
    for page in PAGES:
        for rows in (before, page):
            body = b'{"data": ' + rows + b', "metadata": {"pageIndex": 1, "pageSize": 9}}'
            assert [each.key for each in reader.read(body).items] == PAGES[rows]


@pytest.mark.parametrize("keys", [("@odata.type", "kind"), ("kind", "@odata.type")])
def test_a_wire_name_may_be_any_text(keys: tuple[str, str]) -> None:
    """One that is no name in Python is one of several like any other, on each page."""
    reader = TypedReader(Spare, {"name": keys}, Envelope(), RowReader(Spare, {"name": keys}))
    metadata = b', "metadata": {"pageIndex": 1}}'
    for key in (*keys, *keys):
        rows = f'{{"data": [{{"{key}": "a"}}, {{"{key}": "b", "note": "n"}}]'.encode()
        assert [each.name for each in reader.read(rows + metadata).items] == ["a", "b"]


@attrs.frozen(cache_hash=True)
class Hashed:
    """Keeps its hash in a slot."""

    name: str


@attrs.frozen(cache_hash=True, slots=False)
class HashedInDict:
    """Keeps its hash beside its fields."""

    name: str


@pytest.mark.parametrize("record", [Hashed, HashedInDict])
def test_a_record_may_keep_its_hash(record: type[Any]) -> None:
    """The constructor makes room for it, so the thorough way makes such a record."""
    decoder = Decoder(record, {}, Envelope())
    page = b'{"data": [{"name": "a"}, {"name": "a"}], "metadata": {"totalCount": 2}}'
    one, two = decoder.page(page).items
    assert hash(one) == hash(two) == hash(record("a"))


@attrs.frozen
class Derived:
    """A default that is made of another value."""

    name: str
    short: str = attrs.Factory(lambda self: self.name[:1], takes_self=True)


@attrs.frozen
class Begun:
    """Runs code before it has its values."""

    name: str

    def __attrs_pre_init__(self) -> None:
        RAN.append("before")


@attrs.frozen
class Ended:
    """Runs code once it has its values."""

    name: str

    def __attrs_post_init__(self) -> None:
        RAN.append(self.name)


@attrs.define
class Written:
    """Has a constructor of its own."""

    name: str

    def __init__(self, name: str) -> None:
        RAN.append(name)
        self.name = name


@attrs.frozen(slots=False)
class Allocated:
    """Runs code before its constructor."""

    name: str

    def __new__(cls, *_: Any, **__: Any) -> Self:
        """Make room for it."""
        RAN.append("new")
        return super().__new__(cls)


def made() -> str:
    """A default that is made for each record."""
    RAN.append("made")
    return "made"


@attrs.frozen
class Made:
    """A default that code makes."""

    name: str
    other: str = attrs.field(factory=made)


RAN: list[str] = []


@pytest.mark.parametrize(
    ("record", "ran"),
    [
        (Derived, []),
        (Begun, ["before"] * 2),
        (Ended, ["a", "b"]),
        (Written, ["a", "b"]),
        (Allocated, ["new"] * 2),
        (Made, ["made"] * 2),
    ],
)
@pytest.mark.parametrize("between", [b"", b'{"name": 1}, '])
@pytest.mark.parametrize("metadata", [b'{"totalCount": 2}', b"null"])
def test_code_of_a_record_runs_once_for_each_row(
    record: type[Any], ran: list[str], between: bytes, metadata: bytes
) -> None:
    """As if the caller had made each record, also where the page is none of the usual ones."""
    rows = b'[{"name": "a"}, ' + between + b'{"name": "b"}]'
    RAN.clear()
    page = b'{"data": ' + rows + b', "metadata": ' + metadata + b"}"
    reply = Decoder(record, {}, Envelope()).page(page)
    assert ran == RAN
    assert len(reply.unreadable) == bool(between)
    assert [*reply.items] == [record("a"), record("b")]


@attrs.define
class Changeable:
    """Part of a row, which the caller may change."""

    count: int


@attrs.frozen
class Counted:
    """Part of a row, which is made by code."""

    count: int
    other: str = attrs.field(factory=made)


@attrs.frozen
class Whole:
    """Has parts of both kinds, in arrays, and in arrays of them."""

    many: tuple[tuple[Changeable, ...], ...]
    one: Counted | None


def test_rows_share_no_part_that_can_be_told_from_another() -> None:
    """Rows that look alike have parts of their own, made by code that runs once for each."""
    row = b'{"many": [[{"count": 1}]], "one": {"count": 1}}'
    RAN.clear()
    page = b'{"data": [' + row + b", " + row + b'], "metadata": {"totalCount": 2}}'
    first, second = Decoder(Whole, {}, Envelope()).page(page).items
    first.many[0][0].count = 2
    assert second.many[0][0].count == 1
    assert RAN == ["made"] * 2


@attrs.frozen
class Two:
    """Two texts."""

    one: str
    two: str | None = None


@pytest.mark.parametrize(
    ("names", "rows", "read"),
    [
        (
            {"one": ("a/b", "c")},
            rb'[{"a\/b": "right", "c": "wrong"}, {"c": "only"}]',
            [Two("right"), Two("only")],
        ),
        (
            {"one": ("\u0142", "c")},
            rb'[{"\u0142": "right", "c": "wrong"}, {"c": "only"}]',
            [Two("right"), Two("only")],
        ),
        ({"one": "a", "two": "b/c"}, rb'[{"a": "x", "B\/C": "y"}]', [Two("x", "y")]),
        ({"one": "a", "two": ("b", "a")}, rb'[{"a": "x"}]', [Two("x", "x")]),
    ],
)
def test_wire_names_that_are_written_in_several_ways(
    names: Any, rows: bytes, read: list[Two]
) -> None:
    """A key counts however JSON writes it, and may be the key of two fields."""
    page = b'{"data": ' + rows + b', "metadata": {"totalCount": 2}}'
    assert [*Decoder(Two, names, Envelope()).page(page).items] == read


@pytest.mark.parametrize(
    "rows",
    [
        rb'[{"note": "n"}]',
        rb'[{"NAME": "a"}]',
        rb'[{"name": "a", "Note": "n"}]',
        rb'[{"name": "a"}, {"n\u0061me": "b"}]',
        rb'[{"name": "a", "OTHER": "o"}]',
        rb'[{"name": "a", "First": "f"}, {"name": "b", "first": "g"}]',
        rb'[{"name": 1}]',
        rb"[null]",
        rb"{}",
    ],
)
def test_another_spelling_is_left_to_the_thorough_way(rows: bytes) -> None:
    """A key that seems to be missing may be there in another case, or with escapes."""
    with pytest.raises(UnusualPageError):
        read_body(Spare, SPARE_NAMES, rows)
