"""The fast way from a page to its records: msgspec reads typed rows and makes the records of them.

It reads pages in the usual spelling, and leaves every other page to the rows' reader, which is
slower and knows each spelling and the path of what is wrong. What no field wants is skipped unseen.
"""

from collections.abc import Iterable
from itertools import repeat
from operator import attrgetter
from typing import Annotated, Any, Generic, TypeVar, get_args, get_origin, get_type_hints

import attrs
import msgspec

from avepoint_async.wire.document import strip_mark
from avepoint_async.wire.envelope import Envelope, MetadataReader, Reply
from avepoint_async.wire.names import NO_VALUE, Names, spellings
from avepoint_async.wire.rows import RowReader, is_open_enum, is_optional
from avepoint_async.wire.values import LEAST, MOST, UnreadableError

T = TypeVar("T")

_PLAIN: tuple[Any, ...] = (str, int, bool)
_UNSET = msgspec.UNSET
_NOTHING = (None, NO_VALUE, _UNSET)


class UnusualPageError(Exception):
    """Raised for a page that is spelled in another way, or wrong: the rows' reader tells which."""


@attrs.frozen
class _Field:
    """One field of a record, and where the typed rows keep it.

    Attributes:
        name: the field.
        hint: its type.
        default: its default.
        keys: its wire names.
        is_plain: whether msgspec reads it as it is, or its JSON is read apart.
        columns: the fields of a typed row, one for each wire name.
    """

    name: str
    hint: Any
    default: Any
    keys: tuple[str, ...]
    is_plain: bool
    columns: tuple[str, ...]

    def row_fields(self) -> list[tuple[Any, ...]]:
        """The columns with their types."""
        if not self.is_plain:
            return [(self.name, msgspec.Raw)]
        hint = _bounded(_without_none(self.hint)) | None | msgspec.UnsetType
        return [(column, hint, _UNSET) for column in self.columns]

    def absent(self) -> Any:
        """Its value in a row without it; unset if there must be one."""
        factory = getattr(self.default, "factory", None)  # attrs has no public name for the class
        if factory is not None:
            return factory()
        if self.default is not attrs.NOTHING:
            return self.default
        return None if is_optional(self.hint) else _UNSET


class TypedReader(Generic[T]):
    """Reads pages in the usual spelling.

    Args:
        record: an attrs class that `serves`.
        names: the exceptions to camel case.
        envelope: where a page keeps its items.
        rows: reads what is neither text nor number, once for each spelling within a page.
    """

    def __init__(self, record: type[T], names: Names, envelope: Envelope, rows: RowReader) -> None:
        fields = _fields(record, names)
        self._plain = [field for field in fields if field.is_plain]
        self._nested = [_Nested(field, rows) for field in fields if not field.is_plain]
        self._decoder = msgspec.json.Decoder(_page_type(fields, envelope))
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
            page = self._decoder.decode(body)
            for nested in self._nested:
                nested.read(page.items)
            self._settle(page.items, body)
            items = self._records_of(page.items, body)
            facts = self._metadata.read(page.metadata)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, UnreadableError):
            raise UnusualPageError from None
        if facts is None:
            raise UnusualPageError
        return Reply(items, facts)

    def _settle(self, rows: list[Any], body: bytes) -> None:
        """Read "N/A" as null, and give a field the one of its wire names that holds a value."""
        has_slash = b"/" in body or b"\\" in body  # without them no text is "N/A"
        for field in self._plain:
            if len(field.columns) > 1:
                _choose(field, rows, body)
            elif has_slash and str in get_args(field.hint):
                values = _column(rows, field.name)
                if NO_VALUE in values:
                    _set(rows, field.name, [None if v == NO_VALUE else v for v in values])

    def _records_of(self, rows: list[Any], body: bytes) -> tuple[T, ...]:
        try:
            return self._records.make(rows)
        except msgspec.ValidationError:  # perhaps because a value is unset
            for field in self._plain:
                _fill_unset(field, rows, body)
            return self._records.make(rows)


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

    def __init__(self, field: _Field, rows: RowReader) -> None:
        self._name = field.name
        self._hint = field.hint
        self._rows = rows
        row: Any = _plain_row_type(field.hint)
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


