"""The modules that a row of users lists: a column for each known one, text for all others."""

from collections.abc import Iterator, Mapping
from typing import Any

from avepoint_async.resources.module_text import read_modules, write_modules
from avepoint_async.resources.protected_users import Module


def modules_of(row: Mapping[str, Any]) -> dict[Module, bool]:
    """The modules listed for a user, and whether each is protected."""
    known = {Module.MAILBOX: row["mailbox"], Module.ONEDRIVE: row["onedrive"]}
    listed = {module: state for module, state in known.items() if state is not None}
    return listed | dict(other_modules(row["other_modules"]))


def modules_text(row: Mapping[str, Any]) -> str | None:
    """The modules listed for a user, like ``mailbox=false;7=true``; None if none is."""
    states = [(name, row[name]) for name in ("mailbox", "onedrive") if row[name] is not None]
    return write_modules([*states, *read_modules(row["other_modules"])])


def other_modules(text: str | None) -> Iterator[tuple[Module, bool]]:
    """The modules in the column ``other_modules``, and whether each is protected."""
    for number, is_protected in read_modules(text):
        yield Module(int(number)), is_protected
