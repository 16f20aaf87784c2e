"""How a key is found: in its usual spelling, under another name, or in another case."""

from typing import Any

import pytest

from avepoint_async.wire.names import MISSING, camel, find, fold, spellings


@pytest.mark.parametrize(
    ("field", "name"), [("id", "id"), ("display_name", "displayName"), ("a_b_c", "aBC")]
)
def test_a_wire_name_is_the_field_in_camel_case(field: str, name: str) -> None:
    """Unless another, or several, are given."""
    assert camel(field) == name
    assert spellings({}, field) == (name,)
    assert spellings({field: "other"}, field) == ("other",)
    assert spellings({field: ("one", "two")}, field) == ("one", "two")


@pytest.mark.parametrize(
    ("members", "found"),
    [
        ({"a": 1, "b": 2}, 1),
        ({"b": 2}, 2),
        ({"a": None, "b": 2}, 2),
        ({"a": "N/A", "b": 2}, 2),
        ({"A": 1}, 1),
        ({"A": 1, "b": 2}, 2),  # a usual spelling before any other
        ({"a": None, "B": 2}, 2),
        ({"A": None, "B": 2}, 2),
        ({"a": None, "B": "N/A"}, None),
        ({"a": "N/A", "b": None}, "N/A"),
        ({"a": None, "b": "N/A"}, None),
        ({"A": None, "B": "N/A"}, None),
        ({"A": "N/A", "B": None}, "N/A"),
        ({"b": "N/A"}, "N/A"),
        ({"A": None}, None),
        ({"a": None}, None),
        ({"a": 0}, 0),
        ({"a": ""}, ""),
        ({"ab": 1, "": 2}, MISSING),
        ({}, MISSING),
    ],
)
def test_the_first_key_that_holds_a_value_counts(members: dict[str, Any], found: Any) -> None:
    """Else the null or "N/A" of the first that is there, and of none that is not."""
    assert find(members, ("a", "b")) == found


@pytest.mark.parametrize("key", ["\N{KELVIN SIGN}ey", "k\N{GREEK SMALL LETTER EPSILON}y", "keys"])
def test_only_the_case_of_a_letter_may_differ(key: str) -> None:
    """A letter beyond ASCII is another one, though it looks alike in lower case."""
    assert find({key: 1}, ("key",)) is MISSING
    assert find({"KEY": 1}, ("key",)) == 1
    assert fold("KEY") == fold("key") == "key"
