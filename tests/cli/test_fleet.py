"""`avepoint-async fleet`."""

import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from avepoint_async.testing import Customer, Dialect, Emulator, Fault, Fleet, Tenant, Tokens
from tests.cli.conftest import Ended, Run


def tenants_of(ended: Ended) -> Counter[tuple[str, str]]:
    """How many rows there are of each tenant."""
    rows = map(json.loads, ended.out.splitlines())
    return Counter((row["customer_id"], row["tenant_id"]) for row in rows)


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
    assert lines[0].startswith("customer_id,customer_name,tenant_id,tenant_name,email,")
    assert Counter(line.partition(",")[0] for line in lines[1:]) == {"c1": 3, "c2": 250, "": 1}


async def test_only_some_customers(emulator: Emulator, run: Run) -> None:
    """Only the tenants of the customers named are streamed."""
    ended = await run("fleet", "--customer", "c1", at=emulator)
    assert tenants_of(ended) == {("c1", "t1"): 3}


async def test_rows_name_customer_and_tenant(run: Run) -> None:
    """By id for programs, and by the name that people know."""
    contoso = Customer("c", "Contoso", tenants=(Tenant("t", "contoso.example"),))
    fleet = Fleet.of({("c", "t"): ["a@contoso.example"]}, customers=[contoso])
    async with Emulator(fleet=fleet) as emulator:
        ended = await run("fleet", at=emulator)
    row = json.loads(ended.out)
    assert (row["customer_name"], row["tenant_name"]) == ("Contoso", "contoso.example")


async def test_a_fleet_of_nobody_is_no_error(run: Run) -> None:
    """A partner without a customer has no tenants; CSV has its header nevertheless."""
    async with Emulator(fleet=Fleet.of({})) as emulator:
        ended = await run("fleet", "-f", "csv", at=emulator)
    assert (ended.status, len(ended.out.splitlines())) == (0, 1)
    assert ended.lines[-1].startswith("0 users of 0 tenants in ")


@pytest.mark.parametrize(("mode", "status"), [("defer", 3), ("skip", 0)])
async def test_failed_tenants_are_listed(
    emulator: Emulator, run: Run, mode: str, status: int
) -> None:
    """Every healthy tenant arrives whole; each failure has a line with its likely cause."""
    emulator.script(Fault.status(404), tenant=("c1", "t1"))
    emulator.script(Fault.status(403), tenant=("c2", "t3"), page=3)
    ended = await run("fleet", "--on-error", mode, at=emulator)
    assert ended.status == status
    assert tenants_of(ended) == {("c2", "t3"): 200}
    first, second = sorted(ended.complaints)
    assert "customer c1, tenant t1, page 1: 404 Not Found" in first
    assert "likely: the customer has no such tenant, or the tenant has no licence" in first
    assert "customer c2, tenant t3, page 3: 403 Forbidden" in second
    assert second.endswith("(after 200 users)")
    assert ended.lines[-1].startswith("200 users of 3 tenants (2 failed) in ")


@pytest.mark.parametrize("mode", ["defer", "skip"])
async def test_a_short_tenant_is_not_whole(emulator: Emulator, run: Run, mode: str) -> None:
    """Status 3, whatever becomes of those that fail: its rows are there and rows are missing."""
    emulator.dialect = Dialect(total_off=1)
    ended = await run("fleet", "--on-error", mode, "--customer", "c1", at=emulator)
    assert (ended.status, tenants_of(ended)) == (3, {("c1", "t1"): 3})
    assert any("t1: incomplete: 4 promised, 3 users shown" in line for line in ended.complaints)
    assert "incomplete" in ended.lines[-1]


async def test_customers_that_are_missing_are_told(emulator: Emulator, run: Run) -> None:
    """Tenants of a customer that was promised and not shown are missing from every other count."""
    emulator.dialect = Dialect(total_off=1)
    ended = await run("fleet", at=emulator)
    assert ended.status == 3
    assert any("the list of customers is incomplete: 3 promised" in it for it in ended.complaints)


async def test_the_first_failure_can_end_it(emulator: Emulator, run: Run) -> None:
    """With `--on-error raise` it is told at once, and once; the sum is told nevertheless."""
    emulator.script(Fault.status(404), tenant=("c1", "t1"))
    ended = await run("fleet", "--on-error", "raise", at=emulator)
    assert ended.status == 1
    (complaint,) = ended.complaints
    assert complaint.startswith("avepoint-async: customer c1, tenant t1, page 1: 404")
    assert "1 failed" in ended.lines[-2]


