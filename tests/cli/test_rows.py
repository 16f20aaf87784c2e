"""Rows for machines."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avepoint_async import Module, ModuleStatus, ProtectedUser, TenantRef
from avepoint_async.cli.rows import CSV, JSONL, Layout, other_modules

TEXT = st.text(st.characters(codec="utf-8"))
STATUSES = st.builds(ModuleStatus, st.builds(Module, st.integers(0, 9)), st.booleans())
USERS = st.builds(
    ProtectedUser,
    email=TEXT,
    display_name=st.none() | TEXT,
    module_status=st.lists(STATUSES, max_size=4).map(tuple),
    id=st.none() | TEXT,
)
REFS = st.builds(TenantRef, st.just("c,1"), st.just('t"1'))
BOTH = (
    ModuleStatus(Module.MAILBOX, is_protected=True),
    ModuleStatus(Module(7), is_protected=False),
)


def read_csv(data: bytes) -> list[list[str]]:
    """The cells, as any reader of RFC 4180 finds them."""
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


@given(st.lists(USERS))
def test_each_user_is_one_json_line_with_the_same_keys(users: list[ProtectedUser]) -> None:
    """Every line is an object of its own, in order, and no key comes or goes with the data."""
    rows = [json.loads(line) for line in JSONL.rows(users, None).splitlines()]
    assert [list(row) for row in rows] == [["email", "displayName", "id", "modules"]] * len(users)
    told = [(row["email"], row["displayName"], row["id"]) for row in rows]
    assert told == [(user.email, user.display_name, user.id) for user in users]


@given(USERS)
def test_json_tells_each_listed_module_as_the_record_does(user: ProtectedUser) -> None:
    """What `is_protected` says of a module stands in its row, and nothing else."""
    names = {"mailbox": Module.MAILBOX, "oneDrive": Module.ONEDRIVE}
    modules = json.loads(JSONL.rows([user], None))["modules"]
    found = {names[name] if name in names else Module(int(name)): modules[name] for name in modules}
    assert found == {each.module: user.is_protected(each.module) for each in user.module_status}


@given(st.lists(USERS), REFS)
def test_csv_cells_survive_any_reader(users: list[ProtectedUser], tenant: TenantRef) -> None:
    """Commas, quotes and line breaks in the data are data, and the header fits every row."""
    header, *rows = read_csv(CSV.header_of_many + CSV.rows(users, tenant))
    assert header[:2] == ["customer_id", "tenant_id"]
    assert [row[:5] for row in rows] == [
        ["c,1", 't"1', user.email, user.display_name or "", user.id or ""] for user in users
    ]
    assert {len(row) for row in rows} <= {len(header)}


def test_csv_is_as_rfc_4180_has_it() -> None:
    """Lines end in CR LF, and a value that looks like a formula is left as it is."""
    user = ProtectedUser("a@b", '=1+1, "x"', BOTH, None)
    assert CSV.header == b"email,display_name,id,mailbox,onedrive,other_modules\r\n"
    assert CSV.rows([user], None) == b'a@b,"=1+1, ""x""",,true,,7=false\r\n'


def test_rows_of_many_tenants_name_theirs() -> None:
    """A row says whose it is where rows of several tenants are mixed."""
    row = JSONL.rows([ProtectedUser("a@b", None, BOTH)], TenantRef("c", "t"))
    assert row == (
        b'{"customerId":"c","tenantId":"t","email":"a@b","displayName":null,"id":null,'
        b'"modules":{"mailbox":true,"7":false}}\n'
    )


@pytest.mark.parametrize("layout", [JSONL, CSV])
def test_nobody_is_nothing(layout: Layout) -> None:
    """A page without users adds no bytes."""
    assert layout.rows([], None) == b""


def test_modules_without_a_name_are_told_by_number() -> None:
    """The service may add modules; mailbox and OneDrive have columns of their own."""
    statuses = (*BOTH, ModuleStatus(Module(9), is_protected=True))
    assert other_modules(ProtectedUser("a@b", None, statuses)) == "7=false;9=true"
