"""Through which aiohttp session a request goes: our own, or the caller's.

Plain http goes to this machine alone, and goes there directly. A proxy would see the secret and the
token in clear, and would look for the service on its own machine.
"""

import aiohttp
from yarl import URL

from avepoint_async.errors import ClientClosedError
from avepoint_async.exchange.loopback import is_loopback


class Connections:
    """The sessions of one client.

    Args:
        http: the caller's session, which is used and never closed; None: one of our own, opened
            when it is first needed.
    """

    def __init__(self, http: aiohttp.ClientSession | None = None) -> None:
        self._http = http
        self._owned = http is None
        self._direct: aiohttp.ClientSession | None = None

    def session_for(self, url: URL) -> aiohttp.ClientSession:
        """The session for this address; plain http gets one that asks no proxy.

        Raises:
            ClientClosedError: the caller has closed the session.
        """
        http = self._open()
        if url.scheme == "http" and not self._owned and _may_ask_a_proxy(http):
            if self._direct is None:
                self._direct = _without_proxy(http)
            return self._direct
        return http

    def check_open(self) -> None:
        """Refuse to go on if the caller has closed the session.

        Raises:
            ClientClosedError: the caller has closed the session.
        """
        if self._http is not None:
            self._open()

    def _open(self) -> aiohttp.ClientSession:
        if self._http is None:
            # The throttle bounds the connections. Cookies would tie requests to each other.
            self._http = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar()
            )
        elif self._http.closed:
            raise closed_error()
        return self._http

    async def close(self) -> None:
        """Close what was opened here; repeatable."""
        if self._direct is not None:
            self._direct.detach()  # its connector is the caller's
            self._direct = None
        if self._owned and self._http is not None:
            await self._http.close()


def closed_error() -> ClientClosedError:
    """The error for a client that is used after its end."""
    return ClientClosedError("the client is closed: make a new one")


def _may_ask_a_proxy(http: aiohttp.ClientSession) -> bool:
    """Whether a proxy may be asked that is not on this machine.

    aiohttp has no public name for a session's own proxy. If it ever renames the attribute, the
    proxy counts as one that is elsewhere.
    """
    proxy = vars(http).get("_default_proxy", "")
    if proxy is None:
        return http.trust_env
    try:
        return not is_loopback(URL(proxy).host or "")
    except (TypeError, ValueError):
        return False  # aiohttp will say what is wrong with it


def _without_proxy(http: aiohttp.ClientSession) -> aiohttp.ClientSession:
    """A session over the same connections, with the caller's headers, cookies and tracing.

    A proxy cannot be turned off for one request: aiohttp takes None for "as the session says".
    """
    return aiohttp.ClientSession(
        connector=http.connector,
        connector_owner=False,
        headers=http.headers,
        skip_auto_headers=http.skip_auto_headers,
        cookie_jar=http.cookie_jar,
        auto_decompress=http.auto_decompress,
        trace_configs=http.trace_configs,
    )
