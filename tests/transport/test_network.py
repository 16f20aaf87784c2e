"""What the caller's session brings holds for token and API alike: certificates and proxies.

Over real TLS with a certificate authority of the test's own, and through a real forward proxy.
"""

import asyncio
import os
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import attrs
import pytest
import trustme

from avepoint_async.client import AvePointClient
from avepoint_async.errors import TransportError
from avepoint_async.exchange.retry import RetryPolicy
from avepoint_async.testing import Emulator, Fleet

QUICK = RetryPolicy(attempts=3, backoff=0.001)


@attrs.frozen
class Authority:
    """A private certificate authority: what a server shows, and what a client trusts."""

    server: ssl.SSLContext
    client: ssl.SSLContext


@pytest.fixture(scope="module")
def authority() -> Authority:
    """An authority that vouches for 127.0.0.1."""
    made = trustme.CA()
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.issue_cert("127.0.0.1").configure_cert(server)
    client = ssl.create_default_context()
    made.configure_trust(client)
    return Authority(server, client)


@asynccontextmanager
async def emulator(authority: Authority | None = None) -> AsyncIterator[Emulator]:
    """An emulator with one tenant of 250 users, over TLS if there is an authority."""
    fleet = Fleet.of({("c", "t"): 250})
    context = authority.server if authority else None
    async with Emulator(fleet=fleet, ssl_context=context) as served:
        yield served


def client_of(served: Emulator, http: aiohttp.ClientSession | None) -> AvePointClient:
    """A client of the emulator through this session."""
    return AvePointClient(
        served.credential, environment=served.environment, session=http, retry=QUICK
    )


async def test_private_authority(authority: Authority) -> None:
    """A session that trusts the authority serves the token address and the API over TLS."""
    connector = aiohttp.TCPConnector(ssl=authority.client)
    async with (
        emulator(authority) as served,
        aiohttp.ClientSession(connector=connector) as http,
        client_of(served, http) as client,
    ):
        assert served.url.startswith("https://")
        assert len(await client.protected_users("c", "t").collect()) == 250
        assert (len(served.token_requests), len(served.api_requests)) == (1, 3)


async def test_unknown_authority(authority: Authority) -> None:
    """A certificate that nobody vouches for is refused at once: the secret is not sent."""
    async with emulator(authority) as served, client_of(served, None) as client:
        with pytest.raises(
            TransportError, match=r"CERTIFICATE_VERIFY_FAILED|certificate"
        ) as caught:
            await client.protected_users("c", "t").count()
        assert not caught.value.transient
        assert isinstance(caught.value.__cause__, aiohttp.ClientConnectorCertificateError)
        assert not served.requests


@attrs.define
class ForwardProxy:
    """A forward proxy in a process of its own, and what it has logged."""

    url: str
    process: asyncio.subprocess.Process

    async def log(self) -> str:
        """Everything that it logged; ends it."""
        self.process.terminate()
        output, _ = await self.process.communicate()
        return output.decode()


@pytest.fixture
async def forward_proxy(tmp_path: Path) -> AsyncIterator[ForwardProxy]:
    """A forward proxy on loopback; it writes its port into a pipe once it listens."""
    pipe = tmp_path / "port"
    os.mkfifo(pipe)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "proxy", "--hostname", "127.0.0.1", "--port", "0"),
        *("--num-workers", "1", "--num-acceptors", "1", "--port-file", str(pipe)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    port = await asyncio.to_thread(pipe.read_text)
    made = ForwardProxy(f"http://127.0.0.1:{int(port)}", process)
    yield made
    with suppress(ProcessLookupError):  # unless the test has ended it
        process.kill()
    await process.wait()


async def test_through_a_proxy(forward_proxy: ForwardProxy) -> None:
    """The token and every page go through the session's proxy."""
    async with (
        emulator() as served,
        aiohttp.ClientSession(proxy=forward_proxy.url) as http,
        client_of(served, http) as client,
    ):
        assert len(await client.protected_users("c", "t").collect()) == 250
        # One connection carried all four, and it is the proxy's: none went around it.
        assert (len(served.requests), served.connections) == (4, 1)
        assert "Via" in served.requests[0].headers
    assert "POST 127.0.0.1" in await forward_proxy.log()


async def test_tls_through_a_proxy(forward_proxy: ForwardProxy, authority: Authority) -> None:
    """Over TLS the proxy is asked for a tunnel and sees neither token nor page."""
    connector = aiohttp.TCPConnector(ssl=authority.client)
    async with (
        emulator(authority) as served,
        aiohttp.ClientSession(connector=connector, proxy=forward_proxy.url) as http,
        client_of(served, http) as client,
    ):
        assert len(await client.protected_users("c", "t").collect()) == 250
        await connector.close()
    log = await forward_proxy.log()
    assert "CONNECT 127.0.0.1" in log
    assert "POST" not in log


async def test_dead_proxy() -> None:
    """A proxy that nobody listens at is a TransportError; nothing goes around it."""
    async with (
        emulator() as served,
        aiohttp.ClientSession(proxy="http://127.0.0.1:1") as http,
        client_of(served, http) as client,
    ):
        with pytest.raises(TransportError, match="no usable answer"):
            await client.protected_users("c", "t").count()
        assert not served.requests
