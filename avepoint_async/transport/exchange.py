"""Reading one answer: its whole body within bounds, and every way it can fail as one error."""

from collections.abc import Mapping
from functools import lru_cache
from types import TracebackType

import aiohttp
import attrs

from avepoint_async.errors import (
    AvePointError,
    ConfigurationError,
    ResponseError,
    TransportError,
)

MAX_BODY = 32 * 1024 * 1024
"""Bytes of an answer beyond which it is no page; a hundred users are about 20 KiB."""

_MAX_ERROR_BODY = 64 * 1024  # the beginning of an error page says it all


@attrs.frozen
class Answer:
    """An answer whose body was read to its end: status, headers, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

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


async def read_answer(response: aiohttp.ClientResponse) -> Answer:
    """Read the body; of an error page only the beginning.

    Raises:
        ResponseError: a body without an end, which no page is.
    """
    status = response.status
    ceiling = MAX_BODY if 200 <= status < 300 else _MAX_ERROR_BODY
    chunks: list[bytes] = []
    left = ceiling
    while chunk := await response.content.readany():
        chunks.append(chunk)
        left -= len(chunk)
        if left < 0:
            response.close()  # what else is on its way is not waited for
            break
    if left < 0 and ceiling == MAX_BODY:
        message = f"the answer is larger than {MAX_BODY // 2**20} MiB: ask for a smaller page_size"
        raise ResponseError(message)
    return Answer(status, response.headers, b"".join(chunks))


class _TransportErrors:
    """Turns every failure of the connection into a `TransportError`; a wrong session is told so.

    Its cause is kept without traceback and without request: the frames and the request of
    aiohttp hold the headers, and with them the token. A class, at a third of the cost of a
    generator.
    """

    def __enter__(self) -> None:
        """Nothing is to be prepared."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Raise what the failure stands for; what is none passes as it is.

        Raises:
            TransportError: the connection failed.
            ConfigurationError: the session cannot send such a request.
        """
        if isinstance(error, aiohttp.ClientResponseError):
            raise _translate(error) from None
        if isinstance(error, TimeoutError | aiohttp.ClientError | OSError | ValueError):
            raise _translate(error) from error.with_traceback(None)


transport_errors = _TransportErrors()


def _translate(error: Exception) -> AvePointError:
    if isinstance(error, TimeoutError):
        return TransportError(f"no answer in time: {_describe(error)}")
    if isinstance(error, aiohttp.ClientResponseError):  # a malformed answer, a proxy's refusal
        return TransportError(f"no usable answer: {error.status} {error.message}")
    if isinstance(error, aiohttp.ClientError | OSError):
        # A certificate that does not hold will not hold at the next try.
        distrusted = isinstance(error, aiohttp.ClientConnectorCertificateError)
        return TransportError(f"no usable answer: {_describe(error)}", transient=not distrusted)
    # Such as a netrc entry of the caller's session beside our token.
    refusal = ConfigurationError(f"the aiohttp session cannot send the request: {error}")
    refusal.fatal = True
    return refusal


def _describe(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
