"""A client belongs to one event loop of one process: elsewhere it says so, and never hangs."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from contextlib import suppress

import pytest

from avepoint_async.errors import ClientClosedError, ConfigurationError
from avepoint_async.testing import Emulator, Fleet, ThreadedEmulator
from tests.conftest import CUSTOMER, TENANT, new_client

PROGRAM = f"""
import asyncio, logging, os
from avepoint_async import AvePointClient

client = AvePointClient.from_env()

# a busy machine makes a loop warn of itself
logging.getLogger("asyncio").setLevel(logging.ERROR)

async def count():
    return await client.protected_users({CUSTOMER!r}, {TENANT!r}).count()

async def begin():
    task = asyncio.create_task(count())
    while not client.stats.in_flight:
        await asyncio.sleep(0)
    return task

def tell(work):
    try:
        print(work(), flush=True)
    except Exception as error:
        print(type(error).__name__, error, flush=True)

def tell_in_child(work):
    child = os.fork()
    if not child:
        try:
            tell(work)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
"""

TWO_RUNS = """
tell(lambda: asyncio.run(count()))
tell_in_child(lambda: asyncio.run(count()))
tell_in_child(lambda: asyncio.run(client.close()))
tell(lambda: asyncio.run(client.close()))
"""

INHERITED_LOOP = """
with asyncio.Runner() as runner:
    tell(lambda: runner.run(count()))
    tell_in_child(lambda: runner.run(count()))
    tell_in_child(lambda: runner.run(client.close()))
    tell_in_child(lambda: asyncio.run(client.close()))
    tell(lambda: runner.run(count()))
    tell(lambda: runner.run(client.close()))
"""

CALL_UNDER_WAY = """
with asyncio.Runner() as runner:
    task = runner.run(begin())
    tell_in_child(lambda: runner.run(count()))
    tell_in_child(lambda: runner.run(client.close()))
    tell_in_child(lambda: asyncio.run(client.close()))
    tell(lambda: runner.run(client.close()))
    tell(task.result)
"""

ELSEWHERE = (
    "ConfigurationError this client was first used in another event loop or process, and its "
    "sockets live there: make one client for each"
)
CLOSED = "ClientClosedError the client is closed: make a new one"


async def lines_of(emulator: Emulator, scenario: str, *options: str) -> list[str]:
    """What a program of its own writes, whose every warning is an error; it ends in a minute."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-X", "dev", "-W", "error", *options, "-c", PROGRAM + scenario),
        env={**os.environ, **emulator.settings},
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), 60)
    finally:
        with suppress(ProcessLookupError):  # unless it has ended
            process.kill()
    assert (process.returncode, err) == (0, b"")
    return out.decode().splitlines()


async def test_a_fork_between_two_runs(emulator: Emulator) -> None:
    """The child may not use the client; it may close it, and so may the parent."""
    # A loop that ends before its client leaves a socket that nobody can close any more.
    lines = await lines_of(emulator, TWO_RUNS, "-W", "ignore::ResourceWarning")
    assert lines == ["5", ELSEWHERE, "None", "None"]
    assert len(emulator.api_requests) == 1


async def test_a_fork_that_inherits_the_loop(emulator: Emulator) -> None:
    """Whatever the child does, the parent's connection serves on, without a wait."""
    lines = await lines_of(emulator, INHERITED_LOOP)
    assert lines == ["5", ELSEWHERE, "None", "None", "5", "None"]
    assert len(emulator.api_requests) == 2  # none was lost, and sent again


async def test_a_fork_while_a_call_is_under_way(emulator: Emulator) -> None:
    """The child does not wait for what only the parent can end."""
    emulator.hold()
    lines = await lines_of(emulator, CALL_UNDER_WAY)
    assert lines == [ELSEWHERE, "None", "None", "None", CLOSED]


def test_another_loop_cannot_end_what_is_under_way() -> None:
    """It is told so at once; the client serves on, and its own loop can close it."""
    fleet = Fleet.of({(CUSTOMER, TENANT): 5})
    with ThreadedEmulator(fleet=fleet) as emulator, asyncio.Runner() as home:
        client = new_client(emulator)
        users = client.protected_users(CUSTOMER, TENANT)

        async def begin() -> "asyncio.Task[int]":
            emulator.hold()
            task = asyncio.create_task(users.count())
            await emulator.arrived(1)
            return task

        async def end(task: "asyncio.Task[int]") -> int:
            emulator.release()
            return await task

        task = home.run(begin())
        with asyncio.Runner() as other, pytest.raises(ConfigurationError, match="close it there"):
            other.run(client.close())
        assert home.run(end(task)) == 5
        home.run(client.close())
        with pytest.raises(ClientClosedError):
            home.run(users.count())
