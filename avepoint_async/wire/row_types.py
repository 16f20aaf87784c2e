"""The types by which msgspec reads a page of an endpoint, made of the fields of its record."""

from collections.abc import Iterable
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import attrs
import msgspec

from avepoint_async.wire.envelope import Envelope
from avepoint_async.wire.names import Names, spellings
from avepoint_async.wire.rows import is_open_enum, is_optional
from avepoint_async.wire.values import LEAST, MOST

_PLAIN: tuple[Any, ...] = (str, int, bool)


@attrs.frozen
class Column:
    """One field of a typed row.

    Attributes:
        name: the field of the row.
        key: its wire name.
        hint: its type, as msgspec reads it.
        may_lack: whether a row may lack it, and then holds unset.
    """

    name: str
    key: str
    hint: Any
    may_lack: bool = False


@attrs.frozen
class Field:
    """One field of a record, and how a page spells it.

    Attributes:
        name: the field.
        hint: its type.
        default: its default.
        keys: its wire names.
        quoted: the same as they stand in JSON.
        is_plain: whether msgspec reads it as it is, or its JSON is read apart.
        used: those of its wire names that the page uses.
    """

    name: str
    hint: Any
    default: Any
    keys: tuple[str, ...]
    quoted: tuple[bytes, ...]
    is_plain: bool
    used: tuple[str, ...]

    def spelled(self, body: bytes) -> "Field":
        """The field of a page that uses one of its wire names alone, if this page does."""
        if len(self.keys) == 1 or has_escaped_ascii(body):
            return self
        pairs = zip(self.keys, self.quoted, strict=True)
        used = tuple(key for key, quoted in pairs if quoted in body)
        return attrs.evolve(self, used=used if len(used) == 1 else self.keys)

    def whole_columns(self) -> list[Column]:
        """Its columns on a page on which each row has it, under the first name that is used.

        A name that counts more must not be there. If there are several, the field must hold a
        value, for a null would leave the choice to the others.
        """
        if not self.is_plain:
            return [Column(self.name, self.used[0], msgspec.Raw)]
        hint = self.hint if len(self.keys) == 1 else _without_none(self.hint)
        place = self.keys.index(self.used[0])
        before = (
            Column(self._spare(number), key, msgspec.UnsetType, may_lack=True)
            for number, key in enumerate(self.keys[:place])
        )
        return [Column(self.name, self.used[0], _bounded(hint)), *before]

    def columns(self) -> list[Column]:
        """Its columns on any page: one for each name that is used."""
        if not self.is_plain:
            return self.whole_columns()
        hint = _bounded(_without_none(self.hint)) | None | msgspec.UnsetType
        names = (self.name, *map(self._spare, range(1, len(self.used))))
        return [
            Column(name, key, hint, may_lack=True)
            for name, key in zip(names, self.used, strict=True)
        ]

    def _spare(self, number: int) -> str:
        # A wire name such as "@odata.type" cannot name a field of a row.
        return f"_{number}_{self.name}"

    @property
    def is_made(self) -> bool:
        """Whether its default is made anew for each record."""
        return hasattr(self.default, "factory")  # attrs has no public name for the class

    def absent(self) -> Any:
        """Its value in a row without it; unset if there must be one."""
        if self.default is not attrs.NOTHING:
            return self.default
        return None if is_optional(self.hint) else msgspec.UNSET


def has_escaped_ascii(body: bytes) -> bool:
    """Whether a letter of a key may be written as an escape, so that the key is not found."""
    return b"\\u00" in body


def fields_of(record: type, names: Names) -> list[Field]:
    """The fields of a record, in its order."""
    hints = get_type_hints(record)
    return [_field(each, hints[each.name], names) for each in attrs.fields(record)]


def _field(each: "attrs.Attribute[Any]", hint: Any, names: Names) -> Field:
    keys = spellings(names, each.name)
    quoted = tuple(map(msgspec.json.encode, keys))
    plain = _is_plain(_without_none(hint))
    return Field(each.name, hint, each.default, keys, quoted, plain, used=keys)


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


def page_type(columns: Iterable[Column], envelope: Envelope) -> Any:
    """The type of a page: its rows, and its metadata, which must be there."""
    row: Any = _row_type([*columns])
    return msgspec.defstruct(
        "Page",
        [("items", list[row]), ("metadata", msgspec.Raw)],
        gc=False,
        rename={"items": envelope.items, "metadata": envelope.metadata},
    )


def _row_type(columns: list[Column]) -> Any:
    required = [(each.name, each.hint) for each in columns if not each.may_lack]
    optional = [(each.name, each.hint, msgspec.UNSET) for each in columns if each.may_lack]
    return msgspec.defstruct(
        "Row",
        [*required, *optional],
        gc=False,
        rename={each.name: each.key for each in columns},
    )


def plain_row_type(hint: Any) -> Any:
    """The type of the rows of an array of plain records; None of anything else."""
    record = get_args(hint)[0] if get_origin(hint) is tuple else None
    if record is None or not attrs.has(record) or not serves(record, {}):
        return None
    fields = fields_of(record, {})
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
    attributes = attrs.fields(record)
    fields = fields_of(record, names)
    keys = [key for field in fields for key in field.keys]
    return (
        all(each.init and each.validator is None and each.converter is None for each in attributes)
        and not any(getattr(each.default, "takes_self", False) for each in attributes)
        and not any(field.is_plain and field.is_made for field in fields)
        and all(len(field.keys) == 1 or field.is_plain for field in fields)
        and len({*keys}) == len(keys)
        and all(key.isascii() and "/" not in key for key in keys)  # else JSON has other spellings
        and not _runs_code(record)
        and not _caches_hash(record)
        and all(
            map(_may_be_shared, filter(attrs.has, (_innermost(field.hint) for field in fields)))
        )
    )


def _innermost(hint: Any) -> Any:
    inner = _without_none(hint)
    return _innermost(get_args(inner)[0]) if get_origin(inner) is tuple else inner


def _may_be_shared(record: Any) -> bool:
    """Whether rows that spell it alike may hold the same one: nobody can tell or change it."""
    is_frozen = record.__setattr__ is not object.__setattr__
    return is_frozen and serves(record, {})


def _runs_code(record: Any) -> bool:
    """Whether the constructor, or a part of it, is the caller's own."""
    hooks = ("__attrs_pre_init__", "__attrs_post_init__")
    if record.__new__ is not object.__new__ or any(hasattr(record, hook) for hook in hooks):
        return True
    code = getattr(record.__init__, "__code__", None)  # attrs marks its own nowhere else
    return code is None or not code.co_filename.startswith("<attrs generated ")


def _caches_hash(record: type) -> bool:
    """Whether its ``__init__`` makes room for the hash; attrs tells that nowhere else."""
    code = getattr(record.__hash__, "__code__", None)
    return code is not None and "_attrs_cached_hash" in code.co_names
