"""The emulator as a command, for programs in any language."""

import asyncio
import json
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from importlib import import_module
from urllib.parse import urlencode

import pytest

from avepoint_async.testing import (
    Chaos,
    Dialect,
    Drift,
    Emulator,
    Outage,
    RateLimit,
    Refusals,
    Silence,
)
from avepoint_async.testing.command import main
from avepoint_async.testing.options import emulator_of, orders_of, parser_of
from avepoint_async.testing.orders import carry_out
from tests.testing.raw import GRANT

SMALL = ["--customers", "2", "--tenants", "3", "--users", "10", "--sizes", "equal"]


class Reader:
    """Standard output that interrupts the program once the settings are out."""

    def __init__(self) -> None:
        self.text = ""
        self.flushed = ""

    def write(self, text: str) -> None:
        """Keep what is written."""
        self.text += text

    def flush(self) -> None:
        """From here on the settings can be read: press Ctrl-C."""
        self.flushed = self.text
        signal.raise_signal(signal.SIGINT)


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """Ctrl-C works, in child processes too, even if the tests run where it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def run(monkeypatch: pytest.MonkeyPatch, command: Callable[[], object]) -> tuple[str, object]:
    """What the command prints before it is interrupted, and what it returns."""
    reader = Reader()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", reader)
        returned = command()
    return reader.flushed, returned


def test_it_prints_settings_to_export(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines that a shell can evaluate; Ctrl-C is a quiet end with status 0."""
    text, status = run(monkeypatch, lambda: main(SMALL))
    lines = text.splitlines()
    assert status == 0
    assert lines[:2] == [
        "export AVEPOINT_CLIENT_ID=emulated-client",
        "export AVEPOINT_CLIENT_SECRET=emulated-secret",
    ]
    assert [line.partition("=")[0] for line in lines[2:]] == [
        "export AVEPOINT_GRAPH_URL",
        "export AVEPOINT_TOKEN_URL",
    ]


def test_it_prints_settings_for_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line of JSON, with the size of the fleet."""
    limits = ["--rate-limit", "100", "--burst", "10", "--retry-after", "1", "--latency", "0.01"]
    text, _ = run(monkeypatch, lambda: main([*SMALL, *limits, "--json"]))
    settings = json.loads(text)
    assert text.count("\n") == 1
    assert settings["AVEPOINT_TOKEN_URL"] == settings["AVEPOINT_GRAPH_URL"] + "/connect/token"
    sizes = {name: settings[name] for name in ("customers", "tenants", "users")}
    assert sizes == {"customers": 2, "tenants": 3, "users": 10}


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ("--port 65536", "argument --port: must be a whole number, 0 (any free port) to 65535"),
        ("--port -1", "argument --port: must be a whole number, 0 (any free port) to 65535"),
        ("--port http", "argument --port: must be a whole number, 0 (any free port) to 65535"),
        ("--customers 0", "argument --customers: must be a whole number, 1 or more"),
        ("--customers 1.5", "argument --customers: must be a whole number, 1 or more"),
        ("--tenants -1", "argument --tenants: must be a whole number, 0 or more"),
        ("--users -1", "argument --users: must be a whole number, 0 or more"),
        ("--users 5 --tenants 0", "5 users need at least 1 tenant"),
        ("--sizes odd --users 5", "argument --sizes: invalid choice"),
        ("--sizes zipf", "--sizes needs --users: it tells how that number is shared out"),
        ("--page-size-limit 0", "argument --page-size-limit: must be a whole number, 1 or more"),
        ("--page-cache -1", "argument --page-cache: must be a whole number, 0 or more"),
        ("--latency -1", "argument --latency: must be a number, finite and not negative"),
        ("--latency nan", "argument --latency: must be a number, finite and not negative"),
        ("--rate-limit 0", "argument --rate-limit: must be a number, finite and above 0"),
        ("--rate-limit -5", "argument --rate-limit: must be a number, finite and above 0"),
        ("--rate-limit inf", "argument --rate-limit: must be a number, finite and above 0"),
        ("--rate-limit 5 --burst 0", "argument --burst: must be a number, 1 or more"),
        ("--burst 2", "--burst needs --rate-limit: it is a part of the limit"),
        ("--retry-after 1", "--retry-after needs --rate-limit: without a limit nothing is refused"),
        ("--tenant c/t", "argument --tenant: must be CUSTOMER/TENANT=USERS, such as"),
        ("--tenant t=3", "argument --tenant: must be CUSTOMER/TENANT=USERS, such as"),
        ("--tenant c/t=-1", "argument --tenant: must be CUSTOMER/TENANT=USERS, such as"),
        ("--chaos often", "argument --chaos: must be KEY=VALUE: 'often' is not"),
        ("--fault reset,page", "argument --fault: must be KEY=VALUE: 'page' is not"),
        ("--order {", "argument --order: must be a JSON object: '{' is not"),
        ("--order 5", "argument --order: must be a JSON object: '5' is not"),
        ("--chaos {}x", "argument --chaos: must be a JSON object: '{}x' is not"),
        ("--chaos rest=1", "chaos: Object contains unknown field `rest`"),
        ("--refuse share=2", "refuse: share must be 0 to 1: 2.0 is not"),
        ("--edit lose,position=1", "there is no order 'lose'"),
        ("--control 65536", "argument --control: must be a whole number, 0 (any free port)"),
        ("--token-lifetime 0", "argument --token-lifetime: must be a number, finite and above 0"),
        ("--token-lifetime -5", "argument --token-lifetime: must be a number, finite and above 0"),
    ],
)
def test_wrong_options_are_told(
    options: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last line says which, and what it must be; the status is 2."""
    with pytest.raises(SystemExit) as left:
        main(options.split())
    assert left.value.code == 2
    *usage, error = capsys.readouterr().err.splitlines()
    assert usage[0].startswith("usage: python -m avepoint_async.testing ")
    assert error.startswith(f"python -m avepoint_async.testing: error: {reason}")


