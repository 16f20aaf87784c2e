"""``avepoint-async snapshot``: a night's answer on disk."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from avepoint_async import (
    AuthenticationError,
    AvePointClient,
    AvePointError,
    ConfigurationError,
    Stats,
)
from avepoint_async.cli.causes import explained
from avepoint_async.cli.console import complain, say
from avepoint_async.cli.customers import ids_of
from avepoint_async.cli.exits import DONE, FAILED, INCOMPLETE, RUN_AGAIN, Job, job
from avepoint_async.cli.fleet_run import described
from avepoint_async.cli.history import Folder, opened_history, states_of
from avepoint_async.cli.options import Customers, MetricsFile, Pace
from avepoint_async.cli.output import output_place, write_output
from avepoint_async.cli.progress import (
    Display,
    Glimpse,
    surface,
    waiting_glimpse,
    with_pause,
)
from avepoint_async.cli.service import opened
from avepoint_async.cli.words import counted, name_of, per_second, shortfall
from avepoint_async.report.metrics import RunCounts, prometheus_text

if TYPE_CHECKING:
    from avepoint_async.snapshots import History, Run, TakeProgress
    from avepoint_async.snapshots.shard import Shard


def snapshot(
    folder: Folder,
    *,
    customer: Customers = None,
    fresh: Annotated[
        bool,
        typer.Option(
            "--fresh",
            metavar="",
            help="Begin a new run, though an earlier one was not finished.",
        ),
    ] = False,
    max_age: Annotated[
        float,
        typer.Option(
            metavar="HOURS", help="Do not go on with a run that was begun longer ago than this."
        ),
    ] = 20.0,
    commit_every: Annotated[
        float,
        typer.Option(metavar="SECONDS", help="How old an answer is at most before it is on disk."),
    ] = 2.0,
    shard: Annotated[
        str | None,
        typer.Option(
            metavar="N/OF",
            help="Only this share of the tenants, such as 2/8; History.merge joins the shares.",
            show_default=False,
        ),
    ] = None,
    metrics: MetricsFile = None,
    pace: Pace,
) -> Job:
    """Take a snapshot of all tenants into a history; run it again to go on where it ended.

    Whatever ended it (a crash, Ctrl-C, a full disk), what was committed stays, and no tenant that
    was read is asked again. Exit status 3: the run is sealed, and some tenants are not whole; 75:
    it is not sealed, run it again.
    """

    async def work() -> int:
        history = opened_history(folder)
        part = None if shard is None else _parsed(shard)
        if metrics is not None:
            output_place(metrics)
        async with opened(pace) as client:
            taking = _Taking(history, client)
            try:
                run = await taking.take(
                    customer_ids=await ids_of(client, customer),
                    resume=not fresh,
                    max_age=timedelta(hours=max_age),
                    commit_every=commit_every,
                    shard=part,
                )
            except AvePointError as error:
                return _status_of(error, taking)
            except BaseException:
                taking.tell_unsealed()
                raise
        _tell(run)
        _tell_other_question(history, run)
        if metrics is not None:
            write_output(metrics, _metrics(history, run))
        return DONE if run.complete else INCOMPLETE

    return job(work)


def _parsed(shard: str) -> "Shard":
    from avepoint_async.snapshots.shard import Shard  # noqa: PLC0415  # an extra, and slow to import

    return Shard.parse(shard)


class _Taking:
    """A snapshot under way: shown, and told where it goes on with an earlier run."""

    def __init__(self, history: "History", client: AvePointClient) -> None:
        self._history = history
        self._client = client
        self._latest: TakeProgress | None = None
        self._display = Display(self._glimpse, surface(rows_on_stdout=False))

    async def take(
        self,
        *,
        customer_ids: list[str] | None,
        resume: bool,
        max_age: timedelta,
        commit_every: float,
        shard: "Shard | None",
    ) -> "Run":
        async with self._display:
            return await self._history.take(
                self._client,
                customer_ids=customer_ids,
                resume=resume,
                max_age=max_age,
                commit_every=commit_every,
                shard=shard,
                on_progress=self._note,
            )

    def _note(self, progress: "TakeProgress") -> None:
        if self._latest is None and progress.resumed:
            through = progress.tenants_done + progress.tenants_failed
            say(
                f"going on with run {progress.run_id}, which was not finished: "
                f"{counted(through, 'tenant')} of it are through"
            )
        self._latest = progress

    def _glimpse(self, elapsed: float) -> Glimpse:
        stats = self._client.stats
        glimpse = take_glimpse(self._latest, stats, elapsed)
        return with_pause(glimpse, stats.held_for, datetime.now(UTC).astimezone())

    def tell_unsealed(self) -> bool:
        """Tell what an end before the end left; whether there is something to go on with."""
        unfinished = None
        with suppress(AvePointError):
            unfinished = self._history.unfinished()
        if unfinished is None:
            return False
        # Of an earlier run that this one had not opened yet, nothing was counted.
        latest = self._latest
        on_disk = f"{counted(latest.tenants_done, 'tenant')} of it are on disk; " if latest else ""
        say(f"run {unfinished} is not sealed: {on_disk}run the same again to go on")
        return True


def take_glimpse(progress: "TakeProgress | None", stats: Stats, elapsed: float) -> Glimpse:
    """How far a snapshot is; ``elapsed``: seconds of this process."""
    if progress is None or not (progress.tenants or progress.roster_read):
        return waiting_glimpse(stats)
    settled = progress.tenants_done + progress.tenants_failed
    more = "" if progress.roster_read else " or more"
    details = (
        *([f"{progress.tenants_failed:,} failed"] if progress.tenants_failed else []),
        counted(progress.pages, "page"),
        counted(progress.users, "user"),
        per_second(progress.users, elapsed),
        counted(progress.commits, "commit"),
    )
    known = progress.roster_read and progress.tenants
    return Glimpse(
        f"{settled:,} of {counted(progress.tenants, 'tenant')}{more}",
        ", ".join(details),
        min(1.0, settled / progress.tenants) if known else None,
    )


def _status_of(error: AvePointError, taking: _Taking) -> int:
    """Tell why there is no sealed run; running it again helps, unless a setting is wrong."""
    from avepoint_async.snapshots import HistoryBusyError  # noqa: PLC0415  # an extra
    from avepoint_async.snapshots.outcomes import is_final  # noqa: PLC0415  # an extra

    if isinstance(error, ConfigurationError):
        raise error
    complain(explained(error))
    if isinstance(error, HistoryBusyError):
        return RUN_AGAIN
    refused = isinstance(error, AuthenticationError) or is_final(error)
    return RUN_AGAIN if taking.tell_unsealed() and not refused else FAILED


def _tell(run: "Run") -> None:
    """Tell each tenant that is not whole, and the sum."""
    for tenant, outcome in run.outcomes.items():
        if outcome.complete:
            continue
        if outcome.error is not None:
            state, why = "failed", explained(outcome.error)
        else:
            state, why = "incomplete", f"incomplete: {shortfall(outcome, 'user')}"
        complain(f"{name_of(tenant)}: {why}", **described(tenant, outcome, state))
    summary = run.summary
    amiss = "" if run.complete else f" ({states_of(run)})"
    say(
        f"run {run.id} is sealed: {counted(summary.users, 'user')} of "
        f"{counted(summary.tenants, 'tenant')}{amiss}, {counted(summary.requests, 'request')}, "
        f"{counted(summary.retries, 'retry')}"
    )


def _tell_other_question(history: "History", run: "Run") -> None:
    """Warn where the run before asked for others: side by side the two are no trend."""
    from avepoint_async.snapshots.layout import id_before  # noqa: PLC0415  # an extra

    before = id_before(history.path, run.id)
    with suppress(AvePointError):  # of a damaged run nothing is known
        if before is not None and history.run(before).asked_for != run.asked_for:
            complain(
                f"run {before} before it asked for other customers: report and diff would take "
                "the difference for a change. Take these into a folder of their own"
            )


def _metrics(history: "History", run: "Run") -> bytes:
    # Older runs are read only where one of them is asked for.
    earlier = [] if run.complete else history.runs()
    whole = [each.finished_at for each in earlier if each.complete]
    return prometheus_text(RunCounts.of(run, last_complete=whole[-1] if whole else None))
