"""What is sent back, and how it travels: whole, or spoilt as gateways and networks do it.

Bytes are written straight to the transport: a server's own response class would put right what
is meant to be wrong, and costs more than the page itself.
"""

import asyncio
import socket
import struct
import zlib
from abc import abstractmethod
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Protocol, cast

import attrs
from aiohttp import web

from avepoint_async.testing.dialect import Dialect, encode
from avepoint_async.testing.journal import Recorded

JSON_TYPE = "application/json; charset=utf-8"

_PIECES_PER_SECOND = 20
_BLOCK = 1 << 16


@attrs.frozen
class Answer:
    """One answer, before it is known how it travels.

    Attributes:
        status: the HTTP status.
        body: the whole body.
        content_type: the Content-Type header; empty for none.
        headers: further headers, and those that take the place of the usual ones.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = attrs.Factory(dict[str, str])


# Without eq: exceptions are told apart by identity, and the headers have no hash.
@attrs.frozen(eq=False)
class Refusal(Exception):
    """Raised where a request cannot be served.

    Attributes:
        status: the HTTP status.
        message: why, for the body.
        field: the parameter at fault, if there is one.
        headers: further headers.
    """

    status: int
    message: str
    field: str | None = None
    headers: Mapping[str, str] = attrs.Factory(dict[str, str])

    def answer(self, dialect: Dialect, request_id: str) -> Answer:
        """The refusal in the gateway's own form, of which two were seen, and HTML."""
        if dialect.errors == "html":
            title = f"{self.status} {phrase_of(self.status)}"
            html = f"<html><head><title>{title}</title></head><body>{title}</body></html>"
            return Answer(self.status, html.encode(), "text/html", self.headers)
        body = self._brief(request_id) if dialect.errors == "brief" else self._full(request_id)
        return Answer(self.status, encode(body), headers=self.headers)

    def _brief(self, request_id: str) -> dict[str, Any]:
        return {"traceId": request_id, "error": self.message, "statusCode": self.status}

    def _full(self, request_id: str) -> dict[str, Any]:
        code = phrase_of(self.status).replace(" ", "")
        return {
            "statusCode": self.status,
            "message": self.message,
            "errors": [{"code": code, "field": self.field, "message": self.message}],
            "requestId": request_id,
            "traceId": request_id,
        }


