"""Taking a snapshot: ask every tenant, commit what is answered, seal it."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TypeAlias, TypeVar

import attrs

from avepoint_async.arguments import strings
from avepoint_async.client import AvePointClient
from avepoint_async.errors import ConfigurationError
from avepoint_async.paging.fanout import FanOut
from avepoint_async.paging.outcome import WalkOutcome
from avepoint_async.paging.page import Page
from avepoint_async.paging.source import TenantSource
from avepoint_async.refs import TenantRef
from avepoint_async.resources.protected_users import ProtectedUser
from avepoint_async.snapshots import manifest
from avepoint_async.snapshots.discovery import DiscoveredTenants, given_line, read_given
from avepoint_async.snapshots.durable import new_folder
from avepoint_async.snapshots.entries import Entry, RosterRead, Traffic
from avepoint_async.snapshots.errors import disk_errors
from avepoint_async.snapshots.layout import check_format, id_of, make_history, new_id
from avepoint_async.snapshots.lock import only_writer
from avepoint_async.snapshots.manifest import Manifest
from avepoint_async.snapshots.opening import Opened, open_run
from avepoint_async.snapshots.outcomes import is_final, settled_of
from avepoint_async.snapshots.seal import seal
from avepoint_async.snapshots.segment import TenantPage
from avepoint_async.snapshots.settings import RunSettings, arguments_hash
from avepoint_async.snapshots.shard import Shard, as_shard
from avepoint_async.snapshots.writer import Writer, to_its_end

_SECONDS_BETWEEN_NEWS = 0.25


@attrs.frozen(kw_only=True)
class TakeProgress:
    """How far a snapshot is; what was committed before a crash is counted.

    Attributes:
        run_id: of the run.
        resumed: whether it goes on with what a process before has left.
        tenants: tenants known so far; final once ``roster_read``.
        roster_read: whether the list of tenants was read to its end.
        tenants_done: tenants that are through, failed ones not among them.
        tenants_failed: tenants that failed; some may be tried once more at the end.
        users: users read.
        pages: pages read.
        commits: commits of this process.
    """

    run_id: str
    resumed: bool
    tenants: int
    roster_read: bool
    tenants_done: int
    tenants_failed: int
    users: int
    pages: int
    commits: int


T = TypeVar("T")
OnProgress: TypeAlias = Callable[[TakeProgress], None]


async def take(
    history: Path,
    client: AvePointClient,
    *,
    tenants: TenantSource | None,
    customer_ids: str | Iterable[str] | None,
    shard: Shard | tuple[int, int] | None,
    resume: bool,
    max_age: timedelta,
    commit_every: float,
    on_progress: OnProgress | None,
) -> Path:
    """Take a snapshot, or go on with one; see `History.take`. Returns the sealed folder."""
    ids = strings("customer_ids", customer_ids)
    if ids and tenants is not None:
        message = "tenants and customer_ids are two ways to say whom to ask: give one of them"
        raise ConfigurationError(message)
    if not commit_every > 0 or not max_age > timedelta(0):
        message = f"commit_every and max_age must be positive; got {commit_every!r}, {max_age!r}"
        raise ConfigurationError(message)
    part = as_shard(shard)
    given = None if tenants is None else await read_given(tenants)
    wanted, first = _plan(client, ids, given, part)
    check_format(history)
    with disk_errors(history):
        new_folder(history)
    with only_writer(history):
        with disk_errors(history):
            make_history(history)
        opened = await _in_thread(
            history,
            lambda: open_run(history, wanted, first, resume=resume, max_age=max_age),
        )
        if opened.ledger.sealed is None:
            with disk_errors(opened.folder):
                lines = Manifest(opened.folder / manifest.NAME)
            with lines:
                await _Asking(client, opened, lines, ids, part, commit_every, on_progress).run()
        return await _in_thread(opened.folder, lambda: seal(opened.folder))


def _plan(
    client: AvePointClient,
    ids: tuple[str, ...],
    given: list[TenantRef] | None,
    shard: Shard | None,
) -> tuple[RunSettings, list[Entry]]:
    now = datetime.now(UTC)
    service = client.environment.graph_url
    settings = RunSettings(
        id=new_id(now),
        started_at=now,
        version=version("avepoint-async"),
        service=service,
        customer_ids=list(ids),
        arguments=arguments_hash(service, ids, given),
        shard=None if shard is None else str(shard),
    )
    if given is None:
        return settings, []
    share = given if shard is None else shard.share(given)
    return settings, [given_line(share), RosterRead(complete=True)]


async def _in_thread(path: Path, work: Callable[[], T]) -> T:
    with disk_errors(path):
        return await to_its_end(asyncio.to_thread(work))


class _Asking:
    """One process's part of a run: from what is through to the end of the fan-out."""

    def __init__(
        self,
        client: AvePointClient,
        opened: Opened,
        lines: Manifest,
        customer_ids: tuple[str, ...],
        shard: Shard | None,
        commit_every: float,
        on_progress: OnProgress | None,
    ) -> None:
        self._client = client
        self._opened = opened
        self._ledger = opened.ledger
        self._customer_ids = customer_ids
        self._shard = shard
        self._on_progress = on_progress
        self._stats = client.stats
        self._news_at = 0.0
        # When the first answer of an open tenant came, and the latest.
        self._times: dict[TenantRef, tuple[datetime, datetime]] = {}
        self._ended: list[TenantRef] = []
        self._settled: set[TenantRef] = set()
        self._before = list(self._ledger.settled.values())
        self._writer = Writer(
            opened.folder,
            lines,
            every=commit_every,
            number=sum(bool(commit.file) for commit in self._ledger.commits),
            before=self._settle_ended,
            traffic=self._traffic,
            after=self._tell,
        )
        self._fleet: FanOut[ProtectedUser] = client.protected_users_across(
            self._source(), on_error="skip"
        )

    async def run(self) -> None:
        """Ask everyone who is not through.

        Raises:
            AvePointError: discovery failed, or no tenant could have been read.
            SnapshotError: the disk cannot take what is answered.
        """
        failure: BaseException | None = None
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._writer.run(), name="avepoint_async snapshot")
                await self._ask()
                self._writer.end()
        except BaseExceptionGroup as errors:
            failure = errors.exceptions[0]
        if failure is not None:
            raise failure

    async def _ask(self) -> None:
        async with self._fleet as fleet:
            self._tell()
            async for tenant, page in fleet.pages():
                self._take(tenant, page)
                await self._writer.room()
        # Those that were tried once more are among them.
        for tenant, outcome in fleet.failures.items():
            self._settle(tenant, outcome)

    def _source(self) -> TenantSource:
        through = self._ledger.settled
        if self._ledger.roster is not None:
            return [each for each in self._ledger.tenants.values() if each not in through]
        customers = self._client.customers(customer_ids=self._customer_ids or None)
        return DiscoveredTenants(
            customers, self._customer_ids, note=self._note, through=through, shard=self._shard
        )

    def _note(self, entry: Entry) -> None:
        self._ledger.add(entry)
        self._writer.note(entry)

    def _take(self, tenant: TenantRef, page: Page[ProtectedUser]) -> None:
        first, _ = self._times.get(tenant, (page.received_at, None))
        self._times[tenant] = (first, page.received_at)
        self._writer.add(TenantPage(tenant, self._attempt(tenant), page))
        if page.last:
            self._ended.append(tenant)
        if asyncio.get_running_loop().time() >= self._news_at:
            self._tell()

    def _attempt(self, tenant: TenantRef) -> int:
        return self._ledger.attempts.get(tenant, 0) + 1

    def _settle_ended(self) -> None:
        """Before a commit: who is through since the last one."""
        # Each is a copy of all outcomes: once a commit, not once a tenant.
        outcomes = self._fleet.outcomes if self._ended else {}
        for tenant in self._ended:
            self._settle(tenant, outcomes[tenant])
        self._ended.clear()
        for tenant, outcome in self._fleet.failures.items():
            if is_final(outcome.error):
                self._settle(tenant, outcome)

    def _settle(self, tenant: TenantRef, outcome: WalkOutcome) -> None:
        if tenant in self._settled:
            return
        self._settled.add(tenant)
        now = datetime.now(UTC)
        started_at, finished_at = self._times.pop(tenant, (now, now))
        self._writer.settle(
            settled_of(
                tenant,
                outcome,
                attempt=self._attempt(tenant),
                started_at=started_at,
                finished_at=finished_at,
            )
        )

    def _traffic(self) -> Traffic:
        now, before = self._client.stats, self._stats
        return Traffic(
            requests=now.requests - before.requests,
            retries=now.retries - before.retries,
            throttled=now.throttled - before.throttled,
        )

    def _tell(self) -> None:
        if self._on_progress is None:
            return
        self._news_at = asyncio.get_running_loop().time() + _SECONDS_BETWEEN_NEWS
        progress = self._fleet.progress
        failed_before = sum(each.error is not None for each in self._before)
        self._on_progress(
            TakeProgress(
                run_id=id_of(self._opened.folder),
                resumed=self._opened.resumed,
                tenants=len(self._ledger.tenants),
                roster_read=self._ledger.roster is not None,
                tenants_done=len(self._before) - failed_before + progress.tenants_finished,
                tenants_failed=failed_before + progress.tenants_failed,
                users=sum(each.users for each in self._before) + progress.items,
                pages=sum(each.pages for each in self._before) + progress.pages,
                commits=self._writer.commits,
            )
        )