def _choose(field: _Field, rows: list[Any], body: bytes) -> None:
    """Give a field the first of its wire names that holds a value."""
    first = chosen = _column(rows, field.name)
    for column in field.columns[1:]:
        if not _lacks_some(chosen):
            break
        other = _column(rows, column)
        if chosen.count(_UNSET) < len(chosen):  # else the service uses the other name alone
            pairs = zip(chosen, other, strict=True)
            other = [b if a in _NOTHING and b is not _UNSET else a for a, b in pairs]
        chosen = other
    if chosen is first:
        return
    if _lacks_some(chosen):
        _require_usual_keys(field, body)
        chosen = [None if each == NO_VALUE else each for each in chosen]
    _set(rows, field.name, chosen)


def _lacks_some(values: list[Any]) -> bool:
    return not {None, NO_VALUE, _UNSET}.isdisjoint(values)


def _fill_unset(field: _Field, rows: list[Any], body: bytes) -> None:
    values = _column(rows, field.name)
    if _UNSET in values:
        _require_usual_keys(field, body)
        absent = field.absent()
        _set(rows, field.name, [absent if each is _UNSET else each for each in values])


def _require_usual_keys(field: _Field, body: bytes) -> None:
    """A key that seems to be missing may be there in another case, or written with escapes."""
    lowered = body.lower()
    if b"\\u00" in lowered:
        raise UnusualPageError
    for key in map(msgspec.json.encode, field.keys):
        if lowered.count(key.lower()) != body.count(key):
            raise UnusualPageError


def _fields(record: type, names: Names) -> list[_Field]:
    hints = get_type_hints(record)
    return [_field(each, hints[each.name], names) for each in attrs.fields(record)]


def _field(each: "attrs.Attribute[Any]", hint: Any, names: Names) -> _Field:
    keys = spellings(names, each.name)
    others = [f"_{place}_{each.name}" for place in range(1, len(keys))]
    plain = _is_plain(_without_none(hint))
    return _Field(each.name, hint, each.default, keys, plain, (each.name, *others))


def _is_plain(hint: Any) -> bool:
    return hint in _PLAIN or is_open_enum(hint)


def _without_none(hint: Any) -> Any:
    inner = [each for each in get_args(hint) if each is not type(None)]
    return inner[0] if is_optional(hint) else hint


def _bounded(hint: Any) -> Any:
    """The type with the bounds that the rows' reader sets, too."""
    inner: Any = _without_none(hint)
    if inner is not int:
        return hint
    whole: Any = Annotated[int, msgspec.Meta(ge=LEAST, le=MOST)]
    return whole | None if is_optional(hint) else whole


def _page_type(fields: list[_Field], envelope: Envelope) -> Any:
    """The type of a page: its rows, and its metadata, which must be there."""
    row: Any = _row_type(fields)
    return msgspec.defstruct(
        "Page",
        [("items", list[row]), ("metadata", msgspec.Raw)],
        gc=False,
        rename={"items": envelope.items, "metadata": envelope.metadata},
    )


def _row_type(fields: list[_Field]) -> Any:
    required = [field for field in fields if not field.is_plain]
    optional = [field for field in fields if field.is_plain]
    return msgspec.defstruct(
        "Row",
        [each for field in (*required, *optional) for each in field.row_fields()],
        gc=False,
        rename={
            column: key
            for field in fields
            for column, key in zip(field.columns, field.keys, strict=True)
        },
    )


def _plain_row_type(hint: Any) -> Any:
    """The type of the rows of an array of plain records; None of anything else."""
    record = get_args(hint)[0] if get_origin(hint) is tuple else None
    if record is None or not attrs.has(record) or not serves(record, {}):
        return None
    fields = _fields(record, {})
    if not all(_is_plain(each.hint) and each.default is attrs.NOTHING for each in fields):
        return None
    return msgspec.defstruct(
        "PlainRow",
        [(each.name, _bounded(each.hint)) for each in fields],
        gc=False,
        rename={each.name: each.keys[0] for each in fields},
    )


def serves(record: type, names: Names) -> bool:
    """Whether msgspec may make records of this class, which runs no code of theirs."""
    fields = attrs.fields(record)
    hooks = ("__attrs_pre_init__", "__attrs_post_init__")
    return (
        all(field.init and field.validator is None and field.converter is None for field in fields)
        and not any(getattr(field.default, "takes_self", False) for field in fields)
        and all(len(field.keys) == 1 or field.is_plain for field in _fields(record, names))
        and not any(hasattr(record, hook) for hook in hooks)
    )
