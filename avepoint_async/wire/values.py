"""Plain values as the service writes them: strict types, tolerant where it is known to be loose.

A reader takes the parsed value and the type that is wanted, as a cattrs hook does, and raises
`UnreadableError` with words that tell what came instead. Nothing is coerced: ``"false"`` is no
boolean. "N/A" stands for null, and a number may be written as a string.
"""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, Self, TypeVar

from avepoint_async.wire.names import NO_VALUE

T = TypeVar("T")

_KINDS = {
    "NoneType": "null",
    "bool": "a boolean",
    "dict": "an object",
    "list": "an array",
    "str": "a string",
}

LEAST, MOST = -(2**63), 2**63 - 1
"""A whole number has 64 bits, as in every table that it may come to stand in; a code may be any."""

# Eighteen digits are more than any count; longer ones would be slow to convert.
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_SEPARATED = re.compile(r"[+-]?\d{1,3}(?:,\d{3}){1,5}", re.ASCII)
_DECIMAL = re.compile(rf"(?:{_INTEGER.pattern}|{_SEPARATED.pattern})(?:\.\d{{0,18}})?", re.ASCII)

_AMERICAN = re.compile(r"(\d\d)[-/](\d\d)[-/](\d{4})[T ](\d\d:\d\d:\d\d)(\.\d+)?Z?", re.ASCII)
_FRACTION = re.compile(r"(\.\d{6})\d+", re.ASCII)
_MILLISECONDS = 100_000_000_000
"""An epoch number beyond this counts milliseconds: as seconds it would be the year 5138."""


class UnreadableError(ValueError):
    """Raised for a value that is not what was promised.

    Attributes:
        why: what was expected and what came; never the value itself, which may be a name.
        path: leads from the value that was to be read to the place, such as ``.module``.
    """

    def __init__(self, why: str, path: str = "") -> None:
        super().__init__(why, path)
        self.why = why
        self.path = path

    def below(self, step: str) -> "UnreadableError":
        """The same error, seen from one level further up."""
        return UnreadableError(self.why, step + self.path)


class OpenEnum(IntEnum):
    """Codes of the service, open: one that is not named here is an unnamed member of its value.

    So a code that the service adds tomorrow is data, and not an error.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if isinstance(value, bool) or not isinstance(value, int):
            return None
        member = int.__new__(cls, int(value))
        member._name_ = f"{cls.__name__.upper()}_{int(value)}"
        member._value_ = int(value)
        return member


def string(raw: object, _: object) -> str:
    """A string."""
    if type(raw) is not str:
        raise mismatch(raw, "a string")
    return raw


def integer(raw: object, _: object) -> int:
    """A whole number, also as a string of digits, with or without thousands separators."""
    if type(raw) is int:
        if LEAST <= raw <= MOST:
            return raw
        raise mismatch(raw, "a whole number of 64 bits")
    if type(raw) is str:
        if _INTEGER.fullmatch(raw):
            return int(raw)
        if _SEPARATED.fullmatch(raw):
            return int(raw.replace(",", ""))
    raise mismatch(raw, "a whole number")


def number(raw: object, _: object) -> float:
    """A number, also as a string, with or without thousands separators."""
    if (type(raw) is int and abs(raw) < 2**1023) or (type(raw) is float and math.isfinite(raw)):
        return float(raw)
    if type(raw) is str and _DECIMAL.fullmatch(raw):
        return float(raw.replace(",", ""))
    raise mismatch(raw, "a number")


def boolean(raw: object, _: object) -> bool:
    """A boolean."""
    if type(raw) is not bool:
        raise mismatch(raw, "a boolean")
    return raw


def moment(raw: object, _: object) -> datetime:
    """A date with its time, aware: any form that the service is known to write.

    ISO 8601 with any number of fraction digits, ``MM-DD-YYYYTHH:MM:SSZ``,
    ``MM/DD/YYYYTHH:MM:SSZ``, ``MM/DD/YYYY HH:MM:SS``, and a number of seconds or milliseconds
    since 1970. One without a time zone is UTC.
    """
    try:
        if type(raw) is int or type(raw) is float:
            return _since_1970(raw)
        if type(raw) is str:
            is_count = _INTEGER.fullmatch(raw) or _SEPARATED.fullmatch(raw)
            return _since_1970(integer(raw, int)) if is_count else _dated(raw)
    except (ValueError, OverflowError, OSError):
        pass
    raise mismatch(raw, "a date")


def _since_1970(count: float) -> datetime:
    seconds = count / 1000 if abs(count) >= _MILLISECONDS else count
    return datetime.fromtimestamp(seconds, UTC)


def _dated(text: str) -> datetime:
    american = _AMERICAN.fullmatch(text)
    if american:
        month, day, year, time, fraction = american.groups(default="")
        text = f"{year}-{month}-{day}T{time}{fraction}"
    date = datetime.fromisoformat(_FRACTION.sub(r"\1", text))
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def code(raw: object, enum: Any) -> Any:
    """A member of an open enum, by its number or, where the service writes that, by its name."""
    if type(raw) is str:
        wanted = _plain(raw)
        for member in enum:
            if _plain(member.name) == wanted:
                return member
    return enum(raw if type(raw) is int else integer(raw, int))


def _plain(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())


def or_none(reader: Callable[[object, Any], T]) -> Callable[[object, Any], T | None]:
    """The same reader, for a value that may be absent."""
    return lambda raw, hint: None if raw is None or raw == NO_VALUE else reader(raw, hint)


def mismatch(raw: object, wanted: str) -> UnreadableError:
    """The error for a value of the wrong type."""
    return UnreadableError(f"expected {wanted}, got {kind(raw)}")


def kind(raw: object) -> str:
    """What JSON calls it; never the value, which may be somebody's name."""
    return _KINDS.get(type(raw).__name__, "a number")
