"""From one row of a reply to one record: every spelling that the service is known to use.

A record is an attrs class. Its fields are the wire names in snake case, and a key in another case
is the same key. Unknown keys are ignored.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

import attrs
from cattrs import ClassValidationError, Converter, IterableValidationError
from cattrs.cols import homogenous_tuple_structure_factory
from cattrs.gen import make_dict_structure_fn, override

from avepoint_async.errors import ConfigurationError
from avepoint_async.wire.names import MISSING, NO_VALUE, Names, find, spellings
from avepoint_async.wire.values import (
    OpenEnum,
    UnreadableError,
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

_Read = Callable[[object, Any], Any]

_PLAIN: dict[type, _Read] = {
    str: string,
    int: integer,
    float: number,
    bool: boolean,
    datetime: moment,
}

SIDE = {"avepoint_async": "side field"}
"""Metadata of a field without which a row is still worth having: nonsense in it is read as None."""


class RowReader:
    """Reads rows into one kind of record.

    Args:
        record: an attrs class.
        names: the exceptions to camel case, as in `Names`.
    """

    def __init__(self, record: type, names: Names) -> None:
        self._record = record
        self._converter = _make_converter()
        reader = _record_reader(self._converter, record, names)
        self._converter.register_structure_hook(record, reader)

    def read(self, raw: object) -> Any:
        """One row as one record.

        Raises:
            UnreadableError: the row is not what was promised.
        """
        return self.read_as(raw, self._record)

    def read_as(self, raw: object, hint: Any) -> Any:
        """A value as a field of this type.

        Raises:
            UnreadableError: the value is not what was promised.
        """
        return self._converter.structure(raw, hint)


def check_record(record: type) -> None:
    """Refuse a record with a field of a type that no reply is read as.

    Raises:
        ConfigurationError: names the field, and the types that there are.
    """
    for name, hint in get_type_hints(record).items():
        if not _is_known(hint):
            message = (
                f"{record.__name__}.{name} is a {hint!r}, which no reply is read as: use str, int, "
                "float, bool, datetime, an OpenEnum, an attrs class, a tuple[…, ...] of one of "
                "them, or one of them | None"
            )
            raise ConfigurationError(message)


def _is_known(hint: Any) -> bool:
    if is_optional(hint) or _is_tuple(hint):
        inner = [each for each in get_args(hint) if each not in (NoneType, ...)]
        return len(inner) == 1 and _is_known(inner[0])
    if isinstance(hint, type) and attrs.has(hint):
        check_record(hint)
        return True
    return hint in _PLAIN or is_open_enum(hint)


def is_open_enum(hint: Any) -> bool:
    """Whether it is a class of open codes."""
    return isinstance(hint, type) and issubclass(hint, OpenEnum)


def is_optional(hint: Any) -> bool:
    """Whether a value of this type may be None."""
    return get_origin(hint) in (Union, UnionType) and NoneType in get_args(hint)


def _is_tuple(hint: Any) -> bool:
    return get_origin(hint) is tuple


def _make_converter() -> Converter:
    """The one converter of this library: strict values, and nothing coerced."""
    converter = Converter(detailed_validation=True)
    for plain, reader in _PLAIN.items():
        converter.register_structure_hook(plain, reader)
    # By class, as int is: an enum of whole numbers would be read as one of them.
    converter.register_structure_hook(OpenEnum, code)
    converter.register_structure_hook_factory(is_optional, partial(_optional, converter))
    converter.register_structure_hook_factory(_is_tuple, partial(_array, converter))
    converter.register_structure_hook_factory(attrs.has, partial(_record_reader, converter))
    return converter


def _optional(converter: Converter, hint: Any) -> _Read:
    (inner,) = (each for each in get_args(hint) if each is not NoneType)
    return or_none(lambda raw, _: converter.structure(raw, inner))


def _array(converter: Converter, hint: Any) -> _Read:
    """Read an array alone, where cattrs would take any iterable; null is an empty one.

    Where the service's table says a code and its sample an array of codes, one is an array of one.
    """
    build = homogenous_tuple_structure_factory(hint, converter)
    inner = get_args(hint)[0]

    def read(raw: object, _: Any) -> Any:
        if raw is None or raw == NO_VALUE:
            return ()
        if not isinstance(raw, list):
            if is_open_enum(inner):
                return (code(raw, inner),)
            raise mismatch(raw, "an array")
        try:
            return build(raw, hint)
        except IterableValidationError as error:
            (first, note), *_others = error.group_exceptions()[0]
            step = f"[{note.index}]"
            raise _explained(first).below(step) from None

    return read


def _record_reader(converter: Converter, record: type, names: Names | None = None) -> _Read:
    hints = get_type_hints(record)
    fields = [field for field in attrs.fields(record) if field.init]
    keys = {field.name: spellings(names or {}, field.name) for field in fields}
    nullable = {
        field.name
        for field in fields
        if field.default is attrs.NOTHING and is_optional(hints[field.name])
    }
    lenient: dict[str, Any] = {
        field.name: override(struct_hook=_or_nonsense(converter, hints[field.name], field.name))
        for field in fields
        if SIDE.items() <= field.metadata.items()
    }
    build = cast("_Read", make_dict_structure_fn(record, converter, **lenient))

    def read(raw: object, _: Any) -> Any:
        if not isinstance(raw, dict):
            raise mismatch(raw, "an object")
        row = cast("dict[str, Any]", raw)
        values: dict[str, Any] = {}
        for name, spelled in keys.items():
            value = find(row, spelled)
            if value is not MISSING:
                values[name] = value
            elif name in nullable:
                values[name] = None
        try:
            return build(values, record)
        except ClassValidationError as error:
            raise _located(error, keys) from None

    return read


def _or_nonsense(converter: Converter, hint: Any, name: str) -> _Read:
    def read(raw: object, _: Any) -> Any:
        try:
            return converter.structure(raw, hint)
        except UnreadableError as error:
            logger.info("%s%s is taken as not there: %s", name, error.path, error.why)
            return None

    return read


def _located(error: ClassValidationError, keys: Mapping[str, tuple[str, ...]]) -> UnreadableError:
    """The first thing that is wrong in a row, under its wire name."""
    placed, others = error.group_exceptions()
    if not placed:  # the class itself refuses, in a validator
        return _explained(others[0])
    inner, note = placed[0]
    return _explained(inner).below(f".{keys[note.name][0]}")


def _explained(error: Exception) -> UnreadableError:
    if isinstance(error, UnreadableError):
        return error
    if isinstance(error, KeyError):
        return UnreadableError("missing")
    # The words of a record's own check may hold the value.
    return UnreadableError(f"refused by the record's own check ({type(error).__name__})")
