"""An answer with an error status becomes an error, in one function; pure."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from html import escape
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote, quote_plus

import orjson

from avepoint_async.errors import (
    ApiError,
    BadRequestError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
)
from avepoint_async.transport.retry import parse_retry_after

LONGEST_DETAIL = 300
"""Characters of a server's own words that an error repeats."""

_ERRORS: Mapping[int, type[ApiError]] = {
    400: BadRequestError,
    403: PermissionDeniedError,
    404: NotFoundError,
    429: RateLimitError,
}


def error_from_answer(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: datetime,
    secrets: Iterable[str] = (),
) -> ApiError:
    """The error that an answer stands for.

    Args:
        status: the HTTP status, none of 200 to 299.
        headers: of the answer; looked up without regard to case if the mapping does so.
        body: its body, or the beginning of it.
        now: the wall clock, for a ``Retry-After`` that is a date.
        secrets: what the server was sent and must not be repeated.
    """
    kind = ServerError if status >= 500 else _ERRORS.get(status, ApiError)
    detail = read_detail(body, secrets)
    message = f"{status} {_phrase(status)}"
    if 300 <= status < 400:
        message += ", a redirect, which is not followed: the token must reach no other address"
    request_id = redact(headers.get("request-id", ""), secrets) or None
    return kind(
        message
        + (f": {detail}" if detail else "")
        + (f" (request {request_id})" if request_id else ""),
        status=status,
        detail=detail,
        request_id=request_id,
        retry_after=parse_retry_after(headers.get("Retry-After"), now=now),
    )


def read_detail(body: bytes, secrets: Iterable[str] = ()) -> str | None:
    """What an error body says in words: of JSON its messages, of HTML nothing, else its text.

    The bodies are not documented. Seen are ``{"message", "errors": [{"code", "field",
    "message"}]}`` and ``{"error"}``, and pages of a gateway.
    """
    text = body.decode("utf-8", "replace").lstrip("\ufeff").strip()
    if not text or text.startswith("<"):
        return None
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return shorten(redact(text, secrets))
    if not isinstance(document, dict):
        return None
    words = "; ".join(_words(cast("dict[str, Any]", document)))
    return shorten(redact(words, secrets)) or None


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets, should the server repeat what it was sent.

    Decoded text, since JSON spells the same characters in many ways.
    """
    for secret in secrets:
        for spelled in _spellings(secret):
            text = re.sub(re.escape(spelled), "***", text, flags=re.IGNORECASE)
    return text


def _spellings(secret: str) -> set[str]:
    """As it is, in a form or an address, in HTML, and with the slashes of some JSON."""
    encoded = {quote_plus(secret), quote(secret, safe="")}
    return encoded | {
        secret,
        escape(secret),
        escape(secret, quote=False),
        secret.replace("/", r"\/"),
    }


def _words(document: Mapping[str, Any]) -> list[str]:
    words = [document.get(name) for name in ("message", "error", "error_description")]
    errors = document.get("errors")
    for each in cast("list[object]", errors) if isinstance(errors, list) else ():
        if isinstance(each, dict):
            error = cast("dict[str, Any]", each)
            parts = (error.get("field") or error.get("code"), error.get("message"))
            words.append(": ".join(str(part) for part in parts if part))
    return [word for word in words if isinstance(word, str) and word]


def shorten(text: str) -> str:
    """One line of a server's words, cut where it says enough."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_DETAIL else line[: LONGEST_DETAIL - 1] + "…"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "unknown status"
