"""`avepoint-async customers`, and the customers that `--customer` names."""

import csv
import io
import json
import sys
from collections.abc import AsyncIterator

import pytest

from avepoint_async.testing import Customer, Dialect, Emulator, Fault, Fleet, Tenant
from tests.cli.conftest import Run


@pytest.fixture
async def partner() -> AsyncIterator[Emulator]:
    """Four customers: one with two tenants, one with none, and two of one name."""
    named = Tenant("t-1", "contoso.example")
    customers = [
        Customer("c-1", "Contoso", tenants=(named, Tenant("t-2", None))),
        Customer("c-2", "Empty & Sons"),
        Customer("c-3", "Twin", tenants=(Tenant("t-3", "one.example"),)),
        Customer("c-4", "Twin", tenants=(Tenant("t-4", "two.example"),)),
    ]
    users = {(each.id, tenant.id): 2 for each in customers for tenant in each.tenants}
    async with Emulator(fleet=Fleet.of(users, customers=customers)) as emulator:
        yield emulator


async def test_customers_as_a_table(partner: Emulator, run: Run) -> None:
    """Names beside the ids that other commands take; a customer without a tenant is there."""
    ended = await run("customers", at=partner)
    text = ended.out.decode()
    cells = [line.split() for line in text.splitlines()]
    assert ["Contoso", "c-1", "contoso.example", "t-1"] in cells
    assert ["Contoso", "c-1", "t-2"] in cells
    assert ["Empty", "&", "Sons", "c-2"] in cells
    assert text.splitlines()[-1] == "4 customers, 4 tenants"
    assert (ended.status, ended.err) == (0, "")


async def test_an_id_stays_in_one_piece(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids are there to be copied, so they are not folded where the terminal is too narrow."""
    ids = "0733732b-4d32-4c92-a1d6-b9cff30f12cc", "dd0a64f0-64e3-46e5-a67f-03676f2fee93"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    async with Emulator(fleet=Fleet.of({ids: 1})) as emulator:
        ended = await run("customers", at=emulator, COLUMNS="60")
    assert all(each in ended.out.decode() for each in ids)


async def test_customers_as_rows(partner: Emulator, run: Run) -> None:
    """The same in JSON lines and CSV, one row for each tenant."""
    as_json = await run("customers", "-f", "jsonl", at=partner)
    as_csv = await run("customers", "-f", "csv", at=partner)
    rows = [json.loads(line) for line in as_json.out.splitlines()]
    assert rows[0] == {
        "customer_id": "c-1",
        "customer_name": "Contoso",
        "tenant_id": "t-1",
        "tenant_name": "contoso.example",
    }
    assert [row["tenant_id"] for row in rows] == ["t-1", "t-2", None, "t-3", "t-4"]
    read = list(csv.DictReader(io.StringIO(as_csv.out.decode(), newline="")))
    assert read == [{name: value or "" for name, value in row.items()} for row in rows]


async def test_a_list_that_falls_short_is_told(partner: Emulator, run: Run) -> None:
    """Status 3: a customer that is missing here is missing everywhere."""
    partner.dialect = Dialect(total_off=1)
    ended = await run("customers", at=partner)
    assert ended.status == 3
    assert ended.complaints == ["avepoint-async: the list of customers is incomplete: 4 customers"]


@pytest.mark.parametrize("wanted", ["c-1", "C-1", "Contoso", " contoso "])
async def test_a_customer_by_id_or_name(partner: Emulator, run: Run, wanted: str) -> None:
    """Without regard to case; and only this customer is asked for users."""
    ended = await run("fleet", "--customer", wanted, at=partner)
    rows = [json.loads(line) for line in ended.out.splitlines()]
    assert (ended.status, {row["customer_id"] for row in rows}) == (0, {"c-1"})
    assert {
        (each.customer_id, each.tenant_id) for each in partner.api_requests if each.tenant_id
    } == {
        ("c-1", "t-1"),
        ("c-1", "t-2"),
    }


@pytest.mark.parametrize("command", ["fleet", "coverage"])
@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("Contosso", "no customer has the id or the name 'Contosso'; did you mean 'Contoso'?"),
        ("c-9", "did you mean 'c-"),
        ("xyz", "`avepoint-async customers` lists them all"),
        ("twin", "several customers are named 'twin'; take an id: c-3, c-4"),
    ],
)
async def test_a_wrong_customer_is_a_wrong_argument(
    partner: Emulator, run: Run, command: str, wanted: str, words: str
) -> None:
    """Status 2, with what comes near; no user is asked for."""
    ended = await run(command, "--customer", wanted, at=partner)
    assert (ended.status, ended.out, len(ended.lines)) == (2, b"", 1)
    assert "--customer" in ended.lines[0]
    assert words in ended.lines[0]
    assert not any(each.kind == "users" for each in partner.requests)


async def test_customers_that_cannot_be_listed(partner: Emulator, run: Run) -> None:
    """Status 1, nothing on stdout, and the likely cause."""
    partner.script(Fault.status(403), kind="customers")
    ended = await run("customers", "-f", "csv", at=partner)
    assert (ended.status, ended.out, len(ended.lines)) == (1, b"", 1)
    assert "elements.customers.read.all" in ended.lines[0]
