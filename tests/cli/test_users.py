"""`avepoint-async users`."""

import json
from pathlib import Path

import pytest

from avepoint_async.cli.rows import USER_COLUMNS
from avepoint_async.testing import Dialect, Emulator, Fault
from tests.cli.conftest import Run, contents


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
        "customer_id": "c1",
        "customer_name": None,
        "tenant_id": "t1",
        "tenant_name": None,
        "email": "Zoë@one.example",
        "display_name": "Zoë Ångström",
        "id": "id-zoe",
        "mailbox": True,
        "onedrive": False,
        "other_modules": None,
    }
    assert [row["mailbox"] for row in rows] == [True, None, None]
    assert [row["other_modules"] for row in rows] == [None, None, "7=true;9=false"]
    assert (ended.status, ended.err) == (0, "")


@pytest.mark.parametrize(("options", "quote"), [((), "'"), (("--raw",), "")])
async def test_users_as_csv(
    emulator: Emulator, run: Run, options: tuple[str, ...], quote: str
) -> None:
    """A header, one row for each user, and no formula unless raw values are asked for."""
    ended = await run("users", "c1", "t1", "-f", "csv", *options, at=emulator)
    assert ended.out.decode().split("\r\n") == [
        ",".join(USER_COLUMNS),
        "c1,,t1,,Zoë@one.example,Zoë Ångström,id-zoe,true,false,",
        "c1,,t1,,bare@one.example,,,,,",
        f'c1,,t1,,odd@one.example,"{quote}=SUM(1), \x1b[31m",id-odd,,true,7=true;9=false',
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
    assert (ended.status, ended.out, len(ended.complaints)) == (1, b"", 1)
    assert "invalid_client" in ended.complaints[0]
    assert "likely: the client id or the secret is wrong" in ended.complaints[0]
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
    """Status 3: what came is written, and a line tells what was promised."""
    emulator.dialect = Dialect(total_off=1)
    ended = await run("users", "c1", "t1", "-f", "jsonl", at=emulator)
    assert (ended.status, len(ended.out.splitlines())) == (3, 3)
    (complaint,) = ended.complaints
    assert complaint.startswith("avepoint-async: c1 / t1: incomplete: 4 promised, 3 users shown")


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


@pytest.mark.parametrize("form", ["table", "csv"])
async def test_users_into_a_file(emulator: Emulator, run: Run, tmp_path: Path, form: str) -> None:
    """What stdout would have got stands in the file, and stdout stays empty."""
    shown = await run("users", "c1", "t1", "-f", form, at=emulator)
    ended = await run("users", "c1", "t1", "-f", form, "-o", str(tmp_path / "out"), at=emulator)
    assert (ended.status, ended.out, ended.err) == (0, b"", "")
    assert contents(tmp_path) == {"out": shown.out}


async def test_a_run_that_fails_leaves_the_old_file(
    emulator: Emulator, run: Run, tmp_path: Path
) -> None:
    """Whoever reads it meanwhile never sees half of one."""
    emulator.script(Fault.status(403), page=3)
    (tmp_path / "out").write_bytes(b"old")
    ended = await run("users", "c2", "t3", "-f", "csv", "-o", str(tmp_path / "out"), at=emulator)
    assert ended.status == 1
    assert contents(tmp_path) == {"out": b"old"}


async def test_a_file_that_cannot_be_written_is_a_wrong_argument(
    emulator: Emulator, run: Run, tmp_path: Path
) -> None:
    """Status 2, before anything is asked of the service."""
    ended = await run("users", "c1", "t1", "-o", str(tmp_path / "no" / "out"), at=emulator)
    assert (ended.status, len(ended.lines)) == (2, 1)
    assert "there is no such folder" in ended.lines[0]
    assert emulator.requests == []


async def test_the_pace_has_a_ceiling(emulator: Emulator, run: Run) -> None:
    """`--max-requests-per-second` and `--deadline` are those of the client; nonsense is told."""
    fine = await run(
        "users", "c1", "t1", "--max-requests-per-second", "50", "--deadline", "9", at=emulator
    )
    assert fine.status == 0
    for option in ("--max-requests-per-second", "--deadline"):
        ended = await run("users", "c1", "t1", option, "0", at=emulator)
        assert (ended.status, len(ended.lines)) == (2, 1)
        assert option.strip("-").replace("-", "_") in ended.lines[0]


async def test_a_call_is_given_up_at_its_deadline(emulator: Emulator, run: Run) -> None:
    """A service that asks for more patience than there is ends the run at once."""
    emulator.script(Fault.status(503, retry_after=3600), times=None)
    ended = await run("users", "c1", "t1", "--deadline", "2", at=emulator)
    assert ended.status == 1
    assert "try again later" in ended.complaints[0]
    assert len(emulator.api_requests) == 2  # the second look is the last
