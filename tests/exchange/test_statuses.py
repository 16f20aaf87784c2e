"""An error status becomes an error, with what its body and headers tell."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from avepoint_async.errors import (
    ApiError,
    BadRequestError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
)
from avepoint_async.exchange.answer import Answer
from avepoint_async.exchange.statuses import LONGEST_DETAIL, error_from_answer

SECRET = "a/b+c&d-0123"
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def error(
    status: int, headers: Mapping[str, str] | None = None, body: bytes = b"", *secrets: str
) -> ApiError:
    """The error of an answer."""
    return error_from_answer(Answer(status, headers or {}, body, NOW), secrets=secrets)


def message(text: str) -> bytes:
    """A body with this message."""
    return msgspec.json.encode({"message": text})


def read_detail(body: bytes) -> str | None:
    """What an error says of its body."""
    return error(500, body=body).detail


@pytest.mark.parametrize(
    ("status", "kind", "text"),
    [
        (400, BadRequestError, "400 Bad Request"),
        (401, ApiError, "401 Unauthorized"),
        (403, PermissionDeniedError, "403 Forbidden"),
        (404, NotFoundError, "404 Not Found"),
        (405, ApiError, "405 Method Not Allowed"),
        (408, ApiError, "408 Request Timeout"),
        (418, ApiError, "418 I'm a Teapot"),
        (429, RateLimitError, "429 Too Many Requests"),
        (499, ApiError, "499 unknown status"),
        (500, ServerError, "500 Internal Server Error"),
        (501, ServerError, "501 Not Implemented"),
        (503, ServerError, "503 Service Unavailable"),
        (599, ServerError, "599 unknown status"),
        (999, ServerError, "999 unknown status"),
        (100, ApiError, "100 Continue"),
    ],
)
def test_a_status_has_its_error(status: int, kind: type[ApiError], text: str) -> None:
    """Each documented status has a type of its own, and every other one is told."""
    made = error(status)
    assert (type(made), str(made), made.status) == (kind, text, status)
    assert (made.detail, made.request_id, made.retry_after) == (None, None, None)


@pytest.mark.parametrize("status", [300, 301, 302, 304, 307, 308, 399])
def test_a_redirect_says_why_it_was_not_followed(status: int) -> None:
    """A token must reach no other address."""
    made = error(status, {"Location": "https://elsewhere.example/"})
    assert type(made) is ApiError
    assert str(made).endswith(
        ", a redirect, which is not followed: the token must reach no other address"
    )


@pytest.mark.parametrize("status", [299, 400])
def test_nothing_else_is_called_a_redirect(status: int) -> None:
    """Redirects are the statuses from 300 to 399."""
    assert "redirect" not in str(error(status))


@pytest.mark.parametrize("said", ["Forbidden", "forbidden.", " FORBIDDEN! "])
def test_the_status_is_not_said_twice(said: str) -> None:
    """What a gateway repeats of its own status is left out of the text, and kept as detail."""
    made = error(403, body=msgspec.json.encode({"title": said, "detail": "You lack a scope."}))
    assert str(made) == "403 Forbidden: You lack a scope."
    assert str(error(403, body=message(said))) == "403 Forbidden"
    assert error(403, body=message(said)).detail == said.strip()


def test_what_the_answer_tells_is_told() -> None:
    """Words, request id and the wait that was asked for."""
    body = msgspec.json.encode({"message": "Slow down."})
    made = error(429, {"request-id": "r-1", "Retry-After": "7"}, body)
    assert (made.detail, made.request_id, made.retry_after) == ("Slow down.", "r-1", 7.0)
    assert str(made) == "429 Too Many Requests: Slow down. (asks to wait 7 s) (request r-1)"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(format_datetime(NOW + timedelta(seconds=90)), 90.0), ("soon", None), ("", None)],
)
def test_a_wait_may_be_a_date(header: str, seconds: float | None) -> None:
    """Read by the clock that is handed in; nonsense is ignored."""
    assert error(503, {"Retry-After": header}).retry_after == seconds


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (
            {
                "statusCode": 400,
                "message": "Bad page.",
                "errors": [{"code": "BadRequest", "field": "pageSize", "message": "too large"}],
                "requestId": "r",
                "traceId": "t",
            },
            "Bad page.; pageSize: too large",
        ),
        ({"traceId": "t", "error": "Not found", "statusCode": 404}, "Not found"),
        ({"error": "invalid_scope", "error_description": "no"}, "invalid_scope; no"),
        ({"errors": [{"code": "C1", "field": None, "message": "m"}]}, "C1: m"),
        ({"errors": [{"code": "C", "message": "m"}, {"field": "f", "message": "n"}]}, "C: m; f: n"),
        ({"message": "m", "error": "e", "error_description": "d"}, "m; e; d"),
        ({"message": "m", "error": "m"}, "m"),
        (
            {"type": "about:blank", "title": "No scope", "status": 403, "detail": "Ask for one."},
            "No scope; Ask for one.",
        ),
        (
            {"title": "Bad", "errors": {"pageSize": ["too large", "odd"]}},
            "Bad; pageSize: too large; pageSize: odd",
        ),
        ({"title": "Bad", "errors": {"pageSize": "too large"}}, "Bad"),
        ({"message": "", "error": None, "errors": None}, None),
        ({"message": "", "error": "e"}, "e"),
        ({"message": 7, "error": {"code": 1}, "errors": "no"}, None),
        ({"errors": ["no", 7, None]}, None),
        ({"errors": []}, None),
        ({}, None),
        ([], None),
        (["message"], None),
        ("message", None),
        (None, None),
        (7, None),
    ],
)
def test_a_json_body_says_its_messages(document: Any, words: str | None) -> None:
    """Both forms that were seen, the token address's, and nothing from anything else."""
    assert read_detail(msgspec.json.encode(document)) == words


