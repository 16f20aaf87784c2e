"""`avepoint-async users`."""

import json

import pytest

from avepoint_async.testing import Dialect, Emulator, Fault
from tests.cli.conftest import Run


async def test_users_as_a_table(emulator: Emulator, run: Run) -> None:
    """Each user has a line with their modules, and nothing of the data can steer the terminal."""
    ended = await run("users", "c1", "t1", at=emulator)
    lines = [line.split("  ") for line in ended.out.decode().splitlines()]
    cells = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    assert cells[3:6] == [
        ["Zoë@one.example", "Zoë Ångström", "yes", "no"],
        ["bare@one.example", "-", "-"],
        ["odd@one.example", "=SUM(1), \\x1b[31m", "-", "yes", "7=true;9=false"],
    ]
    assert cells[-1] == ["3 users"]
    assert (ended.status, ended.err) == (0, "")


async def test_users_as_json_lines(emulator: Emulator, run: Run) -> None:
    """One object a line, in UTF-8, whatever the terminal."""
    ended = await run("users", "c1", "t1", "--format", "jsonl", at=emulator)
    rows = [json.loads(line) for line in ended.out.splitlines()]
    assert rows[0] == {
        "email": "Zoë@one.example",
        "displayName": "Zoë Ångström",
        "id": "id-zoe",
        "modules": {"mailbox": True, "oneDrive": False},
    }
    assert rows[1]["modules"] == {}
    assert rows[2]["modules"] == {"oneDrive": True, "7": True, "9": False}
    assert (ended.status, ended.err) == (0, "")


async def test_users_as_csv(emulator: Emulator, run: Run) -> None:
    """A header, and one row for each user."""
    ended = await run("users", "c1", "t1", "-f", "csv", at=emulator)
    assert ended.out.decode().split("\r\n") == [
        "email,display_name,id,mailbox,onedrive,other_modules",
        "Zoë@one.example,Zoë Ångström,id-zoe,true,false,",
        "bare@one.example,,,,,",
        'odd@one.example,"=SUM(1), \x1b[31m",id-odd,,true,7=true;9=false',
        "",
    ]
    assert (ended.status, ended.err) == (0, "")


@pytest.mark.parametrize(("form", "lines"), [("table", 5), ("jsonl", 0), ("csv", 1)])
async def test_an_empty_tenant_is_no_error(
    emulator: Emulator, run: Run, form: str, lines: int
) -> None:
    """Nobody is an answer, too: a heading where there is one, and no rows."""
    ended = await run("users", "c1", "t2", "--format", form, at=emulator)
    assert (ended.status, len(ended.out.splitlines()), ended.err) == (0, lines, "")


async def test_only_some_users(emulator: Emulator, run: Run) -> None:
    """Addresses are matched without regard to case, and each option adds one."""
    emails = ("--email", "zoë@ONE.example", "--email", "bare@one.example")
    ended = await run("users", "c1", "t1", "-f", "jsonl", *emails, at=emulator)
    assert [json.loads(line)["email"] for line in ended.out.splitlines()] == [
        "Zoë@one.example",
        "bare@one.example",
    ]


async def test_the_page_size_is_the_one_asked_for(emulator: Emulator, run: Run) -> None:
    """250 users in pages of 60 are five requests."""
    ended = await run("users", "c2", "t3", "-f", "jsonl", "--page-size", "60", at=emulator)
    assert len(ended.out.splitlines()) == 250
    assert [recorded.page_size for recorded in emulator.api_requests] == [60] * 5


async def test_an_error_of_the_service_is_one_line(emulator: Emulator, run: Run) -> None:
    """Status 1; what came before the error was written, and the line says where it happened."""
    emulator.script(Fault.status(403), page=3)
    ended = await run("users", "c2", "t3", "-f", "jsonl", at=emulator)
    assert ended.status == 1
    assert len(ended.out.splitlines()) == 200
    (line,) = ended.lines
    assert line.startswith("avepoint-async: customer c2, tenant t3, page 3: 403 Forbidden")


async def test_half_a_table_is_none(emulator: Emulator, run: Run) -> None:
    """Who looks at a table takes it for the whole tenant."""
    emulator.script(Fault.status(403), page=3)
    ended = await run("users", "c2", "t3", at=emulator)
    assert (ended.status, ended.out, len(ended.lines)) == (1, b"", 1)


async def test_a_refused_run_leaves_stdout_empty(emulator: Emulator, run: Run) -> None:
    """Not even a header is written before the service has answered."""
    ended = await run("users", "c1", "no-such", "-f", "csv", at=emulator)
    assert (ended.status, ended.out, len(ended.lines)) == (1, b"", 1)


async def test_refused_credentials_are_one_line(emulator: Emulator, run: Run) -> None:
    """Status 1, and the secret is in no line."""
    secret = "sentinel-4711"
    ended = await run("-vv", "users", "c1", "t1", at=emulator, AVEPOINT_CLIENT_SECRET=secret)
    assert (ended.status, ended.out, len(ended.lines)) == (1, b"", 1)
    assert "invalid_client" in ended.err
    assert secret not in ended.err


async def test_missing_settings_are_one_line(run: Run) -> None:
    """Status 2, and the line names every variable that is missing."""
    ended = await run("users", "c1", "t1")
    assert (ended.status, ended.out, len(ended.lines)) == (2, b"", 1)
    assert "AVEPOINT_CLIENT_ID" in ended.err
    assert "AVEPOINT_CLIENT_SECRET" in ended.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["users"], "Missing argument 'CUSTOMER'"),
        (["users", "c1"], "Missing argument 'TENANT'"),
        (["users", "c1", ".."], "tenant_id"),
        (["users", "", "t1"], "customer_id"),
        (["users", "c1", "t1", "--page-size", "0"], "--page-size"),
        (["users", "c1", "t1", "--page-size", "many"], "--page-size"),
        (["users", "c1", "t1", "--email", " "], "emails[0]"),
        (["users", "c1", "t1", "--format", "xml"], "--format"),
        (["users", "c1", "t1", "--no-such"], "--no-such"),
        (["users", "c1", "t1", "t2"], "t2"),
    ],
)
async def test_wrong_arguments_are_one_line(
    emulator: Emulator, run: Run, arguments: list[str], words: str
) -> None:
    """Status 2, the line says what is wrong, and nothing is asked of the service."""
    ended = await run(*arguments, at=emulator)
    assert (ended.status, ended.out, len(ended.lines)) == (2, b"", 1)
    assert ended.err.startswith("avepoint-async: ")
    assert words in ended.err
    assert emulator.requests == []


async def test_a_shortfall_is_told(emulator: Emulator, run: Run) -> None:
    """A warning of the library is one line on stderr, and data is data."""
    emulator.dialect = Dialect(total_off=1)
    ended = await run("users", "c1", "t1", "-f", "jsonl", at=emulator)
    assert (ended.status, len(ended.out.splitlines())) == (0, 3)
    assert [line.partition(":")[0] for line in ended.lines] == ["warning"]


@pytest.mark.parametrize(
    "arguments", [("-v", "users", "c1", "t1"), ("users", "c1", "t1", "-v"), ("users", "c1", "t1")]
)
async def test_retries_are_told_to_those_who_ask(
    emulator: Emulator, run: Run, arguments: tuple[str, ...]
) -> None:
    """`-v` before or after the command's name shows what is logged at the level of info."""
    emulator.script(Fault.status(500, retry_after=0))
    ended = await run(*arguments, at=emulator)
    assert ended.status == 0
    assert ("sent again" in ended.err) == ("-v" in arguments)
