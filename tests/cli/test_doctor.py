"""`avepoint-async doctor`."""

import json
from typing import Any

import pytest

from avepoint_async.cli.doctor import settings_in_words
from avepoint_async.testing import (
    CUSTOMERS_SCOPE,
    USERS_SCOPE,
    Customer,
    Emulator,
    Fault,
    Fleet,
    Tokens,
)
from tests.cli.conftest import Ended, Run

STEPS = ["settings", "token", "customers", "users"]


def findings(ended: Ended) -> dict[str, Any]:
    """What `--json` told of each step."""
    report = json.loads(ended.out)
    assert report["ok"] == (ended.status == 0)
    return {step["step"]: step for step in report["steps"]}


def states(ended: Ended) -> list[str]:
    """The state of each step, in order."""
    assert list(findings(ended)) == STEPS
    return [step["status"] for step in findings(ended).values()]


async def test_all_is_well(emulator: Emulator, run: Run) -> None:
    """Each step has its line, and the last one tells the users of the first tenant."""
    ended = await run("doctor", at=emulator)
    lines = ended.out.decode().splitlines()
    assert [line.split()[:2] for line in lines] == [[step, "ok"] for step in STEPS]
    assert lines[0].endswith(f"client secret for {emulator.url}")
    assert lines[2].endswith("2 customers visible")
    assert "3 users in tenant t1; no tenant after it was tried" in lines[3]
    assert (ended.status, ended.err) == (0, "")


async def test_a_tenant_can_be_named(emulator: Emulator, run: Run) -> None:
    """The tenant that makes trouble is the one to ask for."""
    ended = await run("doctor", "--json", "--customer", "c2", "--tenant", "t3", at=emulator)
    assert states(ended) == ["ok"] * 4
    assert findings(ended)["customers"]["detail"] == "customer c2 is visible"
    assert findings(ended)["users"]["detail"] == "250 users in tenant t3"


async def test_missing_settings_are_the_first_thing(run: Run) -> None:
    """What comes after a failed step is not tried, and is shown as such."""
    ended = await run("doctor")
    lines = [line.split("  ") for line in ended.out.decode().splitlines()]
    assert [[cell.strip() for cell in line if cell][:2] for line in lines] == [
        ["settings", "failed"],
        ["likely", "a setting is missing or misspelt: `avepoint-async --help` lists them all"],
        ["token", "not tried"],
        ["customers", "not tried"],
        ["users", "not tried"],
    ]
    assert (ended.status, ended.err) == (1, "")


@pytest.mark.parametrize(
    ("variables", "expected", "cause"),
    [
        ({"AVEPOINT_CLIENT_SECRET": "wrong-one"}, ["ok", "failed"], "expired"),
        ({"AVEPOINT_TOKEN_URL": "http://127.0.0.1:9/"}, ["ok", "failed"], "wrong address"),
        ({"AVEPOINT_GRAPH_URL": "http://127.0.0.1:9"}, ["ok", "ok", "failed"], "wrong address"),
        ({"AVEPOINT_ENVIRONMENT": "aos2"}, ["failed"], "misspelt"),
    ],
)
async def test_wrong_settings_fail_where_they_are_used(
    emulator: Emulator, run: Run, variables: dict[str, str], expected: list[str], cause: str
) -> None:
    """A wrong secret fails at the token, a wrong address of the API at the customers."""
    ended = await run("doctor", "--json", at=emulator, **variables)
    assert states(ended) == [*expected, *["not tried"] * (4 - len(expected))]
    assert cause in findings(ended)[STEPS[len(expected) - 1]]["cause"]
    assert ended.status == 1


@pytest.mark.parametrize(("granted", "step"), [(USERS_SCOPE, "token"), (CUSTOMERS_SCOPE, "users")])
async def test_a_permission_that_was_not_granted(
    emulator: Emulator, run: Run, granted: str, step: str
) -> None:
    """Each permission is asked for at its own step, and the cause names it."""
    emulator.tokens = Tokens(granted_scopes=[granted])
    ended = await run("doctor", "--json", at=emulator)
    (missing,) = {USERS_SCOPE, CUSTOMERS_SCOPE} - {granted}
    assert findings(ended)[step]["status"] == "failed"
    assert missing in findings(ended)[step]["cause"]


@pytest.mark.parametrize(
    ("status", "kind", "step", "cause"),
    [
        (403, "users", "users", "cbprotected.read"),
        (404, "users", "users", "licence"),
        (403, "customers", "customers", "customers.read"),
        (401, "customers", "customers", "different clouds"),
    ],
)
async def test_a_refusal_of_the_api(
    emulator: Emulator, run: Run, status: int, kind: Any, step: str, cause: str
) -> None:
    """The step that was refused fails, with what most often stands behind the status."""
    emulator.script(Fault.status(status), kind=kind, times=None)
    ended = await run("doctor", "--json", at=emulator)
    assert findings(ended)[step]["status"] == "failed"
    assert cause in findings(ended)[step]["cause"]
    assert ended.status == 1


