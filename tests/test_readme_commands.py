"""The README's lines of shell are taken by the programs that they start."""

import ast
import json
import re
import shlex
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
import typer

from avepoint_async import ConfigurationError, Environment
from avepoint_async.cli import app
from avepoint_async.testing.options import parser_of
from avepoint_async.testing.orders import ORDERS
from tests.readme import README, blocks, names, table
from tests.structure.source import ROOT, functions, parse

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT: dict[str, Any] = PYPROJECT["project"]
# a test of the table compares them with those that a client reads
VARIABLES = {name for row in table("variable") for name in names(row[0])}

LINES = [line for _, block in blocks("sh") for line in block.splitlines()]
INLINE = re.findall(r"(?<!`)`(avepoint-async \w[^`]*)`", README)
# one command each, without its comment; what follows `>` is the shell's
COMMANDS = sorted(
    {
        command.partition(" > ")[0].strip()
        for line in (*LINES, *INLINE)
        for command in line.partition(" #")[0].split("&&")
    }
)


def take_export(arguments: list[str]) -> None:
    """A variable that a client reads, with a value that it can have."""
    name, value = arguments[0].split("=")
    assert name in VARIABLES
    if name == "AVEPOINT_ENVIRONMENT":
        assert Environment.named(value).graph_url.startswith("https://")


def take_pip(arguments: list[str]) -> None:
    """The package by its name or its folder, with extras that it has; or nox."""
    assert arguments[0] == "install"
    name, *extras = re.split(r"[\[,\]]+", arguments[1].removesuffix("]"))
    assert name in {".", "nox", PROJECT["name"]}
    assert set(extras) <= PROJECT["optional-dependencies"].keys()


def take_nox(arguments: list[str]) -> None:
    """Sessions that there are; what follows `--` is an option of the benchmarks."""
    assert arguments[0] == "-s"
    before, _, after = " ".join(arguments[1:]).partition(" -- ")
    assert set(before.split()) <= sessions()
    benchmarks = (ROOT / "benchmarks" / "report.py").read_text(encoding="utf-8")
    assert all(f'"{option}"' in benchmarks for option in after.split())


def sessions() -> set[str]:
    """The sessions in noxfile.py."""
    return {
        each.name
        for each in functions(parse(ROOT / "noxfile.py"))
        if any("nox.session" in ast.unparse(mark) for mark in each.decorator_list)
    }


def take_python(arguments: list[str]) -> None:
    """A module: of the standard library, or the emulator with its options."""
    assert arguments[0] == "-m"
    if arguments[1] != "venv":
        assert arguments[1] == "avepoint_async.testing"
        take_emulator(arguments[2:])


def take_emulator(arguments: list[str]) -> None:
    """The emulator's options."""
    parser = parser_of("avepoint-async emulate")
    asked = [argument for argument in arguments if argument != "--help"]
    assert vars(parser.parse_args(asked)).keys() >= {"port", "customers", "seed"}


def take_cli(arguments: list[str]) -> None:
    """A command of the command line, with its arguments; nothing is run."""
    program: Any = typer.main.get_command(vars(app)["_app"])
    with program.make_context("avepoint-async", arguments[:]) as context:
        name, command, rest = program.resolve_command(context, arguments)
        with command.make_context(name, rest, parent=context) as inner:
            if name == "emulate":
                take_emulator(inner.args)


def take_nothing(_arguments: list[str]) -> None:
    """What the shell itself does."""


def take_curl(arguments: list[str]) -> None:
    """Orders that the control address of the emulator knows."""
    assert arguments[:3] == ["-H", "content-type: application/json", "$EMULATOR_CONTROL"]
    assert json.loads(arguments[arguments.index("-d") + 1]).keys() <= ORDERS.keys()


TAKERS: dict[str, Callable[[list[str]], None]] = {
    "curl": take_curl,
    "exit": take_nothing,
    "status=$?": take_nothing,
    "export": take_export,
    "pip": take_pip,
    "nox": take_nox,
    "python": take_python,
    "python3": take_python,
    "avepoint-async": take_cli,
}


def take(command: str) -> None:
    """Give a command to its program."""
    program, *arguments = shlex.split(command)
    TAKERS[program.removeprefix(".venv/bin/")](arguments)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_taken(command: str) -> None:
    """A reader who copies a line is not told that there is no such option, extra or session."""
    take(command)


def test_every_variable_is_one() -> None:
    """Wherever a variable is named, in a comment or in a sentence, a client reads it."""
    assert set(re.findall(r"AVEPOINT_[A-Z]\w*", README)) == VARIABLES
    (clouds,) = re.findall(r"=commercial # or (.*)", README)
    assert len({Environment.named(name) for name in clouds.split(", ")}) == 3


def test_every_command_is_told() -> None:
    """The table has the commands of the command line and no others."""
    told = [names(row[0])[0].split()[1] for row in table("command")]
    program: Any = typer.main.get_command(vars(app)["_app"])
    assert sorted(told) == sorted(program.commands)


@pytest.mark.parametrize(
    "command",
    [
        "export AVEPOINT_CLIENT=…",
        "export AVEPOINT_ENVIRONMENT=mars",
        "pip install avepoint-async[all]",
        "nox -s test",
        "nox -s bench -- --strict",
        "python -m avepoint_async",
        "python -m avepoint_async.testing --ports 1 --help",
        "avepoint-async emulate --ports 1",
        "avepoint-async fleet --format xml",
        "avepoint-async users CUSTOMER",
        "avepoint-async user",
    ],
)
def test_a_wrong_command_is_noticed(command: str) -> None:
    """The check above refuses what no program would take."""
    wrong = (AssertionError, ConfigurationError, SystemExit, typer.TyperException, KeyError)
    with pytest.raises(wrong):
        take(command)
