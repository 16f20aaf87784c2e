"""The types by which msgspec reads a page of an endpoint, made of the fields of its record."""

from collections.abc import Iterable, Mapping
from types import MemberDescriptorType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import attrs
import msgspec

from avepoint_async.wire.envelope import Envelope
from avepoint_async.wire.names import Names, spellings
from avepoint_async.wire.rows import is_open_enum, is_optional
from avepoint_async.wire.values import LEAST, MOST

_PLAIN: tuple[Any, ...] = (str, int, bool)


@attrs.frozen
class Field:
    """One field of a record, and where the typed rows keep it.

    Attributes:
        name: the field.
        hint: its type.
        default: its default.
        keys: its wire names.
        quoted: the same as they stand in JSON.
        is_plain: whether msgspec reads it as it is, or its JSON is read apart.
        columns: the fields of a typed row, and the wire name of each.
        has_gaps: whether a row may lack it.
    """

    name: str
    hint: Any
    default: Any
    keys: tuple[str, ...]
    quoted: tuple[bytes, ...]
    is_plain: bool
    columns: Mapping[str, str]
    has_gaps: bool = True

    def whole(self) -> "Field":
        """The field of a page on which each row has it, under the first of its wire names.

        If it has several, a null would leave the choice to the others.
        """
        hint = self.hint if len(self.keys) == 1 else _without_none(self.hint)
        return attrs.evolve(self, hint=hint, columns={self.name: self.keys[0]}, has_gaps=False)

    def only_key(self, body: bytes) -> str | None:
        """The one of its wire names that a page uses; None if it uses several, or none."""
        pairs = zip(self.keys, self.quoted, strict=True)
        used = [key for key, quoted in pairs if quoted in body]
        return used[0] if len(used) == 1 else None

    def spelled(self, key: str | None) -> "Field":
        """The field of a page that uses one of its wire names alone, if it does."""
        return self if key is None else attrs.evolve(self, columns={self.name: key})

    def typed_columns(self) -> list[tuple[Any, ...]]:
        """The columns with their types."""
        if not self.is_plain:
            return [(self.name, msgspec.Raw)]
        if not self.has_gaps:
            return [(self.name, _bounded(self.hint))]
        hint = _bounded(_without_none(self.hint)) | None | msgspec.UnsetType
        return [(column, hint, msgspec.UNSET) for column in self.columns]

    def absent(self) -> Any:
        """Its value in a row without it; unset if there must be one."""
        factory = getattr(self.default, "factory", None)  # attrs has no public name for the class
        if factory is not None:
            return factory()
        if self.default is not attrs.NOTHING:
            return self.default
        return None if is_optional(self.hint) else msgspec.UNSET


def fields_of(record: type, names: Names) -> list[Field]:
    """The fields of a record, in its order."""
    hints = get_type_hints(record)
    return [_field(each, hints[each.name], names) for each in attrs.fields(record)]


def _field(each: "attrs.Attribute[Any]", hint: Any, names: Names) -> Field:
    keys = spellings(names, each.name)
    quoted = tuple(map(msgspec.json.encode, keys))
    columns = {
        f"_{place}_{each.name}" if place else each.name: key for place, key in enumerate(keys)
    }
    plain = _is_plain(_without_none(hint))
    return Field(each.name, hint, each.default, keys, quoted, plain, columns)


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


def page_type(fields: Iterable[Field], envelope: Envelope) -> Any:
    """The type of a page: its rows, and its metadata, which must be there."""
    row: Any = _row_type([*fields])
    return msgspec.defstruct(
        "Page",
        [("items", list[row]), ("metadata", msgspec.Raw)],
        gc=False,
        rename={"items": envelope.items, "metadata": envelope.metadata},
    )


def _row_type(fields: list[Field]) -> Any:
    required = [field for field in fields if not (field.is_plain and field.has_gaps)]
    optional = [field for field in fields if field.is_plain and field.has_gaps]
    return msgspec.defstruct(
        "Row",
        [each for field in (*required, *optional) for each in field.typed_columns()],
        gc=False,
        rename={column: key for field in fields for column, key in field.columns.items()},
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
    """Whether records of this class may be filled slot by slot, which runs no code of theirs."""
    fields = attrs.fields(record)
    own = ("__attrs_pre_init__", "__attrs_post_init__", "_attrs_cached_hash")
    return (
        all(field.init and field.validator is None and field.converter is None for field in fields)
        and not any(getattr(field.default, "takes_self", False) for field in fields)
        and all(len(field.keys) == 1 or field.is_plain for field in fields_of(record, names))
        and not any(hasattr(record, each) for each in own)
        and all(
            isinstance(getattr(record, each.name, None), MemberDescriptorType) for each in fields
        )
        and bool(fields)
    )
