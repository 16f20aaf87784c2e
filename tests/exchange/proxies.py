"""A real forward proxy on this machine that notes everything it is sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs


@attrs.define
class RecordingProxy:
    """Passes plain http on; answers every request with a status of its own if it has one.

    Attributes:
        status: what it answers itself, such as ``407 Proxy Authentication Required``.
        received: all bytes that came from clients.
        asked: the first line of each connection.
        port: where it listens.
    """

    status: str | None = None
    received: bytearray = attrs.field(factory=bytearray)
    asked: list[str] = attrs.field(factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """Its address on loopback."""
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, whose requests all go to the same host."""
        head = await reader.readuntil(b"\r\n\r\n")
        self.received += head
        line = head.split(b"\r\n")[0].decode()
        self.asked.append(line)
        if self.status is not None:
            writer.write(f"HTTP/1.1 {self.status}\r\nContent-Length: 0\r\n\r\n".encode())
            await self._close(writer)
            return
        host, port = line.split()[1].split("/")[2].split(":")
        onward, outward = await asyncio.open_connection(host, int(port))
        outward.write(head)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._relay(reader, outward, note=True))
            group.create_task(self._relay(onward, writer, note=False))

    async def _relay(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, note: bool
    ) -> None:
        while chunk := await reader.read(65536):
            if note:
                self.received += chunk
            writer.write(chunk)
        await self._close(writer)

    @staticmethod
    async def _close(writer: asyncio.StreamWriter) -> None:
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def recording_proxy(status: str | None = None) -> AsyncIterator[RecordingProxy]:
    """A proxy on a port of its own."""
    proxy = RecordingProxy(status)
    async with await asyncio.start_server(proxy.serve, "127.0.0.1", 0) as server:
        proxy.port = server.sockets[0].getsockname()[1]
        yield proxy
