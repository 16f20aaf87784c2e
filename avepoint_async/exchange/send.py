"""Send one request and read its answer to the end: the one place that uses a socket."""

import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import aiohttp
import attrs
from yarl import URL

from avepoint_async.errors import ResponseError, one_line
from avepoint_async.exchange.answer import Answer
from avepoint_async.exchange.logs import extra, place
from avepoint_async.exchange.network_errors import (
    NETWORK_ERRORS,
    error_from_failure,
    refused_by_proxy,
)
from avepoint_async.exchange.redaction import redact

logger = logging.getLogger(__name__)

MAX_BODY = 32 * 1024 * 1024
"""Bytes of an answer beyond which it is no page; a hundred users are about 20 KiB."""

_MAX_ERROR_BODY = 64 * 1024  # the beginning of an error page says it all


@attrs.frozen(kw_only=True)
class Request:
    """What is sent once.

    Attributes:
        method: the HTTP method.
        url: the address, with its query.
        headers: the headers; one may hold a token.
        body: the body, which may hold a secret; None: none.
        secrets: what must not be repeated if the server does.
        about: customer, tenant and page, for tracing and logs; empty for a token.
        attempt: which send of the same call this is, from 1.
    """

    method: str
    url: URL
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes | None = attrs.field(repr=False)
    secrets: tuple[str, ...] = attrs.field(repr=False)
    about: Mapping[str, Any]
    attempt: int


@lru_cache
def time_outs(connect: float, read: float, seconds: float) -> aiohttp.ClientTimeout:
    """The time-outs of one send that may take ``seconds`` in all.

    A silence that cannot end before the send does needs no timer of its own.
    """
    return aiohttp.ClientTimeout(
        total=seconds, sock_connect=connect, sock_read=read if read < seconds else None
    )


async def send(
    http: aiohttp.ClientSession, request: Request, time_outs: aiohttp.ClientTimeout
) -> Answer:
    """The answer to the request, whatever its status.

    The frames of this error and what stands behind it hold the request: whoever hands it to a
    caller drops them with `errors.bare`.

    Raises:
        TransportError: no usable answer.
        ResponseError: a body without an end, which no page is.
        ConfigurationError: the caller's session cannot send the request.
    """
    sent_at = time.perf_counter()
    try:
        async with http.request(
            request.method,
            request.url,
            data=request.body,
            headers=request.headers,
            allow_redirects=False,
            raise_for_status=False,
            timeout=time_outs,
            trace_request_ctx={**request.about, "attempt": request.attempt}
            if request.about
            else None,
        ) as response:
            ceiling = MAX_BODY if 200 <= response.status < 300 else _MAX_ERROR_BODY
            chunks: list[bytes] = []
            left = ceiling
            while left >= 0 and (chunk := await response.content.readany()):
                chunks.append(chunk)
                left -= len(chunk)
            if left < 0:
                response.close()  # what else is on its way is not waited for
    except NETWORK_ERRORS as failure:
        error, cause = error_from_failure(failure)
        _log(request, str(error), sent_at)
        raise error from cause
    _log(request, response.status, sent_at, response.headers.get("request-id"))
    if response.status == 407:
        raise refused_by_proxy(407)
    if left < 0 and ceiling == MAX_BODY:
        message = f"the answer is larger than {MAX_BODY // 2**20} MiB: ask for a smaller page_size"
        raise ResponseError(message)
    return Answer(response.status, response.headers, b"".join(chunks), datetime.now(UTC))


def _log(
    request: Request, outcome: int | str, sent_at: float, request_id: str | None = None
) -> None:
    """One line for each request, at DEBUG."""
    if logger.isEnabledFor(logging.DEBUG):
        logger.debug(
            "%s: %s in %.0f ms%s",
            place(request.about, request.attempt),
            outcome,
            1000 * (time.perf_counter() - sent_at),
            f" (request {one_line(redact(request_id, request.secrets))})" if request_id else "",
            extra=extra(request.about, request.attempt),
        )
