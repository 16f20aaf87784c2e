"""Where no connection comes about: what may pass is tried again, for token and API alike.

Nothing leaves this machine: the name that does not exist is asked of a resolver of the test's own.
"""

import asyncio
import math
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import SimpleNamespace

import aiohttp
import attrs
import pytest
import trustme
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from avepoint_async.auth.environment import Environment
from avepoint_async.client import AvePointClient
from avepoint_async.errors import TransportError
from avepoint_async.exchange.retry import RetryPolicy
from avepoint_async.testing import Emulator, Fleet

POLICY = RetryPolicy(attempts=3, backoff=0.001, connect_timeout=0.5, attempt_timeout=20)
Place = Callable[[], AbstractAsyncContextManager[str]]


@attrs.define(eq=False)
class Names(AbstractResolver):
    """A name service that fails so many times, and then knows every name for this machine."""

    fails: float = math.inf
    asked: int = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The address of loopback, in the end."""
        self.asked += 1
        if self.asked <= self.fails:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [
            ResolveResult(
                hostname=host,
                host="127.0.0.1",
                port=port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        """Nothing to close."""


@asynccontextmanager
async def no_such_name() -> AsyncIterator[str]:
    """A name that does not exist."""
    yield "https://nowhere.invalid"


@asynccontextmanager
async def nobody_listens() -> AsyncIterator[str]:
    """A port that is taken and refuses."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@asynccontextmanager
async def plain_where_tls_is_due() -> AsyncIterator[str]:
    """A gateway that speaks plain HTTP on the port for TLS, as one does that is being set up."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def tls_that_never_begins() -> AsyncIterator[str]:
    """A port that takes connections, into the kernel's queue, and says nothing."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        yield f"https://127.0.0.1:{deaf.getsockname()[1]}"


@asynccontextmanager
async def unknown_authority() -> AsyncIterator[str]:
    """A certificate that nobody vouches for."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    async with Emulator(fleet=Fleet.of({("c", "t"): 1}), ssl_context=context) as emulator:
        yield emulator.url


@attrs.frozen
class Counted:
    """A session that counts the requests to each host and port."""

    session: aiohttp.ClientSession
    urls: list[URL]

    def to(self, place: str) -> int:
        """How many were tried of this place."""
        return sum(url.origin() == URL(place) for url in self.urls)


@pytest.fixture
async def counted() -> AsyncIterator[Counted]:
    """A session of the caller, which knows no name."""
    urls: list[URL] = []

    async def count(
        _session: aiohttp.ClientSession,
        _context: SimpleNamespace,
        start: aiohttp.TraceRequestStartParams,
    ) -> None:
        urls.append(start.url)

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(count)
    connector = aiohttp.TCPConnector(resolver=Names())
    async with aiohttp.ClientSession(connector=connector, trace_configs=[trace]) as session:
        yield Counted(session, urls)


@pytest.mark.parametrize("of", ["token", "API"])
@pytest.mark.parametrize(
    ("place", "attempts", "cause"),
    [
        (no_such_name, 3, aiohttp.ClientConnectorDNSError),
        (nobody_listens, 3, aiohttp.ClientConnectorError),
        (plain_where_tls_is_due, 3, aiohttp.ClientConnectorSSLError),
        (tls_that_never_begins, 3, aiohttp.ConnectionTimeoutError),
        (unknown_authority, 1, aiohttp.ClientConnectorCertificateError),
    ],
)
async def test_what_may_pass_is_tried_again(
    counted: Counted, of: str, place: Place, attempts: int, cause: type[Exception]
) -> None:
    """As often as the policy says, and no certificate twice: it will not hold the next time."""
    async with Emulator(fleet=Fleet.of({("c", "t"): 1})) as emulator, place() as url:
        good = emulator.environment
        environment = Environment(
            graph_url=url if of == "API" else good.graph_url,
            token_url=url + "/connect/token" if of == "token" else good.token_url,
        )
        async with AvePointClient(
            emulator.credential, environment=environment, retry=POLICY, session=counted.session
        ) as client:
            with pytest.raises(TransportError) as caught:
                await client.protected_users("c", "t").count()
            assert type(caught.value.__cause__) is cause
            assert counted.to(url) == attempts
            sent = attempts if of == "API" else 0
            assert (client.stats.requests, client.stats.retries) == (sent, max(0, sent - 1))
            assert client.stats.refreshes == 1
        assert not emulator.api_requests


async def test_a_name_that_is_found_again() -> None:
    """A name service that fails twice costs two attempts: first the token's, later a page's."""
    names = Names(fails=2)
    connector = aiohttp.TCPConnector(resolver=names, use_dns_cache=False, force_close=True)
    async with (
        Emulator(fleet=Fleet.of({("c", "t"): 1})) as emulator,
        aiohttp.ClientSession(connector=connector) as session,
    ):
        url = str(URL(emulator.url).with_host("localhost"))
        environment = Environment(graph_url=url, token_url=url + "/connect/token")
        async with AvePointClient(
            emulator.credential, environment=environment, retry=POLICY, session=session
        ) as client:
            pager = client.protected_users("c", "t")
            assert await pager.count() == 1
            assert (names.asked, client.stats.requests) == (4, 1)
            names.fails += 4
            assert await pager.count() == 1
            assert (names.asked, client.stats.requests) == (7, 4)
