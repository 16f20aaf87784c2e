"""Users to Arrow, in one pass over the objects."""

from array import array
from collections.abc import Iterable, Iterator
from datetime import datetime

import pyarrow as pa

from avepoint_async import Module, ModuleStatus, ProtectedUser
from avepoint_async.snapshots.schema import ANSWERS, USERS

_MAILBOX, _ONEDRIVE = Module.MAILBOX, Module.ONEDRIVE


class AnswerColumns:
    """Collects users and makes one record batch of them."""

    def __init__(self) -> None:
        self._emails: list[str] = []
        self._names: list[str | None] = []
        self._ids: list[str | None] = []
        self._mailboxes: list[bool | None] = []
        self._onedrives: list[bool | None] = []
        self._others: list[str | None] = []
        self._pages = array("i")
        self._times = array("q")

    def __len__(self) -> int:
        return len(self._emails)

    def extend(self, users: Iterable[ProtectedUser], page: int, observed_at: datetime) -> None:
        """Add the users of one page, and when its answer came."""
        before = len(self._emails)
        emails, names, ids = self._emails.append, self._names.append, self._ids.append
        mailboxes, onedrives = self._mailboxes.append, self._onedrives.append
        others = self._others.append
        for user in users:
            mailbox = onedrive = other = None
            for status in user.module_status:
                module = status.module
                # By identity: a known module is always the same object, and this is the hot loop.
                if module is _MAILBOX:
                    if mailbox is None:
                        mailbox = status.is_protected
                elif module is _ONEDRIVE:
                    if onedrive is None:
                        onedrive = status.is_protected
                else:
                    other = other_modules(user.module_status)
            emails(user.email)
            names(user.display_name)
            ids(user.id)
            mailboxes(mailbox)
            onedrives(onedrive)
            others(other)
        rows = len(self._emails) - before
        self._pages.extend(array("i", [page]) * rows)
        self._times.extend(array("q", [_microseconds(observed_at)]) * rows)

    def batch(self) -> pa.RecordBatch:
        """All users so far, as one batch of the schema `ANSWERS`."""
        text, flag = pa.string(), pa.bool_()
        return pa.RecordBatch.from_arrays(
            [
                pa.array(self._emails, text),
                pa.array(self._names, text),
                pa.array(self._ids, text),
                pa.array(self._mailboxes, flag),
                pa.array(self._onedrives, flag),
                pa.array(self._others, text),
                _from_array(self._pages, pa.int32()),
                _from_array(self._times, ANSWERS.field("observed_at").type),
            ],
            schema=ANSWERS,
        )


def other_modules(statuses: Iterable[ModuleStatus]) -> str | None:
    """The modules beside mailbox and OneDrive, like ``7=true;9=false``; None if there is none.

    Of a module that is listed twice the first counts.
    """
    words: dict[int, str] = {}
    for status in statuses:
        if status.module is not _MAILBOX and status.module is not _ONEDRIVE:
            words.setdefault(int(status.module), "true" if status.is_protected else "false")
    return ";".join(f"{number}={word}" for number, word in words.items()) or None


def place_columns(counts: Iterable[tuple[str, str, int]]) -> tuple[pa.Array, pa.Array]:
    """The columns ``customer_id`` and ``tenant_id`` of rows that stand tenant by tenant.

    Args:
        counts: customer, tenant and how many rows, in the order of the rows.
    """
    customers, tenants = _Repeated(), _Repeated()
    for customer_id, tenant_id, rows in counts:
        customers.add(customer_id, rows)
        tenants.add(tenant_id, rows)
    return customers.column(), tenants.column()


class _Repeated:
    def __init__(self) -> None:
        self._indices = array("i")
        self._words: dict[str, int] = {}

    def add(self, word: str, rows: int) -> None:
        index = self._words.setdefault(word, len(self._words))
        self._indices.extend(array("i", [index]) * rows)

    def column(self) -> pa.DictionaryArray:
        words = pa.array(list(self._words), pa.string())
        return pa.DictionaryArray.from_arrays(_from_array(self._indices, pa.int32()), words)


def with_places(answers: pa.Table, counts: Iterable[tuple[str, str, int]]) -> pa.Table:
    """Rows of the schema `ANSWERS` as rows of `USERS`."""
    return pa.Table.from_arrays([*place_columns(counts), *answers.columns], schema=USERS)


def _from_array(values: "array[int]", kind: pa.DataType) -> pa.Array:
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])


def _microseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def slices(batch: pa.RecordBatch, rows: int) -> Iterator[pa.RecordBatch]:
    """The batch in pieces of at most so many rows."""
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)