def phrase_of(status: int) -> str:
    """The reason phrase of an HTTP status; ``Unknown`` for one that has none."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


class Wire:
    """The connection that one request came by."""

    def __init__(self, request: web.BaseRequest, recorded: Recorded) -> None:
        # Never None: a handler is cancelled in the turn in which its connection is lost.
        self._transport = cast("asyncio.Transport", request.transport)
        self._writer = request.writer
        self._recorded = recorded
        self._has_body = request.method != "HEAD"
        self.keep_alive = request.keep_alive

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._transport.write(data)

    def write_head(
        self, answer: Answer, length: int | None, *, encoding: str | None = None, body: bytes = b""
    ) -> None:
        """Send the status line and headers, and ``body`` in the same write.

        A ``length`` of None sends no Content-Length; the end of the connection ends the body.
        A header that the answer has takes the place of the one that would be sent anyway.
        """
        self._recorded.status = answer.status
        own = {
            "Content-Type": answer.content_type or None,
            "Content-Length": length,
            "Content-Encoding": encoding,
            "request-id": self._recorded.request_id,
            "Connection": None if self.keep_alive else "close",
        }
        told = {name.lower() for name in answer.headers}
        lines = [f"HTTP/1.1 {answer.status} {phrase_of(answer.status)}"]
        lines += [
            f"{name}: {value}"
            for name, value in own.items()
            if value is not None and name.lower() not in told
        ]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        lines.append("\r\n")
        # The body of an answer to HEAD would be taken for the start of the next answer.
        self.write("\r\n".join(lines).encode() + (body if self._has_body else b""))

    async def drain(self) -> None:
        """Wait until the client has taken most of what was sent."""
        await self._writer.drain()

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        connection: socket.socket = self._transport.get_extra_info("socket")
        # To linger for zero seconds makes the kernel send RST in place of FIN.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()


class Delivery(Protocol):
    """One way for an answer to travel."""

    @abstractmethod
    async def send(self, wire: Wire, answer: Answer, /) -> bool:
        """Send ``answer``; whether the connection may be used again."""


@attrs.frozen
class Whole:
    """As it should be."""

    async def send(self, wire: Wire, answer: Answer) -> bool:
        """Send head and body in one write."""
        wire.write_head(answer, len(answer.body), body=answer.body)
        return wire.keep_alive


@attrs.frozen
class Reset:
    """Not at all: a TCP reset in its place."""

    async def send(self, wire: Wire, _answer: Answer) -> bool:
        """Send nothing."""
        wire.reset()
        return False


@attrs.frozen
class Cut:
    """The first ``after`` bytes of the body, then the end of the connection."""

    after: int

    async def send(self, wire: Wire, answer: Answer) -> bool:
        """Promise the whole body, or more than is sent if it is too short to cut."""
        promised = max(len(answer.body), self.after + 1)
        wire.write_head(answer, promised, body=answer.body[: self.after])
        return False


@attrs.frozen
class WrongLength:
    """A Content-Length that is ``off`` by so many bytes, then the end of the connection."""

    off: int

    async def send(self, wire: Wire, answer: Answer) -> bool:
        """Send the whole body under the wrong length."""
        wire.write_head(answer, max(0, len(answer.body) + self.off), body=answer.body)
        return False


@attrs.frozen
class Trickle:
    """At ``rate`` bytes a second."""

    rate: float

    async def send(self, wire: Wire, answer: Answer) -> bool:
        """Send the head at once and the body in small pieces."""
        wire.write_head(answer, len(answer.body))
        step = max(1, int(self.rate / _PIECES_PER_SECOND))
        for start in range(0, len(answer.body), step):
            await asyncio.sleep(step / self.rate)
            wire.write(answer.body[start : start + step])
        return wire.keep_alive


@attrs.frozen
class BadGzip:
    """Said to be compressed, and not."""

    async def send(self, wire: Wire, answer: Answer) -> bool:
        """Send a good gzip header and a block of a type that deflate does not have."""
        body = zlib.compress(b"", wbits=31)[:10] + b"\xff" * 64
        wire.write_head(answer, len(body), encoding="gzip", body=body)
        return wire.keep_alive


@attrs.frozen
class Huge:
    """``size`` bytes of a JSON text that never closes, made up as they are sent."""

    size: int
    declared: bool = True
    compressed: bool = False

    async def send(self, wire: Wire, answer: Answer) -> bool:
        """Send until all is sent or the client has gone."""
        encoding = "gzip" if self.compressed else None
        known = self.declared and not self.compressed
        wire.keep_alive = wire.keep_alive and known
        wire.write_head(answer, self.size if known else None, encoding=encoding)
        packer = zlib.compressobj(9, wbits=31) if self.compressed else None
        for start in range(0, self.size, _BLOCK):
            block = b"[" * min(_BLOCK, self.size - start)
            wire.write(packer.compress(block) if packer else block)
            await wire.drain()
            # What is packed rarely fills the connection's buffer, so that draining waits for
            # nothing, and nobody else would be served until all is packed.
            await asyncio.sleep(0)
        if packer:
            wire.write(packer.flush())
        return wire.keep_alive


@attrs.frozen
class Stall:
    """Never whole: nothing, or only the head and the first ``after`` bytes."""

    after: int | None = None

    async def send(self, wire: Wire, answer: Answer) -> bool:
        """Wait until the client goes away or the emulator is closed."""
        if self.after is not None:
            wire.write_head(answer, len(answer.body) + 1, body=answer.body[: self.after])
        return bool(await asyncio.get_running_loop().create_future())
