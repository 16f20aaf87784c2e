"""From one row of a reply to one record: every spelling that the service is known to use.

A record is an attrs class. Its fields are the wire names in snake case, and a key in another case
is the same key. Unknown keys are ignored.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import attrs
from cattrs import ClassValidationError, Converter, IterableValidationError
from cattrs.cols import homogenous_tuple_structure_factory
from cattrs.gen import make_dict_structure_fn

from avepoint_async.wire.values import (
    NO_VALUE,
    OpenEnum,
    boolean,
    code,
    integer,
    mismatch,
    moment,
    number,
    or_none,
    string,
)

logger = logging.getLogger(__name__)

T = TypeVar("T")

Names = Mapping[str, str | tuple[str, ...]]
"""Wire names by field, one or several, where they are not the field in camel case."""

_SIDE = "avepoint_async side field"

SIDE = {_SIDE: True}
"""Metadata of a field without which a row is still worth having: nonsense is read as None."""


class UnreadableRowError(ValueError):
    """Raised when a row is not what was promised; ``path`` leads to the place within the row."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(path, why)
        self.path = path
        self.why = why


class RowReader:
    """Reads rows into one kind of record.

    Args:
        record: an attrs class.
        names: the exceptions to camel case, as in `Names`.
    """

    def __init__(self, record: type, names: Names) -> None:
        self._record = record
        self._converter = _make_converter()
        _register(self._converter, record, names)

    def read(self, raw: object) -> Any:
        """One row as one record.

        Raises:
            UnreadableRowError: the row is not what was promised.
        """
        return self.read_as(raw, self._record)

    def read_as(self, raw: object, hint: Any) -> Any:
        """A value as a field of this type.

        Raises:
            UnreadableRowError: the value is not what was promised.
        """
        try:
            return self._converter.structure(raw, hint)
        except (ClassValidationError, IterableValidationError, ValueError) as error:
            raise UnreadableRowError(*_locate(error)) from None


def camel(field: str) -> str:
    """The wire name of a field: ``display_name`` is ``displayName``."""
    first, *others = field.split("_")
    return first + "".join(map(str.capitalize, others))


def spellings(names: Names, field: str) -> tuple[str, ...]:
    """The wire names of a field, the one that counts most first."""
    given = names.get(field, camel(field))
    return (given,) if isinstance(given, str) else given


def _make_converter() -> Converter:
    """The one converter of this library: strict values, and nothing coerced."""
    converter = Converter(detailed_validation=True)
    readers: dict[type, Callable[[object, Any], Any]] = {
        str: string,
        int: integer,
        float: number,
        bool: boolean,
        datetime: moment,
    }
    for plain, reader in readers.items():
        converter.register_structure_hook(plain, reader)
    converter.register_structure_hook_func(_is_open_enum, code)
    converter.register_structure_hook_factory(_is_optional, lambda hint: _optional(converter, hint))
    converter.register_structure_hook_factory(_is_tuple, lambda hint: _array(converter, hint))
    converter.register_structure_hook_factory(
        attrs.has, lambda record: _record_reader(converter, record, {})
    )
    return converter


def _register(converter: Converter, record: type, names: Names) -> None:
    converter.register_structure_hook(record, _record_reader(converter, record, names))


def _is_open_enum(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, OpenEnum)


def _is_optional(hint: Any) -> bool:
    return get_origin(hint) in (Union, UnionType) and NoneType in get_args(hint)


def _optional(converter: Converter, hint: Any) -> Callable[[object, Any], Any]:
    (inner,) = (each for each in get_args(hint) if each is not NoneType)
    return or_none(lambda raw, _: converter.structure(raw, inner))


def _is_tuple(hint: Any) -> bool:
    return get_origin(hint) is tuple


def _array(converter: Converter, hint: Any) -> Callable[[object, Any], Any]:
    """Read an array alone, where cattrs would take any iterable; null is an empty one."""
    build = homogenous_tuple_structure_factory(hint, converter)

    def read(raw: object, _: Any) -> Any:
        if raw is None or raw == NO_VALUE:
            return ()
        if not isinstance(raw, list):
            raise mismatch(raw, "an array")
        return build(raw, hint)

    return read


def _record_reader(
    converter: Converter, record: type, names: Names
) -> Callable[[object, Any], Any]:
    build = cast("Callable[[Any, Any], Any]", make_dict_structure_fn(record, converter))
    hints = get_type_hints(record)
    wanted = [(field, spellings(names, field.name)) for field in attrs.fields(record)]

    def read(raw: object, _: Any) -> Any:
        if not isinstance(raw, dict):
            raise mismatch(raw, "an object")
        row = cast("dict[str, Any]", raw)
        folded = {key.casefold(): value for key, value in row.items()}
        values: dict[str, Any] = {}
        for field, keys in wanted:
            value = _find(row, folded, keys)
            if value is attrs.NOTHING:
                if field.default is attrs.NOTHING and _may_be_absent(hints[field.name]):
                    values[field.name] = None
            elif field.metadata.get(_SIDE) and _is_nonsense(converter, value, hints, field):
                values[field.name] = None
            else:
                values[field.name] = value
        return build(values, record)

    return read


def _find(row: Mapping[str, Any], folded: Mapping[str, Any], keys: Iterable[str]) -> Any:
    """The first of these keys that holds a value; one that holds none if no other does."""
    found: Any = attrs.NOTHING
    for key in keys:
        value = row.get(key, folded.get(key.casefold(), attrs.NOTHING))
        if value is not attrs.NOTHING and value is not None and value != NO_VALUE:
            return value
        found = value if found is attrs.NOTHING else found
    return found


@cache
def _may_be_absent(hint: Any) -> bool:
    return _is_optional(hint)


def _is_nonsense(
    converter: Converter, value: object, hints: Mapping[str, Any], field: "attrs.Attribute[Any]"
) -> bool:
    try:
        converter.structure(value, hints[field.name])
    except (ClassValidationError, IterableValidationError, ValueError) as error:
        path, why = _locate(error)
        logger.info("%s is left out of a row: %s%s", field.name, f"{path} " if path else "", why)
        return True
    return False


def _locate(error: BaseException) -> tuple[str, str]:
    """The path of the first thing that is wrong, in wire names, and what it is."""
    path = ""
    while isinstance(error, ClassValidationError | IterableValidationError):
        error, note = error.group_exceptions()[0][0]
        name = str(getattr(note, "name", ""))
        path += f".{camel(name)}" if name else f"[{getattr(note, 'index', '')}]"
    return path, "missing" if isinstance(error, KeyError) else str(error)
