"""What is sent back: a status, headers and a body, and the bodies of refusals."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import attrs
import orjson

from avepoint_async.testing.dialect import Dialect

JSON_TYPE = "application/json; charset=utf-8"


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
        return Answer(self.status, orjson.dumps(body), headers=self.headers)

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
