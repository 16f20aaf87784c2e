"""``avepoint-async diff`` and ``gaps``: what changed between two runs, and who is left out."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avepoint_async import Module, TenantRef
from avepoint_async.cli.console import complain, say
from avepoint_async.cli.exits import DONE, FAILED, INCOMPLETE, Job, job
from avepoint_async.cli.history import Folder, RunId, chosen_run, opened_history
from avepoint_async.cli.options import Format, TableOutput
from avepoint_async.cli.output import Output, opened_output
from avepoint_async.cli.rows import Layout, Row
from avepoint_async.cli.tables import drawn, plain, plain_table
from avepoint_async.cli.words import counted, name_of
from avepoint_async.resources.module_text import read_modules

if TYPE_CHECKING:
    from avepoint_async.snapshots import History, Run
    from avepoint_async.snapshots.compare.change import Change
    from avepoint_async.snapshots.compare.diff import Diff
    from avepoint_async.snapshots.compare.gaps import Gaps

_COLUMNS = (
    *("kind", "customer_id", "customer_name", "tenant_id", "tenant_name"),
    *("email", "display_name", "id", "module", "before", "after"),
)
_KINDS = (
    *("appeared", "gone", "perhaps_gone", "renamed", "lost_protection", "gained_protection"),
    *("newly_listed", "no_longer_listed", "tenant_new", "tenant_gone"),
)
_MODULES = {Module.MAILBOX: "mailbox", Module.ONEDRIVE: "onedrive"}

_TOGETHER = 1_000
"""Changes that are read before the event loop sees to signals again."""


def diff(
    folder: Folder,
    before: Annotated[
        str | None,
        typer.Argument(
            metavar="[BEFORE", help="Id of the earlier run; by default the last but one."
        ),
    ] = None,
    after: Annotated[
        str | None,
        typer.Argument(metavar="AFTER]", help="Id of the later run; by default the latest."),
    ] = None,
    *,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help=f"Only changes of this kind; may be given again: {', '.join(_KINDS)}.",
            show_default=False,
        ),
    ] = None,
    exit_code: Annotated[
        bool,
        typer.Option(
            "--exit-code", metavar="", help="Exit with 1 if there are changes, as diff(1) does."
        ),
    ] = False,
    to: TableOutput,
) -> Job:
    """Tell what changed between two runs: who lost protection, who is new, who is gone.

    Compared are the tenants that were read as a whole in both runs; the others are named on
    stderr, and are exit status 3.
    """
    kinds = frozenset(kind or _KINDS)
    if kinds - set(_KINDS):
        message = f"no such kind of change: {', '.join(sorted(kinds - set(_KINDS)))}"
        raise typer.BadParameter(message, param_hint="--kind")
    if before is not None and after is None:
        message = "two runs are compared: name both, or none for the last two"
        raise typer.BadParameter(message, param_hint="AFTER")

    async def work() -> int:
        with opened_output(to.output) as out:
            found = _compared(opened_history(folder), before, after)
            counts: Counter[str] = Counter()
            changes = _counting((each for each in found.changes() if each.kind in kinds), counts)
            await _put_changes(out, changes, to)
        words = [_sum(each, counts[each]) for each in _KINDS if counts[each]]
        say(f"{found.before.id} to {found.after.id}: {', '.join(words) or 'no change'}")
        for warning in found.warnings:
            complain(warning)
        for tenant, reason in found.unknown.items():
            complain(f"{name_of(tenant)}: {reason}", **_place(tenant))
        if exit_code and counts:
            return FAILED
        return INCOMPLETE if found.unknown else DONE

    return job(work)


def _sum(kind: str, count: int) -> str:
    """``2 lost protection``, ``10 tenants gone``."""
    subject, _, change = kind.partition("_")
    return (
        f"{counted(count, subject)} {change}" if subject == "tenant" else f"{count:,} {_kind(kind)}"
    )


def _kind(kind: str) -> str:
    return kind.replace("_", " ")


def _compared(history: "History", before: str | None, after: str | None) -> "Diff":
    from avepoint_async.snapshots import SnapshotError  # noqa: PLC0415  # an extra
    from avepoint_async.snapshots.compare.diff import compare  # noqa: PLC0415  # an extra

    if before is not None and after is not None:
        return compare(history.run(before), history.run(after))
    runs = history.runs()
    if len(runs) < 2:
        message = f"{history.path} has {counted(len(runs), 'sealed run')}; two are compared"
        raise SnapshotError(message)
    return compare(runs[-2], runs[-1])


def _counting(changes: Iterable["Change"], counts: Counter[str]) -> Iterator["Change"]:
    for change in changes:
        counts[change.kind] += 1
        yield change


async def _put_changes(out: Output, changes: Iterator["Change"], to: TableOutput) -> None:
    layout = Layout(to.form, raw=to.raw)
    table = plain_table("Change", "Tenant", "Email", "Module", "Before", "After")
    if to.form is not Format.TABLE:
        await out.put(layout.header(_COLUMNS))
    while some := list(islice(changes, _TOGETHER)):
        await asyncio.sleep(0)
        if to.form is not Format.TABLE:
            await out.put(layout.records(map(_row, some)))
        for change in some if to.form is Format.TABLE else ():
            cells = (_kind(change.kind), name_of(change.tenant), change.email)
            states = (_module(change.module), *_words(change))
            table.add_row(*(plain(cell or "") for cell in (*cells, *states)))
    if table.row_count:
        await out.put_text(drawn(table))


def _row(change: "Change") -> Row:
    return {
        "kind": str(change.kind),
        **_place(change.tenant),
        "email": change.email,
        "display_name": change.display_name,
        "id": change.id,
        "module": _module(change.module),
        "before": change.before,
        "after": change.after,
    }


def _place(tenant: TenantRef) -> dict[str, str | None]:
    return {
        "customer_id": tenant.customer_id,
        "customer_name": tenant.customer_name,
        "tenant_id": tenant.tenant_id,
        "tenant_name": tenant.tenant_name,
    }


def _module(module: Module | None) -> str | None:
    return None if module is None else _MODULES.get(module, str(int(module)))


def _words(change: "Change") -> tuple[str, str]:
    """How the states before and after are told in a table."""
    # Of a renamed user they are names, which are told as they are.
    tell = _name if change.kind == "renamed" else _state
    return tell(change.before), tell(change.after)


def _name(name: bool | str | None) -> str:  # noqa: FBT001  # a value, no switch
    return str(name or "")


def _state(state: bool | str | None) -> str:  # noqa: FBT001  # a value, no switch
    """One module, or those of ``mailbox=true;7=false``: ``mailbox protected, 7 unprotected``."""
    if isinstance(state, bool):
        return _protected(state)
    return ", ".join(f"{module} {_protected(is_on)}" for module, is_on in read_modules(state))


def _protected(is_on: bool) -> str:  # noqa: FBT001  # a value, no switch
    return "protected" if is_on else "unprotected"


def gaps(
    folder: Folder,
    *,
    licensed: Annotated[
        Path,
        typer.Option(
            metavar="FILE", help="Addresses or ids of who is licensed, as .csv or .jsonl."
        ),
    ],
    column: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The column to take; by default one of a usual name."),
    ] = None,
    threshold: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Exit with 3 if more than N of them are not known to be protected.",
            show_default=False,
        ),
    ] = None,
    run_id: RunId = None,
    to: TableOutput,
) -> Job:
    """Compare a list of licensed users with the latest run: who is not protected?

    A table shows those who are not known to be protected; rows (jsonl, csv) tell each of the list
    with its state, and users of the backup that the list lacks as `unlisted`. Exit status 3:
    tenants of the run could not be read, or more are left out than `--threshold` allows.
    """

    async def work() -> int:
        with opened_output(to.output) as out:
            run = chosen_run(opened_history(folder), run_id)
            found = _gaps(run, licensed, column)
            if to.form is Format.TABLE:
                table = plain_table("Licensed", "State")
                for row in _states(found, ("unprotected", "undetermined", "missing")):
                    table.add_row(*(plain(cell) for cell in row.values()))
                await out.put_text(drawn(table) if table.row_count else "")
            else:
                layout = Layout(to.form, raw=to.raw)
                rows = layout.records(_states(found, _STATES))
                await out.put(layout.header(("entry", "state")) + rows)
        counts = ", ".join(f"{len(getattr(found, name)):,} {name}" for name in _STATES)
        say(f"run {run.id}, {found.licensed:,} licensed: {counts}")
        for tenant, reason in found.unread.items():
            complain(f"{name_of(tenant)}: {reason}; who is missing may be there", **_place(tenant))
        above = threshold is not None and found.exposed > threshold
        return INCOMPLETE if above or found.unread else DONE

    return job(work)


_STATES = ("protected", "unprotected", "undetermined", "missing", "unlisted")


def _gaps(run: "Run", licensed: Path, column: str | None) -> "Gaps":
    from avepoint_async.snapshots.compare.gaps import gaps as compare  # noqa: PLC0415  # an extra
    from avepoint_async.snapshots.compare.licensed import read_licensed  # noqa: PLC0415  # an extra

    return compare(run, read_licensed(licensed, column))


def _states(found: "Gaps", names: Iterable[str]) -> Iterator[Row]:
    for name in names:
        for entry in getattr(found, name):
            yield {"entry": entry, "state": name}
