"""How the fields of a record are spelled in JSON, and how a key is found whatever its case."""

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

NO_VALUE = "N/A"
"""What the service writes in some places where others have null."""

Names = Mapping[str, str | tuple[str, ...]]
"""Wire names by field, one or several, where they are not the field in camel case."""

MISSING: Any = attrs.NOTHING
"""What `find` gives for a key that is not there."""


def camel(field: str) -> str:
    """The wire name of a field: ``display_name`` is ``displayName``."""
    first, *others = field.split("_")
    return first + "".join(map(str.capitalize, others))


def spellings(names: Names, field: str) -> tuple[str, ...]:
    """The wire names of a field, the one that counts most first."""
    given = names.get(field, camel(field))
    return (given,) if isinstance(given, str) else tuple(given)


def find(members: Mapping[str, Any], keys: Iterable[str]) -> Any:
    """The value of the first of these keys that holds one.

    A key that is not there may be there in another case, which counts after all usual spellings.
    If none holds a value, it is the null or "N/A" of the first that is there, else `MISSING`.
    """
    found: Any = MISSING
    absent: list[str] = []
    for key in keys:
        if key not in members:
            absent.append(key)
        elif _holds(members[key]):
            return members[key]
        elif found is MISSING:
            found = members[key]
    for key in absent:
        value = _in_any_case(members, key)
        if _holds(value):
            return value
        found = value if found is MISSING else found
    return found


def _holds(value: Any) -> bool:
    return value is not MISSING and value is not None and value != NO_VALUE


def _in_any_case(members: Mapping[str, Any], wanted: str) -> Any:
    folded = fold(wanted)
    length = len(wanted)
    for key, value in members.items():
        if len(key) == length and fold(key) == folded:
            return value
    return MISSING


def fold(key: str) -> str:
    """The key in lower case; other letters than those of ASCII are left as they are."""
    return key.lower() if key.isascii() else key
