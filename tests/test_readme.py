"""The README is a program: each of its snippets runs, and its commands stand word for word."""

import asyncio
import re
import sys
from pathlib import Path

import pytest

import avepoint_async
from avepoint_async import AvePointClient, testing
from avepoint_async.snapshots import History
from avepoint_async.testing import Emulator, Fleet, User
from tests.readme import README, SNIPPETS, execute
from tests.structure.source import ROOT

pytest_plugins = ["pytester"]

COMMANDS = (
    'python3 -m venv .venv && .venv/bin/pip install ".[cli]" && .venv/bin/avepoint-async demo',
    "python3 -m venv .venv && .venv/bin/pip install nox && .venv/bin/nox -s tests",
)

# What each snippet prints, by its heading; one that prints nothing has an empty string.
PRINTS = {
    "avepoint_async": r"\S+ \d+ tenant-id ada@contoso.com\n(.+\n)+True",
    "A night's work": r"^\S+Z-\w+ True 282\n",
    "A fleet as a table": r"",
    "A fleet as a table 2": r"^282 \d+ \['complete', 'complete'\]",
    "A script without asyncio": r"ada@contoso.com MAILBOX\n",
    "One tenant": r"252 users\n(\S+ (True|False|None) (True|False|None)\n){252}complete: True",
    "One user": r"\(ModuleStatus\(module=<Module.MAILBOX: 0>, is_protected=False\),",
    "The unprotected mailboxes of every customer": r"\d+ .+",
    "A nightly batch of your own": r"^2 tenants, complete: True",
    "Resuming a walk": r"go on with start_page=4",
    "Inside a service": r"",
    "Inside a service 2": r"",
    "Your own session, proxy or certificate authority": r"2 customers",
    "Logging, counters and tracing": r"'page_index': 3, 'attempt': 1} 200 \S+\nStats\(requests=3,",
    "Testing your own code": r"=+ 2 passed in .+ =+",
    "An endpoint of your own": r"",
    "Many processes, without Spark": r"True 282\n",
}

# needs a cluster; `tests/spark/on_spark` says the same on one
ON_SPARK = {"Spark"}


SUITES = [heading for heading, code in SNIPPETS.items() if "def test_" in code]
PROGRAMS = [heading for heading in SNIPPETS if heading not in {*SUITES, *ON_SPARK}]

# What can be said to the emulator: the code in the last two columns of its table.
SAYINGS = [
    saying
    for row in re.findall(r"^\| what can be said .*?\n\n", README, re.MULTILINE | re.DOTALL)
    for saying in re.findall(r"`(.+?)`(?=,| \|)", row)
]


def test_every_snippet_is_known() -> None:
    """No snippet escapes the test below, and none is expected that is gone."""
    assert SNIPPETS.keys() - ON_SPARK == PRINTS.keys()
    assert SUITES
    assert SAYINGS


async def take_a_night(
    emulator: Emulator, folder: str, shard: tuple[int, int] | None = None
) -> None:
    """A sealed run in the folder that the recipes name."""
    client = AvePointClient(emulator.credential, environment=emulator.environment)
    async with client:
        await History(folder).take(client, shard=shard)


@pytest.mark.parametrize("heading", PROGRAMS)
async def test_snippet(
    heading: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What the README shows runs as it stands, and prints what it should."""
    ada = User("ada@contoso.com", "Ada", ((0, False), (2, True)))
    fleet = Fleet.of(
        {("customer-id", "tenant-id"): [ada, *Fleet.of({("c", "t"): 251}).users(("c", "t"))]}
        | {("customer-2", "tenant-2"): 30}
    )
    monkeypatch.chdir(tmp_path)
    async with Emulator(fleet=fleet) as emulator:
        for name, value in emulator.settings.items():
            monkeypatch.setenv(name, value)
        if ".merge(" in SNIPPETS[heading]:
            for number in range(8):
                await take_a_night(emulator, f"nights/{number}", shard=(number + 1, 8))
        elif "History" in SNIPPETS[heading]:
            # the recipes compare with the night before
            await take_a_night(emulator, "night")
        await asyncio.to_thread(execute, SNIPPETS[heading])
    assert re.search(PRINTS[heading], capsys.readouterr().out)


@pytest.mark.parametrize("heading", SUITES)
def test_suite(heading: str, pytester: pytest.Pytester) -> None:
    """What the README shows as a test passes, with the plugin that comes with the package."""
    pytester.makepyfile(service=SNIPPETS["Inside a service 2"], test_it=SNIPPETS[heading])
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function")
    done = pytester.run(sys.executable, "-X", "dev", "-W", "error", "-m", "pytest", timeout=120)
    done.stdout.re_match_lines(PRINTS[heading])


@pytest.mark.parametrize("saying", SAYINGS)
async def test_saying(saying: str) -> None:
    """What the README says to the emulator, it understands."""
    async with Emulator(fleet=Fleet.of({("contoso", "main"): 250})) as emulator:
        names = {name: getattr(testing, name) for name in testing.__all__}
        exec(saying, {**names, "emulator": emulator})


@pytest.mark.parametrize("command", COMMANDS)
def test_the_two_commands(command: str) -> None:
    """What a reader copies stands there word for word."""
    assert f"```sh\n{command}\n```" in README


def test_the_beginning() -> None:
    """It starts with what it is and a program of at most fifteen lines."""
    first = SNIPPETS["avepoint_async"].splitlines()
    assert len([line for line in first if line]) <= 15


@pytest.mark.parametrize("named", sorted(set(re.findall(r"`(tests/[\w/.:]+)`", README))))
def test_every_proof_exists(named: str) -> None:
    """A guarantee names the test that proves it, and the test is there."""
    path, _, name = named.partition("::")
    source = (ROOT / path).read_text(encoding="utf-8")
    assert f"def {name}(" in source if name else "def test_" in source


@pytest.mark.parametrize(
    "name", [name for name in avepoint_async.__all__ if name.endswith("Error")]
)
def test_every_error_is_explained(name: str) -> None:
    """The table of errors leaves none out; the base stands above it."""
    assert f"| `{name}`" in README or name == "AvePointError"
