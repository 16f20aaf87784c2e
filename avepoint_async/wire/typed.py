"""The fast way from a page to its records: msgspec reads typed rows, and they become columns.

It reads pages in the usual spelling, and leaves every other page to the rows' reader, which is
slower and knows each spelling and the path of what is wrong. What no field wants is skipped unseen.
Records are filled column by column: for each field, all records of the page at once.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import chain, repeat
from typing import Any, Generic, TypeAlias, TypeVar

import attrs
import msgspec

from avepoint_async.wire.document import strip_mark
from avepoint_async.wire.envelope import Envelope, MetadataReader, Reply
from avepoint_async.wire.names import NO_VALUE, Names
from avepoint_async.wire.row_types import Field, fields_of, page_type, plain_row_type
from avepoint_async.wire.rows import RowReader, is_optional
from avepoint_async.wire.values import UnreadableError

T = TypeVar("T")

_UNSET = msgspec.UNSET
_NOTHING = (None, NO_VALUE, _UNSET)

_Columns: TypeAlias = dict[str, Sequence[Any]]
"""The values of all rows of a page, by field."""

_Page: TypeAlias = tuple[_Columns, bytes]
"""The columns of a page, and the JSON of its metadata."""


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
        self._nested = [_Nested(field, rows) for field in self._fields if not field.is_plain]
        self._envelope = envelope
        self._layout = _Layout.of(self._fields, envelope)
        self._layouts: dict[tuple[tuple[str, ...], ...], _Layout] = {}
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
            columns, metadata = self._layout.whole_page(body) or self._page_with_gaps(body)
            for nested in self._nested:
                nested.read(columns)
            facts = self._metadata.read(metadata)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, UnreadableError):
            raise UnusualPageError from None
        if facts is None:
            raise UnusualPageError
        return Reply(self._records.make(columns), facts)

    def _page_with_gaps(self, body: bytes) -> "_Page":
        # Pages that follow are most likely spelled as this one is.
        fields = [field.spelled(body) for field in self._fields]
        used = tuple(field.used for field in fields)
        layout = self._layouts.get(used) or _Layout.of(fields, self._envelope)
        self._layout = self._layouts[used] = layout
        return layout.page(body)


@attrs.frozen
class _Layout:
    """One way to spell a page: which of its wire names each field uses.

    Attributes:
        plain: the fields that msgspec reads as they are.
        whole: decodes a page on which each row has each field.
        gaps: decodes any.
    """

    plain: list[Field]
    whole: "msgspec.json.Decoder[Any]"
    gaps: "msgspec.json.Decoder[Any]"

    @classmethod
    def of(cls, fields: list[Field], envelope: Envelope) -> "_Layout":
        """The layout of these fields."""
        whole = chain.from_iterable(field.whole_columns() for field in fields)
        columns = chain.from_iterable(field.columns() for field in fields)
        return cls(
            [field for field in fields if field.is_plain],
            msgspec.json.Decoder(page_type(whole, envelope)),
            msgspec.json.Decoder(page_type(columns, envelope)),
        )

    def whole_page(self, body: bytes) -> "_Page | None":
        """A page on which each row has each field, under the same name; None if it is no such."""
        try:
            page = self.whole.decode(body)
        except msgspec.ValidationError:
            return None
        columns = _columns_of(page.items)
        if b"/" in body or b"\\" in body:  # else no text is "N/A"
            for field in self.plain:
                values = columns.get(field.name, ())
                if NO_VALUE in values:
                    if len(field.keys) > 1 or not is_optional(field.hint):
                        return None
                    columns[field.name] = [None if each == NO_VALUE else each for each in values]
        return columns, page.metadata

    def page(self, body: bytes) -> "_Page":
        """A page that lacks values, or has them under any of their wire names."""
        page = self.gaps.decode(body)
        columns = _columns_of(page.items)
        for field in self.plain if columns else ():
            columns[field.name] = _choose(field, columns, body)
        return columns, page.metadata


def _columns_of(rows: list[Any]) -> _Columns:
    columns = zip(*map(msgspec.structs.astuple, rows), strict=True)
    return dict(zip(rows[0].__struct_fields__, columns, strict=True)) if rows else {}


def _choose(field: Field, columns: Mapping[str, Sequence[Any]], body: bytes) -> Sequence[Any]:
    """Of each row the first of a field's wire names that holds a value; "N/A" is null."""
    first, *others = field.columns()
    chosen = columns[first.name]
    for other in others:
        pairs = zip(chosen, columns[other.name], strict=True)
        chosen = [b if a in _NOTHING and b is not _UNSET else a for a, b in pairs]
    if {None, NO_VALUE, _UNSET}.isdisjoint(chosen):
        return chosen
    if _UNSET in chosen or len(field.keys) > 1:
        _require_usual_keys(field, body)
    stands_for: dict[Any, Any] = {_UNSET: field.absent(), NO_VALUE: None}
    chosen = [stands_for.get(each, each) for each in chosen]
    if _UNSET in chosen or (None in chosen and not is_optional(field.hint)):
        raise UnusualPageError
    return chosen


def _require_usual_keys(field: Field, body: bytes) -> None:
    """A key that seems to be missing may be there in another case, or written with escapes."""
    lowered = body.lower()
    if b"\\u00" in lowered:
        raise UnusualPageError
    for key in field.quoted:
        if lowered.count(key.lower()) != body.count(key):
            raise UnusualPageError


class _Nested:
    """Reads a field that is no plain value, once for each spelling within a page.

    The users of a page spell their modules in a handful of ways, and those who spell them alike
    share what is read. Arrays of plain records are read by msgspec, anything else by the rows'
    reader.
    """

    def __init__(self, field: Field, rows: RowReader) -> None:
        self._name = field.name
        self._hint = field.hint
        self._rows = rows
        row: Any = plain_row_type(field.hint)
        self._decoder = msgspec.json.Decoder(list[list[row]]) if row else None
        # Within a struct, for msgspec remembers what it knows of one.
        hint: Any = field.hint
        self._values_type: Any = msgspec.defstruct("Values", [("values", list[hint])], gc=False)

    def read(self, columns: _Columns) -> None:
        """Put what it reads in the place of the JSON."""
        spelled = [*map(bytes, columns.get(self._name, ()))]
        distinct = [*dict.fromkeys(spelled)]
        known = dict(zip(distinct, self._values(distinct), strict=True))
        columns[self._name] = [known[each] for each in spelled]

    def _values(self, spelled: list[bytes]) -> list[Any]:
        if self._decoder is not None:
            rows = self._decoder.decode(b"[" + b",".join(spelled) + b"]")
            made: Any = msgspec.convert({"values": rows}, self._values_type, from_attributes=True)
            values: list[Any] = made.values
            return values
        decode = msgspec.json.decode
        return [self._rows.read_as(decode(each), self._hint) for each in spelled]


class _Records:
    """Makes the records of a page of its columns, without a call for each.

    Args:
        record: an attrs class that `serves`: with slots, and without code of its own to run.
    """

    def __init__(self, record: Any) -> None:
        self._record = record
        self._fillers: dict[str, Callable[[Any, Any], None]] = {
            each.name: getattr(record, each.name).__set__ for each in attrs.fields(record)
        }

    def make(self, columns: _Columns) -> tuple[Any, ...]:
        """The records, in the order of the rows."""
        count = len(next(iter(columns.values()), ()))
        records = (*map(object.__new__, repeat(self._record, count)),)
        for name, fill in self._fillers.items():
            deque(map(fill, records, columns.get(name, ())), maxlen=0)
        return records
