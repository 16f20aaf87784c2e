"""Primitives as cattrs hooks that coerce nothing: ``"false"`` is no boolean.

A hook takes the parsed value and the type that is wanted, and raises ``ValueError`` with words
that tell what came instead.
"""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

NO_VALUE = "N/A"
"""Sibling endpoints of the same API write this where others write null."""

_KINDS = {
    "NoneType": "null",
    "bool": "a boolean",
    "dict": "an object",
    "list": "an array",
    "str": "a string",
}


def string(raw: object, _: object) -> str:
    """A string."""
    if type(raw) is not str:
        raise mismatch(raw, "a string")
    return raw


def integer(raw: object, _: object) -> int:
    """A whole number, also as a string of digits."""
    if type(raw) is int:
        return raw
    # Sibling endpoints send numbers as strings; eighteen digits are more than any count.
    if type(raw) is str and raw.isascii() and raw.isdigit() and len(raw) <= 18:
        return int(raw)
    raise mismatch(raw, "a whole number")


def boolean(raw: object, _: object) -> bool:
    """A boolean."""
    if type(raw) is not bool:
        raise mismatch(raw, "a boolean")
    return raw


def or_none(hook: Callable[[object, object], T]) -> Callable[[object, object], T | None]:
    """The same hook, for a value that may be absent."""
    return lambda raw, hint: None if raw is None or raw == NO_VALUE else hook(raw, hint)


def mismatch(raw: object, wanted: str) -> ValueError:
    """The error for a value of the wrong type."""
    return ValueError(f"expected {wanted}, got {kind(raw)}")


def kind(raw: object) -> str:
    """What JSON calls it; never the value, which may be somebody's name."""
    return _KINDS.get(type(raw).__name__, "a number")
