"""Read a list of licensed users from a CSV or JSON lines file."""

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

from avepoint_async.errors import ConfigurationError

# Spelt without blanks, hyphens, underscores and capitals. The order is that of preference.
_USUAL = (
    "email",
    "emailaddress",
    "mail",
    "userprincipalname",
    "upn",
    "primarysmtpaddress",
    "userid",
    "objectid",
    "id",
    "user",
)


def read_licensed(path: str | Path, column: str | None = None) -> list[str]:
    """Addresses or ids out of a file, in its order.

    A ``.csv`` file has a heading, and commas, semicolons or tabs; one column of addresses needs
    no heading. A ``.jsonl`` or ``.ndjson`` file has a text or an object on each line. Lines whose
    column is empty are left out.

    Args:
        path: the file.
        column: the column or key to take. None: the only one, or the first with a usual name,
            such as ``email`` or ``userPrincipalName``.

    Raises:
        ConfigurationError: the file cannot be read, has another format, or no such column; the
            message says what was found, and where.
    """
    path = Path(path)
    readers = {".csv": _read_csv, ".jsonl": _read_lines, ".ndjson": _read_lines}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        message = f"{path}: the name must end with {', '.join(readers)}"
        raise ConfigurationError(message)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise ConfigurationError(message) from error
    except UnicodeDecodeError as error:
        message = f"{path} is not UTF-8: save it as UTF-8, or as 'CSV UTF-8'"
        raise ConfigurationError(message) from error
    found = [entry for each in reader(path, text, column) if (entry := each.strip())]
    if not found:
        message = f"{path} holds no address and no id"
        raise ConfigurationError(message)
    return found


def _read_csv(path: Path, text: str, column: str | None) -> Iterator[str]:
    heading = text.partition("\n")[0]
    delimiter = max(",;\t", key=heading.count)
    rows = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    try:
        first = next(rows, list[str]())
        names = [name.strip() for name in first]
        if column is None and len(names) == 1 and "@" in names[0]:
            yield names[0]
            place = 0
        else:
            place = names.index(_chosen(path, names, column))
        for row in rows:
            # A blank line is an empty row.
            yield row[place] if len(row) > place else ""
    except csv.Error as error:
        message = f"{path}, line {rows.line_num}: no CSV: {error}"
        raise ConfigurationError(message) from error


def _read_lines(path: Path, text: str, column: str | None) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield _entry(f"{path}, line {number}", line, column)


def _entry(where: Any, line: str, column: str | None) -> str:
    try:
        value: Any = json.loads(line)
    except ValueError as error:
        message = f"{where}: no JSON: {error}"
        raise ConfigurationError(message) from error
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        value = fields[_chosen(where, list(fields), column)]
    if value is None:
        return ""
    if not isinstance(value, str):
        message = f"{where}: an address or an id must be a text; got {json.dumps(value)}"
        raise ConfigurationError(message)
    return value


def _chosen(where: object, names: Sequence[str], column: str | None) -> str:
    """The column to take, among those that are there."""
    spelt = {_plain(name): name for name in reversed(names)}
    if column is not None:
        if (found := spelt.get(_plain(column))) is not None:
            return found
        message = f"{where}: no column {column!r}, only {', '.join(map(repr, names))}"
        raise ConfigurationError(message)
    if len(names) == 1:
        return names[0]
    for usual in _USUAL:
        if usual in spelt:
            return spelt[usual]
    message = f"{where}: name the column to take, one of {', '.join(map(repr, names)) or 'none'}"
    raise ConfigurationError(message)


def _plain(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())
