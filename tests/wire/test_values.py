"""Plain values: nothing is coerced, and what the service is known to write is read."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from avepoint_async.wire.values import (
    OpenEnum,
    UnreadableError,
    boolean,
    code,
    integer,
    kind,
    moment,
    number,
    or_none,
    string,
)

READERS: dict[str, Callable[[object, Any], Any]] = {
    "a string": string,
    "a whole number": integer,
    "a number": number,
    "a boolean": boolean,
    "a date": moment,
}
NO_STRINGS: list[object] = [None, True, 0, 1.5, [], {}]
NO_BOOLEANS: list[object] = [None, 0, 1, 0.0, "true", "false", "", [], {}]
NO_NUMBERS: list[object] = [
    None,
    True,
    [],
    {},
    "",
    " 1",
    "1 ",
    "2x",
    "1_0",
    "0x1",
    "\N{ARABIC-INDIC DIGIT ONE}",
    "²",
    "N/A",
]
NO_INTEGERS: list[object] = [1.0, 1.5, "1.0", "9" * 19, "1,23", "1,2345", ",123", "1,,234"]
NO_DECIMALS: list[object] = [
    float("inf"),
    10**400,
    2**1024 - 1,
    2**1023,
    "1,23.4",
    "1,234,5",
    "1.2.3",
    ".5",
    "1e3",
    "inf",
]
NO_DATES: list[object] = [None, True, [], {}, "", "yesterday", "31-12-2026T00:00:00Z", 1e300, "N/A"]
WRONG = [
    *[("a string", value) for value in NO_STRINGS],
    *[("a boolean", value) for value in NO_BOOLEANS],
    *[("a whole number", value) for value in [*NO_NUMBERS, *NO_INTEGERS]],
    *[("a number", value) for value in [*NO_NUMBERS, *NO_DECIMALS]],
    *[("a date", value) for value in NO_DATES],
]
AT = datetime(2026, 9, 14, 16, 17, 38, tzinfo=UTC)


@pytest.mark.parametrize(("wanted", "raw"), WRONG)
def test_nothing_is_coerced(wanted: str, raw: object) -> None:
    """A value of another type is refused, with what was wanted and what came."""
    with pytest.raises(UnreadableError) as caught:
        READERS[wanted](raw, None)
    assert caught.value.why == f"expected {wanted}, got {kind(raw)}"


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (None, "null"),
        (True, "a boolean"),
        (7, "a number"),
        (1.5, "a number"),
        ("secret", "a string"),
        (["secret"], "an array"),
        ({"secret": 1}, "an object"),
    ],
)
def test_a_kind_is_json_s_word_for_it(raw: object, word: str) -> None:
    """A value is described and never shown: it may be somebody's name."""
    assert kind(raw) == word


@example(-(2**63))
@example(2**63 - 1)
@given(st.integers(-(2**63), 2**63 - 1))
def test_an_integer_is_taken_as_it_is(raw: int) -> None:
    """Every integer of 64 bits is read."""
    assert integer(raw, int) == raw


@pytest.mark.parametrize("raw", [2**63, -(2**63) - 1, 10**40])
def test_a_number_of_more_than_64_bits_is_refused(raw: int) -> None:
    """No table has room for it, so it must not get as far as one."""
    with pytest.raises(UnreadableError, match="whole number of 64 bits, got a number"):
        integer(raw, int)


@given(st.integers(-(10**18) + 1, 10**18 - 1))
def test_a_number_may_be_a_string(raw: int) -> None:
    """With or without thousands separators, and with leading zeros."""
    assert integer(str(raw), int) == integer(f"{raw:,}", int) == integer(f"{raw:018}", int) == raw
    assert number(f"{raw:,}", float) == number(raw, float) == float(raw)


@given(st.floats(-1e15, 1e15))
def test_a_decimal_number_may_be_a_string(raw: float) -> None:
    """With or without thousands separators, again."""
    rounded = f"{raw:,.3f}"
    assert number(rounded, float) == float(rounded.replace(",", ""))
    assert number(raw, float) == raw


@pytest.mark.parametrize(
    "raw",
    [
        "2026-09-14T16:17:38Z",
        "2026-09-14T16:17:38",
        "2026-09-14T16:17:38.0000000Z",
        "2026-09-14T18:17:38+02:00",
        "09-14-2026T16:17:38Z",
        "09/14/2026T16:17:38Z",
        "09/14/2026 16:17:38",
        int(AT.timestamp()),
        AT.timestamp(),
        str(int(AT.timestamp())),
        int(AT.timestamp() * 1000),
        str(int(AT.timestamp() * 1000)),
    ],
)
def test_each_form_of_a_date_is_the_same_moment(raw: object) -> None:
    """ISO, the two American forms, and numbers of seconds and milliseconds; all are aware."""
    assert moment(raw, None) == AT
    assert moment(raw, None).tzinfo is not None


@pytest.mark.parametrize(
    ("raw", "year"), [(10**11 - 1, 5138), (10**11, 1973), (1 - 10**11, None), (-(10**11), 1966)]
)
def test_a_count_of_twelve_digits_is_milliseconds(raw: int, year: int | None) -> None:
    """Seconds with so many digits would be the year 5138; before the year 1 there is no date."""
    if year is None:
        with pytest.raises(UnreadableError, match="expected a date, got a number"):
            moment(raw, None)
    else:
        assert moment(raw, None).year == year


MOMENTS = st.datetimes(datetime(1970, 1, 3), datetime(2400, 1, 1)).map(  # noqa: DTZ001  # made aware
    lambda naive: naive.replace(tzinfo=UTC)
)


@given(MOMENTS, st.integers(-12, 14))
def test_a_date_keeps_its_microseconds(when: datetime, hours: int) -> None:
    """Seven digits lose the last; a zone of its own is honoured."""
    assert moment(f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond:06}7Z", None) == when
    assert moment(f"{when:%m/%d/%Y %H:%M:%S}.{when.microsecond:06}", None) == when
    assert moment(when.astimezone(timezone(timedelta(hours=hours))).isoformat(), None) == when


class Level(OpenEnum):
    """Some codes."""

    LOW = 0
    VERY_HIGH = 3


@pytest.mark.parametrize("raw", [3, "3", "VeryHigh", "very high", "VERY_HIGH"])
def test_a_code_is_read_by_number_and_by_name(raw: object) -> None:
    """Some endpoints write codes as names."""
    assert code(raw, Level) is Level.VERY_HIGH


@given(st.integers(4))
def test_an_unknown_code_is_data(raw: int) -> None:
    """What the service adds tomorrow is an unnamed member that keeps its value."""
    member = code(raw, Level)
    assert (type(member), member, member.name) == (Level, raw, f"LEVEL_{raw}")
    assert member.value == raw
    assert len(Level) == 2


@pytest.mark.parametrize("raw", [True, 1.0, None, [], "unheard of"])
def test_what_is_no_code_is_refused(raw: object) -> None:
    """A code is a number, or the name of one that is known."""
    with pytest.raises(UnreadableError, match="expected a whole number"):
        code(raw, Level)
    with pytest.raises(ValueError, match="is not a valid Level"):
        Level(raw)  # type: ignore[arg-type]  # the wrong type is the point


@pytest.mark.parametrize("reader", READERS.values())
def test_no_value_is_none(reader: Callable[[object, Any], Any]) -> None:
    """Null and "N/A" are None where a value may be absent; the rest is read as strictly."""
    assert or_none(reader)(None, None) is None
    assert or_none(reader)("N/A", None) is None
    with pytest.raises(UnreadableError, match="got an array"):
        or_none(reader)([], None)
