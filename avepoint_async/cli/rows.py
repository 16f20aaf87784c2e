"""Rows of commands for programs: JSON lines and CSV; pure. `snapshots.export` writes whole runs.

A row is a flat object; those of users are `ProtectedUser.as_row`. JSON lines are UTF-8, one object
a line. CSV is RFC 4180 in UTF-8 without a byte order mark, with a header; booleans are ``true`` and
``false``, and what is not known is empty.

A spreadsheet takes a value for a formula that begins with ``=``, ``+``, ``-``, ``@``, a tab or a
carriage return. Whoever can name a user could so run a formula on the reader's machine. In CSV such
a value gets a ``'`` before it, unless raw values are asked for (OWASP, *CSV Injection*).
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs
import msgspec

from avepoint_async import ProtectedUser
from avepoint_async.cli.options import Format, RowFormat

USER_COLUMNS = tuple(ProtectedUser("", None, ()).as_row())

_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Row = Mapping[str, Any]


@attrs.frozen
class Layout:
    """One way to write rows: each record is the bytes of one row.

    Attributes:
        form: JSON lines or CSV.
        raw: whether CSV leaves formulas as they are.
    """

    form: RowFormat | Format
    raw: bool = False

    def header(self, columns: Sequence[str]) -> list[bytes]:
        """The record before all rows; of JSON lines there is none."""
        return _csv([columns]) if self.form == RowFormat.CSV else []

    def records(self, rows: Iterable[Row]) -> list[bytes]:
        """A record for each row."""
        if self.form == RowFormat.CSV:
            return _csv([_cell(value, raw=self.raw) for value in row.values()] for row in rows)
        return [msgspec.json.encode(row) + b"\n" for row in rows]


def _cell(value: object, *, raw: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    harmless = raw or not isinstance(value, str) or not text.startswith(_FORMULA)
    return text if harmless else f"'{text}"


class _Records(list[bytes]):
    """What a csv writer writes to: it calls this once for each row."""

    def write(self, text: str) -> None:
        """Keep the record."""
        self.append(text.encode())


def _csv(rows: Iterable[Sequence[str]]) -> list[bytes]:
    records = _Records()
    csv.writer(records).writerows(rows)
    return records
