"""`avepoint-async jobs`, `seats` and `coverage --why`: what other endpoints say."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from avepoint_async.cli.words import words_of
from avepoint_async.resources.backup_jobs import JobStatus
from avepoint_async.testing import Customer, Dialect, Emulator, Fault, Fleet, Kind, Tenant, User
from tests.cli.conftest import Ended, Run

WHOLE = [User("a@one.example", "A", ((0, True), (2, True)), "a")]
GAP = [*WHOLE, User("b@one.example", "B", ((0, True), (2, False)), "b")]


@pytest.fixture
async def partner() -> AsyncIterator[Emulator]:
    """Two customers: one with a gap in one of its two tenants, and one without any."""
    customers = [
        Customer("c-1", "Contoso", tenants=(Tenant("t-1", "one"), Tenant("t-2", "two"))),
        Customer("c-2", "Fabrikam", tenants=(Tenant("t-3", "three"),)),
    ]
    users = {("c-1", "t-1"): GAP, ("c-1", "t-2"): WHOLE, ("c-2", "t-3"): WHOLE}
    async with Emulator(fleet=Fleet.of(users, customers=customers)) as emulator:
        yield emulator


def rows(ended: Ended) -> list[dict[str, Any]]:
    """What was written as JSON lines."""
    return [json.loads(line) for line in ended.out.splitlines()]


async def test_jobs_of_every_customer(partner: Emulator, run: Run) -> None:
    """Codes in words, counts as numbers; a job that never ran has neither time nor id."""
    ended = await run("jobs", "-f", "jsonl", at=partner)
    found = {(row["customer_name"], row["job_type"], row["module"]): row for row in rows(ended)}
    onedrive = found["Contoso", "microsoft 365", "onedrive"]
    assert ended.status == 0
    assert (onedrive["status"], onedrive["failed"]) == ("finished with exception", 1)
    assert (onedrive["total"], onedrive["successful"]) == (3, 2)
    assert onedrive["start_time"].endswith("+00:00")
    never = found["Fabrikam", "microsoft 365", "teams"]
    assert (never["status"], never["end_time"], never["job_id"]) == ("not started", None, None)
    table = await run("jobs", at=partner)
    assert table.out.decode().rstrip().endswith(f"{len(found)} jobs")


async def test_jobs_that_failed(partner: Emulator, run: Run) -> None:
    """As a whole or in part; the others are left out."""
    ended = await run("jobs", "--failed", "--customer", "contoso", "-f", "jsonl", at=partner)
    assert [(row["customer_id"], row["module"]) for row in rows(ended)] == [("c-1", "onedrive")]


async def test_a_customer_whose_jobs_are_refused(partner: Emulator, run: Run) -> None:
    """Status 3; the customer is named, the others are there."""
    partner.script(Fault.status(403), kind="backup_jobs")
    ended = await run("jobs", "-f", "csv", "--concurrency", "1", at=partner)
    (complaint,) = ended.complaints
    assert ended.status == 3
    assert complaint.startswith("avepoint-async: Contoso: jobs: customer c-1, page 1: 403")
    assert b"Fabrikam" in ended.out
    assert b"Contoso" not in ended.out


async def test_three_counts_side_by_side(partner: Emulator, run: Run) -> None:
    """Each as its own endpoint tells it; none is subtracted from another."""
    ended = await run("seats", "-f", "jsonl", at=partner)
    first, second = rows(ended)
    assert ended.status == 0
    assert (first["customer_name"], first["users"], first["protected_users"]) == ("Contoso", 3, 3)
    assert (first["microsoft_assigned"], second["microsoft_assigned"]) == (3, 1)
    assert first["bought"] >= 3
    assert not any("difference" in name for name in first)


async def test_seats_as_a_table(partner: Emulator, run: Run) -> None:
    """With the basis of each count; what could not be read is a question mark."""
    partner.script(Fault.status(403), tenant=("c-2", "t-3"), times=None)
    partner.script(Fault.status(404), kind="microsoft_seats", times=None)
    ended = await run("seats", at=partner)
    lines = [line.split() for line in ended.out.decode().splitlines()]
    (contoso,) = (cells for cells in lines if cells[:1] == ["Contoso"])
    (fabrikam,) = (cells for cells in lines if cells[:1] == ["Fabrikam"])
    assert ended.status == 3
    assert contoso[2:] == ["?", "3", "3"]
    assert fabrikam[2:] == ["?", "?", "?"]
    assert any(line.startswith("Bought: seats of Cloud Backup") for line in ended.lines)
    assert sum("seats of Microsoft: customer" in line for line in ended.complaints) == 2
    assert any("Fabrikam / three: users: " in line for line in ended.complaints)


async def test_customers_that_are_missing_are_told(partner: Emulator, run: Run) -> None:
    """Status 3: what is not in the list is not asked."""
    partner.dialect = Dialect(total_off=1)
    ended = await run("jobs", at=partner)
    assert ended.status == 3
    assert any("the list of customers is incomplete: 3 promised" in it for it in ended.complaints)


async def test_what_stands_beside_a_gap(partner: Emulator, run: Run) -> None:
    """Consent, last run, failed jobs and seats, of the tenants that have a gap alone."""
    ended = await run("coverage", "--why", "-f", "jsonl", at=partner)
    first, second, third = rows(ended)
    assert ended.status == 0
    assert (first["app_consent"], first["seats_used_up"]) == (True, first["seats_bought"] <= 3)
    assert first["last_run"].startswith("2026-")
    assert first["failed_jobs"] == "onedrive: finished with exception, 1 of 3"
    names = ("app_consent", "last_run", "failed_jobs", "seats_bought", "seats_used_up")
    assert {second[name] for name in names} == {third[name] for name in names} == {None}


async def test_reasons_as_a_table(partner: Emulator, run: Run) -> None:
    """Below the table of coverage; without a gap there is none."""
    ended = await run("coverage", "--why", at=partner)
    _, below = ended.out.decode().split("Tenant with a gap")
    assert "Contoso / one" in below
    assert "given" in below
    assert "onedrive: finished with exception, 1 of 3" in below
    whole = await run("coverage", "--why", "--customer", "Fabrikam", at=partner)
    assert whole.status == 0
    assert b"Tenant with a gap" not in whole.out


async def test_reasons_that_are_refused(partner: Emulator, run: Run) -> None:
    """Status 3, and what is not known is a question mark: the counts are there nevertheless."""
    kinds: tuple[Kind, ...] = ("app_consent", "backup_jobs", "backup_overview", "purchased_seats")
    for kind in kinds:
        partner.script(Fault.status(403), kind=kind, times=None)
    ended = await run("coverage", "--why", at=partner)
    _, below = ended.out.decode().split("Tenant with a gap")
    assert ended.status == 3
    (cells,) = (line.split() for line in below.splitlines() if "Contoso" in line)
    assert cells == ["Contoso", "/", "one", "?", "?", "?", "?"]
    assert len(ended.complaints) == 4


async def test_reasons_are_those_of_tenants(partner: Emulator, run: Run) -> None:
    """By customer there is no such table."""
    ended = await run("coverage", "--why", "--by", "customer", at=partner)
    assert (ended.status, len(ended.lines)) == (2, 1)
    assert "--why" in ended.lines[0]


def test_a_code_without_a_name_is_told_by_its_number() -> None:
    """The service may add codes."""
    assert words_of(JobStatus.FAILED_TO_START) == "failed to start"
    assert words_of(JobStatus(99)) == "99"
