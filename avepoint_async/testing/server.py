"""The socket: opened on loopback, and closed at once with everything that hangs on it."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiohttp import web

from avepoint_async.testing.bounds import PORT

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

_HOST = "127.0.0.1"
# Hundreds of clients may connect in the same moment.
_BACKLOG = 1024


class _Connections(web.Server):
    """Tracks connections; one that arrives while closing is dropped."""

    closing = False

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        if self.closing:
            transport.abort()


class Listener:
    """Serves requests on loopback from ``open`` to ``close``.

    A client that goes away ends its handler, and so does ``close``: nothing is waited for.
    """

    def __init__(self, handler: Handler, *, port: int, context: ssl.SSLContext | None) -> None:
        PORT.check("port", port)
        self._handler = handler
        self._port = port
        self._context = context
        self._connections: _Connections | None = None
        self._listening: asyncio.Server | None = None
        self.url = ""

    async def open(self) -> None:
        """Listen; ``url`` tells where.

        Raises:
            OSError: the port is taken.
        """
        self._connections = _Connections(self._handler, handler_cancellation=True, access_log=None)
        self._listening = await asyncio.get_running_loop().create_server(
            self._connections, _HOST, self._port, ssl=self._context, backlog=_BACKLOG
        )
        port = self._listening.sockets[0].getsockname()[1]
        self.url = f"http{'s' if self._context else ''}://{_HOST}:{port}"

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._connections.connections) if self._connections else 0

    def drop(self) -> None:
        """End every connection, idle or not."""
        for connection in self._connections.connections if self._connections else ():
            if connection.transport is not None:
                connection.transport.abort()

    async def close(self) -> None:
        """Stop listening, end every connection, and wait for their handlers."""
        if self._listening is None or self._connections is None:
            return
        self._connections.closing = True
        # asyncio loses a connection that is being accepted when its server closes. So nothing
        # more is accepted (Windows cannot say so), and what was accepted is waited for: it shows
        # up within three turns of the loop.
        with suppress(NotImplementedError):
            asyncio.get_running_loop().remove_reader(self._listening.sockets[0])
        for _ in range(3):
            await asyncio.sleep(0)
        self._listening.close()
        while self._connections.connections:
            self.drop()
            await asyncio.sleep(0)
        self._listening = self._connections = None
