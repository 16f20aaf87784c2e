"""Merging: the sealed runs of all shards become one sealed run, as one process would have taken it.

Everything is checked before anything is written. The run is built where no reader looks, and takes
its name when it is whole. Its id follows from those of the shards: a merge that is done again
finds that it was done.
"""

# The stubs of pyarrow name types of numpy, which is absent.
# pyright: reportUnknownMemberType=false

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn

import attrs
import pyarrow as pa

from avepoint_async.errors import ConfigurationError
from avepoint_async.refs import TenantRef
from avepoint_async.snapshots.durable import new_folder, remove_folder, rename_folder
from avepoint_async.snapshots.errors import SnapshotError, disk_errors
from avepoint_async.snapshots.layout import (
    check_format,
    leftovers,
    make_history,
    new_id,
    sealed_folder,
)
from avepoint_async.snapshots.lock import only_writer
from avepoint_async.snapshots.run import Run
from avepoint_async.snapshots.schema import CUSTOMERS, TENANTS, USERS
from avepoint_async.snapshots.seal import ROWS_PER_GROUP, write_table, write_users
from avepoint_async.snapshots.settings import RunSettings, write_settings
from avepoint_async.snapshots.shard import Shard
from avepoint_async.snapshots.summary import ModuleCounts, Summary, sum_of, write_summary


@attrs.frozen
class _Part:
    """A run of one shard, and what it was asked."""

    run: Run
    settings: RunSettings
    shard: Shard


def merge(history: Path, runs: Sequence[Run | None], *, max_age: timedelta) -> Path:
    """Merge the runs of all shards; see `History.merge`. Returns the sealed folder."""
    parts = _parts(runs)
    _check_asked(parts, max_age)
    _check_sound(parts)
    wanted = RunSettings(
        id=new_id(max(part.run.started_at for part in parts)),
        started_at=min(part.run.started_at for part in parts),
        version=version("avepoint-async"),
        service=parts[0].settings.service,
        customer_ids=parts[0].settings.customer_ids,
        arguments=parts[0].settings.arguments,
        merged=[part.run.id for part in parts],
    )
    folder = sealed_folder(history, wanted.id)
    check_format(history)
    with disk_errors(history):
        new_folder(history)
    with only_writer(history), disk_errors(history):
        make_history(history)
        for path in leftovers(history):
            remove_folder(path)
        if not folder.exists():
            _write(folder, wanted, [part.run for part in parts])
    if Run(folder).settings.merged != wanted.merged:
        message = f"{history} has a run {wanted.id} already, and it was not merged from these"
        raise SnapshotError(message)
    return folder


def _parts(runs: Sequence[Run | None]) -> list[_Part]:
    """One run of each shard, in order.

    Raises:
        ConfigurationError: a shard is missing or there twice, or a run is none of a shard.
        SnapshotError: a run cannot be read.
    """
    parts: dict[Shard, _Part] = {}
    for run in runs:
        if run is None:  # named below, as missing
            continue
        settings = run.settings
        if settings.shard is None:
            _refuse(f"run {run.id} in {run.path.parent.parent} is a whole one, and none of a shard")
        part = _Part(run, settings, Shard.parse(settings.shard))
        other = parts.setdefault(part.shard, part)
        if other is not part:
            _refuse(f"shard {part.shard} is there twice: run {other.run.path} and {run.path}")
    counts = sorted({shard.of for shard in parts})
    if len(counts) != 1:
        told = " and ".join(map(str, counts)) or "no"
        _refuse(f"one run of each shard is needed; these are of {told} shards")
    every = [Shard(number, counts[0]) for number in range(1, counts[0] + 1)]
    missing = [str(shard) for shard in every if shard not in parts]
    if missing:
        _refuse(f"these shards are missing: {', '.join(missing)}. Give one sealed run of each")
    return [parts[shard] for shard in every]


def _check_asked(parts: Sequence[_Part], max_age: timedelta) -> None:
    """See that all shards were asked the same, about the same time.

    Raises:
        ConfigurationError: they were not.
    """
    first = parts[0]
    for part in parts:
        if part.settings.service != first.settings.service:
            _refuse(
                f"shard {first.shard} was taken from {first.settings.service}, "
                f"and shard {part.shard} from {part.settings.service}"
            )
        if part.settings.arguments != first.settings.arguments:
            _refuse(f"shards {first.shard} and {part.shard} were asked for other customers")
    early = min(parts, key=lambda part: part.run.started_at)
    late = max(parts, key=lambda part: part.run.started_at)
    if late.run.started_at - early.run.started_at > max_age:
        _refuse(
            f"shard {early.shard} began at {early.run.started_at:%Y-%m-%d %H:%M} UTC and shard "
            f"{late.shard} at {late.run.started_at:%Y-%m-%d %H:%M}, more than {max_age} apart: "
            "take the older one again, or allow it with max_age"
        )


