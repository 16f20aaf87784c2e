"""`avepoint-async emulate`."""

import json
import signal

import pytest

from avepoint_async import AvePointClient
from tests.cli.conftest import Run
from tests.cli.process import finish, start


async def test_the_emulator_runs_until_it_is_interrupted() -> None:
    """It takes the emulator's own options, and the settings that it prints lead to it."""
    process = await start("emulate", "--customers", "1", "--tenants", "2", "--json")
    assert process.stdout is not None
    settings = json.loads(await process.stdout.readline())
    environ = {name: value for name, value in settings.items() if name.startswith("AVEPOINT_")}
    async with AvePointClient.from_env(environ=environ) as client:
        assert len([tenant async for tenant in client.tenants()]) == 2
    process.send_signal(signal.SIGINT)
    assert await finish(process) == (0, "", "")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ("--no-such", "unrecognized arguments: --no-such"),
        ("--port 99999", "argument --port: must be a whole number, 0 (any free port) to 65535"),
        ("--burst 2", "--burst needs --rate-limit: it is a part of the limit"),
    ],
)
async def test_a_wrong_option_is_told_by_the_emulator(run: Run, options: str, reason: str) -> None:
    """What the emulator takes is known to itself alone; its words and status are passed on."""
    ended = await run("emulate", *options.split())
    assert (ended.status, ended.out) == (2, b"")
    assert ended.err.startswith("usage: avepoint-async emulate ")
    assert ended.lines[-1].startswith(f"avepoint-async emulate: error: {reason}")
