"""A server that repeats what it was sent, in every place that an answer has."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from html import escape
from urllib.parse import parse_qs, quote_plus

import attrs

from avepoint_async.auth.environment import Environment

TOKEN = "sentinel-t0ken-71c2"

Reply = Callable[[str], bytes]
"""The bytes of an answer, made of the secret that was sent."""


@attrs.define
class Echo:
    """A server, and how it answers a request for a token and one of the API.

    Attributes:
        token: the answer to a request for a token.
        api: the answer to any other.
        url: where it is.
        sent: each secret, assertion and bearer that it was sent.
    """

    token: Reply
    api: Reply
    url: str = ""
    sent: list[str] = attrs.field(factory=list)

    @property
    def environment(self) -> Environment:
        """The addresses to give to a client."""
        return Environment(graph_url=self.url, token_url=f"{self.url}/connect/token")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request and hang up."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        headers = dict(line.split(": ", 1) for line in head[1:] if line)
        body = (await reader.readexactly(int(headers["Content-Length"]))).decode()
        if "Authorization" in headers:
            secret, reply = headers["Authorization"].split()[1], self.api
        else:
            form = parse_qs(body)
            secret = form.get("client_secret", form.get("client_assertion", []))[0]
            reply = self.token
        self.sent.append(secret)
        writer.write(reply(secret))
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def echoing(*, token: Reply | None = None, api: Reply | None = None) -> AsyncIterator[Echo]:
    """A server on a port of its own, which issues a token if nothing else is told."""
    echo = Echo(token or _issue, api or _issue)
    async with await asyncio.start_server(echo.serve, "127.0.0.1", 0) as server:
        echo.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield echo


def _answer(status: str, body: str, *headers: str) -> bytes:
    length = len(body.encode())
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {length}", "Connection: close", *headers]
    return "\r\n".join([*lines, "", body]).encode()


def _issue(_: str) -> bytes:
    return _answer("200 OK", json.dumps({"access_token": TOKEN, "token_type": "Bearer"}))


def _saying(words: object, status: str = "400 No") -> bytes:
    return _answer(status, json.dumps(words))


def _page(data: object, total: object = 1) -> bytes:
    return _saying({"data": data, "metadata": {"totalCount": total}}, "200 OK")


def _user(email: object, protected: object = True) -> bytes:
    return _page([{"email": email, "moduleStatus": [{"module": 0, "isProtected": protected}]}])


REPLIES: dict[str, Reply] = {
    "words": lambda sent: _saying({"error": "no", "error_description": f"saw {sent}"}),
    "words of a form": lambda sent: _saying({"error": "x", "message": quote_plus(sent)}),
    "words in lower case": lambda sent: _saying(
        {"error": "x", "error_description": quote_plus(sent).replace("%2F", "%2f")}
    ),
    "words in HTML": lambda sent: _saying({"message": escape(sent), "error": escape(sent)}),
    "JSON in words": lambda sent: _saying({"message": json.dumps({"client_secret": sent})}),
    "problem": lambda sent: _saying({"title": sent, "detail": f"saw {json.dumps(sent)}"}),
    "errors by field": lambda sent: _saying({"errors": {sent: [sent]}}),
    "code": lambda sent: _saying({"error": sent}),
    "errors": lambda sent: _saying({"errors": [{"code": sent, "message": f"bad {sent}"}]}),
    "text": lambda sent: _answer("400 No", f"Bearer {sent}, client_secret={quote_plus(sent)}"),
    "html": lambda sent: _answer("403 No", f"<html>{sent}"),
    "request id": lambda sent: _answer("500 No", "{}", f"request-id: {sent}"),
    "challenge": lambda sent: _answer("401 No", json.dumps({"message": sent}), f"X: {sent}"),
    "reason": lambda sent: _answer(f"400 {sent}", "{}"),
    "wait": lambda sent: _answer("429 No", "{}", f"Retry-After: {sent}"),
    "redirect": lambda sent: _answer("302 Found", "", f"Location: http://localhost/?{sent}"),
    "upgrade": lambda sent: _answer("101 Other", "", f"Upgrade: {sent}"),
    "no status": lambda sent: f"{sent}\r\n\r\n".encode(),
    "odd status": lambda sent: f"HTTP/1.1 {sent}\r\n\r\n".encode(),
    "odd header": lambda sent: f"HTTP/1.1 200 OK\r\n{sent} {sent}\r\n\r\n".encode(),
    "odd length": lambda sent: f"HTTP/1.1 200 OK\r\nContent-Length: {sent}\r\n\r\n".encode(),
    "odd chunk": lambda sent: (
        f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{sent}\r\n\r\n".encode()
    ),
    "half a head": lambda sent: f"HTTP/1.1 200 OK\r\nX: {sent}\r\n".encode(),
    "half a body": lambda sent: (
        f"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\nX: {sent}\r\n\r\n{sent}".encode()
    ),
    "no gzip": lambda sent: _answer("200 OK", sent, "Content-Encoding: gzip", f"X: {sent}"),
    "nothing": lambda _: b"",
    "no JSON": lambda sent: _answer("200 OK", sent),
    "a string": lambda sent: _saying(sent, "200 OK"),
    "a name": lambda sent: _saying({sent: sent}, "200 OK"),
    "no rows": _page,
    "odd row": lambda sent: _page([sent]),
    "odd email": lambda sent: _user([sent]),
    "odd flag": lambda sent: _user("ada@contoso.com", sent),
    "odd total": lambda sent: _page([], sent),
    "odd token": lambda sent: _saying({"access_token": f"{sent} {TOKEN}"}, "200 OK"),
    "odd kind of token": lambda sent: _saying(
        {"access_token": TOKEN, "token_type": sent}, "200 OK"
    ),
}
"""Each way to answer, none of which is a token or a page."""