def _check_sound(parts: Sequence[_Part]) -> None:
    """See that the files of each shard are as they were sealed, and hold its tenants alone.

    Raises:
        SnapshotError: they are not.
    """
    for part in parts:
        problems = part.run.verify()
        problems += [
            f"{each} does not belong to shard {part.shard}"
            for each in part.run.outcomes
            if not part.shard.holds(each)
        ]
        if problems:
            message = f"run {part.run.path} cannot be merged: {problems[0]}"
            raise SnapshotError(message)


def _write(folder: Path, settings: RunSettings, runs: Sequence[Run]) -> None:
    draft = folder.with_name(f".new-{settings.id}")
    new_folder(draft)
    write_settings(draft, settings)
    tenants = pa.concat_tables([run.tenants() for run in runs])
    tenants = tenants.sort_by([("customer_id", "ascending"), ("tenant_id", "ascending")])
    by_module = write_users(draft, _users(runs))
    write_table(draft / "tenants.parquet", tenants.cast(TENANTS))
    customers = _customers(runs)
    write_table(draft / "customers.parquet", customers)
    write_summary(draft, _summary(draft, settings, runs, by_module, customers.num_rows))
    rename_folder(draft, folder)


def _users(runs: Sequence[Run]) -> Iterator[pa.Table]:
    """The users of all runs, sorted, in tables of about as many rows as a group of Parquet has."""
    readers = [_Rows(run) for run in runs]
    where = {tenant: reader for reader in readers for tenant in reader.counts}
    part: list[pa.RecordBatch] = []
    rows = 0
    for tenant in sorted(where):
        part += where[tenant].of(tenant)
        rows += where[tenant].counts[tenant]
        if rows >= ROWS_PER_GROUP:
            yield _table(part)
            part, rows = [], 0
    if rows:
        yield _table(part)


def _table(batches: Sequence[pa.RecordBatch]) -> pa.Table:
    # Each run has words of its own in its dictionaries.
    return pa.Table.from_batches(batches, schema=USERS).unify_dictionaries().combine_chunks()


class _Rows:
    """The users of one run, taken out tenant by tenant in the order in which they stand."""

    def __init__(self, run: Run) -> None:
        self.counts = {tenant: outcome.items for tenant, outcome in run.outcomes.items()}
        self._batches = run.users()
        self._left: pa.RecordBatch | None = None

    def of(self, tenant: TenantRef) -> list[pa.RecordBatch]:
        """The rows of the tenant that comes next."""
        pieces: list[pa.RecordBatch] = []
        lacking = self.counts[tenant]
        while lacking:
            batch = next(self._batches) if self._left is None else self._left
            pieces.append(batch.slice(0, lacking))
            lacking -= pieces[-1].num_rows
            rest = batch.slice(pieces[-1].num_rows)
            self._left = rest if rest.num_rows else None
        return pieces


def _customers(runs: Sequence[Run]) -> pa.Table:
    """Each customer once, as the shard that began last saw it, with the tenants of all shards."""
    found: dict[str, dict[str, Any]] = {}
    tenants: Counter[str] = Counter()
    for run in sorted(runs, key=lambda each: each.started_at):
        for row in run.customers().to_pylist():
            found[row["customer_id"]] = row
            tenants[row["customer_id"]] += row["tenants"]
    rows = [row | {"tenants": tenants[customer]} for customer, row in sorted(found.items())]
    return pa.Table.from_pylist(rows, schema=CUSTOMERS)


def _summary(
    folder: Path,
    settings: RunSettings,
    runs: Sequence[Run],
    by_module: dict[str, ModuleCounts],
    customers: int,
) -> Summary:
    each = [run.summary for run in runs]
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return Summary(
        id=settings.id,
        started_at=settings.started_at,
        finished_at=max(one.finished_at for one in each),
        complete=all(one.complete for one in each),
        stopped=any(one.stopped for one in each),
        roster_complete=all(one.roster_complete for one in each),
        customers=customers,
        tenants=sum(one.tenants for one in each),
        states={state: sum(one.states[state] for one in each) for state in each[0].states},
        users=sum(one.users for one in each),
        mailbox=by_module["mailbox"],
        onedrive=by_module["onedrive"],
        pages=sum(one.pages for one in each),
        requests=sum(one.requests for one in each),
        retries=sum(one.retries for one in each),
        throttled=sum(one.throttled for one in each),
        processes=sum(one.processes for one in each),
        files={path.name: sum_of(path) for path in files},
    )


def _refuse(message: str) -> NoReturn:
    raise ConfigurationError(message)
