"""A page means the same whether it is read fast or, for one odd row, thoroughly."""

import json
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from avepoint_async.errors import ResponseError
from avepoint_async.resources import Endpoint
from avepoint_async.resources.customers import CUSTOMERS
from avepoint_async.resources.protected_users import PROTECTED_USERS
from avepoint_async.wire.envelope import Reply
from avepoint_async.wire.values import OpenEnum
from tests.wire.spelled import CUSTOMER, USER


class Level(OpenEnum):
    """Some codes."""

    LOW = 0


@attrs.frozen
class Plain:
    """A record of plain values alone, each required, optional or with a default."""

    name: str
    note: str | None
    count: int
    level: Level | None
    flag: bool | None
    other: str = "other"
    words: tuple[str, ...] = attrs.field(factory=lambda: ("a",))
    spare: str | None = attrs.field(factory=lambda: "spare")


PLAIN = Endpoint(path="/x", record=Plain, scopes={"s"}, names={"name": ("name", "title")})
ROWS: dict[str, tuple[Endpoint[Any], dict[str, Any]]] = {
    "user": (PROTECTED_USERS, USER),
    "customer": (CUSTOMERS, CUSTOMER),
    "plain": (
        PLAIN,
        {
            "name": "n",
            "title": "t",
            "note": "x",
            "count": 1,
            "level": 0,
            "flag": True,
            "other": "o",
            "words": ["w"],
            "spare": "s",
        },
    ),
}

LEAVES = (
    st.sampled_from([None, True, "N/A", "", "0", "2x", "a/b", "id", "ID", '"userId":', 0, 7, 1.5])
    | st.integers(-(2**65), 2**65)
    | st.text(max_size=5)
)
VALUES = LEAVES | st.lists(LEAVES, max_size=2) | st.dictionaries(st.text(), LEAVES, max_size=2)
CASES: st.SearchStrategy[Callable[[str], str]] = st.sampled_from(
    [str, str, str, str.lower, str.upper, str.title]
)


@st.composite
def rows(draw: st.DrawFn, usual: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows that differ from the usual one in a few keys: gone, in another case, or of any value."""
    made: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(0, 3))):
        row: dict[str, Any] = {}
        for key, value in usual.items():
            kind = draw(st.sampled_from(["as it is"] * 6 + ["gone", "anything", "cased", "both"]))
            if kind == "gone":
                continue
            name = draw(CASES)(key) if kind == "cased" else key
            row[name] = draw(VALUES) if kind == "anything" else value
            if kind == "both":
                row[draw(CASES)(key)] = draw(VALUES)
        row |= draw(
            st.dictionaries(st.sampled_from(["extra", "userId", "Title"]), LEAVES, max_size=1)
        )
        made.append(row)
    return made


def outcome(endpoint: Endpoint[Any], document: object, *, escaped: bool) -> Reply[Any] | str:
    """What a page is decoded into, or the text that refuses it."""
    try:
        return endpoint.decoder.page(json.dumps(document, ensure_ascii=escaped).encode())
    except ResponseError as error:
        return str(error)


def thorough(endpoint: Endpoint[Any], document: Any, *, escaped: bool) -> Reply[Any] | str:
    """The same by way of the rows' reader, to which an odd key in the envelope leaves the page."""
    odd = {"DATA": document["data"], "metadata": document["metadata"]}
    return outcome(endpoint, odd, escaped=escaped)


@pytest.mark.parametrize("name", ROWS)
@settings(max_examples=120)
@given(data=st.data(), escaped=st.booleans())
def test_both_ways_agree(name: str, data: st.DataObject, escaped: bool) -> None:
    """Items, paging, rows that are left out, and refusals."""
    endpoint, usual = ROWS[name]
    metadata = data.draw(
        st.fixed_dictionaries(
            {"pageIndex": st.just(1), "pageSize": st.just(100)},
            optional={
                "totalCount": st.sampled_from([3, "3", None, -1, 2**63]),
                "skipToken": st.text(max_size=3),
                "TotalCount": st.just(9),
            },
        )
        | st.none()
    )
    document = {"data": data.draw(rows(usual)), "metadata": metadata}
    fast = outcome(endpoint, document, escaped=escaped)
    assert fast == thorough(endpoint, document, escaped=escaped)


@pytest.mark.parametrize("name", ROWS)
@example(3)
@given(st.integers(0, 5))
def test_usual_rows_are_read_fast(name: str, number: int) -> None:
    """They are read by msgspec alone, which shares what is nested; the thorough way does not."""
    endpoint, usual = ROWS[name]
    metadata = {"pageIndex": 1, "pageSize": 100, "totalCount": number}
    document = {"data": [usual] * number, "metadata": metadata}
    both = [way(endpoint, document, escaped=False) for way in (outcome, thorough)]
    assert both[0] == both[1]
    if name == "user" and number > 1:
        shared = [len({id(user.module_status[0]) for user in way.items}) for way in both]  # type: ignore[union-attr]
        assert shared == [1, number]
