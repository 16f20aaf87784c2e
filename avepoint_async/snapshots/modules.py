"""The modules that a row of users lists: a column for each known one, text for all others."""

from collections.abc import Iterator, Mapping
from typing import Any

from avepoint_async.resources.protected_users import Module


def modules_of(row: Mapping[str, Any]) -> dict[Module, bool]:
    """The modules listed for a user, and whether each is protected."""
    known = {Module.MAILBOX: row["mailbox"], Module.ONEDRIVE: row["onedrive"]}
    listed = {module: state for module, state in known.items() if state is not None}
    return listed | dict(other_modules(row["other_modules"]))


def modules_text(row: Mapping[str, Any]) -> str | None:
    """The modules listed for a user, like ``mailbox=false;7=true``; None if none is."""
    known = [
        f"{name}={str(row[name]).lower()}"
        for name in ("mailbox", "onedrive")
        if row[name] is not None
    ]
    return ";".join([*known, *filter(None, [row["other_modules"]])]) or None


def other_modules(text: str | None) -> Iterator[tuple[Module, bool]]:
    """The modules in the text of the column ``other_modules``, like ``7=true;9=false``."""
    for part in (text or "").split(";"):
        code, sign, state = part.partition("=")
        if sign:
            yield Module(int(code)), state == "true"