@pytest.mark.parametrize(
    "document",
    [{"errors": [{}]}, {"errors": [{"field": "f"}]}, {"errors": [{"message": None, "code": 7}]}],
)
def test_an_error_without_words_says_nothing_that_it_does_not(document: Any) -> None:
    """What is missing is left out, and not called None."""
    assert "None" not in (read_detail(msgspec.json.encode(document)) or "")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", None),
        (b"  \r\n ", None),
        (b"<html><body>Bad gateway</body></html>", None),
        (b"\n <!DOCTYPE html>", None),
        (b"\xef\xbb\xbf<html></html>", None),
        (b"upstream connect error", "upstream connect error"),
        (b" two\r\n\tlines ", "two lines"),
        ("größer".encode(), "größer"),
        (b"caf\xe9", "caf\N{REPLACEMENT CHARACTER}"),
        (b'{"message": ', '{"message":'),
    ],
)
def test_any_other_body_is_its_text(body: bytes, words: str | None) -> None:
    """Plain text is repeated on one line; of a gateway's HTML nothing is."""
    assert read_detail(body) == words


@pytest.mark.parametrize(
    "wrap", [bytes, lambda text: msgspec.json.encode({"message": text.decode()})]
)
def test_a_long_detail_is_cut(wrap: Any) -> None:
    """A server's own words take a part of a line at most."""
    exact, long = b"x" * LONGEST_DETAIL, b"x" * (LONGEST_DETAIL + 1)
    assert read_detail(wrap(exact)) == exact.decode()
    assert read_detail(wrap(long)) == "x" * (LONGEST_DETAIL - 1) + "…"


@pytest.mark.parametrize(
    "body",
    [
        b"you sent a/b+c&d-0123, did you?",
        b"you sent a%2Fb%2Bc%26d-0123, did you?",
        b"you sent a%2fb%2Bc%26D-0123, did you?",
        b"you sent a/b+c&amp;d-0123, did you?",
        b'{"message": "you sent a/b+c&d-0123, did you?"}',
        b'{"message": "you sent \\u0061\\/b+c&d-0123, did you?"}',
        b'{"errors": [{"code": "C", "message": "you sent a%2Fb%2Bc%26d-0123, did you?"}]}',
    ],
)
def test_a_secret_that_a_server_repeats_is_not_told(body: bytes) -> None:
    """However it is spelled: a gateway may show what it was sent."""
    made = error(500, {}, body, SECRET)
    assert "you sent ***, did you?" in (made.detail or "")
    assert "you sent ***, did you?" in str(made)


def test_a_request_id_that_is_a_secret_is_not_told() -> None:
    """A header is repeated as carelessly as a body."""
    made = error(500, {"request-id": "for a%2fb%2bc%26d-0123"}, b"", SECRET)
    assert made.request_id == "for ***"
    assert str(made) == "500 Internal Server Error (request for ***)"


@given(
    status=st.integers(300, 999),
    body=st.binary(max_size=400) | st.text().map(message),
    request_id=st.text(max_size=50),
)
@example(status=500, body=b"a\r\nERROR forged \x1b[31m\xe2\x80\xa8", request_id="r\n\x07")
@example(status=500, body=b'{"message": "a\\r\\nforged\\u001b[31m\\u2028"}', request_id="r")
def test_no_answer_forges_a_log_line(status: int, body: bytes, request_id: str) -> None:
    """Whatever it holds, its error is one line of bounded length, and so is the detail."""
    made = error(status, {"request-id": request_id}, body)
    assert str(made).isprintable()
    assert len(str(made)) < LONGEST_DETAIL + 200
    assert made.detail is None or 0 < len(made.detail) <= LONGEST_DETAIL
    assert len((made.detail or "").splitlines()) <= 1
