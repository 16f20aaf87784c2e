"""What callers hand in."""

from collections import UserList
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avepoint_async import Module
from avepoint_async.arguments import at_least_one, expect, strings
from avepoint_async.errors import ConfigurationError

WORDS = st.text(min_size=1).filter(str.strip)


@given(st.integers(min_value=1))
def test_a_whole_number_of_at_least_one_is_taken(value: int) -> None:
    """One and all above it."""
    assert at_least_one("size", value) == value


@pytest.mark.parametrize("value", [0, -1, True, False, 1.0, 1.5, float("nan"), "1", None, [1]])
def test_anything_else_is_no_count(value: object) -> None:
    """Below one, booleans, floats and strings are refused; the message names and shows it."""
    with pytest.raises(ConfigurationError) as caught:
        at_least_one("page_size", value)
    assert str(caught.value) == (f"page_size must be a whole number of at least 1; got {value!r}")


def test_a_count_is_a_plain_integer() -> None:
    """Whatever kind of integer came, a query is spelled by its digits."""
    count = at_least_one("page_size", Module.ONEDRIVE)
    assert (type(count), count) == (int, 2)


def test_none_is_no_strings() -> None:
    """None asks for everything."""
    assert strings("emails", None) == ()


@pytest.mark.parametrize("make", [list, tuple, iter, UserList, dict.fromkeys])
@given(words=st.lists(WORDS, min_size=1, max_size=5))
def test_any_iterable_of_strings_is_taken(
    make: Callable[[list[str]], Iterable[str]], words: list[str]
) -> None:
    """Each string once, in order, without the space around it."""
    expected = list(dict.fromkeys(word.strip() for word in words))
    assert list(strings("emails", make(words + words))) == expected


@given(WORDS)
def test_one_string_is_one_and_not_its_letters(word: str) -> None:
    """A string is iterable, too, and that is not meant."""
    assert strings("emails", word) == (word.strip(),)


@pytest.mark.parametrize("empty", [[], (), {}, set[str](), iter(())])
def test_an_empty_list_is_refused(empty: object) -> None:
    """It would ask for nobody, and be answered with everybody."""
    with pytest.raises(ConfigurationError, match="emails is empty"):
        strings("emails", empty)


@pytest.mark.parametrize("wrong", [1, 1.5, True, object()])
def test_what_is_neither_string_nor_iterable_is_refused(wrong: object) -> None:
    """The message names the argument and the type that came."""
    with pytest.raises(ConfigurationError, match=f"emails must .* got {type(wrong).__name__}"):
        strings("emails", wrong)


@pytest.mark.parametrize("wrong", ["", " ", "\n", None, 1, b"a", ["a"]])
@pytest.mark.parametrize("before", [0, 2])
def test_every_string_has_something_in_it(wrong: object, before: int) -> None:
    """One that has not is refused, with its position."""
    with pytest.raises(ConfigurationError) as caught:
        strings("ids", ["a"] * before + [wrong])
    assert f"ids[{before}] must" in str(caught.value)
    assert repr(wrong) in str(caught.value)


@pytest.mark.parametrize("blank", ["", " "])
def test_a_blank_string_is_refused(blank: str) -> None:
    """Alone, too."""
    with pytest.raises(ConfigurationError, match=r"emails\[0\] must"):
        strings("emails", blank)


def test_bytes_are_no_string() -> None:
    """Bytes are iterable, and their numbers are no addresses."""
    with pytest.raises(ConfigurationError, match=r"emails\[0\] must"):
        strings("emails", b"a@x.example")


def test_half_a_character_cannot_be_sent() -> None:
    """A lone surrogate has no place in a request; the message names its position."""
    with pytest.raises(ConfigurationError, match=r"emails\[1\] holds half a surrogate pair"):
        strings("emails", ["a", "b\udfffc"])
    whole = "\U0001f600"
    assert strings("emails", whole) == (whole,)


def test_what_is_of_another_kind_is_refused() -> None:
    """The message names the argument, the kind that is expected and the one that came."""
    expect("retry", 1, int)
    with pytest.raises(ConfigurationError, match=r"retry must be of type int; got str$"):
        expect("retry", "1", int)
