"""Tables for people: as wide as the terminal, or as the text needs where there is none."""

import sys
from collections.abc import Iterable, Mapping

from rich import box
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from avepoint_async import Module, ProtectedUser, TenantRef
from avepoint_async.cli.coverage import Coverage, Share
from avepoint_async.cli.figures import counted
from avepoint_async.cli.rows import other_modules
from avepoint_async.cli.streams import visible

# Wider than any line: what is piped on is not folded.
_UNBOUNDED = 10_000


def drawn(renderable: RenderableType) -> str:
    """What is to be written to stdout for it, with colours only where they are shown."""
    console = Console(width=None if sys.stdout.isatty() else _UNBOUNDED)
    # A terminal that is too narrow folds the lines; numbers must not be cut.
    least = Measurement.get(console, console.options.update(width=_UNBOUNDED), renderable).minimum
    console.width = max(console.width, least)
    with console.capture() as capture:
        console.print(renderable)
    # The blanks that fill a column up are for a coloured background, which there is none of.
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def users_table(users: Iterable[ProtectedUser]) -> Table:
    """One row for each user."""
    rows = [_user_row(user) for user in users]
    # What no user has is not worth a column.
    width = 5 if any(other for *_, other in rows) else 4
    table = _table()
    for heading in ("Email", "Name", "Mailbox", "OneDrive", "Other")[:width]:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*row[:width])
    table.caption = counted(len(rows), "user")
    return table


def _user_row(user: ProtectedUser) -> tuple[Text, ...]:
    return (
        _plain(user.email),
        _plain(user.display_name or ""),
        _mark(user.is_protected(Module.MAILBOX)),
        _mark(user.is_protected(Module.ONEDRIVE)),
        _plain(other_modules(user)),
    )


def coverage_table(coverage: Mapping[TenantRef, Coverage], names: Mapping[TenantRef, str]) -> Table:
    """One row for each tenant, and one for all of them."""
    table = _table(show_footer=True)
    total = Coverage()
    for each in coverage.values():
        total.add(each)
    _add_coverage_columns(table, len(coverage), total)
    for tenant, each in coverage.items():
        table.add_row(_plain(names[tenant]), f"{each.users:,}", *_shares(each))
    return table


def _add_coverage_columns(table: Table, tenants: int, total: Coverage) -> None:
    table.add_column("Tenant", counted(tenants, "tenant"), overflow="fold")
    table.add_column("Users", f"{total.users:,}", justify="right", no_wrap=True)
    headings = ("Mailbox", "", "OneDrive", "")
    for heading, footer in zip(headings, _shares(total), strict=True):
        table.add_column(heading, footer, justify="right", no_wrap=True)


def _shares(coverage: Coverage) -> tuple[Text, ...]:
    return (*_share(coverage.mailbox), *_share(coverage.onedrive))


def _share(share: Share) -> tuple[Text, Text]:
    percent = share.percent
    if percent is None:
        return Text("-", "dim"), Text("")
    style = "green" if percent >= 95 else "yellow" if percent >= 80 else "red"
    return Text(f"{share.protected:,}/{share.listed:,}"), Text(f"{percent}%", style)


def _table(*, show_footer: bool = False) -> Table:
    return Table(
        box=box.SIMPLE_HEAD,
        show_footer=show_footer,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        caption_justify="left",
    )


def _plain(text: str) -> Text:
    return Text(visible(text))


def _mark(protected: bool | None) -> Text:  # noqa: FBT001  # a value, no switch
    if protected is None:
        return Text("-", "dim")
    return Text("yes", "green") if protected else Text("no", "red")
