"""Test suites of the plugin's users."""

COROUTINES = """
import asyncio
import threading

import pytest
from avepoint_async import AvePointClient
from avepoint_async.testing import Emulator, Fault

REF = ("contoso", "contoso-main")
THREADS = threading.active_count()

async def test_the_client_talks_to_the_emulator(avepoint_client, avepoint_emulator):
    users = await avepoint_client.protected_users(*REF).collect()
    assert [user.email for user in users] == [u.email for u in avepoint_emulator.fleet.users(REF)]

async def test_it_is_on_the_loop_of_the_test(avepoint_client, avepoint_emulator):
    assert type(avepoint_emulator) is Emulator
    assert threading.active_count() == THREADS
    again = asyncio.Event()
    avepoint_emulator.script(Fault.until(again))
    asking = asyncio.ensure_future(avepoint_client.protected_users(*REF).first())
    await avepoint_emulator.arrived(1)
    assert not asking.done()
    again.set()
    assert (await asking).email == "ada@contoso.com"

@fixture
async def app(avepoint_settings):
    async with AvePointClient.from_env() as client:
        assert await client.customers().count() == 2
        yield client

async def test_fixtures_of_the_users_own_ask_it_too(app, avepoint_emulator):
    assert await app.protected_users("fabrikam", "fabrikam-main").count() == 250
    assert len(avepoint_emulator.api_requests) == 2

TASKS, URLS = [], []

async def test_what_there_was_before():
    TASKS.append(len(asyncio.all_tasks()))

async def test_that_fails(avepoint_client, avepoint_emulator):
    URLS.append(avepoint_emulator.url)
    avepoint_emulator.hold()
    asking = asyncio.ensure_future(avepoint_client.protected_users(*REF).first())
    asking.add_done_callback(asyncio.Task.exception)
    await avepoint_emulator.arrived(1)
    pytest.fail("with a request on its way")

async def test_that_nothing_is_left():
    assert len(asyncio.all_tasks()) == TASKS[0]
    assert threading.active_count() == THREADS
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", int(URLS[0].rpartition(":")[2]))
"""

"""What users write, whatever runs it; a line before it has said what `fixture` is."""

SYNCHRONOUS = """
import asyncio
import os
import subprocess
import sys
import threading
import unittest

import pytest
from avepoint_async import AvePointClient, AvePointError
from avepoint_async.testing import Fleet, ThreadedEmulator

REF = ("contoso", "contoso-main")

async def count(client, ref=REF):
    async with client:
        return await client.protected_users(*ref).count()

def test_asyncio_run(avepoint_client, avepoint_emulator):
    assert isinstance(avepoint_emulator, ThreadedEmulator)
    assert asyncio.run(count(avepoint_client)) == 3
    asyncio.run(avepoint_emulator.arrived(1))

def test_another_process(avepoint_emulator):
    program = "import os, urllib.request as r; r.urlopen(os.environ['AVEPOINT_TOKEN_URL'], b'')"
    env = os.environ | avepoint_emulator.settings
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True)
    assert "HTTPError: HTTP Error 400" in done.stderr
    assert len(avepoint_emulator.token_requests) == 1

class TestMarks:
    pytestmark = pytest.mark.avepoint(fleet=Fleet.of({REF: 1}), page_size_limit=7)

    @pytest.mark.parametrize("again", [False, True])
    def test_each_test_edits_a_fleet_of_its_own(self, avepoint_client, avepoint_emulator, again):
        avepoint_emulator.fleet.insert(REF, 0, "zoe@contoso.com")
        assert asyncio.run(count(avepoint_client)) == 2

    @pytest.mark.avepoint(fleet=Fleet.of({REF: 9}))
    def test_the_closest_comes_on_top(self, avepoint_emulator, avepoint_settings):
        async def collect():
            async with AvePointClient.from_env() as client:
                return await client.protected_users(*REF).collect()
        assert len(asyncio.run(collect())) == 9
        assert [request.page_index for request in avepoint_emulator.api_requests] == [1, 2]

class TestFleet:
    @pytest.fixture
    def avepoint_fleet(self):
        return Fleet.of({REF: 5})

    def test_a_fleet_for_many_tests(self, avepoint_client, avepoint_fleet, avepoint_emulator):
        assert asyncio.run(count(avepoint_client)) == 5
        assert avepoint_emulator.fleet is avepoint_fleet

class TestUnittest(unittest.IsolatedAsyncioTestCase):
    @pytest.fixture(autouse=True)
    def take(self, avepoint_client):
        self.client = avepoint_client

    async def test_a_loop_of_its_own(self):
        assert await count(self.client) == 3

def test_settings_of_the_machine_do_not_meddle(request, monkeypatch):
    monkeypatch.setenv("AVEPOINT_ENVIRONMENT", "aos2")
    assert os.environ.keys() & request.getfixturevalue("avepoint_settings") == {*os.environ} & {
        "AVEPOINT_CLIENT_ID",
        "AVEPOINT_CLIENT_SECRET",
        "AVEPOINT_GRAPH_URL",
        "AVEPOINT_TOKEN_URL",
    }
    assert "AVEPOINT_ENVIRONMENT" not in os.environ

def test_a_client_is_closed_at_the_end(avepoint_client):
    CLIENTS.append(avepoint_client)

CLIENTS = []

def test_what_is_left():
    assert not [name for name in os.environ if name.startswith("AVEPOINT_")]
    assert threading.active_count() == 1
    with pytest.raises(AvePointError, match="closed"):
        asyncio.run(count(CLIENTS[0]))
"""

"""What users write where nothing runs coroutines."""

TRIO = """
import pytest
from avepoint_async.testing import ThreadedEmulator

trio = pytest.importorskip("trio")
pytestmark = pytest.mark.anyio

@pytest.fixture
def anyio_backend():
    return "trio"

async def test_it_answers_a_loop_that_is_not_asyncio(avepoint_emulator):
    assert isinstance(avepoint_emulator, ThreadedEmulator)
    port = int(avepoint_emulator.url.rpartition(":")[2])
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    async with stream:
        await stream.send_all(b"POST / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n")
        assert (await stream.receive_some()).startswith(b"HTTP/1.1 404 ")
"""
"""A suite on a loop that is not asyncio's."""

MISUSED = """
import pytest

@pytest.mark.avepoint("contoso")
def test_a_value_without_a_name(avepoint_emulator): ...

@pytest.mark.avepoint(flet=None)
def test_a_setting_that_does_not_exist(avepoint_emulator): ...

@pytest.mark.anyio
async def test_two_runners(avepoint_client): ...
"""
"""A suite with mistakes in it; pytest-asyncio is in auto mode."""