async def test_an_early_end_lists_what_failed_before(emulator: Emulator, run: Run) -> None:
    """Credentials that are revoked in the middle of a night do not hide what went before."""
    emulator.script(Fault.status(404), tenant=("c1", "t1"))
    emulator.script(Fault.status(401), tenant=("c2", "t3"), page=2)
    emulator.hold("users")
    running = asyncio.create_task(run("fleet", "--concurrency", "1", at=emulator))
    await emulator.arrived(1, "users")
    emulator.tokens = Tokens(client_secret="another")
    emulator.release()
    ended = await running
    assert ended.status == 1
    assert "tenant t1, page 1: 404" in ended.complaints[0]
    assert "invalid_client" in ended.complaints[-1]
    assert ended.lines[-2].startswith("100 users of 3 tenants (1 failed, 1 unfinished) in ")


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
    assert ended.complaints[0].startswith("avepoint-async: customer list, page 1: 403 Forbidden")
    assert "elements.customers.read.all" in ended.complaints[0]


async def test_requests_in_flight_are_bounded(run: Run) -> None:
    """`--concurrency` is reached and not passed."""
    fleet = Fleet.of({("c", f"t{number}"): 1 for number in range(30)})
    async with Emulator(fleet=fleet, latency=0.02) as emulator:
        ended = await run("fleet", "--concurrency", "3", at=emulator)
        assert (ended.status, emulator.peak_in_flight) == (0, 3)


async def test_the_report_tells_each_tenant(emulator: Emulator, run: Run, tmp_path: Path) -> None:
    """As JSON: names, state, counts, and of a failure its class, status, request and cause."""
    emulator.script(Fault.status(403), tenant=("c1", "t1"))
    path = tmp_path / "report.json"
    ended = await run("fleet", "--report", str(path), at=emulator)
    report = json.loads(path.read_text())
    tenants = {each["tenant_id"]: each for each in report["tenants"]}
    assert (ended.status, report["complete"], report["ended_by"]) == (3, False, None)
    assert {name: each["state"] for name, each in tenants.items()} == {
        "t1": "failed",
        "t2": "complete",
        "t3": "complete",
    }
    assert tenants["t3"]["items"] == tenants["t3"]["total_count"] == 250
    assert tenants["t1"]["error"]["type"] == "PermissionDeniedError"
    assert tenants["t1"]["error"]["status"] == 403
    assert "customer scope" in tenants["t1"]["error"]["likely_cause"]
    assert report["discovery"]["complete"]
    assert report["progress"]["items"] == 250


async def test_the_report_is_written_however_it_ends(
    emulator: Emulator, run: Run, tmp_path: Path
) -> None:
    """A run that could not be done tells why there, too."""
    path = tmp_path / "report.json"
    ended = await run("fleet", "--report", str(path), at=emulator, AVEPOINT_CLIENT_SECRET="wrong-1")
    report = json.loads(path.read_text())
    assert (ended.status, report["complete"], report["tenants"]) == (1, False, [])
    assert "invalid_client" in report["ended_by"]


async def test_metrics_are_those_of_the_run(emulator: Emulator, run: Run, tmp_path: Path) -> None:
    """In Prometheus' text format, as its own parser reads them."""
    emulator.script(Fault.status(403), tenant=("c2", "t3"))
    path = tmp_path / "run.prom"
    await run("fleet", "--metrics", str(path), at=emulator)
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(path.read_text())
        for sample in family.samples
    }
    assert samples["avepoint_users", "mailbox", "protected"] == 1
    assert samples["avepoint_users", "mailbox", "unknown"] == 2
    assert samples["avepoint_users", "onedrive", "unprotected"] == 1
    assert samples["avepoint_tenants", "complete"] == 2
    assert samples["avepoint_tenants", "failed"] == 1
    assert samples["avepoint_read_ok",] == 0
    assert ("avepoint_last_success_timestamp_seconds",) not in samples
    emulator.clear_script()
    await run("fleet", "--metrics", str(path), at=emulator)
    assert "avepoint_last_success_timestamp_seconds" in path.read_text()
    assert "avepoint_read_ok 1.0" in path.read_text()


async def test_stderr_can_be_json(emulator: Emulator, run: Run) -> None:
    """Every line: what is logged, progress, failures with their place, and the sum."""
    emulator.script(Fault.status(404), tenant=("c1", "t1"))
    ended = await run("fleet", "--log-format", "json", "-v", at=emulator)
    lines = [json.loads(line) for line in ended.lines]
    (failure,) = (line for line in lines if line["level"] == "error")
    assert (failure["customer_id"], failure["tenant_id"]) == ("c1", "t1")
    assert (failure["state"], failure["error"]["status"]) == ("failed", 404)
    assert lines[-1]["message"].startswith("250 users of 3 tenants (1 failed) in ")


async def test_stderr_can_be_json_for_any_command(run: Run) -> None:
    """Before the name of the command as well, and for wrong settings."""
    ended = await run("--log-format", "json", "fleet")
    (line,) = map(json.loads, ended.lines)
    assert (ended.status, line["level"]) == (2, "error")
    assert "AVEPOINT_CLIENT_ID" in line["message"]
