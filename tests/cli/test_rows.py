"""Rows for programs."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avepoint_async import Module, ModuleStatus, ProtectedUser, TenantRef
from avepoint_async.cli.options import RowFormat
from avepoint_async.cli.rows import USER_COLUMNS, Layout, Row

TEXT = st.text(st.characters(codec="utf-8"))
STATUSES = st.builds(ModuleStatus, st.builds(Module, st.integers(0, 9)), st.booleans())
USERS = st.builds(
    ProtectedUser,
    email=TEXT,
    display_name=st.none() | TEXT,
    module_status=st.lists(STATUSES, max_size=4).map(tuple),
    id=st.none() | TEXT,
)
TENANT = TenantRef("c,1", 't"1', "Contoso", None)
JSONL, CSV, RAW = Layout(RowFormat.JSONL), Layout(RowFormat.CSV), Layout(RowFormat.CSV, raw=True)


def rows_of(users: list[ProtectedUser]) -> list[Row]:
    """The users as rows."""
    return [user.as_row(TENANT) for user in users]


def read_csv(records: list[bytes]) -> list[list[str]]:
    """The cells, as any reader of RFC 4180 finds them."""
    return list(csv.reader(io.StringIO(b"".join(records).decode(), newline="")))


@given(st.lists(USERS))
def test_json_lines_are_the_rows(users: list[ProtectedUser]) -> None:
    """Every line is an object of its own, in order, and says what `as_row` says, no more."""
    records = JSONL.records(rows_of(users))
    assert [json.loads(record) for record in records] == rows_of(users)
    assert all(record.endswith(b"\n") for record in records)


@given(st.lists(USERS))
def test_csv_cells_survive_any_reader(users: list[ProtectedUser]) -> None:
    """Commas, quotes and line breaks in the data are data, and the header names every cell."""
    header, *found = read_csv(RAW.header(USER_COLUMNS) + RAW.records(rows_of(users)))
    assert header == list(USER_COLUMNS)
    for cells, row in zip(found, rows_of(users), strict=True):
        words = {None: "", True: "true", False: "false"}
        assert dict(zip(header, cells, strict=True)) == {
            name: value if isinstance(value, str) else words[value] for name, value in row.items()
        }


@given(st.lists(USERS))
def test_each_row_is_one_record(users: list[ProtectedUser]) -> None:
    """Who ends between two records leaves no half row, whatever line breaks a value has."""
    for layout in (JSONL, CSV, RAW):
        assert len(layout.records(rows_of(users))) == len(users)


@given(USERS)
def test_no_csv_value_is_a_formula(user: ProtectedUser) -> None:
    """A spreadsheet runs none; what was there is there, after the quote; JSON is as it is."""
    (cells,) = read_csv(CSV.records(rows_of([user])))
    (raw,) = read_csv(RAW.records(rows_of([user])))
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)
    assert all(cell in {value, f"'{value}"} for cell, value in zip(cells, raw, strict=True))


def test_a_number_is_no_formula() -> None:
    """A count is never text, and no quote stands before one."""
    assert CSV.records([{"a": -1, "b": "-1", "c": "x"}]) == [b"-1,'-1,x\r\n"]


@pytest.mark.parametrize("layout", [JSONL, CSV])
def test_nobody_is_nothing(layout: Layout) -> None:
    """A page without users adds no bytes."""
    assert layout.records([]) == []


def test_only_csv_has_a_header() -> None:
    """JSON lines name each value themselves; CSV lines end in CR LF."""
    assert JSONL.header(("a", "b")) == []
    assert CSV.header(("a", "b")) == [b"a,b\r\n"]
