"""Reading one answer: its whole body within bounds, and every way it can fail as one error."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

import aiohttp
import attrs

from avepoint_async.errors import ConfigurationError, ResponseError, TransportError
from avepoint_async.transport.retry import RetryPolicy

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


def time_outs(policy: RetryPolicy, seconds: float) -> aiohttp.ClientTimeout:
    """The time-outs of one send that may take ``seconds`` in all."""
    return aiohttp.ClientTimeout(
        total=seconds, sock_connect=policy.connect_timeout, sock_read=policy.read_timeout
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
    async for chunk in response.content.iter_any():
        chunks.append(chunk)
        left -= len(chunk)
        if left < 0:
            response.close()  # what else is on its way is not waited for
            break
    if left < 0 and ceiling == MAX_BODY:
        message = f"the answer is larger than {MAX_BODY // 2**20} MiB: ask for a smaller page_size"
        raise ResponseError(message)
    return Answer(status, response.headers, b"".join(chunks))


@contextmanager
def transport_errors() -> Generator[None]:
    """Turn every failure of the connection into a `TransportError`; a wrong session is told so.

    Its cause is kept without traceback and without request: the frames and the request of
    aiohttp hold the headers, and with them the token.
    """
    try:
        yield
    except TimeoutError as error:
        message = f"no answer in time: {_describe(error)}"
        raise TransportError(message) from error.with_traceback(None)
    except aiohttp.ClientResponseError as error:  # a malformed answer, or a proxy's refusal
        message = f"no usable answer: {error.status} {error.message}"
        raise TransportError(message) from None
    except (aiohttp.ClientError, OSError) as error:
        # A certificate that does not hold will not hold at the next try.
        distrusted = isinstance(error, aiohttp.ClientConnectorCertificateError)
        message = f"no usable answer: {_describe(error)}"
        raise TransportError(message, transient=not distrusted) from error.with_traceback(None)
    except ValueError as error:  # such as a netrc entry of the caller's session beside our token
        message = f"the aiohttp session cannot send the request: {error}"
        refusal = ConfigurationError(message)
        refusal.fatal = True
        raise refusal from error.with_traceback(None)


def _describe(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