def ordered(text: str) -> Emulator:
    """The emulator that these options describe, told what they order."""
    options = parser_of("emulate").parse_args(text.split())
    emulator = emulator_of(options)

    async def carry_out_all() -> None:
        for order in orders_of(options):
            await carry_out(emulator, order)

    asyncio.run(carry_out_all())
    return emulator


def test_everything_can_be_said_in_options() -> None:
    """Spelling, limits, troubles, chaos, drift, faults and tokens."""
    made = ordered(
        "--tenant c/t=3 --tenant c/u=0 --dialect tables,null_text=N/A,user_id_key=null "
        "--quota tenant=u,rate=0.2,retry_after=5 --refuse share=0.02,status=503 "
        "--refuse share=0.1,status=429 --outage away=0.4,every=1.6 --silence --chaos reset=0.1 "
        "--drift move=0.5,seed=7 --fault status,status=503,times=2 --fault reset --tokens delay=1 "
        '--order {"latency":{"seconds":2}}'
    )
    assert made.fleet.refs() == [("c", "t"), ("c", "u")]
    assert made.dialect == Dialect.tables(null_text="N/A", user_id_key=None)
    assert made.quotas == {("c", "u"): RateLimit.bucket(0.2, retry_after=5)}
    assert made.troubles == (Refusals(0.02), Refusals(0.1, 429), Outage(0.4, 1.6), Silence())
    assert (made.chaos, made.drift) == (Chaos(reset=0.1), Drift(move=0.5, seed=7))
    assert (made.script_left, made.tokens.delay) == (3, 1)
    assert made.latency is not None


def test_the_fleet_of_a_seed_can_differ_in_one_user() -> None:
    """So two nights are told apart: the rest is the same."""
    small = "--seed 3 --customers 1 --tenants 1 --users 5"
    before, after = ordered(small), ordered(f"{small} --edit protect,position=1,mailbox=false")
    ref = before.fleet.refs()[0]
    pairs = zip(before.fleet.users(ref), after.fleet.users(ref), strict=True)
    assert [old == new for old, new in pairs].index(False) == 1
    assert after.fleet.users(ref)[1].is_protected(0) is False
    assert before.fleet.refs() == after.fleet.refs()


def test_a_json_object_is_an_order_too() -> None:
    """Where pairs cannot say it."""
    order = '{"edit":"insert","user":{"email":"a@x","modules":[[0,true]]}}'
    made = ordered(f"--tenant c/t=0 --edit {order}")
    assert made.fleet.users(("c", "t"))[0].modules == ((0, True),)


def test_a_taken_port_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """One line, no traceback, status 1."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with pytest.raises(SystemExit) as left:
            main(["--port", port, *SMALL])
    assert left.value.code == 1
    assert f"port {port}: " in capsys.readouterr().err


def test_the_control_address_is_told_to_a_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the settings that the client reads."""
    text, _ = run(monkeypatch, lambda: main([*SMALL, "--control", "0"]))
    assert text.splitlines()[-1].startswith("export EMULATOR_CONTROL=http://127.0.0.1:")


def test_it_is_a_module_to_run() -> None:
    """`python -m` finds it, and lists every option; imported, it runs nothing."""
    assert import_module("avepoint_async.testing.__main__").main is main
    command = [sys.executable, "-m", "avepoint_async.testing", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "--control" in done.stdout


def test_another_process_can_use_it() -> None:
    """The settings are read while it runs, a token is fetched with them, Ctrl-C ends it."""
    command = [sys.executable, "-X", "dev", "-W", "error", "-m", "avepoint_async.testing"]
    with subprocess.Popen(
        [*command, *SMALL, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        settings = json.loads(process.stdout.readline())
        body = urlencode(GRANT).encode()
        with urllib.request.urlopen(settings["AVEPOINT_TOKEN_URL"], body, timeout=30) as reply:
            assert json.load(reply)["token_type"] == "Bearer"
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=30)
    assert (output, errors, process.returncode) == ("", "", 0)
