"""The fast way from a page to its records: msgspec reads typed rows and makes the records of them.

It reads pages in the usual spelling, and leaves every other page to the rows' reader, which is
slower and knows each spelling and the path of what is wrong. What no field wants is skipped unseen.
"""

from collections import deque
from collections.abc import Iterable
from itertools import chain, repeat
from operator import attrgetter
from typing import Any, Generic, TypeVar

import attrs
import msgspec

from avepoint_async.wire.document import strip_mark
from avepoint_async.wire.envelope import Envelope, MetadataReader, Reply
from avepoint_async.wire.names import NO_VALUE, Names
from avepoint_async.wire.row_types import (
    Field,
    fields_of,
    has_escaped_ascii,
    page_type,
    plain_row_type,
)
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
            page = self._layout.whole_page(body) or self._page_with_gaps(body)
            for nested in self._nested:
                nested.read(page.items)
            items = self._records.make(page.items)
            facts = self._metadata.read(page.metadata)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, UnreadableError):
            raise UnusualPageError from None
        if facts is None:
            raise UnusualPageError
        return Reply(items, facts)

    def _page_with_gaps(self, body: bytes) -> Any:
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

    def whole_page(self, body: bytes) -> Any:
        """A page on which each row has each field, under the same name; None if it is no such."""
        try:
            page = self.whole.decode(body)
        except msgspec.ValidationError:
            return None
        if b"/" in body or b"\\" in body:  # else no text is "N/A"
            for field in self.plain:
                values = _column(page.items, field.name)
                if NO_VALUE in values:
                    if len(field.keys) > 1:
                        return None
                    for row, value in zip(page.items, values, strict=True):
                        if value == NO_VALUE:
                            setattr(row, field.name, None)
        return page

    def page(self, body: bytes) -> Any:
        """A page that lacks values, or has them under any of their wire names."""
        page = self.gaps.decode(body)
        for field in self.plain:
            _choose(field, page.items, body)
        return page


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
    deque(map(setattr, rows, repeat(name), values), maxlen=0)


def _choose(field: Field, rows: list[Any], body: bytes) -> None:
    """Give a field the first of its wire names that holds a value; "N/A" is null."""
    first, *others = field.columns()
    chosen = before = _column(rows, first.name)
    for other in others:
        pairs = zip(chosen, _column(rows, other.name), strict=True)
        chosen = [b if a in _NOTHING and b is not _UNSET else a for a, b in pairs]
    if not {None, NO_VALUE, _UNSET}.isdisjoint(chosen):
        if _UNSET in chosen or len(field.keys) > 1:
            _require_usual_keys(field, body)
        stands_for: dict[Any, Any] = {_UNSET: field.absent(), NO_VALUE: None}
        chosen = [stands_for.get(each, each) for each in chosen]
    if chosen is not before:
        _set(rows, field.name, chosen)


def _require_usual_keys(field: Field, body: bytes) -> None:
    """A key that seems to be missing may be there in another case, or written with escapes."""
    if has_escaped_ascii(body):
        raise UnusualPageError
    lowered = body.lower()
    for key in field.quoted:
        if lowered.count(key.lower()) != body.count(key):
            raise UnusualPageError
