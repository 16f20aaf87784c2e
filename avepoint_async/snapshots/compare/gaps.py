"""Licensed users without protection: a list of licensed users compared with those of a run."""

# The stubs of pyarrow name types of numpy, which is absent.
# pyright: reportUnknownMemberType=false

from collections.abc import Iterable, Iterator
from typing import Any

import attrs
import pyarrow as pa

from avepoint_async.errors import ConfigurationError
from avepoint_async.refs import TenantRef
from avepoint_async.snapshots.modules import other_modules
from avepoint_async.snapshots.readable import ReadableRun
from avepoint_async.snapshots.roster import read_roster

_COLUMNS = ("email", "id", "mailbox", "onedrive", "other_modules")


@attrs.frozen(kw_only=True)
class Gaps:
    """Licensed users, by what the backup says of them.

    Attributes:
        protected: entries of the list whose user has a protected module, and no unprotected one.
        unprotected: entries whose user has a module that is listed as not protected.
        undetermined: entries whose user is in the backup, with no module listed.
        missing: entries that match no user.
        unlisted: addresses of users in the backup that match no entry.
        unread: tenants whose users are not all known, and why. What is missing may be there.

    Entries are spelt as in the list, each once, in its order.
    """

    protected: tuple[str, ...]
    unprotected: tuple[str, ...]
    undetermined: tuple[str, ...]
    missing: tuple[str, ...]
    unlisted: tuple[str, ...]
    unread: dict[TenantRef, str]

    @property
    def licensed(self) -> int:
        """Entries of the list, each counted once."""
        return len(self.protected) + self.exposed

    @property
    def exposed(self) -> int:
        """Entries that are not known to be protected."""
        return len(self.unprotected) + len(self.undetermined) + len(self.missing)


def gaps(run: ReadableRun, licensed: Iterable[str]) -> Gaps:
    """Compare a list of licensed users with a run.

    An entry matches a user by address or by id, without regard to case and to blanks around it.
    Where it matches several users, in two tenants say, one unprotected module is enough.

    Args:
        run: whose users are read.
        licensed: addresses or ids; see ``read_licensed``.

    Raises:
        ConfigurationError: an entry is no text, or the list is empty.
    """
    entries = _entries(licensed)
    states: dict[str, set[bool]] = {}
    unlisted: list[str] = []
    for batch in run.users(columns=_COLUMNS):
        for email, id_, listed in _users(batch):
            matched = entries.keys() & {_key(email), _key(id_ or "")}
            for key in matched:
                states.setdefault(key, set()).update(listed)
            if not matched:
                unlisted.append(email)
    by_state: dict[str, list[str]] = {}
    for key, entry in entries.items():
        by_state.setdefault(_verdict(states.get(key)), []).append(entry)
    roster = read_roster(run).values()
    return Gaps(
        **{name: tuple(by_state.get(name, ())) for name in _VERDICTS},
        unlisted=tuple(unlisted),
        unread={entry.tenant: entry.reason for entry in roster if not entry.comparable},
    )


_VERDICTS = ("protected", "unprotected", "undetermined", "missing")


def _verdict(listed: set[bool] | None) -> str:
    if listed is None:
        return "missing"
    if False in listed:
        return "unprotected"
    return "protected" if listed else "undetermined"


def _key(text: str) -> str:
    return text.strip().casefold()


def _entries(licensed: Iterable[Any]) -> dict[str, str]:
    if isinstance(licensed, str):
        message = f"licensed must be many addresses or ids, not one text; got {licensed!r}"
        raise ConfigurationError(message)
    entries: dict[str, str] = {}
    for place, entry in enumerate(licensed, 1):
        if not isinstance(entry, str) or not entry.strip():
            message = f"entry {place} of licensed must be an address or an id; got {entry!r}"
            raise ConfigurationError(message)
        entries.setdefault(_key(entry), entry.strip())
    if not entries:
        message = "licensed is empty: there is nothing to compare the run with"
        raise ConfigurationError(message)
    return entries


def _users(batch: pa.RecordBatch) -> Iterator[tuple[str, str | None, set[bool]]]:
    """Address, id and the states of the listed modules of each user."""
    columns: list[list[Any]] = [batch.column(name).to_pylist() for name in _COLUMNS]
    for email, id_, mailbox, onedrive, others in zip(*columns, strict=True):
        listed = {state for state in (mailbox, onedrive) if state is not None}
        yield email, id_, listed | {state for _, state in other_modules(others)}
