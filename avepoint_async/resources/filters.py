"""How a list is narrowed: in the request's body where the service can be asked, and here, too."""

from collections.abc import Callable
from typing import TypeVar

import msgspec

T = TypeVar("T")

MAX_FILTER = 100
"""Addresses or ids that one request may name; of more, none is sent."""


def ids_filter(name: str, ids: tuple[str, ...]) -> bytes:
    """The request body that asks for some ids; ``{}`` where the service cannot be asked."""
    if not ids or len(ids) > MAX_FILTER:
        return b"{}"
    return msgspec.json.encode({name: ids})


def keep_those(wanted: tuple[str, ...], key: Callable[[T], str]) -> Callable[[T], bool] | None:
    """Which items were asked for, without regard to case; None: all of them.

    Filtered here, too: a revision may ignore the filter, or know it by another name.
    """
    if not wanted:
        return None
    keys = frozenset(each.strip().casefold() for each in wanted)
    return lambda item: key(item).strip().casefold() in keys
