"""Nothing of the emulator is left when it ends, however it was left."""

import asyncio
import contextlib
import logging
import socket
import subprocess
import sys
from textwrap import dedent

import aiohttp
import pytest
from yarl import URL

from avepoint_async.testing import Emulator, Fault, Fleet
from tests.testing.raw import GRANT, talking_to


def emulator() -> Emulator:
    """An emulator without a tenant."""
    return Emulator(fleet=Fleet.of({}))


async def test_nothing_is_left_when_it_ends() -> None:
    """Held, stalled, delayed and idle connections end at once; so do half-sent requests."""
    before = asyncio.all_tasks()
    async with aiohttp.ClientSession() as http:
        async with emulator() as running:
            url = running.url + "/connect/token"
            _, half = await asyncio.open_connection("127.0.0.1", URL(running.url).port)
            half.write(b"POST /connect/token HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
            async with http.post(url, data=GRANT):
                pass
            running.script(Fault.stall(), Fault.delay(3600), kind="token")
            asking = [asyncio.ensure_future(http.post(url, data=GRANT)) for _ in range(2)]
            await running.arrived(3, kind="token")
            running.hold("token")
            asking.append(asyncio.ensure_future(http.post(url, data=GRANT)))
            await running.arrived(4, kind="token")
        assert running.connections == 0
        for each in asking:
            with pytest.raises(aiohttp.ClientError):
                await each
        half.close()
        await half.wait_closed()
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize("turns", range(6))
async def test_a_connection_made_in_the_last_moment_is_dropped(turns: int) -> None:
    """However far it was accepted when the emulator closes, it is not left open."""
    before = asyncio.all_tasks()
    with socket.socket() as client:
        async with emulator() as running:
            client.connect(("127.0.0.1", URL(running.url).port))
            for _ in range(turns):
                await asyncio.sleep(0)
        assert running.connections == 0
        assert asyncio.all_tasks() == before
        with contextlib.suppress(ConnectionResetError):
            assert client.recv(1) == b""


async def test_a_client_that_leaves_in_mid_request_is_no_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nothing is logged of it, and nothing is recorded."""
    async with talking_to(emulator()) as raw:
        reader, writer = await asyncio.open_connection("127.0.0.1", URL(raw.emulator.url).port)
        writer.write(b"POST /connect/token HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
        assert len(raw.emulator.requests) == 2
    assert not [each for each in caplog.records if each.levelno >= logging.WARNING]


def test_it_ends_without_a_warning_in_a_bare_interpreter() -> None:
    """Under ``-X dev -W error``, with every kind of answer still open, nothing is complained of."""
    program = dedent("""
        import asyncio
        from avepoint_async.testing import Emulator, Fault, Fleet

        async def main():
            async with Emulator(fleet=Fleet.of({})) as emulator:
                emulator.script(Fault.stall(), Fault.delay(3600), Fault.stall(5), kind="other")
                port = int(emulator.url.rpartition(":")[2])
                head = b"POST / HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 0\\r\\n\\r\\n"
                writers = []
                for number in range(5):
                    reader, writer = await asyncio.open_connection("127.0.0.1", port)
                    writers.append(writer)
                    if number < 4:
                        writer.write(head)
                        await emulator.arrived(number + 1)
            print(len(asyncio.all_tasks()), emulator.connections, emulator.in_flight)
            for writer in writers:
                writer.close()
            await asyncio.gather(*(w.wait_closed() for w in writers), return_exceptions=True)

        asyncio.run(main())
    """)
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("1 0 0\n", "", 0)
