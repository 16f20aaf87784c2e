"""The way to the service through a proxy that the environment names."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import attrs
import pytest

from avepoint_async.testing import Emulator
from tests.cli.conftest import Run


@attrs.define
class Proxy:
    """A forward proxy for plain HTTP: it notes what it is asked for, and passes everything on."""

    asked: list[str] = attrs.field(factory=list)
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, whose requests all go to the same host."""
        line = await reader.readline()
        address = line.split()[1].decode()
        self.asked.append(address)
        host, port = address.split("/")[2].split(":")
        onward, outward = await asyncio.open_connection(host, int(port))
        outward.write(line)
        async with asyncio.TaskGroup() as group:
            group.create_task(relay(reader, outward))
            group.create_task(relay(onward, writer))


async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on bytes until there are no more."""
    while chunk := await reader.read(65536):
        writer.write(chunk)
    writer.close()
    await writer.wait_closed()


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """A proxy on this machine."""
    proxy = Proxy()
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    async with server:
        proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield proxy


@pytest.fixture(autouse=True)
def netrc(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file of passwords that has one for every host."""
    (tmp_path / "netrc").write_text("default login someone password something\n")
    bare.setenv("NETRC", str(tmp_path / "netrc"))


async def test_a_proxy_is_used_for_tokens_and_for_the_api(
    emulator: Emulator, proxy: Proxy, run: Run
) -> None:
    """As by any program, and no password of ~/.netrc takes the place of the token."""
    ended = await run("users", "c1", "t1", "-f", "jsonl", at=emulator, http_proxy=proxy.url)
    assert (ended.status, ended.err, len(ended.out.splitlines())) == (0, "", 3)
    assert proxy.asked[0] == f"{emulator.url}/connect/token"


async def test_a_host_can_be_left_out(emulator: Emulator, proxy: Proxy, run: Run) -> None:
    """NO_PROXY names hosts that are reached directly."""
    ended = await run("users", "c1", "t1", at=emulator, http_proxy=proxy.url, no_proxy="127.0.0.1")
    assert (ended.status, proxy.asked) == (0, [])


async def test_a_proxy_that_is_not_there_is_told(emulator: Emulator, run: Run) -> None:
    """The doctor names the proxy as the cause, since the service was never reached."""
    ended = await run("doctor", at=emulator, http_proxy="http://127.0.0.1:9")
    assert ended.status == 1
    assert b"the proxy that HTTPS_PROXY names cannot be reached" in ended.out
