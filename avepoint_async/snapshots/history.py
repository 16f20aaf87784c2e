"""A history: the folder that holds the nights, what can be asked of it, and every default."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path

from avepoint_async.client import AvePointClient
from avepoint_async.paging.source import TenantSource
from avepoint_async.refs import TenantRef
from avepoint_async.snapshots.as_of import LastRead, as_of
from avepoint_async.snapshots.compare.diff import Diff, compare
from avepoint_async.snapshots.errors import SnapshotError
from avepoint_async.snapshots.layout import (
    check_format,
    id_before,
    partial_ids,
    sealed_folder,
    sealed_ids,
)
from avepoint_async.snapshots.run import Run
from avepoint_async.snapshots.shard import Shard
from avepoint_async.snapshots.take import OnProgress, take
from avepoint_async.snapshots.verify import problems


class History:
    """The runs in one folder. It holds no client and no connection.

    ::

        history = History("night")
        async with AvePointClient.from_env() as client:
            run = await history.take(client)
        print(run.complete, run.summary)

    Reading does not disturb a run that is being taken: readers see sealed runs alone.

    Args:
        path: the folder; one that is not there yet is an empty history.

    Raises:
        SnapshotError: it holds something else, or a newer version of this package wrote it.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        check_format(self.path)

    def __repr__(self) -> str:
        return f"History({str(self.path)!r})"

    async def take(
        self,
        client: AvePointClient,
        *,
        tenants: TenantSource | None = None,
        customer_ids: str | Iterable[str] | None = None,
        shard: Shard | tuple[int, int] | None = None,
        resume: bool = True,
        max_age: timedelta = timedelta(hours=20),
        commit_every: float = 2.0,
        on_progress: OnProgress | None = None,
    ) -> Run:
        """Take a snapshot: ask every tenant, and seal what they answered as a run.

        Whatever ends it (a crash, Ctrl-C, a full disk, refused credentials), what was committed
        is intact, and calling it again with the same arguments goes on: no tenant whose last page
        was committed is asked again; one that was open is walked anew. So a job that failed is
        simply run again.

        A tenant that fails is no error here: the run is sealed, `Run.complete` is False, and
        `Run.outcomes` tells why. The run stays unsealed, and the error is raised, only if the list
        of customers could not be read, or if nothing could be asked or written any more.

        Args:
            client: whom to ask. The requests that it sends meanwhile are counted as the run's.
            tenants: only these, as `protected_users_across` takes them; the run then has no
                customers. None: all that discovery finds.
            customer_ids: only the tenants of these customers; None: of all.
            shard: only the tenants of this part, such as ``(2, 8)`` for the second of eight runs
                that share the night, each in a history of its own; `merge` makes one of them.
            resume: whether to go on with an unfinished run of the same arguments. If not, it is
                given up: sealed as it is, its remaining tenants ``unasked``; or removed, if no
                tenant was through.
            max_age: how long ago an unfinished run may have begun to be gone on with; an older
                one is given up, lest the rows of different days mix.
            commit_every: seconds after which an answer is on disk at the latest, give or take the
                time that the disk needs.
            on_progress: called a few times a second with a `TakeProgress`. What it raises ends
                the run as a crash does.

        Returns:
            The sealed run.

        Raises:
            ConfigurationError: an argument makes no sense; nothing was sent.
            HistoryBusyError: another process is taking a snapshot here; the message says which.
            SnapshotError: the disk is full or failed, or the folder is no history.
            AvePointError: the list of customers could not be read, the credentials were refused,
                or the service answers nobody.
            Exception: what the source of tenants or ``on_progress`` raises, as it is.
        """
        folder = await take(
            self.path,
            client,
            tenants=tenants,
            customer_ids=customer_ids,
            shard=shard,
            resume=resume,
            max_age=max_age,
            commit_every=commit_every,
            on_progress=on_progress,
        )
        return Run(folder)

    def merge(self, runs: Iterable[Run | None], *, max_age: timedelta = timedelta(hours=20)) -> Run:
        """Make one run, in this history, of the runs of all shards of a night.

        It is what one process would have taken: the same rows in the same order. It is complete
        if every shard is. The same runs merged again are one run, so a job that failed is simply
        run again.

        Args:
            runs: sealed runs, one of each shard, in any order. None, which `latest` of a history
                without a run returns, is a shard that is missing.
            max_age: how far apart they may have begun, lest the rows of different days mix.

        Raises:
            ConfigurationError: a shard is missing or there twice, a run is none of a shard, or
                they were asked different things; nothing was written.
            HistoryBusyError: another process is writing here; the message says which.
            SnapshotError: a run is damaged, or the disk is full or failed.
        """
        from avepoint_async.snapshots.merge import merge  # noqa: PLC0415  # it reads runs

        return Run(merge(self.path, list(runs), max_age=max_age))

    def runs(self) -> list[Run]:
        """The sealed runs, oldest first.

        Raises:
            SnapshotError: a run's summary is missing or damaged.
        """
        return [self.run(run_id) for run_id in sealed_ids(self.path)]

    def latest(self) -> Run | None:
        """The sealed run that began last; None if there is none.

        Raises:
            SnapshotError: its summary is missing or damaged.
        """
        ids = sealed_ids(self.path)
        return self.run(ids[-1]) if ids else None

    def run(self, run_id: str) -> Run:
        """The sealed run of this id.

        Raises:
            SnapshotError: there is none, or its summary is missing or damaged.
        """
        known = sealed_ids(self.path)
        if run_id not in known:
            told = f"the latest is {known[-1]}" if known else "there is none yet"
            message = f"{self.path} has no sealed run {run_id!r}; {told}"
            raise SnapshotError(message)
        return Run(sealed_folder(self.path, run_id))

    def diff(self, before: Run | str | None = None, after: Run | str | None = None) -> Diff:
        """What changed from one run to another.

        Args:
            before: a run or its id; None: the sealed run before ``after``.
            after: a run or its id; None: the latest.

        Raises:
            SnapshotError: there is no such run, or none before.
        """
        ids = sealed_ids(self.path)
        after = self._one(after, ids[-1] if ids else None)
        return compare(self._one(before, id_before(self.path, after.id)), after)

    def as_of(self, when: datetime) -> dict[TenantRef, LastRead]:
        """For each tenant the newest comparable answer of the runs up to a moment, and its age.

        Args:
            when: with its time zone.

        Raises:
            ValueError: ``when`` has no time zone.
            SnapshotError: a run's summary is missing or damaged.
        """
        return as_of(self.runs(), when)

    def report(self, path: str | Path, *, addresses: bool = False) -> None:
        """Write one HTML page: what was told, what was not, what changed.

        Args:
            path: the file, which takes its place when it is whole.
            addresses: whether users are named.

        Raises:
            ConfigurationError: the file cannot be written; the message says why.
            SnapshotError: a run cannot be read.
        """
        # Reports stand above histories, and are loaded only by who asks for one.
        page = import_module("avepoint_async.report.page")
        page.write_report(self, path, addresses=addresses)

    def _one(self, run: Run | str | None, default: str | None) -> Run:
        if isinstance(run, Run):
            return run
        if run is None and default is None:
            message = f"{self.path} has no run to compare with: two sealed runs are needed"
            raise SnapshotError(message)
        return self.run(run or str(default))

    def verify(self) -> list[str]:
        """What is wrong with the files of the sealed runs: one sentence each; empty if nothing is.

        A run whose summary is damaged, at which `runs` fails, is told here, too.
        """
        return [problem for _, found in self.verify_each() for problem in found]

    def verify_each(self) -> Iterator[tuple[str, list[str]]]:
        """The id of each sealed run and what is wrong with it, as `verify` tells, oldest first."""
        for run_id in sealed_ids(self.path):
            yield run_id, problems(sealed_folder(self.path, run_id))

    def unfinished(self) -> str | None:
        """The id of the run that was begun last and is not sealed; None if there is none."""
        ids = partial_ids(self.path)
        return ids[-1] if ids else None
