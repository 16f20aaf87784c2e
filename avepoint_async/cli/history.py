"""``avepoint-async history``, ``verify``, ``export`` and ``report``: what stands in a history."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer
from rich.table import Table

from avepoint_async.cli.console import complain, say
from avepoint_async.cli.exits import DONE, FAILED, Job, job
from avepoint_async.cli.options import Format, TableOutput
from avepoint_async.cli.output import opened_output
from avepoint_async.cli.rows import Layout, Row
from avepoint_async.cli.tables import drawn, plain, plain_table
from avepoint_async.cli.words import counted, duration

if TYPE_CHECKING:
    from avepoint_async.snapshots import History, Run

Folder: TypeAlias = Annotated[
    Path, typer.Argument(metavar="DIR", help="The folder of the history.", show_default=False)
]
RunId: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--run", metavar="ID", help="This run; by default the latest.", show_default=False
    ),
]

_COLUMNS = (
    *("run", "started_at", "finished_at", "complete", "customers", "tenants", "users"),
    *("mailbox_protected", "mailbox_unprotected", "mailbox_unknown"),
    *("onedrive_protected", "onedrive_unprotected", "onedrive_unknown"),
    *("requests", "retries", "throttled"),
)


def opened_history(folder: Path) -> "History":
    """The history in this folder.

    Raises:
        ConfigurationError: what it needs is not installed; the message says what to install.
        SnapshotError: the folder holds something else.
    """
    from avepoint_async.snapshots import History  # noqa: PLC0415  # an extra, and slow to import

    return History(folder)


def chosen_run(history: "History", run_id: str | None) -> "Run":
    """The run of this id, or the latest.

    Raises:
        SnapshotError: there is none.
    """
    if run_id is not None:
        return history.run(run_id)
    latest = history.latest()
    if latest is None:
        from avepoint_async.snapshots import SnapshotError  # noqa: PLC0415  # as above

        why = "" if history.path.exists() else ", for there is no such folder"
        message = (
            f"{history.path} has no sealed run yet{why}: take one with `avepoint-async snapshot`"
        )
        raise SnapshotError(message)
    return latest


def history(folder: Folder, *, to: TableOutput) -> Job:
    """List the sealed runs of a history, oldest first."""

    async def work() -> int:
        with opened_output(to.output) as out:
            found = opened_history(folder)
            runs = found.runs()
            if to.form is Format.TABLE:
                await out.put_text(drawn(_table(runs)))
            else:
                layout = Layout(to.form, raw=to.raw)
                await out.put(layout.header(_COLUMNS) + layout.records(map(_row, runs)))
        unfinished = found.unfinished()
        if unfinished is not None:
            say(f"run {unfinished} is not sealed: `avepoint-async snapshot` goes on with it")
        return DONE

    return job(work)


def _row(run: "Run") -> Row:
    summary = run.summary
    row = {
        "run": run.id,
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat(),
        "complete": run.complete,
        "customers": summary.customers,
        "tenants": summary.tenants,
        "users": summary.users,
    }
    for name, share in (("mailbox", summary.mailbox), ("onedrive", summary.onedrive)):
        row[f"{name}_protected"] = share.protected
        row[f"{name}_unprotected"] = share.unprotected
        row[f"{name}_unknown"] = share.unknown
    return {
        **row,
        "requests": summary.requests,
        "retries": summary.retries,
        "throttled": summary.throttled,
    }


def _table(runs: Iterable["Run"]) -> Table:
    table = plain_table(
        "Run", "Took", "Tenants", "Users", "Unprotected mailboxes", "Unprotected OneDrives"
    )
    for column in table.columns[1:]:
        column.justify = "right"
    table.add_column("Read", overflow="fold")
    for run in runs:
        summary = run.summary
        table.add_row(
            run.id,
            duration((run.finished_at - run.started_at).total_seconds()),
            f"{summary.tenants:,}",
            f"{summary.users:,}",
            f"{summary.mailbox.unprotected:,}",
            f"{summary.onedrive.unprotected:,}",
            plain("whole", "dim") if run.complete else plain(states_of(run), "red"),
        )
    table.caption = counted(table.row_count, "run")
    return table


def states_of(run: "Run") -> str:
    """What keeps a run from being whole: ``2 failed, 1 short``."""
    from avepoint_async.snapshots.outcomes import WHOLE  # noqa: PLC0415  # as above

    summary = run.summary
    amiss = [
        f"{count:,} {state}"
        for state, count in summary.states.items()
        if count and state not in WHOLE
    ]
    if not summary.roster_complete:
        amiss.append("the list of customers is incomplete")
    return ", ".join(amiss) or "not whole"


def verify(folder: Folder) -> Job:
    """Read every byte of every sealed run, and tell what is not as it was written.

    Exit status 1 if anything is wrong, or if there is no sealed run.
    """

    async def work() -> int:
        wrong = 0
        with opened_output(None) as out:
            found, seen = opened_history(folder), 0
            for run_id, problems in found.verify_each():
                seen += 1
                wrong += bool(problems)
                for problem in problems:
                    complain(f"run {run_id}: {problem}", run=run_id)
                await out.put_text(f"{run_id}  {'damaged' if problems else 'as it was sealed'}\n")
            if not seen:
                chosen_run(found, None)  # a misspelt folder must not look as if it were verified
        return FAILED if wrong else DONE

    return job(work)


def export(
    folder: Folder,
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET",
            help="A file (.csv, .jsonl, .parquet, .db) or postgresql://…",
            show_default=False,
        ),
    ],
    *,
    run_id: RunId = None,
) -> Job:
    """Write a run to a file or a database: whole, or not at all; twice is once."""

    async def work() -> int:
        run = chosen_run(opened_history(folder), run_id)
        rows = run.export(target)
        say(f"{counted(rows, 'user')} of run {run.id} written to {target.partition('://')[0]}")
        return DONE

    return job(work)


def report(
    folder: Folder,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The HTML file to write.")
    ],
    addresses: Annotated[
        bool, typer.Option("--addresses", metavar="", help="Name the users that changed.")
    ] = False,
) -> Job:
    """Write one page about the latest run: what is protected, what changed, what is not known.

    Exit status 1 if there is no sealed run.
    """

    async def work() -> int:
        found = opened_history(folder)
        chosen_run(found, None)  # a misspelt folder must not lead to a page
        from avepoint_async.report.page import write_report  # noqa: PLC0415  # an extra

        write_report(found, output, addresses=addresses)
        say(f"the report is in {output}")
        return DONE

    return job(work)
