"""Users to Arrow: a page at a time into lists, many pages at a time into a batch."""

# The stubs of pyarrow name types of numpy, which is absent.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from array import array
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeAlias

import pyarrow as pa

from avepoint_async.resources.module_text import write_modules
from avepoint_async.resources.protected_users import Module, ModuleStatus, ProtectedUser
from avepoint_async.snapshots.schema import ANSWERS, TIME, USERS

# An attribute of a module is found faster than a member of an enum.
_MAILBOX, _ONEDRIVE = Module.MAILBOX, Module.ONEDRIVE
_Modules: TypeAlias = tuple[bool | None, bool | None, str | None]


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

    def extend(self, users: Sequence[ProtectedUser], page: int, observed_at: datetime) -> None:
        """Add the users of one page, and when its answer came."""
        mailboxes, onedrives = self._mailboxes.append, self._onedrives.append
        others = self._others.append
        for user in users:
            mailbox, onedrive, other = _modules_of(user.module_status)
            mailboxes(mailbox)
            onedrives(onedrive)
            others(other)
        self._emails += [user.email for user in users]
        self._names += [user.display_name for user in users]
        self._ids += [user.id for user in users]
        self._pages.extend(array("i", [page]) * len(users))
        self._times.extend(array("q", [_microseconds(observed_at)]) * len(users))

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
                _from_array(self._times, TIME),
            ],
            schema=ANSWERS,
        )


def _modules_of(statuses: Iterable[ModuleStatus]) -> _Modules:
    """Mailbox, OneDrive and the others as text; of a module listed twice the first counts."""
    mailbox: bool | None = None
    onedrive: bool | None = None
    others: dict[int, bool] = {}
    for status in statuses:
        module = status.module
        if module == _MAILBOX:
            mailbox = status.is_protected if mailbox is None else mailbox
        elif module == _ONEDRIVE:
            onedrive = status.is_protected if onedrive is None else onedrive
        else:
            others.setdefault(int(module), status.is_protected)
    return mailbox, onedrive, write_modules(others.items()) if others else None


def place_columns(counts: Iterable[tuple[str, str, int]]) -> "tuple[pa.Array[Any], pa.Array[Any]]":
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

    def column(self) -> "pa.DictionaryArray[Any, Any]":
        words = pa.array(list(self._words), pa.string())
        indices = _from_array(self._indices, pa.int32())
        return pa.DictionaryArray.from_arrays(indices, words)


def with_places(answers: pa.Table, counts: Iterable[tuple[str, str, int]]) -> pa.Table:
    """Rows of the schema `ANSWERS` as rows of `USERS`."""
    return pa.Table.from_arrays([*place_columns(counts), *answers.columns], schema=USERS)


def _from_array(values: "array[int]", kind: pa.DataType) -> "pa.Array[Any]":
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])


def _microseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def slices(batch: pa.RecordBatch, rows: int) -> Iterator[pa.RecordBatch]:
    """The batch in pieces of at most so many rows."""
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)
