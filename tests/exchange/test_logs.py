"""What the log tells of a request: where, which attempt, and how it went."""

import logging
import re
from typing import Any

import pytest

from avepoint_async.errors import ApiError
from avepoint_async.exchange.logs import extra, place
from avepoint_async.testing import Fault
from tests.conftest import Served

SENT = "avepoint_async.exchange.send"
AGAIN = "avepoint_async.exchange.retry"
FIELDS = ("customer_id", "tenant_id", "page_index", "attempt")


def records(caplog: pytest.LogCaptureFixture, logger: str) -> list[logging.LogRecord]:
    """What this logger said."""
    return [record for record in caplog.records if record.name == logger]


def fields(record: logging.LogRecord) -> tuple[Any, ...]:
    """What a record carries of the request it is about."""
    return tuple(vars(record)[name] for name in FIELDS)


async def test_one_line_for_each_request(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG: status, milliseconds, and the service's id of the request; a token's, too."""
    caplog.set_level(logging.DEBUG, "avepoint_async")
    served.emulator.script(Fault.status(502))
    assert await served.users().count() == 3
    token, failed, done = records(caplog, SENT)
    ids = [request.request_id for request in served.emulator.api_requests]
    where = "customer customer-1, tenant tenant-1, page 1, attempt"
    assert re.fullmatch(r"token, attempt 1: 200 in \d+ ms( \(request .*\))?", token.getMessage())
    assert re.fullmatch(rf"{where} 1: 502 in \d+ ms \(request {ids[0]}\)", failed.getMessage())
    assert re.fullmatch(rf"{where} 2: 200 in \d+ ms \(request {ids[1]}\)", done.getMessage())
    assert fields(token) == (None, None, None, 1)
    assert fields(failed) == ("customer-1", "tenant-1", 1, 1)
    assert fields(done) == ("customer-1", "tenant-1", 1, 2)


async def test_a_request_without_an_answer_has_its_line(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    """It says what happened in place of a status."""
    caplog.set_level(logging.DEBUG, "avepoint_async")
    served.emulator.script(Fault.reset())
    assert await served.users().count() == 3
    _, failed, _ = records(caplog, SENT)
    assert re.search(r"attempt 1: no usable answer: .* in \d+ ms$", failed.getMessage())
    assert fields(failed) == ("customer-1", "tenant-1", 1, 1)


async def test_what_is_sent_again_says_where(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    """At INFO, with the pause and the reason; of a token, too."""
    caplog.set_level(logging.INFO, "avepoint_async")
    served.emulator.script(Fault.status(500), kind="token")
    served.emulator.script(Fault.status(503))
    assert await served.users().count() == 3
    token, page = records(caplog, AGAIN)
    assert token.getMessage().startswith("token, attempt 1: sent again in 0.0 s: 500 Internal")
    assert fields(token) == (None, None, None, 1)
    assert page.getMessage().startswith(
        "customer customer-1, tenant tenant-1, page 1, attempt 1: sent again in 0.0 s: 503 Service"
    )
    assert fields(page) == ("customer-1", "tenant-1", 1, 1)
    assert records(caplog, SENT) == []


async def test_a_request_id_that_is_the_token_is_not_logged(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    """A gateway may repeat what it was sent in any header."""
    caplog.set_level(logging.DEBUG, "avepoint_async")
    await served.users().count()
    bearer = served.emulator.api_requests[0].headers["Authorization"].split()[1]
    served.emulator.script(Fault.status(404, headers={"request-id": f"of {bearer}"}))
    with pytest.raises(ApiError):
        await served.users().count()
    assert bearer not in caplog.text
    assert "404 in" in caplog.text


def test_a_place_names_what_there_is() -> None:
    """The customer list has pages and no customer; ids of a server forge no line."""
    assert place({"page_index": 2}, 1) == "page 2, attempt 1"
    assert place({"customer_id": "c\n2026 ERROR", "page_index": 1}, 3) == (
        "customer c 2026 ERROR, page 1, attempt 3"
    )
    assert extra({"page_index": 2, "name": "x"}, 1) == {
        "customer_id": None,
        "tenant_id": None,
        "page_index": 2,
        "attempt": 1,
    }
