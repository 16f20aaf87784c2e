"""An answer with an error status becomes an error; pure."""

from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, cast

import msgspec

from avepoint_async.errors import (
    ApiError,
    BadRequestError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
)
from avepoint_async.exchange.answer import Answer
from avepoint_async.exchange.redaction import redact
from avepoint_async.exchange.retry_after import retry_after

LONGEST_DETAIL = 300
"""Characters of a server's own words that an error repeats."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_ERRORS: Mapping[int, type[ApiError]] = {
    400: BadRequestError,
    403: PermissionDeniedError,
    404: NotFoundError,
    429: RateLimitError,
}

# In the order in which they are told: the service's own, OAuth's (RFC 6749, section 5.2), and those
# of a problem document (RFC 9457, section 3.1).
_MEMBERS = ("message", "error", "error_description", "title", "detail")


def error_from_answer(answer: Answer, *, secrets: Iterable[str] = ()) -> ApiError:
    """The error that an answer stands for.

    Args:
        answer: its status is none of 200 to 299.
        secrets: what the server was sent and must not be repeated.
    """
    status, phrase = answer.status, _phrase(answer.status)
    words = [redact(each, secrets) for each in read_words(answer.body)]
    request_id = redact(answer.headers.get("request-id", ""), secrets) or None
    wait = retry_after(answer)
    message = f"{status} {phrase}"
    if 300 <= status < 400:
        message += ", a redirect, which is not followed: the token must reach no other address"
    # A gateway often says no more than the status does.
    if said := shorten("; ".join(each for each in words if not _repeats(each, phrase))):
        message += f": {said}"
    if wait is not None:
        message += f" (asks to wait {wait:g} s)"
    if request_id:
        message += f" (request {request_id})"
    kind = ServerError if status >= 500 else _ERRORS.get(status, ApiError)
    return kind(
        message,
        status=status,
        detail=shorten("; ".join(words)) or None,
        request_id=request_id,
        retry_after=wait,
    )


def read_words(body: bytes) -> list[str]:
    """What an error body says in words: of JSON its messages, of HTML nothing, else its text.

    The service does not document its bodies. Seen are ``{"message", "errors": [{"code", "field",
    "message"}]}`` and ``{"error"}``, and pages of a gateway. Problem documents of RFC 9457 are
    read as well.
    """
    text = body.removeprefix(_BYTE_ORDER_MARK).decode("utf-8", "replace").strip()
    if not text or text.startswith("<"):
        return []
    try:
        document = parse_json(body)
    except ValueError:
        return [text]
    if not isinstance(document, dict):
        return []
    members = cast("dict[str, Any]", document)
    words = [members.get(name) for name in _MEMBERS] + list(_each_error(members.get("errors")))
    return list(dict.fromkeys(word for word in words if isinstance(word, str) and word))


def _each_error(errors: object) -> Iterator[str]:
    """Each of ``[{"field" or "code", "message"}]``, or of ``{field: [message]}`` as .NET has it."""
    if isinstance(errors, dict):
        for field, messages in cast("dict[str, Any]", errors).items():
            for message in cast("list[object]", messages) if isinstance(messages, list) else ():
                yield f"{field}: {message}"
    for each in cast("list[object]", errors) if isinstance(errors, list) else ():
        if isinstance(each, dict):
            error = cast("dict[str, Any]", each)
            parts = (error.get("field") or error.get("code"), error.get("message"))
            yield ": ".join(str(part) for part in parts if part)


def parse_json(body: bytes) -> object:
    """What the JSON stands for; a byte order mark before it is skipped.

    Raises:
        ValueError: it is no JSON.
    """
    try:
        return msgspec.json.decode(body.removeprefix(_BYTE_ORDER_MARK))
    except RecursionError:
        message = "the JSON is nested too deeply"
        raise ValueError(message) from None


def shorten(text: str) -> str:
    """One line of a server's words, cut where it says enough."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_DETAIL else line[: LONGEST_DETAIL - 1] + "…"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "unknown status"


def _repeats(words: str, phrase: str) -> bool:
    return words.strip(" .!").casefold() == phrase.casefold()
