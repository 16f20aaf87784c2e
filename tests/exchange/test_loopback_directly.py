"""Plain http to this machine goes there directly, whatever proxy is named."""

import socket
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from avepoint_async.client import AvePointClient
from avepoint_async.errors import ConfigurationError, TransportError
from avepoint_async.exchange.loopback import is_loopback
from avepoint_async.testing import Emulator, Fleet
from tests.exchange.conftest import QUICK
from tests.exchange.proxies import RecordingProxy, recording_proxy


class EveryNameIsHere(AbstractResolver):
    """Knows every name for this machine, so that a proxy can stand at one that is not loopback."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The address of loopback."""
        return [
            ResolveResult(
                hostname=host,
                host="127.0.0.1",
                port=port,
                family=family or socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        """Nothing to close."""


@pytest.fixture
async def proxy(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RecordingProxy]:
    """A proxy on this machine, and no other named by the environment."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    async with recording_proxy() as made:
        yield made


@pytest.fixture
async def served() -> AsyncIterator[Emulator]:
    """An emulator with one tenant of three users."""
    async with Emulator(fleet=Fleet.of({("c", "t"): 3})) as made:
        yield made


async def count(served: Emulator, http: aiohttp.ClientSession) -> int:
    """The tenant's users, asked through this session."""
    async with AvePointClient(
        served.credential, environment=served.environment, session=http, **QUICK
    ) as client:
        return await client.protected_users("c", "t").count()


def seen_by(proxy: RecordingProxy, served: Emulator) -> list[str]:
    """Which secrets the proxy was sent."""
    sent = proxy.received.decode("latin-1")
    headers = [request.headers for request in served.api_requests]
    bearers = [each["Authorization"] for each in headers if "Authorization" in each]
    assert bearers
    secrets = [served.tokens.client_secret or "", *(each.split()[1] for each in bearers)]
    return [secret for secret in secrets if secret in sent]


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY"])
async def test_a_proxy_of_the_environment_sees_nothing(
    monkeypatch: pytest.MonkeyPatch, served: Emulator, proxy: RecordingProxy, name: str
) -> None:
    """Neither the secret nor the token, though the session trusts the environment."""
    monkeypatch.setenv(name, proxy.url)
    async with aiohttp.ClientSession(trust_env=True) as http:
        assert await count(served, http) == 3
    assert proxy.asked == []
    assert seen_by(proxy, served) == []


async def test_a_proxy_elsewhere_sees_nothing(served: Emulator, proxy: RecordingProxy) -> None:
    """A proxy of the caller's own on another machine would look for the service there."""
    connector = aiohttp.TCPConnector(resolver=EveryNameIsHere())
    elsewhere = f"http://proxy.example:{proxy.port}"
    async with aiohttp.ClientSession(connector=connector, proxy=elsewhere) as http:
        assert await count(served, http) == 3
        async with http.get(served.url) as answer:  # the proxy can be reached at that name
            assert answer.status == 404
    assert [line.split()[0] for line in proxy.asked] == ["GET"]
    assert seen_by(proxy, served) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
async def test_a_proxy_on_this_machine_is_used(
    served: Emulator, proxy: RecordingProxy, host: str
) -> None:
    """Who names one for the session wants it, as for debugging."""
    connector = aiohttp.TCPConnector(resolver=EveryNameIsHere())
    url = f"http://{host}:{proxy.port}"
    async with aiohttp.ClientSession(connector=connector, proxy=url) as http:
        if host == "[::1]":  # nobody listens there: nothing goes around it
            with pytest.raises(TransportError):
                await count(served, http)
            assert served.requests == []
        else:
            assert await count(served, http) == 3
            assert len(seen_by(proxy, served)) == 2


async def test_a_proxy_whose_address_is_no_url(served: Emulator) -> None:
    """It is told, and nothing goes around it."""
    async with aiohttp.ClientSession(proxy="http://me:sentinel@[") as http:
        with pytest.raises(
            ConfigurationError, match="the address of its proxy is no URL"
        ) as caught:
            await count(served, http)
    assert "sentinel" not in str(caught.value)
    assert served.requests == []


async def test_a_proxy_that_cannot_be_told_is_none_of_ours(
    served: Emulator, proxy: RecordingProxy
) -> None:
    """If a later aiohttp keeps its proxy under another name, the way is direct all the same."""
    async with aiohttp.ClientSession(proxy=proxy.url) as http:
        vars(http).pop("_default_proxy")
        assert await count(served, http) == 3
    assert proxy.asked == []


async def test_the_direct_way_keeps_the_rest_of_the_session(
    monkeypatch: pytest.MonkeyPatch, served: Emulator, proxy: RecordingProxy
) -> None:
    """Headers, cookies, connections and tracing are the caller's, and outlive the client."""
    monkeypatch.setenv("http_proxy", proxy.url)
    traced: list[str] = []

    async def note(_session: Any, _context: SimpleNamespace, start: Any) -> None:
        traced.append(start.url.path)

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(note)
    async with aiohttp.ClientSession(
        trust_env=True,
        trace_configs=[trace],
        headers={"X-Team": "backup"},
        cookies={"a": "b"},
        cookie_jar=aiohttp.CookieJar(unsafe=True),
    ) as http:
        assert await count(served, http) == 3
        assert await count(served, http) == 3
        assert not http.closed
    assert {request.headers["X-Team"] for request in served.requests} == {"backup"}
    assert {request.headers["Cookie"] for request in served.requests} == {"a=b"}
    assert len(traced) == len(served.requests) == 4
    assert served.connections == 1


async def test_a_password_in_netrc_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, served: Emulator
) -> None:
    """A session that trusts the environment would put it in the place of the token."""
    (tmp_path / "netrc").write_text("default login someone password something\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    async with aiohttp.ClientSession(trust_env=True) as http:
        assert await count(served, http) == 3


async def test_a_proxy_that_wants_a_password_is_asked_once(served: Emulator) -> None:
    """A 407 passes for nobody: one request, and an error that says what to do."""
    async with (
        recording_proxy("407 Proxy Authentication Required") as proxy,
        aiohttp.ClientSession(proxy=proxy.url) as http,
    ):
        with pytest.raises(TransportError, match="wants another user name and password") as caught:
            await count(served, http)
    assert caught.value.fatal
    assert len(proxy.asked) == 1
    assert served.requests == []


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.255.255.254", True),
        ("::1", True),
        ("::ffff:127.0.0.1", False),
        ("0.0.0.0", False),
        ("localhost.example", False),
        ("", False),
    ],
)
def test_what_this_machine_is_called(host: str, *, here: bool) -> None:
    """By the names and addresses that no resolver can turn elsewhere."""
    assert is_loopback(host) is here
