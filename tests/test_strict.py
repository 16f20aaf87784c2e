"""Primitives that coerce nothing."""

from typing import Any

import pytest
from avepoint_async.strict import NO_VALUE, boolean, integer, kind, mismatch, or_none, string
from hypothesis import given
from hypothesis import strategies as st

KINDS = {
    "null": None,
    "a boolean": True,
    "a number": 1.5,
    "a string": "secret",
    "an array": ["secret"],
    "an object": {"secret": 1},
}
HOOKS = {"a string": string, "a whole number": integer, "a boolean": boolean}
NO_STRINGS: list[object] = [None, True, 0, 1.5, [], {}]
NO_BOOLEANS: list[object] = [None, 0, 1, 0.0, "true", "false", "", [], {}]
NO_INTEGERS: list[object] = [None, True, False, 1.0, 1.5, [], {}, "", " 1", "1 ", "2x", "-1", "+1"]
NO_DIGITS = ["1.0", "1_0", "0x1", "\N{ARABIC-INDIC DIGIT ONE}", "²", "1" * 19, "N/A"]
WRONG = [
    *[("a string", value) for value in NO_STRINGS],
    *[("a boolean", value) for value in NO_BOOLEANS],
    *[("a whole number", value) for value in [*NO_INTEGERS, *NO_DIGITS]],
]


@pytest.mark.parametrize(("wanted", "raw"), WRONG)
def test_nothing_is_coerced(wanted: str, raw: object) -> None:
    """A value of another type is refused, with what was wanted and what came."""
    with pytest.raises(ValueError, match=f"^expected {wanted}, got {kind(raw)}$"):
        HOOKS[wanted](raw, None)


@given(st.text())
def test_a_string_is_taken_as_it_is(raw: str) -> None:
    """No string is changed."""
    assert string(raw, str) is raw


@pytest.mark.parametrize("raw", [True, False])
def test_a_boolean_is_taken_as_it_is(raw: bool) -> None:
    """Both booleans are read."""
    assert boolean(raw, bool) is raw


@given(st.integers())
def test_an_integer_is_taken_as_it_is(raw: int) -> None:
    """Every integer that the parser gives is read, negative ones too."""
    assert integer(raw, int) is raw


@given(st.integers(0, 10**18 - 1))
def test_digits_are_an_integer(raw: int) -> None:
    """Sibling endpoints send numbers as strings, some of them with leading zeros."""
    assert integer(str(raw), int) == integer(f"{raw:018}", int) == raw


@pytest.mark.parametrize("raw", [None, "N/A", NO_VALUE])
def test_no_value_is_none(raw: object) -> None:
    """Null and its other spelling are None where a value may be absent."""
    assert or_none(string)(raw, str) is None
    assert or_none(integer)(raw, int) is None


@pytest.mark.parametrize(("hook", "raw", "value"), [(string, "n/a", "n/a"), (integer, "7", 7)])
def test_a_value_that_may_be_absent_is_read_as_strictly(hook: Any, raw: str, value: object) -> None:
    """Beside null, the same is read and the same refused."""
    assert or_none(hook)(raw, None) == value
    with pytest.raises(ValueError, match="got a boolean"):
        or_none(hook)(False, None)


@pytest.mark.parametrize(("name", "value"), KINDS.items())
def test_a_kind_is_json_s_word_for_it(name: str, value: object) -> None:
    """A value is described in JSON's words and never shown: it may be somebody's name."""
    assert kind(value) == name
    assert str(mismatch(value, "a wish")) == f"expected a wish, got {name}"


def test_an_integer_is_a_number() -> None:
    """JSON has one kind of number."""
    assert kind(1) == "a number"
