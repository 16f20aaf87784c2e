"""Tables for people: as wide as the terminal, or as the text needs where there is none."""

import sys
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from avepoint_async import Module, ProtectedUser
from avepoint_async.cli.console import visible
from avepoint_async.cli.words import counted
from avepoint_async.report.coverage import Coverage

# Wider than any line: what is piped on is not folded.
_UNBOUNDED = 10_000

_MODULES = {"Mailbox": Module.MAILBOX, "OneDrive": Module.ONEDRIVE}


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


def coverage_table(kind: str, lines: Sequence[tuple[str, Coverage, str | None]]) -> Table:
    """One row for each tenant or customer, and one for all of them.

    A module that the service does not list for a user is neither protected nor not: unknown.

    Args:
        kind: what the rows are: ``tenant`` or ``customer``.
        lines: of each its name, its counts, and what keeps them from being whole, if anything.
    """
    total = Coverage()
    for _, coverage, _ in lines:
        total.add(coverage)
    not_whole = sum(amiss is not None for _, _, amiss in lines)
    table = plain_table(show_footer=True)
    table.add_column(kind.capitalize(), counted(len(lines), kind), overflow="fold")
    table.add_column("Users", f"{total.users:,}", justify="right", no_wrap=True)
    for heading, module in _MODULES.items():
        headings = (heading, "", "Unknown")
        for title, footer in zip(headings, _shares(total, module), strict=True):
            table.add_column(title, footer, justify="right", no_wrap=True)
    if not_whole:
        table.add_column("Read", f"{not_whole:,} not whole", overflow="fold")
    for name, coverage, amiss in lines:
        cells = [cell for module in _MODULES.values() for cell in _shares(coverage, module)]
        read = [plain(amiss, "red") if amiss else Text("whole", "dim")] if not_whole else []
        table.add_row(plain(name), f"{coverage.users:,}", *cells, *read)
    return table


def _shares(coverage: Coverage, module: Module) -> tuple[Text, Text, Text]:
    share, unknown = coverage.shares[module], coverage.unknown(module)
    told = Text(f"{unknown:,}", "yellow") if unknown else Text("-", "dim")
    percent = share.percent
    if percent is None:
        return Text("-", "dim"), Text(""), told
    style = "green" if percent >= 95 else "yellow" if percent >= 80 else "red"
    return Text(f"{share.protected:,}/{share.listed:,}"), Text(f"{percent}%", style), told


def _mark(protected: bool | None) -> Text:  # noqa: FBT001  # a value, no switch
    if protected is None:
        return Text("-", "dim")
    return Text("yes", "green") if protected else Text("no", "red")
