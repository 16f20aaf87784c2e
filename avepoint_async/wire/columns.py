"""The fast way from a page to its records: typed rows from msgspec, records filled by columns.

It reads the usual spelling and nothing else; whatever else a page holds is left to the rows'
reader, which is slower and knows every spelling and the path of what is wrong. A record is filled
field by field through its slots, since the constructor of a frozen class costs as much as the
parser does. So it serves slotted attrs classes without validators and converters alone.
"""

import re
from collections import deque
from collections.abc import Iterable
from itertools import repeat
from operator import attrgetter
from types import MemberDescriptorType
from typing import Annotated, Any, Generic, TypeVar, cast, get_type_hints

import attrs
import msgspec

from avepoint_async.wire.document import strip_mark
from avepoint_async.wire.envelope import Envelope, PagingFacts, Reply
from avepoint_async.wire.rows import Names, RowReader, UnreadableRowError, spellings
from avepoint_async.wire.values import NO_VALUE

T = TypeVar("T")

_TEXTS: tuple[Any, ...] = (str, str | None)
_COUNT: Any = Annotated[int, msgspec.Meta(ge=0)]


class UnusualPageError(Exception):
    """Raised for a page that is spelled in another way, or wrong: the rows' reader tells which."""


@attrs.frozen
class _Field:
    """One field of a record: how it is read from the typed rows, and how it is set."""

    name: str
    hint: Any
    keys: tuple[str, ...]

    @property
    def is_text(self) -> bool:
        return self.hint in _TEXTS


class ColumnDecoder(Generic[T]):
    """Decodes pages in the usual spelling.

    Args:
        record: a slotted attrs class.
        names: the exceptions to camel case.
        envelope: where a page keeps its items.
        rows: reads what is no plain text, once for each spelling within a page.
    """

    def __init__(self, record: type[T], names: Names, envelope: Envelope, rows: RowReader) -> None:
        hints = get_type_hints(record)
        self._record = record
        self._rows = rows
        self._fields = [
            _Field(field.name, hints[field.name], spellings(names, field.name))
            for field in attrs.fields(cast("type[Any]", record))
        ]
        self._decoder = msgspec.json.Decoder(_page_type(self._fields, envelope))
        keys = "|".join(re.escape(key) for field in self._fields for key in field.keys)
        self._any_key = re.compile(f'"({keys})"\\s*:'.encode(), re.IGNORECASE)
        self._keys = {key.encode() for field in self._fields for key in field.keys}

    def decode(self, body: bytes) -> Reply[T]:
        """One page.

        Raises:
            UnusualPageError: the page is not in the usual spelling.
        """
        try:
            page = self._decoder.decode(strip_mark(body))
            columns = [self._column(field, page.items, body) for field in self._fields]
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, UnreadableRowError):
            raise UnusualPageError from None
        facts = page.metadata
        count = len(page.items)
        records = tuple(map(object.__new__, repeat(self._record, count)))
        for field, column in zip(self._fields, columns, strict=True):
            _run(map(_setter(self._record, field.name), records, column))
        size = facts.size or None
        return Reply(records, PagingFacts(index=facts.index, size=size, total=facts.total))

    def _column(self, field: _Field, rows: list[Any], body: bytes) -> Iterable[Any]:
        if not field.is_text:
            memo = _Memo(self._rows, field.hint)
            return [memo[bytes(raw)] for raw in map(attrgetter(field.name), rows)]
        first, *others = ([*map(attrgetter(key), rows)] for key in _columns_of(field))
        for other in others:
            if None in first or NO_VALUE in first or msgspec.UNSET in first:
                first = [b if a in _NOTHING else a for a, b in zip(first, other, strict=True)]
        if msgspec.UNSET in first:
            self._require_usual_keys(body)
        if NO_VALUE in first or msgspec.UNSET in first:
            first = [None if value in _NOTHING else value for value in first]
        if field.hint is str and None in first:
            raise UnusualPageError
        return first

    def _require_usual_keys(self, body: bytes) -> None:
        """A key that seems to be missing may be there in another case."""
        if any(key not in self._keys for key in self._any_key.findall(body)):
            raise UnusualPageError


_NOTHING = (None, NO_VALUE, msgspec.UNSET)


class _Memo(dict[bytes, Any]):
    """What each spelling of a field stands for within one page, read once.

    The users of a page spell their modules in a handful of ways.
    """

    def __init__(self, rows: RowReader, hint: Any) -> None:
        super().__init__()
        self._rows = rows
        self._hint = hint

    def __missing__(self, spelling: bytes) -> Any:
        value = self[spelling] = self._rows.read_as(msgspec.json.decode(spelling), self._hint)
        return value


def _columns_of(field: _Field) -> list[str]:
    return [field.name, *(f"{field.name}_{place}" for place in range(1, len(field.keys)))]


def _page_type(fields: list[_Field], envelope: Envelope) -> Any:
    """The type of a page: its rows, and what it says of its paging, which must be there."""
    row = msgspec.defstruct("Row", _row_fields(fields), gc=False, rename=_row_names(fields))
    facts = msgspec.defstruct(
        "Facts",
        [("index", _COUNT), ("size", _COUNT), ("total", _COUNT)],
        gc=False,
        rename={"index": envelope.index, "size": envelope.size, "total": envelope.total},
    )
    return msgspec.defstruct(
        "Page",
        [("items", list[row]), ("metadata", facts)],  # type: ignore[valid-type]  # made at run time
        gc=False,
        rename={"items": envelope.items, "metadata": envelope.metadata},
    )


def _row_fields(fields: list[_Field]) -> list[Any]:
    required = [(f.name, f.hint if f.is_text else msgspec.Raw) for f in fields if _is_required(f)]
    unset = msgspec.UNSET
    optional = [
        (column, str | None | msgspec.UnsetType, unset)
        for field in fields
        for column in _columns_of(field)
        if field.is_text and not (_is_required(field) and column == field.name)
    ]
    return [*required, *optional]


def _is_required(field: _Field) -> bool:
    return not field.is_text or (field.hint is str and len(field.keys) == 1)


def _row_names(fields: list[_Field]) -> dict[str, str]:
    return {
        column: key
        for field in fields
        for column, key in zip(_columns_of(field), field.keys, strict=False)
    }


def _setter(record: type, name: str) -> Any:
    slot: MemberDescriptorType = record.__dict__[name]
    return slot.__set__


def _run(steps: Iterable[object]) -> None:
    """Do each step; the fastest way that there is."""
    deque(steps, maxlen=0)


def serves(record: type) -> bool:
    """Whether records of this class may be filled through their slots."""
    fields = attrs.fields(record)
    plain = all(field.validator is None and field.converter is None for field in fields)
    slotted = all(isinstance(record.__dict__.get(f.name), MemberDescriptorType) for f in fields)
    return plain and slotted and not hasattr(record, "__attrs_post_init__")
