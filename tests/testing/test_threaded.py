"""The emulator on a thread of its own, used from others."""

import asyncio
import http.client
import socket
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from random import Random
from urllib.parse import urlencode

import aiohttp
import pytest
from yarl import URL

from avepoint_async.testing import Emulator, Fault, Fleet, Latency, ThreadedEmulator, Tokens
from tests.testing.raw import GRANT, Raw, talking_to

REF = ("c1", "t1")


def threaded(latency: float | Latency = 0.0) -> ThreadedEmulator:
    """One tenant of three users."""
    return ThreadedEmulator(fleet=Fleet.of({REF: 3}), latency=latency)


def token_status(emulator: Emulator) -> int:
    """The status of a token request that blocks this thread."""
    url = URL(emulator.url)
    connection = http.client.HTTPConnection(url.host or "", url.port, timeout=30)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        connection.request("POST", "/connect/token", urlencode(GRANT), headers)
        return connection.getresponse().status
    finally:
        connection.close()


def threads() -> list[str]:
    """The threads beside this one."""
    others = set(threading.enumerate()) - {threading.current_thread()}
    return [each.name for each in others]


def test_it_serves_a_thread_that_runs_no_loop() -> None:
    """A blocking request is answered, and the thread is gone when the block is left."""
    before = threads()
    with threaded() as emulator:
        assert token_status(emulator) == 200
        assert threads() != before
    assert threads() == before
    with pytest.raises(ConnectionRefusedError):
        token_status(emulator)


async def test_it_serves_a_loop_that_is_blocked() -> None:
    """A coroutine may block its own loop meanwhile, and start and end the emulator there."""
    with threaded() as emulator:
        assert token_status(emulator) == 200
        await emulator.arrived(1, kind="token")


def test_it_can_be_started_again() -> None:
    """What was said before the start holds, and an end is no last word."""
    emulator = threaded()
    emulator.script(Fault.status(503), kind="token")
    for status in (503, 200):
        with emulator:
            assert token_status(emulator) == status


def test_answers_are_held_and_released_from_outside() -> None:
    """As in one loop: requests pile up, are waited for, and go on when told."""
    with threaded() as emulator, ThreadPoolExecutor() as pool:
        emulator.hold("token")
        asking = [pool.submit(token_status, emulator) for _ in range(3)]
        asyncio.run(emulator.arrived(3, kind="token"))
        assert not any(each.done() for each in asking)
        emulator.release(1)
        emulator.release()
        assert [each.result() for each in asking] == [200, 200, 200]


def test_what_is_to_happen_is_said_from_outside() -> None:
    """Faults are scripted and forgotten, and connections dropped, from the tester's thread."""
    with (
        threaded() as emulator,
        socket.create_connection(("127.0.0.1", URL(emulator.url).port or 0)) as idle,
    ):
        emulator.script(Fault.status(500), kind="token", times=2)
        assert (token_status(emulator), emulator.script_left) == (500, 1)
        emulator.clear_script()
        assert (token_status(emulator), emulator.script_left) == (200, 0)
        emulator.tokens = Tokens(client_secret="another")
        assert token_status(emulator) == 400
        emulator.drop_connections()
        assert idle.recv(1) == b""


async def test_tokens_are_revoked_from_outside() -> None:
    """A token that worked is refused from the moment in which the call returns."""
    with threaded() as emulator:
        async with aiohttp.ClientSession() as http:
            raw = Raw(emulator, http)
            await raw.sign_in()
            assert (await raw.users(REF)).status == 200
            emulator.revoke_tokens()
            assert (await raw.users(REF)).status == 401
        await emulator.idle()


async def test_what_the_emulator_calls_may_speak_to_it() -> None:
    """A tester's own latency runs on the emulator's thread, where nothing is to be waited for."""

    def draw(_rng: Random) -> float:
        emulator.revoke_tokens()
        return 0.0

    with threaded(Latency(draw)) as emulator:
        async with aiohttp.ClientSession() as http:
            raw = Raw(emulator, http)
            await raw.sign_in()
            assert [(await raw.users(REF)).status for _ in range(2)] == [200, 401]


async def test_it_runs_on_the_loop_at_hand_too() -> None:
    """With ``async with`` it is an emulator like any other, and there is no thread."""
    before = threads()
    async with talking_to(threaded()) as raw:
        assert (await raw.users(REF)).status == 200
        await raw.emulator.arrived(1)
        assert threads() == before


def test_a_port_that_is_taken_is_told() -> None:
    """The error comes to whoever starts it, and no thread is left."""
    before = threads()
    with threaded() as first:
        port = URL(first.url).port or 0
        while_one_runs = threads()
        with pytest.raises(OSError, match="in use"):
            ThreadedEmulator(port=port).__enter__()
        assert threads() == while_one_runs
    assert threads() == before


def test_nothing_is_left_when_a_test_fails() -> None:
    """Requests that are still held end with the block, however it is left."""
    before, asking = threads(), list[Future[int]]()

    def fail(pool: ThreadPoolExecutor) -> None:
        with threaded() as emulator:
            emulator.hold("token")
            asking.append(pool.submit(token_status, emulator))
            asyncio.run(emulator.arrived(1, kind="token"))
            raise ZeroDivisionError

    with ThreadPoolExecutor() as pool, pytest.raises(ZeroDivisionError):
        fail(pool)
    assert isinstance(asking[0].exception(), ConnectionError)
    assert threads() == before
