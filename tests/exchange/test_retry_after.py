"""How long an answer asks to wait: the one reader of ``Retry-After``; pure."""

import math
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avepoint_async.exchange.answer import Answer
from avepoint_async.exchange.retry_after import parse_retry_after, retry_after

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        (".5", 0.5),
        ("3.", 3.0),
        ("1e3", 1000.0),
        ("9" * 100, float("9" * 100)),
        ("Wed, 04 Mar 2026 05:06:17 GMT", 10.0),
        ("Wednesday, 04-Mar-26 05:06:17 GMT", 10.0),
        ("Wed Mar  4 05:06:17 2026", 10.0),
        ("Wed, 04 Mar 2026 06:06:17 +0100", 10.0),
        ("Wed, 04 Mar 2026 05:06:17 -0000", 10.0),
        ("Wed, 04 Mar 2026 05:06:17", 10.0),
        ("Wed, 04 Mar 2026 05:06:06 GMT", 0.0),
        ("Mon, 01 Jan 0001 00:00:00 +2359", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 251629786372.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
    ],
)
def test_retry_after_is_read_in_every_spelling(text: str, seconds: float) -> None:
    """Seconds, fractions and every form of HTTP date; a naive date is UTC, a past one is 0."""
    assert parse_retry_after(text, now=NOW) == seconds


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "  ",
        "inf",
        "Infinity",
        "nan",
        "-1",
        "-0.5",
        "+1",
        "1_0",
        "1e999",
        "0x10",
        "١٢",
        "soon",
        "1 second",
        "9" * 101,
        "Wed, 99 Mar 2026 05:06:17 GMT",
        "Mon, 01 Jan 0001 00:00:00 +9959",
        "04 Mar 99999999999999999999 05:06:07 GMT",
    ],
)
def test_nonsense_in_retry_after_is_ignored(text: str | None) -> None:
    """Nonsense is as good as no header; it neither raises nor makes anybody wait."""
    assert parse_retry_after(text, now=NOW) is None


DATE_LIKE = st.lists(
    st.sampled_from(
        [*"0123456789:,-+. /()", "Mon", "Jan", "GMT", "2026", "00:00:00", "-2500", "1.2.3"]
    ),
    max_size=20,
).map("".join)


@given(st.text(max_size=150) | DATE_LIKE)
def test_retry_after_is_total(text: str) -> None:
    """Whatever the header holds, the result is None or a wait that is finite and not negative."""
    seconds = parse_retry_after(text, now=NOW)
    assert seconds is None or 0 <= seconds < math.inf


@given(
    st.integers(0, 10**6),
    st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours))),
)
def test_a_date_is_as_good_as_the_seconds(seconds: int, zone: timezone) -> None:
    """A date of any zone means the same wait as the seconds until then."""
    date = format_datetime((NOW + timedelta(seconds=seconds)).astimezone(zone))
    assert parse_retry_after(date, now=NOW) == parse_retry_after(str(seconds), now=NOW)


def asked(**headers: str) -> float | None:
    """What an answer with these headers asks for, which came at ``NOW``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return retry_after(Answer(503, named, b"", NOW))


def test_a_date_is_read_by_the_clock_of_the_answer() -> None:
    """A service whose clock is an hour ahead asks for ten seconds, and not for an hour."""
    there = NOW + timedelta(hours=1)
    until = format_datetime(there + timedelta(seconds=10))
    assert asked(Retry_After=until, Date=format_datetime(there)) == 10.0
    assert asked(Retry_After=until) == 3610.0


@pytest.mark.parametrize("date", ["", "soon", "Mon, 01 Jan 0001 00:00:00 +9959"])
def test_a_nonsensical_date_of_an_answer_is_ignored(date: str) -> None:
    """Then the date is compared with the time at which the answer came."""
    assert asked(Retry_After=format_datetime(NOW + timedelta(seconds=10)), Date=date) == 10.0


def test_a_date_of_an_answer_may_have_a_hundred_characters() -> None:
    """A header may hold kilobytes, which nobody reads as a date; a short comment is skipped."""
    there = NOW + timedelta(hours=1)
    until = format_datetime(there + timedelta(seconds=10))
    longest = format_datetime(there).ljust(99, "(") + ")"
    assert asked(Retry_After=until, Date=longest) == 10.0
    assert asked(Retry_After=until, Date=longest + ")") == 3610.0


def test_seconds_need_no_clock() -> None:
    """Whatever the answer's ``Date`` says."""
    assert asked(Retry_After="7", Date=format_datetime(NOW + timedelta(days=1))) == 7.0
    assert asked(Date=format_datetime(NOW)) is None
