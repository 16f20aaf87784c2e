"""The fast way from a page to its records: msgspec reads typed rows and makes the records of them.

It reads pages in the usual spelling, and leaves every other page to the rows' reader, which is
slower and knows each spelling and the path of what is wrong. What no field wants is skipped unseen.
"""

from collections.abc import Iterable
from itertools import repeat
from operator import attrgetter
from typing import Any, Generic, TypeVar, get_args

import attrs
import msgspec

from avepoint_async.wire.document import strip_mark
from avepoint_async.wire.envelope import Envelope, MetadataReader, Reply
from avepoint_async.wire.names import NO_VALUE, Names
from avepoint_async.wire.row_types import Field, fields_of, page_type, plain_row_type
from avepoint_async.wire.rows import RowReader
from avepoint_async.wire.values import UnreadableError

T = TypeVar("T")

_UNSET = msgspec.UNSET
_NOTHING = (None, NO_VALUE, _UNSET)


class UnusualPageError(Exception):
    """Raised for a page that is spelled in another way, or wrong: the rows' reader tells which."""


class TypedReader(Generic[T]):
    """Reads pages in the usual spelling.

    Args:
        record: an attrs class that `serves`.
        names: the exceptions to camel case.
        envelope: where a page keeps its items.
        rows: reads what is neither text nor number, once for each spelling within a page.
    """

    def __init__(self, record: type[T], names: Names, envelope: Envelope, rows: RowReader) -> None:
        self._fields = fields_of(record, names)
        self._several = [field for field in self._fields if len(field.keys) > 1]
        self._nested = [_Nested(field, rows) for field in self._fields if not field.is_plain]
        self._envelope = envelope
        self._layouts: dict[tuple[str | None, ...], _Layout] = {}
        self._records = _Records(record)
        self._metadata = MetadataReader(envelope)

    def read(self, body: bytes) -> Reply[T]:
        """One page.

        Raises:
            UnusualPageError: the page is not in the usual spelling.
            ResponseError: what it says of its paging is no such thing.
        """
        body = strip_mark(body)
        try:
            layout = self._layout_of(body)
            page = layout.decoder.decode(body)
            for nested in self._nested:
                nested.read(page.items)
            _settle(layout.plain, page.items, body)
            items = self._records_of(layout.plain, page.items, body)
            facts = self._metadata.read(page.metadata)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, UnreadableError):
            raise UnusualPageError from None
        if facts is None:
            raise UnusualPageError
        return Reply(items, facts)

    def _layout_of(self, body: bytes) -> "_Layout":
        """How this page is spelled: most use one wire name of a field throughout."""
        used = tuple(field.only_key(body) for field in self._several)
        layout = self._layouts.get(used)
        if layout is None:
            key_of = {field.name: key for field, key in zip(self._several, used, strict=True)}
            fields = [field.spelled(key_of.get(field.name)) for field in self._fields]
            decoder = msgspec.json.Decoder(page_type(fields, self._envelope))
            layout = _Layout([field for field in fields if field.is_plain], decoder)
            self._layouts[used] = layout
        return layout

    def _records_of(self, plain: list[Field], rows: list[Any], body: bytes) -> tuple[T, ...]:
        try:
            return self._records.make(rows)
        except msgspec.ValidationError:  # perhaps because a value is unset
            for field in plain:
                _fill_unset(field, rows, body)
            return self._records.make(rows)


@attrs.frozen
class _Layout:
    """One way to spell a page: the fields that msgspec reads as they are, and its decoder."""

    plain: list[Field]
    decoder: "msgspec.json.Decoder[Any]"


class _Records:
    """Makes records of typed rows, all of a page at once.

    Args:
        kind: what a row becomes.
    """

    def __init__(self, kind: Any) -> None:
        # Within a struct, for msgspec remembers what it knows of one.
        self._type: Any = msgspec.defstruct("Records", [("rows", tuple[kind, ...])], gc=False)

    def make(self, rows: list[Any]) -> tuple[Any, ...]:
        """The records, in the order of the rows."""
        records: Any = msgspec.convert({"rows": rows}, self._type, from_attributes=True)
        made: tuple[Any, ...] = records.rows
        return made


class _Nested:
    """Reads a field that is no plain value, once for each spelling within a page.

    The users of a page spell their modules in a handful of ways. Arrays of plain records are read
    by msgspec, anything else by the rows' reader.
    """

    def __init__(self, field: Field, rows: RowReader) -> None:
        self._name = field.name
        self._hint = field.hint
        self._rows = rows
        row: Any = plain_row_type(field.hint)
        self._decoder = msgspec.json.Decoder(list[list[row]]) if row else None
        self._records = _Records(field.hint)

    def read(self, rows: list[Any]) -> None:
        """Put what it reads into the rows."""
        spelled = [*map(bytes, _column(rows, self._name))]
        distinct = [*dict.fromkeys(spelled)]
        known = dict(zip(distinct, self._values(distinct), strict=True))
        _set(rows, self._name, map(known.__getitem__, spelled))

    def _values(self, spelled: list[bytes]) -> tuple[Any, ...]:
        if self._decoder is not None:
            return self._records.make(self._decoder.decode(b"[" + b",".join(spelled) + b"]"))
        decode = msgspec.json.decode
        return tuple(self._rows.read_as(decode(each), self._hint) for each in spelled)


def _column(rows: list[Any], name: str) -> list[Any]:
    return [*map(attrgetter(name), rows)]


def _set(rows: list[Any], name: str, values: Iterable[Any]) -> None:
    for _ in map(setattr, rows, repeat(name), values):
        pass


def _settle(plain: list[Field], rows: list[Any], body: bytes) -> None:
    """Read "N/A" as null, and give a field the one of its wire names that holds a value."""
    has_slash = b"/" in body or b"\\" in body  # without them no text is "N/A"
    for field in plain:
        if len(field.columns) > 1:
            _choose(field, rows, body)
        elif has_slash and str in get_args(field.hint):
            values = _column(rows, field.name)
            if NO_VALUE in values:
                _set(rows, field.name, [None if v == NO_VALUE else v for v in values])


def _choose(field: Field, rows: list[Any], body: bytes) -> None:
    """Give a field the first of its wire names that holds a value."""
    first = chosen = _column(rows, field.name)
    for column in [*field.columns][1:]:
        if not _lacks_some(chosen):
            break
        pairs = zip(chosen, _column(rows, column), strict=True)
        chosen = [b if a in _NOTHING and b is not _UNSET else a for a, b in pairs]
    if chosen is first:
        return
    if _lacks_some(chosen):
        _require_usual_keys(field, body)
        chosen = [None if each == NO_VALUE else each for each in chosen]
    _set(rows, field.name, chosen)


def _lacks_some(values: list[Any]) -> bool:
    return not {None, NO_VALUE, _UNSET}.isdisjoint(values)


def _fill_unset(field: Field, rows: list[Any], body: bytes) -> None:
    values = _column(rows, field.name)
    if _UNSET in values:
        _require_usual_keys(field, body)
        absent = field.absent()
        _set(rows, field.name, [absent if each is _UNSET else each for each in values])


def _require_usual_keys(field: Field, body: bytes) -> None:
    """A key that seems to be missing may be there in another case, or written with escapes."""
    lowered = body.lower()
    if b"\\u00" in lowered:
        raise UnusualPageError
    for key in field.quoted:
        if lowered.count(key.lower()) != body.count(key):
            raise UnusualPageError
