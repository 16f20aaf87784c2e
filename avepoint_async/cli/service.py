"""A client of the service that the environment variables name, behind the proxy that they name."""

import os
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.request import getproxies

import aiohttp

from avepoint_async import AvePointClient, RetryPolicy


@asynccontextmanager
async def opened(
    *, concurrency: int = 16, retry: RetryPolicy | None = None
) -> AsyncGenerator[AvePointClient]:
    """A client of the service, closed in the end.

    Raises:
        ConfigurationError: names every setting that is missing, wrong or contradictory.
    """
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(_through_proxy()) if getproxies() else None
        client = AvePointClient.from_env(
            concurrency=concurrency, retry=retry or RetryPolicy(), session=session
        )
        yield await stack.enter_async_context(client)


def _through_proxy() -> aiohttp.ClientSession:
    # aiohttp would also look for a password in ~/.netrc, and refuse to send it beside a token.
    os.environ["NETRC"] = os.devnull
    return aiohttp.ClientSession(
        trust_env=True,
        # The client bounds the connections itself; cookies would tie requests to each other.
        connector=aiohttp.TCPConnector(limit=0),
        cookie_jar=aiohttp.DummyCookieJar(),
    )
