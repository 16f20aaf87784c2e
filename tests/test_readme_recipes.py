"""What each recipe of the README says that it does, it does: all of its output is looked at."""

import asyncio
import csv
import re
import shlex
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from avepoint_async.testing import Emulator, Fault, Fleet, Tokens, User
from tests.cli.process import finish, start, start_program
from tests.readme import RESULTS, SNIPPETS, blocks, execute

ONE, TWO = ("customer-id", "tenant-id"), ("customer-2", "tenant-2")
# a protected mailbox, none, one that is not listed, and a module that is not known yet
STRANGE = [
    User("ada@contoso.com", "Ada", ((0, False), (2, True))),
    User("alan@contoso.com", "Alan", ((2, True),)),
    User("grace@contoso.com", "Grace", ((0, True), (7, False))),
]
ROW = ["customer_id", "customer_name", "tenant_id", "tenant_name", "email", "display_name"]
ROW += ["id", "mailbox", "onedrive", "other_modules"]


@pytest.fixture
async def emulator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Emulator]:
    """Two tenants, one of three pages, to which the environment's variables lead."""
    many = Fleet.of({ONE: 249}).users(ONE)
    monkeypatch.chdir(tmp_path)
    async with Emulator(fleet=Fleet.of({TWO: 30, ONE: [*STRANGE, *many]})) as emulator:
        for name, value in emulator.settings.items():
            monkeypatch.setenv(name, value)
        yield emulator


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> "Output":
    """What a recipe prints."""
    return Output(capsys)


class Output:
    """Runs recipes, by their headings, and reads what they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.status: object = None

    async def of(self, heading: str, **changes: str) -> list[str]:
        """The lines that it prints, after some of its code was changed."""
        code = SNIPPETS[heading]
        for old, new in changes.items():
            before = f"{old} = 0  #"
            assert code.count(before) == 1
            code = code.replace(before, f"{old} = {new}  #")
        self.status = await asyncio.to_thread(execute, code)
        return self._capsys.readouterr().out.splitlines()


def unprotected(emulator: Emulator, ref: tuple[str, str]) -> list[str]:
    """The users of a tenant whose mailbox is listed and not protected."""
    return [u.email for u in emulator.fleet.users(ref) if u.is_protected(0) is False]


async def test_the_first_program(emulator: Emulator, output: Output) -> None:
    """Each unprotected mailbox of the fleet once, with its customer and tenant; and the verdict."""
    told = await output.of("avepoint_async")
    names = {each.id: each.organization for each in emulator.fleet.customers()}
    expected = [
        f"{names[ref[0]]} {ref[1]} {mail}"
        for ref in (ONE, TWO)
        for mail in unprotected(emulator, ref)
    ]
    assert sorted(told) == sorted([*expected, "True"])


async def test_one_tenant(emulator: Emulator, output: Output) -> None:
    """The count, then each user in the service's order; None for what is not listed."""
    users = emulator.fleet.users(ONE)
    assert await output.of("One tenant") == [
        "252 users",
        *(f"{user.email} {user.is_protected(0)} {user.is_protected(2)}" for user in users),
        "complete: True",
    ]


async def test_one_user(emulator: Emulator, output: Output) -> None:
    """The one that was asked for; and of nobody it says that it is unknown."""
    (told,) = await output.of("One user")
    assert re.findall(r"Module\.(\w+).*?is_protected=(\w+)", told) == [
        ("MAILBOX", "False"),
        ("ONEDRIVE", "True"),
    ]
    emulator.fleet.remove(ONE, 0)
    assert await output.of("One user") == ["unknown"]


async def test_a_fleet_as_a_table(emulator: Emulator, output: Output) -> None:
    """The frame has a row for each unprotected mailbox, with every column of a row."""
    await output.of("A fleet as a table")
    frame = RESULTS["frame"]
    expected = [mail for ref in (ONE, TWO) for mail in unprotected(emulator, ref)]
    assert sorted(frame["email"]) == sorted(expected)
    assert list(frame.columns) == list(RESULTS["unprotected"][0])
    assert set(frame["mailbox"]) == {False}
    assert frame["customer_name"].notna().all()


