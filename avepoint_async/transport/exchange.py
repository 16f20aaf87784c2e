"""One request and its answer: the whole body, or one error for a failed connection or proxy."""

import re
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from functools import lru_cache
from typing import Any

import aiohttp
import attrs
from aiohttp.client_exceptions import UnixClientConnectorError
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.http import HttpProcessingError
from aiohttp.http_exceptions import TransferEncodingError

from avepoint_async.errors import (
    AvePointError,
    ConfigurationError,
    ResponseError,
    TransportError,
)

MAX_BODY = 32 * 1024 * 1024
"""Bytes of an answer beyond which it is no page; a hundred users are about 20 KiB."""

_MAX_ERROR_BODY = 64 * 1024  # the beginning of an error page says it all

_BEFORE = re.compile(r"^\d+, message[:=]\s*")
_QUOTED = re.compile(r"""[:\n<]|(?<!\w)b?['"]""")


@attrs.frozen
class Answer:
    """An answer whose body was read to its end: status, headers, body."""

    status: int
    # A gateway may repeat what it was sent, and a traceback may be recorded with local variables.
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether the status is one of success."""
        return 200 <= self.status < 300


@lru_cache
def time_outs(connect: float, read: float, seconds: float) -> aiohttp.ClientTimeout:
    """The time-outs of one send that may take ``seconds`` in all.

    A silence that cannot end before the send does needs no timer of its own.
    """
    return aiohttp.ClientTimeout(
        total=seconds, sock_connect=connect, sock_read=read if read < seconds else None
    )


async def answer_to(request: AbstractAsyncContextManager[aiohttp.ClientResponse]) -> Answer:
    """Send the request and read its answer: every way in which that fails is one error.

    Raised where no local variable and no context holds request or answer: both hold the token,
    the answer of a gateway that repeats what it was sent.

    Raises:
        TransportError: no usable answer.
        ResponseError: a body without an end, which no page is.
        ConfigurationError: the caller's session cannot send the request.
    """
    try:
        answer = await _read(request)
    except _FAILURES as error:
        failure, cause = _failure(error)
    else:
        if answer is not None:
            return answer
        message = f"the answer is larger than {MAX_BODY // 2**20} MiB: ask for a smaller page_size"
        failure, cause = ResponseError(message), None
    raise failure from cause


async def _read(request: AbstractAsyncContextManager[aiohttp.ClientResponse]) -> Answer | None:
    """The whole body, of an error page only the beginning; None of a body that never ends."""
    async with request as response:
        ceiling = MAX_BODY if 200 <= response.status < 300 else _MAX_ERROR_BODY
        chunks: list[bytes] = []
        left = ceiling
        while chunk := await response.content.readany():
            chunks.append(chunk)
            left -= len(chunk)
            if left < 0:
                response.close()  # what else is on its way is not waited for
                break
        if left < 0 and ceiling == MAX_BODY:
            return None
        return Answer(response.status, response.headers, b"".join(chunks))


_FAILURES = (TimeoutError, aiohttp.ClientError, HttpProcessingError, OSError, ValueError)


def _failure(error: Exception) -> tuple[AvePointError, Exception | None]:
    """What is raised in place of the transport's own error, and what it keeps of that."""
    match error:
        case TimeoutError():
            return TransportError(f"no answer in time: {_describe(error)}"), _bare(error)
        case aiohttp.ClientHttpProxyError():
            return TransportError(f"the proxy refuses: status {error.status}"), None
        case aiohttp.ClientResponseError() | HttpProcessingError():  # it may hold the request
            return TransportError(f"no usable answer: {_of_malformed(error)}"), None
        case aiohttp.InvalidURL():
            return _unsendable(error)
        case aiohttp.ClientError() | OSError():
            # A certificate that does not hold will not hold at the next try.
            distrusted = isinstance(error, aiohttp.ClientConnectorCertificateError)
            cause = _bare(error)
            message = f"no usable answer: {_describe(cause)}"
            return TransportError(message, transient=not distrusted), cause
        case _:
            return _unsendable(error)


def _unsendable(error: Exception) -> tuple[ConfigurationError, Exception | None]:
    """The caller's to mend: such as a netrc entry of the session beside our token."""
    cause = None
    match error:
        case aiohttp.InvalidURL():  # of a proxy, since ours is checked; it may hold a password
            why = "the address of its proxy is no URL"
        case UnicodeError():  # of a header that the session adds, such as a proxy's password
            why = "a header holds what is not latin-1"
        case _:
            why, cause = str(error), _bare(error)
    refusal = ConfigurationError(f"the aiohttp session cannot send the request: {why}")
    refusal.fatal = True
    return refusal, cause


def _bare(error: Exception) -> Exception:
    """The error without what it was told of the request, of a proxy and of the answer.

    The frames of aiohttp hold the headers, what it says of a connection the password for the
    proxy, and what it says of an answer that breaks off a piece of it.
    """
    match error:
        case UnixClientConnectorError(args=(key, reason)):
            error = type(error)(error.path, _without_proxy(key), reason)
        case aiohttp.ClientConnectorError(args=(key, reason)):
            error = type(error)(_without_proxy(key), reason)
        case aiohttp.ServerDisconnectedError():
            error = type(error)()
        case aiohttp.ClientPayloadError():
            error = type(error)(_unquoted(str(error)))
        case _:
            error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def _without_proxy(key: ConnectionKey) -> ConnectionKey:
    names = [name for name in key._fields if name.startswith("proxy")]
    nothing: dict[str, Any] = dict.fromkeys(names)
    return key._replace(**nothing)


def _of_malformed(error: aiohttp.ClientResponseError | HttpProcessingError) -> str:
    # Of a bad chunk aiohttp without its extensions says nothing but the chunk.
    if isinstance(error, HttpProcessingError):
        return type(error).__name__
    if isinstance(error.__cause__, TransferEncodingError):
        return type(error.__cause__).__name__
    return _unquoted(error.message)


def _unquoted(text: str) -> str:
    """What aiohttp says of an answer, without the piece of it that it quotes."""
    return _QUOTED.split(_BEFORE.sub("", text), maxsplit=1)[0].strip()


def _describe(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
