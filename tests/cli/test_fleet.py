"""`avepoint-async fleet`."""

import json
from collections import Counter

import pytest

from avepoint_async.testing import Emulator, Fault, Fleet
from tests.cli.conftest import Ended, Run


def tenants_of(ended: Ended) -> Counter[tuple[str, str]]:
    """How many rows there are of each tenant."""
    rows = map(json.loads, ended.out.splitlines())
    return Counter((row["customerId"], row["tenantId"]) for row in rows)


async def test_every_tenant_of_every_customer(emulator: Emulator, run: Run) -> None:
    """Each row names its tenant; progress and summary go to stderr."""
    ended = await run("fleet", at=emulator)
    assert tenants_of(ended) == {("c1", "t1"): 3, ("c2", "t3"): 250}
    assert ended.status == 0
    assert ended.lines[-1].startswith("253 users of 3 tenants in ")


async def test_a_fleet_as_csv(emulator: Emulator, run: Run) -> None:
    """One header for all tenants."""
    ended = await run("fleet", "--format", "csv", at=emulator)
    lines = ended.out.decode().split("\r\n")
    assert lines[0].startswith("customer_id,tenant_id,email,")
    assert Counter(line.partition(",")[0] for line in lines[1:]) == {"c1": 3, "c2": 250, "": 1}


async def test_only_some_customers(emulator: Emulator, run: Run) -> None:
    """Only the tenants of the customers named are streamed."""
    ended = await run("fleet", "--customer", "c1", at=emulator)
    assert tenants_of(ended) == {("c1", "t1"): 3}


async def test_a_fleet_of_nobody_is_no_error(emulator: Emulator, run: Run) -> None:
    """A customer who is not visible has no tenants; CSV has its header nevertheless."""
    ended = await run("fleet", "--customer", "no-such", "-f", "csv", at=emulator)
    assert (ended.status, len(ended.out.splitlines())) == (0, 1)
    assert ended.lines[-1].startswith("0 users of 0 tenants in ")


@pytest.mark.parametrize(("mode", "status"), [("defer", 1), ("skip", 0)])
async def test_failed_tenants_are_listed(
    emulator: Emulator, run: Run, mode: str, status: int
) -> None:
    """Every healthy tenant arrives whole; each failure has a line, and `defer` status 1."""
    emulator.script(Fault.status(404), tenant=("c1", "t1"))
    emulator.script(Fault.status(403), tenant=("c2", "t3"), page=3)
    ended = await run("fleet", "--on-error", mode, at=emulator)
    assert ended.status == status
    assert tenants_of(ended) == {("c2", "t3"): 200}
    failures = sorted(ended.complaints)
    assert [line.partition(": 40")[0] for line in failures] == [
        "avepoint-async: customer c1, tenant t1, page 1",
        "avepoint-async: customer c2, tenant t3, page 3",
    ]
    assert failures[1].endswith("(after 200 users)")
    assert ended.lines[-1].startswith("200 users of 3 tenants (2 failed) in ")


async def test_the_first_failure_can_end_it(emulator: Emulator, run: Run) -> None:
    """With `--on-error raise` it is told at once, in the one line of any other error."""
    emulator.script(Fault.status(404), tenant=("c1", "t1"))
    ended = await run("fleet", "--on-error", "raise", at=emulator)
    assert ended.status == 1
    assert [line.partition(": 404")[0] for line in ended.complaints] == [
        "avepoint-async: customer c1, tenant t1, page 1"
    ]


async def test_refused_credentials_end_it_at_once(emulator: Emulator, run: Run) -> None:
    """What no tenant could survive is one line, not one for each tenant."""
    ended = await run("fleet", at=emulator, AVEPOINT_CLIENT_SECRET="wrong-one")
    assert (ended.status, ended.out, len(ended.complaints)) == (1, b"", 1)
    assert len(emulator.token_requests) == 1


async def test_customers_that_cannot_be_listed_end_it(emulator: Emulator, run: Run) -> None:
    """Without a source of tenants there is nothing to stream: one line, and status 1."""
    emulator.script(Fault.status(403), kind="customers")
    ended = await run("fleet", at=emulator)
    assert (ended.status, ended.out, len(ended.complaints)) == (1, b"", 1)
    assert ended.complaints[0].startswith("avepoint-async: page 1: 403 Forbidden")


async def test_requests_in_flight_are_bounded(run: Run) -> None:
    """`--concurrency` is reached and not passed."""
    fleet = Fleet.of({("c", f"t{number}"): 1 for number in range(30)})
    async with Emulator(fleet=fleet, latency=0.02) as emulator:
        ended = await run("fleet", "--concurrency", "3", at=emulator)
        assert (ended.status, emulator.peak_in_flight) == (0, 3)
