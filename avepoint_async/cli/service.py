"""A client of the service that the environment variables name, behind the proxy that they name."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL

from avepoint_async import AvePointClient, ConfigurationError, Environment, RetryPolicy
from avepoint_async.cli.options import Pace


@asynccontextmanager
async def opened(
    pace: Pace | None = None, retry: RetryPolicy | None = None
) -> AsyncGenerator[AvePointClient]:
    """A client of the service, closed in the end.

    Args:
        pace: what the options of the command say; None: nothing.
        retry: in the place of the usual one.

    Raises:
        ConfigurationError: names every setting that is missing, wrong or contradictory.
    """
    pace = pace or Pace()
    if pace.deadline is not None:
        retry = RetryPolicy(deadline=pace.deadline)
    make = partial(
        AvePointClient.from_env,
        concurrency=pace.concurrency,
        max_requests_per_second=pace.max_requests_per_second,
        retry=retry or RetryPolicy(),
    )
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(make())
        proxy = proxy_of(client.environment)
        if proxy is not None:
            session = await stack.enter_async_context(_through(proxy))
            client = await stack.enter_async_context(make(session=session))
        yield client


def _through(proxy: URL) -> aiohttp.ClientSession:
    # Given to the session rather than found by it: with `trust_env` aiohttp also looks for a
    # password in ~/.netrc, and then refuses to send a token.
    return aiohttp.ClientSession(
        proxy=proxy,
        # The client bounds the connections itself; cookies would tie requests to each other.
        connector=aiohttp.TCPConnector(limit=0),
        cookie_jar=aiohttp.DummyCookieJar(),
    )


def proxy_of(environment: Environment) -> URL | None:
    """The proxy on the way to the service, its login in it; None if there is none.

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


def _parsed(name: str, value: str) -> URL:
    # A password may stand in the value: no message repeats it.
    scheme = value.partition("://")[0].lower() if "://" in value else "http"
    if scheme not in {"http", "https"}:
        message = (
            f"{name}: {scheme}:// proxies are not supported: name an http:// proxy, or the hosts "
            "of the service in NO_PROXY"
        )
        raise ConfigurationError(message)
    with suppress(ValueError):
        address = URL(value if "://" in value else f"http://{value}")
        if address.host:
            return address
    message = f"{name} is no address of a proxy: it looks like http://proxy.example.com:8080"
    raise ConfigurationError(message)
