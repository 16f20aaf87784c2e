"""Which run is worked on: the one that a crash left, or a new one."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs

from avepoint_async.snapshots import manifest, summary
from avepoint_async.snapshots.durable import new_folder, remove_folder, rename_folder
from avepoint_async.snapshots.entries import Begun, Entry
from avepoint_async.snapshots.errors import NOT_JSON
from avepoint_async.snapshots.layout import (
    SEGMENTS,
    leftovers,
    partial_folder,
    partial_ids,
)
from avepoint_async.snapshots.ledger import Ledger
from avepoint_async.snapshots.manifest import Manifest
from avepoint_async.snapshots.seal import seal
from avepoint_async.snapshots.segment import is_whole
from avepoint_async.snapshots.settings import RunSettings, read_settings, write_settings

logger = logging.getLogger(__name__)


@attrs.frozen
class Opened:
    """The run to work on.

    Attributes:
        folder: of the run, ``….partial``.
        ledger: what its manifest says.
        resumed: whether a process before worked on it.
    """

    folder: Path
    ledger: Ledger
    resumed: bool


def open_run(
    history: Path,
    wanted: RunSettings,
    first: list[Entry],
    *,
    resume: bool,
    max_age: timedelta,
) -> Opened:
    """Go on with the unfinished run of the same arguments, or begin a new one.

    An unfinished run of the same arguments that is not gone on with, and any that is too old, is
    given up: it is sealed with what it has, its other tenants ``unasked``. One of other arguments
    that is young enough is left to whoever began it.

    Args:
        history: the folder; its one writer calls.
        wanted: the settings of a new run.
        first: lines of a new run's manifest: the tenants, where the caller names them.
        resume: whether to go on at all.
        max_age: how long ago a run may have begun to be gone on with.

    Raises:
        OSError: there is no room, or another trouble of the disk.
    """
    for path in leftovers(history):
        remove_folder(path)
    chosen: Path | None = None
    for run_id in reversed(partial_ids(history)):
        folder = partial_folder(history, run_id)
        try:
            settings = read_settings(folder)
            (folder / manifest.NAME).stat()
        except (OSError, *NOT_JSON) as error:
            logger.warning("%s cannot be gone on with and is left as it is: %s", folder, error)
            continue
        same = (settings.arguments, settings.shard) == (wanted.arguments, wanted.shard)
        young = wanted.started_at - settings.started_at <= max_age
        if same and young and resume and chosen is None:
            chosen = folder
        elif same or not young:
            _give_up(folder)
    if chosen is not None:
        return _go_on(chosen, first)
    return _begin(partial_folder(history, wanted.id), wanted, first)


def _begin(folder: Path, settings: RunSettings, first: list[Entry]) -> Opened:
    # Under another name until it has all that a run has.
    draft = folder.with_name(f".new-{settings.id}")
    new_folder(draft)
    write_settings(draft, settings)
    entries = [Begun(settings.started_at), *first]
    with Manifest(draft / manifest.NAME) as lines:
        lines.append(entries)
    rename_folder(draft, folder)
    return Opened(folder, Ledger.of(entries), resumed=False)


def _go_on(folder: Path, first: list[Entry]) -> Opened:
    path = folder / manifest.NAME
    manifest.cut_off_torn(path)
    ledger = Ledger.of(manifest.read_entries(path))
    if ledger.sealed is None and not (folder / summary.NAME).exists():
        _remove_orphans(folder, ledger)
        # Who is to be asked must stand there: a damaged line takes all that follow with it.
        lost = first if ledger.roster is None else []
        news = [Begun(datetime.now(UTC)), *lost, *_voids(folder, ledger)]
        with Manifest(path) as lines:
            lines.append(news)
        for entry in news:
            ledger.add(entry)
    logger.info(
        "going on with run %s: %d of %d tenants are through",
        folder.name,
        len(ledger.settled),
        len(ledger.tenants),
    )
    return Opened(folder, ledger, resumed=True)


def _give_up(folder: Path) -> None:
    manifest.cut_off_torn(folder / manifest.NAME)
    ledger = Ledger.of(manifest.read_entries(folder / manifest.NAME))
    if ledger.settled:
        logger.warning("run %s is not gone on with: sealed with what it has", folder.name)
        seal(folder, stopped=True)
    else:
        logger.warning("run %s had no tenant through: removed", folder.name)
        remove_folder(folder)


def _remove_orphans(folder: Path, ledger: Ledger) -> None:
    """Remove segments that no line names: their commit never happened."""
    named = {commit.file for commit in ledger.commits}
    for path in folder.glob(f"{SEGMENTS}/*"):
        if path.name not in named:
            path.unlink()
    for path in folder.glob(".*.tmp"):
        path.unlink()


def _voids(folder: Path, ledger: Ledger) -> list[Entry]:
    """The walks that do not count any more: open ones, and those with rows in a damaged file."""
    voids = ledger.open_walks()
    for commit in ledger.commits:
        path = folder / SEGMENTS / commit.file
        if commit.file and not is_whole(path, size=commit.size, crc32=commit.crc32):
            walks = ledger.walks_in(commit.file)
            logger.warning("%s is damaged: %d tenants are asked again", path, len(walks))
            voids += walks
    return [*dict.fromkeys(voids)]
