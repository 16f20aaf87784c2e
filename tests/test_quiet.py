"""Without a word about logging the library is quiet, and with one it is heard."""

import subprocess
import sys

import pytest

from tests.structure.source import ROOT

# a walk that falls short logs a warning; the first line of each program is the caller's own
WALK = """
import asyncio
from avepoint_async import AvePointClient
from avepoint_async.testing import Dialect, Emulator, Fleet

async def main():
    fleet = Fleet.of({("c", "t"): 3})
    async with Emulator(fleet=fleet, dialect=Dialect(total_off=1)) as emulator:
        async with AvePointClient(emulator.credential, environment=emulator.environment) as client:
            print(len(await client.protected_users("c", "t").collect()))

asyncio.run(main())
"""
WARNING = (
    "customer c, tenant t: the list is incomplete: 3 items were delivered, the service promised 4 "
    "(passes 2, changed totals 0, repeated rows 0, unreadable rows 0)\n"
)


@pytest.mark.parametrize(
    ("first", "told"),
    [
        ("", ""),
        ("import logging; logging.basicConfig(format='%(message)s')", WARNING),
    ],
    ids=["unconfigured", "configured"],
)
def test_a_warning_is_told_to_those_who_listen(first: str, told: str) -> None:
    """A program that has configured no logging finds nothing on its stderr; any other does."""
    command = [sys.executable, "-W", "error", "-c", first + WALK]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    assert (done.stdout, done.stderr) == ("3\n", told)
