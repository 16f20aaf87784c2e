"""A client of the service that the environment variables name, behind the proxy that they name."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeAlias
from urllib.request import getproxies, proxy_bypass

import aiohttp
import attrs
from yarl import URL

from avepoint_async import AvePointClient, ConfigurationError, Environment, RetryPolicy

Proxy: TypeAlias = tuple[URL, aiohttp.BasicAuth | None]


@attrs.frozen(kw_only=True)
class Pace:
    """How fast and how patiently the service is asked.

    Attributes:
        concurrency: requests in flight at most.
        max_requests_per_second: a ceiling; None: as fast as the service allows.
        retry: how often and how long a request is tried.
    """

    concurrency: int = 16
    max_requests_per_second: float | None = None
    retry: RetryPolicy = RetryPolicy()

    @classmethod
    def of(
        cls, concurrency: int, max_requests_per_second: float | None, deadline: float | None
    ) -> "Pace":
        """The pace that a command's options ask for.

        Raises:
            ConfigurationError: one of them makes no sense.
        """
        retry = RetryPolicy() if deadline is None else RetryPolicy(deadline=deadline)
        return cls(
            concurrency=concurrency, max_requests_per_second=max_requests_per_second, retry=retry
        )


@asynccontextmanager
async def opened(pace: Pace | None = None) -> AsyncGenerator[AvePointClient]:
    """A client of the service, closed in the end.

    Raises:
        ConfigurationError: names every setting that is missing, wrong or contradictory.
    """
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(_client(pace or Pace()))
        proxy = proxy_of(client.environment)
        if proxy is not None:
            session = await stack.enter_async_context(_through(proxy))
            client = await stack.enter_async_context(_client(pace or Pace(), session))
        yield client


def _client(pace: Pace, session: aiohttp.ClientSession | None = None) -> AvePointClient:
    return AvePointClient.from_env(**attrs.asdict(pace, recurse=False), session=session)


def _through(proxy: Proxy) -> aiohttp.ClientSession:
    # Given to the session rather than found by it: with `trust_env` aiohttp also looks for a
    # password in ~/.netrc, and then refuses to send a token.
    address, login = proxy
    return aiohttp.ClientSession(
        proxy=address,
        proxy_auth=login,
        # The client bounds the connections itself; cookies would tie requests to each other.
        connector=aiohttp.TCPConnector(limit=0),
        cookie_jar=aiohttp.DummyCookieJar(),
    )


def proxy_of(environment: Environment) -> Proxy | None:
    """The proxy on the way to the service; None if there is none.

    As curl has it: ``HTTPS_PROXY``, else ``ALL_PROXY``, but for hosts in ``NO_PROXY``; an address
    without a scheme means ``http://``. Plain http goes to this machine alone, and through no proxy.

    Raises:
        ConfigurationError: the proxy is of another kind, or ``NO_PROXY`` names one of the two
            hosts of the service only.
    """
    remote = [
        url
        for url in map(URL, (environment.graph_url, environment.token_url))
        if url.scheme == "https"
    ]
    proxies = getproxies()
    name = "https" if "https" in proxies else "all"
    through = [url for url in remote if not proxy_bypass(f"{url.host}:{url.port}")]
    if not through or name not in proxies:
        return None
    if len(through) < len(remote):
        hosts = " and ".join(str(url.host) for url in remote)
        message = f"NO_PROXY must name both hosts of the service, {hosts}, or neither"
        raise ConfigurationError(message)
    return _parsed(f"{name.upper()}_PROXY", proxies[name])


def _parsed(name: str, value: str) -> Proxy:
    # A password may stand in the value: no message repeats it.
    scheme = value.partition("://")[0].lower() if "://" in value else "http"
    if scheme not in {"http", "https"}:
        message = (
            f"{name}: {scheme}:// proxies are not supported: name an http:// proxy, or the hosts "
            "of the service in NO_PROXY"
        )
        raise ConfigurationError(message)
    try:
        address = URL(value if "://" in value else f"http://{value}")
        known = bool(address.host)
    except ValueError:
        known = False
    if not known:
        message = f"{name} is no address of a proxy: it looks like http://proxy.example.com:8080"
        raise ConfigurationError(message) from None
    login = aiohttp.BasicAuth(address.user, address.password or "") if address.user else None
    return address.with_user(None), login
