"""Whatever arrives, the decoder reads it or refuses it, and its two paths agree."""

from collections.abc import Callable
from typing import Any

import pytest
from avepoint_async.decode import Envelope, Reply, decode_page
from avepoint_async.models import Customer, ProtectedUser
from hypothesis import example, given, settings
from hypothesis import strategies as st

from avepoint_async.errors import ResponseError
from tests.spelled import ABSENT, CUSTOMER, DECODED, SEED_SAMPLE, USER, changed, encoded

PAGE: dict[str, Any] = {
    "data": [USER, USER],
    "metadata": {"pageIndex": 1, "pageSize": 50, "totalCount": 2},
}
CUSTOMERS: dict[str, Any] = {"data": [CUSTOMER], "metadata": {}}
# only the detailed path reads the tables' capitals, so a page with this row is read by it whole
ODD = changed(USER, "moduleStatus", 0, {"Module": 0, "IsProtected": True})

LEAVES = (
    st.sampled_from([None, True, False, "N/A", "", "0", "2x", "\u0661", "9" * 18, "9" * 19, ABSENT])
    | st.integers(-(2**64), 2**65)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
)
ANYTHING = LEAVES | st.recursive(
    LEAVES.filter(lambda leaf: leaf is not ABSENT),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ROW = ("data", 1)
STATUS = (*ROW, "moduleStatus", 0)
NONE = (None, "N/A", ABSENT)


def is_text(value: object) -> bool:
    """A string."""
    return isinstance(value, str)


def is_digits(value: object) -> bool:
    """A string of up to eighteen digits."""
    return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19


def is_whole(value: object) -> bool:
    """An integer that the parser gives as one, or digits."""
    return (type(value) is int and -(2**63) <= value < 2**64) or is_digits(value)


def is_count(value: object) -> bool:
    """Absent, or a whole number that is not negative."""
    return value in (None, ABSENT) or (is_whole(value) and int(str(value)) >= 0)


def is_text_or_nothing(value: object) -> bool:
    """A string, null or absent."""
    return is_text(value) or value in NONE


def is_empty_list(value: object) -> bool:
    """The one list that holds nothing wrong."""
    return value == []


# each place of a page of users, and what may stand there
USER_PLACES: dict[tuple[Any, ...], Callable[[object], bool]] = {
    ("data",): is_empty_list,
    ROW: lambda _: False,
    (*ROW, "email"): is_text,
    (*ROW, "displayName"): is_text_or_nothing,
    (*ROW, "id"): is_text_or_nothing,
    (*ROW, "userId"): is_text_or_nothing,
    (*ROW, "unknown"): lambda _: True,
    (*ROW, "moduleStatus"): is_empty_list,
    STATUS: lambda _: False,
    (*STATUS, "module"): is_whole,
    (*STATUS, "isProtected"): lambda value: isinstance(value, bool),
    ("metadata",): lambda value: value in (None, ABSENT) or isinstance(value, dict),
    ("metadata", "pageIndex"): is_count,
    ("metadata", "pageSize"): is_count,
    ("metadata", "totalCount"): is_count,
    ("metadata", "unknown"): lambda _: True,
}
CUSTOMER_PLACES: dict[tuple[Any, ...], Callable[[object], bool]] = {
    ("data", 0, "id"): is_text,
    ("data", 0, "organization"): is_text_or_nothing,
    ("data", 0, "jobStatus"): lambda value: is_whole(value) or value in NONE,
    ("data", 0, "tenants"): lambda value: value in ([], None),
    ("data", 0, "tenants", 0): lambda _: False,
    ("data", 0, "tenants", 1, "id"): is_text,
    ("data", 0, "tenants", 1, "name"): is_text_or_nothing,
}


def outcome(document: object, record: type = ProtectedUser) -> Reply[Any] | str:
    """What a document is decoded into, or the text that refuses it."""
    try:
        return decode_page(encoded(document), record, Envelope())
    except ResponseError as error:
        return str(error)


def put(page: dict[str, Any], place: tuple[Any, ...], value: object) -> dict[str, Any]:
    """The page with ``value`` in ``place``; a row that is to be absent is null."""
    in_list = isinstance(place[-1], int)
    base = changed(page, *place, None) if not in_list else page
    return changed(base, *place, None if in_list and value is ABSENT else value)


@pytest.mark.parametrize("place", USER_PLACES)
@settings(max_examples=40)  # in each of many places
@given(value=ANYTHING)
def test_a_user_is_read_or_refused_by_what_stands_in_each_place(
    place: tuple[Any, ...], value: object
) -> None:
    """In every place exactly what the service may send is read, and anything else refused."""
    result = outcome(put(PAGE, place, value))
    assert isinstance(result, Reply) == USER_PLACES[place](value), result


@pytest.mark.parametrize("place", CUSTOMER_PLACES)
@settings(max_examples=40)  # in each of many places
@given(value=ANYTHING)
def test_a_customer_is_read_or_refused_by_what_stands_in_each_place(
    place: tuple[Any, ...], value: object
) -> None:
    """In every place exactly what the service may send is read, and anything else refused."""
    result = outcome(put(CUSTOMERS, place, value), Customer)
    assert isinstance(result, Reply) == CUSTOMER_PLACES[place](value), result


@pytest.mark.parametrize("place", [each for each in USER_PLACES if each[:2] == ROW])
@settings(max_examples=40)  # in each of many places
@given(value=ANYTHING)
@example(value="N/A")
def test_the_fast_path_and_the_detailed_one_agree(place: tuple[Any, ...], value: object) -> None:
    """A page means the same whether it is read fast or, for one odd row, in detail."""
    rows = put(PAGE, place, value)["data"]
    assert outcome([*rows, ODD]) == with_odd(outcome(rows))


def with_odd(result: Reply[Any] | str) -> Reply[Any] | str:
    """The same outcome for a list that has the odd row, too."""
    return Reply((*result.items, DECODED)) if isinstance(result, Reply) else result


def test_the_odd_row_is_read_in_detail() -> None:
    """Only the fast path shares equal statuses: with the odd row, the page is not read by it."""
    fast, detailed = outcome([USER]), outcome([USER, ODD])
    assert isinstance(fast, Reply)
    assert isinstance(detailed, Reply)
    (one, other) = fast.items[0], detailed.items[0]
    assert one == other
    assert one.module_status[0] is not other.module_status[0]


def spliced(start: int, end: int, middle: bytes) -> bytes:
    """The sample with a piece of it replaced."""
    return SEED_SAMPLE[:start] + middle + SEED_SAMPLE[end:]


PLACES = st.integers(0, len(SEED_SAMPLE))
PIECES = st.binary(max_size=4) | st.sampled_from([b"[", b"]", b"{", b"}", b",", b":", b'"', b"0"])


@pytest.mark.parametrize("record", [ProtectedUser, Customer])
@given(body=st.binary() | st.builds(spliced, PLACES, PLACES, PIECES))
@example(body=b"\x1b]0;\x07\r\n\xe2\x80\xa8")
@example(body=b"\x00" * 1000)
@example(body=b"\xff" * 1000)
def test_any_bytes_are_read_or_refused(record: type, body: bytes) -> None:
    """No bytes raise anything but a ResponseError of one short line."""
    result = outcome(body, record)
    assert isinstance(result, Reply) or (result.isprintable() and 0 < len(result) < 500)
