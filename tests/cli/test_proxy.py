"""The way to the service through a proxy that the environment names.

Over real TLS with a certificate authority of the test's own, since plain http never leaves this
machine and goes through no proxy.
"""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import attrs
import pytest
import trustme

from avepoint_async import ConfigurationError, Environment
from avepoint_async.cli.service import proxy_of
from avepoint_async.testing import Emulator, Fleet
from tests.cli.conftest import Run
from tests.cli.process import finish, start

REMOTE = Environment.COMMERCIAL


@attrs.define
class Tunnels:
    """A forward proxy for TLS: it notes what it is asked for, and opens a tunnel."""

    asked: list[str] = attrs.field(factory=list[str])
    logins: list[str] = attrs.field(factory=list[str])
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        verb, address, _ = head[0].split()
        assert verb == "CONNECT"
        self.asked.append(address)
        self.logins += [
            base64.b64decode(line.split()[-1]).decode()
            for line in head
            if line.lower().startswith("proxy-authorization:")
        ]
        host, _, port = address.rpartition(":")
        onward, outward = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
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
async def tunnels() -> AsyncIterator[Tunnels]:
    """A proxy on this machine."""
    made = Tunnels()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    async with server:
        made.port = server.sockets[0].getsockname()[1]
        yield made


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """An authority that vouches for 127.0.0.1."""
    return trustme.CA()


@pytest.fixture
async def secure(authority: trustme.CA) -> AsyncIterator[Emulator]:
    """An emulator over TLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    async with Emulator(fleet=Fleet.of({("c", "t"): 3}), ssl_context=context) as emulator:
        yield emulator


@pytest.fixture
def trust(authority: trustme.CA, tmp_path: Path) -> dict[str, str]:
    """The variables with which a process trusts the authority; a file of passwords is there."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    (tmp_path / "netrc").write_text("default login someone password something\n")
    return {"SSL_CERT_FILE": str(tmp_path / "ca.pem"), "NETRC": str(tmp_path / "netrc")}


async def test_a_proxy_is_used_for_tokens_and_for_the_api(
    secure: Emulator, tunnels: Tunnels, trust: dict[str, str]
) -> None:
    """As by curl, an address without a scheme; no password of ~/.netrc replaces the token."""
    proxy = f"someone:s%40cret@127.0.0.1:{tunnels.port}"
    process = await start("users", "c", "t", "-f", "csv", at=secure, HTTPS_PROXY=proxy, **trust)
    status, out, err = await finish(process)
    assert (status, err, len(out.splitlines())) == (0, "", 4)
    assert set(tunnels.asked) == {secure.url.removeprefix("https://")}
    assert set(tunnels.logins) == {"someone:s@cret"}


async def test_hosts_can_be_left_out(
    secure: Emulator, tunnels: Tunnels, trust: dict[str, str]
) -> None:
    """NO_PROXY names hosts that are reached directly."""
    names = {"ALL_PROXY": f"http://127.0.0.1:{tunnels.port}", "NO_PROXY": "127.0.0.1"}
    process = await start("users", "c", "t", at=secure, **names, **trust)
    assert (await finish(process))[0] == 0
    assert tunnels.asked == []


async def test_plain_http_stays_on_this_machine(tunnels: Tunnels, run: Run) -> None:
    """A proxy would see the secret in clear, and would look for the service at home."""
    names = {"HTTP_PROXY": f"127.0.0.1:{tunnels.port}", "HTTPS_PROXY": "socks5://127.0.0.1:9"}
    async with Emulator(fleet=Fleet.of({("c", "t"): 3})) as emulator:
        ended = await run("users", "c", "t", at=emulator, **names)
    assert (ended.status, ended.err, tunnels.asked) == (0, "", [])


async def test_a_proxy_that_is_not_there_is_told(
    secure: Emulator, run: Run, trust: dict[str, str]
) -> None:
    """The doctor names the proxy as the cause, since the service was never reached."""
    proxy = "http://someone:s3cret@127.0.0.1:9"
    ended = await run("-vv", "doctor", at=secure, HTTPS_PROXY=proxy, **trust)
    out = ended.out.decode()
    assert ended.status == 1
    assert "s3cret" not in out + ended.err
    assert "the proxy that HTTPS_PROXY names cannot be reached" in out


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"HTTPS_PROXY": "socks5://me:s3cret@h:1"}, "HTTPS_PROXY: socks5:// proxies are not"),
        ({"ALL_PROXY": "socks5h://h:1"}, "ALL_PROXY: socks5h:// proxies are not"),
        ({"HTTPS_PROXY": "http://"}, "HTTPS_PROXY is no address of a proxy"),
        ({"HTTPS_PROXY": "me:s3cret@h:port"}, "HTTPS_PROXY is no address of a proxy"),
        (
            {"HTTPS_PROXY": "h:1", "NO_PROXY": "graph.avepointonlineservices.com"},
            "NO_PROXY must name both hosts",
        ),
    ],
)
def test_a_proxy_that_cannot_be_used_is_refused(
    bare: pytest.MonkeyPatch, variables: dict[str, str], words: str
) -> None:
    """By name, before anything is sent, and without the password that stands in it."""
    for name, value in variables.items():
        bare.setenv(name, value)
    with pytest.raises(ConfigurationError) as caught:
        proxy_of(REMOTE)
    assert words in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_without_a_proxy_there_is_none(bare: pytest.MonkeyPatch) -> None:
    """Plain http has none, and one for plain http is none for the service."""
    assert proxy_of(REMOTE) is None
    bare.setenv("HTTP_PROXY", "h:1")
    assert proxy_of(REMOTE) is None
