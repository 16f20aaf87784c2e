"""Bytes become JSON, or an error that repeats nothing of them."""

import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from avepoint_async.errors import ResponseError
from avepoint_async.wire.document import parse
from tests.wire.spelled import SEED_SAMPLE, USER, refusal, users


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"<!DOCTYPE html><html><body>Sign in</body></html>",
        b"\xef\xbb\xbf<p>",
        SEED_SAMPLE.decode().encode("utf-16"),
        b"[" * 100_000,
        b'{"data":' * 100_000,
        SEED_SAMPLE[:-3],
        SEED_SAMPLE + b"{}",
        b'{"data": [], "metadata": NaN}',
        b'{"data": ["\xff"]}',
        b'{"data": ["\\ud800]}',
        b"{'data': []}",
        b"\x00" * 1000,
    ],
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    """Empty, HTML, other encodings, depths, ends and starts: a short error without a path."""
    error = refusal(body)
    assert error.path is None
    assert str(error).startswith("the answer is not JSON (")
    assert len(str(error)) < 200


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<!DOCTYPE html>", "HTML"),
        (b"\r\n <p>Sign in</p>", "HTML"),
        (b"\xef\xbb\xbf<p>", "HTML"),
        (b"Sign in", "7 bytes"),
        (b"no <p>", "6 bytes"),
        (b"", "0 bytes"),
    ],
)
def test_what_came_instead_of_json_is_named(body: bytes, kind: str) -> None:
    """A page for a browser is told from anything else, of which the length is told."""
    assert f"({kind}, " in str(refusal(body))
    assert "Sign" not in str(refusal(body))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"Sign in", r"the answer is not JSON \(7 bytes, JSON is malformed: .*\)"),
        (b"", r"the answer is not JSON \(0 bytes, Input data was truncated\)"),
        (b"[" * 100_000, r"the answer is not JSON \(100000 bytes, RecursionError\)"),
    ],
)
def test_why_it_is_no_json(body: bytes, reason: str) -> None:
    """In the words of the parser, which quotes nothing; else by the kind of its error."""
    assert re.fullmatch(reason, str(refusal(body)))


def test_a_byte_order_mark_is_skipped() -> None:
    """Some gateways put one in front, of a usual page and of an unusual one."""
    unusual = json.dumps([USER]).encode()
    for body in (SEED_SAMPLE, unusual):
        assert users(b"\xef\xbb\xbf" + body) == users(body)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (rb"\ud800", "\ufffd"),
        (rb"\uDFFF", "\ufffd"),
        (rb"a\ud83db", "a\ufffdb"),
        (rb"\ud83d\u0041", "\ufffdA"),
        (rb"\ude00\ud83d", "\ufffd\ufffd"),
        (rb"\ud83d\ude00", "\U0001f600"),
        (rb"\\ud800", r"\ud800"),
        (rb"\ud800\\ud800", "\ufffd\\ud800"),
        (rb"\"\ud800\n", '"\ufffd\n'),
        (b"\xed\xa0\x80", "\ufffd"),
    ],
)
def test_half_a_surrogate_pair_is_replaced(written: bytes, read: str) -> None:
    """Names are cut in the middle of a character now and then; the rest of the page is sound."""
    body = SEED_SAMPLE.replace(b'"M365****"', b'"' + written + b'"')
    assert users(body).items[0].display_name == read


@given(st.text(st.characters(), max_size=30))
@example("\ud800\udc00")
@example("\udc00\ud800")
def test_whatever_text_is_written_is_read(text: str) -> None:
    """A serializer may escape whatever it is given: pairs are characters, halves are U+FFFD."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    expected = "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in whole)
    assert parse(json.dumps([text]).encode()) == [expected]


@given(st.binary() | st.binary().map(lambda some: SEED_SAMPLE[:200] + some + SEED_SAMPLE[200:]))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """No bytes raise anything but a ResponseError of one short line."""
    for problem in problems(body):
        assert problem.isprintable()
        assert 0 < len(problem) < 500


def problems(body: bytes) -> list[str]:
    """What is said of a body, if anything is."""
    try:
        return list(users(body).unreadable)
    except ResponseError as error:
        return [str(error)]
