"""The command as a whole: help, version, and the errors that nobody expects."""

import io
import logging
import re
import sys
from importlib import metadata

import pytest

from avepoint_async import AvePointError, ServerError, TenantRef
from avepoint_async.cli import exits, main
from tests.cli.conftest import Run

COMMANDS = ["demo", "doctor", "customers", "coverage", "users", "fleet"]
VARIABLES = [
    "AVEPOINT_CLIENT_CERTIFICATE_PASSWORD",
    "AVEPOINT_CLIENT_CERTIFICATE_PATH",
    "AVEPOINT_CLIENT_ID",
    "AVEPOINT_CLIENT_SECRET",
    "AVEPOINT_CLIENT_SECRET_FILE",
    "AVEPOINT_ENVIRONMENT",
    "AVEPOINT_GRAPH_URL",
    "AVEPOINT_TOKEN_URL",
]


async def test_help_names_every_command_and_variable(run: Run) -> None:
    """A newcomer sees in one place what can be done and what must be set."""
    ended = await run("--help")
    text = ended.out.decode()
    assert (ended.status, ended.err) == (0, "")
    assert sorted(set(re.findall(r"AVEPOINT_\w+", text))) == VARIABLES
    assert all(re.search(rf"│ {name} ", text) for name in [*COMMANDS, "emulate"])


def test_help_fits_an_ascii_terminal(bare: pytest.MonkeyPatch) -> None:
    """Frames and bullets are drawn with what there is."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    bare.setattr(sys, "stdout", stream)
    assert main(["--help"]) == 0
    stream.seek(0)
    assert "AVEPOINT_CLIENT_ID" in stream.read()


@pytest.mark.parametrize("name", COMMANDS)
async def test_each_command_has_its_help(run: Run, name: str) -> None:
    """Its usage, and what it is for."""
    ended = await run(name, "-h")
    assert ended.status == 0
    assert f"Usage: avepoint-async {name} [OPTIONS]".encode() in ended.out


async def test_nothing_asked_for_is_answered_with_help(run: Run) -> None:
    """A person sees what there is; a script whose argument got lost sees status 2."""
    asked, bare = await run("--help"), await run()
    assert bare.out == asked.out
    assert (bare.status, bare.err) == (2, "")


async def test_the_version(run: Run) -> None:
    """The one of the installed distribution."""
    ended = await run("--version")
    assert ended.out.decode().split() == ["avepoint-async", metadata.version("avepoint-async")]
    assert ended.status == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no-such"], "No such command 'no-such'"),
        (["-v"], "Missing command"),
        (["--no-such"], "--no-such"),
        (["fleet", "--frmat", "csv"], "--format"),
        (["fleet", "--on-error", "ignore"], "--on-error"),
        (["demo", "--customers", "0"], "--customers"),
        (["demo", "--concurrency", "0"], "--concurrency"),
    ],
)
async def test_a_wrong_command_line_is_one_line(run: Run, arguments: list[str], words: str) -> None:
    """Status 2; the line says what is wrong and where to read on."""
    ended = await run(*arguments)
    assert (ended.status, ended.out, len(ended.lines)) == (2, b"", 1)
    assert words in ended.err
    assert re.search(r"\(see `avepoint-async( \w+)? --help`\)$", ended.lines[0])


DEFECT = ZeroDivisionError("x")


def raising(error: BaseException) -> int:
    """Work that ends with this error."""
    raise error


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (KeyboardInterrupt(), 130, ""),
        (BrokenPipeError(), 0, ""),
        (SystemExit(None), 0, ""),
        (SystemExit(3), 3, ""),
        (OSError(28, "No space left on device"), 1, "the system refused: No space left on device"),
        (OSError("odd"), 1, "the system refused: odd"),
        (ServerError("500: too\nbad", customer_id="c"), 1, "customer c: 500: too bad; likely: the"),
        (AvePointError("odd"), 1, "odd"),
        (exits.TerminatedError(), 143, ""),
        (FileNotFoundError(2, "No such file", "x"), 1, "the system refused: x: No such file"),
        (ZeroDivisionError("x"), 1, "a defect of this program, ZeroDivisionError: x; run it again"),
    ],
)
def test_each_end_has_its_status(
    error: BaseException, status: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A status, at most one line, and never a traceback."""
    assert exits.guard(lambda: raising(error)) == status
    told = capsys.readouterr().err
    assert told.startswith(f"avepoint-async: {line}" if line else "")
    assert told.count("\n") == bool(line)


def test_a_setting_that_is_wrong_is_a_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    """An error of configuration is status 2, wherever it is met."""
    assert exits.guard(lambda: bool(TenantRef("", "t"))) == 2
    assert capsys.readouterr().err.startswith("avepoint-async: customer_id")


def test_whoever_asks_sees_the_whole_story(
    capsys: pytest.CaptureFixture[str], bare: pytest.MonkeyPatch
) -> None:
    """With `-vv` a defect shows its traceback, for those who will mend it."""
    bare.setattr("avepoint_async.cli.emulator._demonstrate", lambda *_: raising(DEFECT))
    assert main(["-vv", "demo"]) == 1
    told = capsys.readouterr().err
    assert "Traceback" in told
    assert told.rstrip().endswith("for the whole story")
    assert main(["demo"]) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_logging_is_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    """A program that calls the command keeps its own handlers and levels."""
    library, before = logging.getLogger("avepoint_async"), logging.getLogger().handlers[:]
    assert main(["-vv", "--version"]) == 0
    assert library.level == logging.NOTSET
    assert logging.getLogger().handlers == before


def test_errors_of_others_are_one_line_too(
    capsys: pytest.CaptureFixture[str], bare: pytest.MonkeyPatch
) -> None:
    """What asyncio logs of a task that failed comes without its traceback."""

    def log(*_: object) -> None:
        logging.getLogger("asyncio").error("lost", exc_info=DEFECT)
        raise BrokenPipeError

    bare.setattr("avepoint_async.cli.emulator._demonstrate", log)
    assert main(["demo"]) == 0
    assert capsys.readouterr().err == "error: asyncio: lost\n"