async def test_one_tenant_without_a_licence_is_passed_over(emulator: Emulator, run: Run) -> None:
    """The next one shows that the permission is there; the one that was refused is told."""
    emulator.script(Fault.status(404), tenant=("c1", "t1"), times=None)
    ended = await run("doctor", "--json", at=emulator)
    found = findings(ended)["users"]
    assert (ended.status, found["status"]) == (0, "ok")
    assert found["detail"].startswith("0 users in tenant t2; before it ")
    assert "tenant t1, page 1: 404 Not Found" in found["detail"]


@pytest.mark.parametrize(
    ("statuses", "cause"),
    [
        ((404, 404, 404), "none of 3 tenants has a licence"),
        ((403, 403, 403), "every one of 3 tenants is refused"),
        ((403, 404, 403), "customer scope of the app registration"),
    ],
)
async def test_a_licence_is_told_from_a_permission(
    emulator: Emulator, run: Run, statuses: tuple[int, ...], cause: str
) -> None:
    """A licence is one tenant's; a permission that is missing is missing of all of them."""
    tenants = [("c1", "t1"), ("c1", "t2"), ("c2", "t3")]
    for tenant, status in zip(tenants, statuses, strict=True):
        emulator.script(Fault.status(status), tenant=tenant, times=None)
    ended = await run("doctor", "--json", at=emulator)
    found = findings(ended)["users"]
    assert (ended.status, found["status"]) == (1, "failed")
    assert cause in found["cause"]
    assert all(f"tenant {tenant}" in found["detail"] for _, tenant in tenants)


async def test_a_tenant_that_is_named_is_the_only_one(emulator: Emulator, run: Run) -> None:
    """Another that works would be no answer."""
    emulator.script(Fault.status(404), tenant=("c1", "t1"), times=None)
    named = ("--customer", "c1", "--tenant", "t1")
    ended = await run("doctor", "--json", *named, at=emulator)
    assert (ended.status, findings(ended)["users"]["status"]) == (1, "failed")
    assert "no such tenant" in findings(ended)["users"]["cause"]


async def test_what_the_service_says_cannot_steer_the_terminal(run: Run) -> None:
    """Its words are shown and not obeyed."""
    async with Emulator(fleet=Fleet.of({("c", "t\x1b[2J"): 1})) as emulator:
        ended = await run("doctor", at=emulator)
    assert ended.out.rstrip().endswith(b"1 user in tenant t\\x1b[2J")


async def test_a_customer_who_is_not_visible(emulator: Emulator, run: Run) -> None:
    """The service leaves such a customer out without a word; the doctor does not."""
    ended = await run("doctor", "--json", "--customer", "no", "--tenant", "t1", at=emulator)
    assert states(ended) == ["ok", "ok", "failed", "not tried"]
    assert "customer scope" in findings(ended)["customers"]["cause"]


@pytest.mark.parametrize(
    ("fleet", "expected", "words"),
    [
        (Fleet.of({}), ["ok", "ok", "failed", "not tried"], "no customer is visible"),
        (Fleet.of({}, customers=[Customer("c")]), ["ok", "ok", "ok", "failed"], "has a tenant"),
    ],
)
async def test_nothing_to_ask_for(run: Run, fleet: Fleet, expected: list[str], words: str) -> None:
    """Without a customer or a tenant nothing is known to work, and that is no success."""
    async with Emulator(fleet=fleet) as emulator:
        ended = await run("doctor", "--json", at=emulator)
    assert states(ended) == expected
    assert words in findings(ended)[STEPS[expected.index("failed")]]["detail"]


@pytest.mark.parametrize("option", ["--customer", "--tenant"])
async def test_customer_and_tenant_go_together(run: Run, option: str) -> None:
    """Half a name is a wrong argument."""
    ended = await run("doctor", option, "x")
    assert (ended.status, ended.out, len(ended.lines)) == (2, b"", 1)
    assert "give both" in ended.err


def test_settings_in_words() -> None:
    """The kind of credential and the cloud are told, and no value of the credential."""
    certificate = {"AVEPOINT_CLIENT_CERTIFICATE_PATH": "x", "AVEPOINT_ENVIRONMENT": "us-gov"}
    assert settings_in_words({}) == "client secret for the commercial cloud"
    assert settings_in_words(certificate) == "certificate for the us-gov cloud"