async def test_a_fleet_as_a_file(emulator: Emulator, tmp_path: Path) -> None:
    """The one line of shell writes a row for each user of each tenant, with names."""
    (line,) = [code for heading, code in blocks("sh") if heading == "A fleet as a table"]
    program, *arguments = shlex.split(line)
    assert program == "avepoint-async"
    here = [str(tmp_path / each) if each == "fleet.csv" else each for each in arguments]
    status, _, _ = await finish(await start(*here, at=emulator))
    assert status == 0
    with (tmp_path / "fleet.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ROW
    users = [(*ref, user.email) for ref in (ONE, TWO) for user in emulator.fleet.users(ref)]
    told = [(row["customer_id"], row["tenant_id"], row["email"]) for row in rows]
    assert sorted(told) == sorted(users)
    assert all(row["customer_name"] for row in rows)


async def test_a_script_without_asyncio(emulator: Emulator, output: Output) -> None:
    """Each user of the tenant, with the modules that are not protected."""
    told = await output.of("A script without asyncio")
    assert told[:3] == ["ada@contoso.com MAILBOX", "alan@contoso.com", "grace@contoso.com MODULE_7"]
    assert len(told) == len(emulator.fleet.users(ONE))


async def test_a_service_with_fastapi(emulator: Emulator) -> None:
    """The endpoint answers with the users that have an unprotected module."""
    await asyncio.to_thread(execute, SNIPPETS["Inside a service"])
    expected = [u.email for u in emulator.fleet.users(ONE) if False in dict(u.modules).values()]

    def ask() -> object:
        with TestClient(RESULTS["app"]) as service:
            path = f"/customers/{ONE[0]}/tenants/{ONE[1]}/unprotected"
            return service.get(path).json()

    assert await asyncio.to_thread(ask) == expected


async def test_an_endpoint_of_ones_own(emulator: Emulator, output: Output) -> None:
    """Each cost issue of each tenant, asked for with a token of its own scope."""
    told = await output.of("An endpoint of your own")
    assert told
    assert {each.kind for each in emulator.api_requests} == {"customers", "cost_issues"}


async def test_the_unprotected_mailboxes(emulator: Emulator, output: Output) -> None:
    """The exact count of each customer under its name, the largest first."""
    organizations = {each.id: each.organization for each in emulator.fleet.customers()}
    counts = Counter({ref[0]: len(unprotected(emulator, ref)) for ref in (ONE, TWO)})
    assert len(set(counts.values())) == 2
    assert await output.of("The unprotected mailboxes of every customer") == [
        "complete: True",
        *(f"{count} {organizations[customer]}" for customer, count in counts.most_common()),
    ]


NIGHTLY = "A nightly batch of your own"


async def test_a_night_without_failures(emulator: Emulator, output: Output) -> None:
    """Status 0, and the number of tenants."""
    assert await output.of(NIGHTLY) == ["2 tenants, complete: True"]
    assert output.status == 0


async def test_a_night_that_is_not_whole(emulator: Emulator, output: Output) -> None:
    """Status 3: the failed and the short tenant are named, each with its reason."""
    emulator.script(Fault.status(403), tenant=ONE, page=3)
    emulator.script(
        Fault.body(b'{"data": [], "metadata": {"totalCount": 9}}'), tenant=TWO, times=None
    )
    told = await output.of(NIGHTLY)
    assert re.match(
        r"tenant-id: 200 of 252: customer customer-id, tenant tenant-id, page 3", told[0]
    )
    assert told[1:] == ["tenant-2: 0 of 9: None", "2 tenants, complete: False"]
    assert output.status == 3


async def test_a_night_that_nobody_survives(emulator: Emulator, output: Output) -> None:
    """Status 3, and one line that says why: the credential is refused."""
    emulator.tokens = Tokens(client_secret="another")
    told = await output.of(NIGHTLY)
    assert told[0].startswith("nothing more could be asked: ")
    assert "invalid_client" in told[0]
    assert told[1:] == ["0 tenants, complete: False"]
    assert output.status == 3
    assert emulator.api_requests == []


async def test_resuming_a_walk(emulator: Emulator, output: Output) -> None:
    """It says where it stopped; a second run that starts there gets the rest and nothing twice."""
    emulator.script(Fault.status(403), tenant=ONE, page=2)
    stopped, told = await output.of("Resuming a walk")
    assert stopped.startswith("stopped at page 2: ")
    (start,) = re.findall(r"^go on with start_page=(\d+)$", told)
    assert await output.of("Resuming a walk", done=str(int(start) - 1)) == [
        "go on with start_page=4"
    ]
    assert [each.page_index for each in emulator.api_requests] == [1, 2, 2, 3]


async def test_a_session_of_ones_own(emulator: Emulator, output: Output) -> None:
    """It works with it."""
    told = await output.of("Your own session, proxy or certificate authority")
    assert told == [f"{len(emulator.fleet.customers())} customers"]


async def test_logging_counters_and_tracing(emulator: Emulator) -> None:
    """Each request with its place, attempt and request id; a retry as an info; the counters."""
    emulator.script(Fault.status(503), page=2)
    code = SNIPPETS["Logging, counters and tracing"]
    program = (sys.executable, "-X", "dev", "-W", "error", "-c", code)
    status, out, err = await finish(await start_program(*program, at=emulator))
    assert status == 0
    seen = re.findall(r"'page_index': (\d), 'attempt': (\d)} (\d+) (\S+)", out)
    assert [each[:3] for each in seen] == [
        ("1", "1", "200"),
        ("2", "1", "503"),
        ("2", "2", "200"),
        ("3", "1", "200"),
    ]
    assert len({request_id for *_, request_id in seen}) == 4
    assert re.search(
        r"^Stats\(requests=4, retries=1, throttled=1, refreshes=1, ", out, re.MULTILINE
    )
    assert re.search(r"^INFO:avepoint_async\.\S+:.*503", err, re.MULTILINE)
