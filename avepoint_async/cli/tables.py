"""Tables for people: as wide as the terminal, or as the text needs where there is none."""

import sys
from collections.abc import Iterable

from rich import box
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from avepoint_async import Module, ProtectedUser
from avepoint_async.cli.console import visible
from avepoint_async.cli.words import counted

# Wider than any line: what is piped on is not folded.
_UNBOUNDED = 10_000


def drawn(renderable: RenderableType) -> str:
    """What is to be written for it, with colours only where they are shown."""
    console = Console(width=None if sys.stdout.isatty() else _UNBOUNDED)
    # A terminal that is too narrow folds the lines; numbers must not be cut.
    least = Measurement.get(console, console.options.update(width=_UNBOUNDED), renderable).minimum
    console.width = max(console.width, least)
    with console.capture() as capture:
        console.print(renderable)
    # The blanks that fill a column up are for a coloured background, which there is none of.
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def plain_table(*headings: str, show_footer: bool = False) -> Table:
    """A table without frames, whose columns may be folded."""
    table = Table(
        box=box.SIMPLE_HEAD,
        show_footer=show_footer,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        caption_justify="left",
    )
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def plain(text: str, style: str = "") -> Text:
    """The text as it is, without anything that a terminal would obey."""
    return Text(visible(text), style)


def users_table(users: Iterable[ProtectedUser]) -> Table:
    """One row for each user."""
    rows = [_user_row(user) for user in users]
    # What no user has is not worth a column.
    width = 5 if any(other for *_, other in rows) else 4
    table = plain_table(*("Email", "Name", "Mailbox", "OneDrive", "Other")[:width])
    for row in rows:
        table.add_row(*row[:width])
    table.caption = counted(len(rows), "user")
    return table


def _user_row(user: ProtectedUser) -> tuple[Text, ...]:
    return (
        plain(user.email),
        plain(user.display_name or ""),
        _mark(user.is_protected(Module.MAILBOX)),
        _mark(user.is_protected(Module.ONEDRIVE)),
        plain(str(user.as_row()["other_modules"] or "")),
    )


def _mark(protected: bool | None) -> Text:  # noqa: FBT001  # a value, no switch
    if protected is None:
        return Text("-", "dim")
    return Text("yes", "green") if protected else Text("no", "red")
