"""Records of one's own: which types they may have, and how their rows are read."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import attrs
import msgspec
import pytest

from avepoint_async.errors import ConfigurationError, ResponseError
from avepoint_async.resources import Endpoint
from avepoint_async.wire.rows import SIDE
from avepoint_async.wire.values import OpenEnum


class Level(OpenEnum):
    """Some codes."""

    LOW = 0
    HIGH = 2


@attrs.frozen
class Part:
    """Something nested, with a value that may lack."""

    name: str
    note: str | None = "none"


@attrs.frozen
class Wide:
    """A record with every type that a field may have."""

    text: str
    count: int
    share: float
    flag: bool
    at: datetime
    level: Level
    part: Part
    parts: tuple[Part, ...]
    levels: tuple[Level, ...]
    maybe: int | None
    odd_name: str
    side: int | None = attrs.field(default=None, metadata=SIDE)
    spare: int = 7
    words: tuple[str, ...] = attrs.field(factory=lambda: ("a", "b"))


ROW: dict[str, Any] = {
    "text": "t",
    "count": 1,
    "share": 1.5,
    "flag": True,
    "at": "2026-09-14T16:17:38Z",
    "level": 2,
    "part": {"name": "p"},
    "parts": [{"name": "q", "note": "N/A"}],
    "levels": [0, 9],
    "maybe": 5,
    "OddName": "odd",
}
READ = Wide(
    text="t",
    count=1,
    share=1.5,
    flag=True,
    at=datetime(2026, 9, 14, 16, 17, 38, tzinfo=UTC),
    level=Level.HIGH,
    part=Part("p"),
    parts=(Part("q", None),),
    levels=(Level.LOW, Level(9)),
    maybe=5,
    odd_name="odd",
)


def endpoint(record: type[Any], names: dict[str, Any] | None = None) -> Endpoint[Any]:
    """An endpoint that gives such records."""
    return Endpoint(path="/x", record=record, scopes={"s"}, names=names or {})


def read(record: type[Any], *rows: object, names: dict[str, Any] | None = None) -> tuple[Any, ...]:
    """The records of a page that is spelled as usual."""
    facts = {"pageIndex": 1, "pageSize": 100, "totalCount": len(rows)}
    body = msgspec.json.encode({"data": rows, "metadata": facts})
    reply = endpoint(record, names).decoder.page(body)
    assert reply.unreadable == ()
    return reply.items


WIDE_NAMES = {"odd_name": "OddName"}


def test_every_type_is_read() -> None:
    """Texts, numbers, booleans, dates, codes, nested records and arrays of them."""
    assert read(Wide, ROW, ROW, names=WIDE_NAMES) == (READ, READ)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"count": "1,234"}, {"count": 1234}),
        ({"share": "2.5"}, {"share": 2.5}),
        ({"share": 2}, {"share": 2.0}),
        ({"level": "high"}, {}),
        ({"levels": 2}, {"levels": (Level.HIGH,)}),
        ({"levels": None}, {"levels": ()}),
        ({"parts": None}, {"parts": ()}),
        ({"maybe": "N/A"}, {"maybe": None}),
        ({"maybe": None}, {"maybe": None}),
        ({"side": "nonsense"}, {"side": None}),
        ({"side": {"deep": 1}}, {"side": None}),
        ({"side": "3"}, {"side": 3}),
        ({"spare": 8}, {"spare": 8}),
        ({"words": ["c"]}, {"words": ("c",)}),
        ({"part": {"NAME": "p", "Note": "n"}}, {"part": Part("p", "n")}),
    ],
)
def test_what_is_known_to_be_loose_is_read(
    change: dict[str, Any], expected: dict[str, Any]
) -> None:
    """Numbers in strings, codes by name, one code for an array, nonsense in a side field."""
    assert read(Wide, {**ROW, **change}, names=WIDE_NAMES) == (attrs.evolve(READ, **expected),)


def test_what_is_left_out_of_a_row_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """At INFO: which side field, where in it, what was wanted and what came; never the value."""

    @attrs.frozen
    class Beside:
        name: str
        part: Part | None = attrs.field(default=None, metadata=SIDE)

    caplog.set_level(logging.INFO, "avepoint_async.wire")
    assert read(Beside, {"name": "a", "part": {"name": 7}}) == (Beside("a"),)
    assert {each.getMessage() for each in caplog.records} == {
        "part.name is taken as not there: expected a string, got a number"
    }


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"OddName": 7}, "$.data[1].OddName"),
        ({"part": {"name": 1}}, "$.data[1].part.name"),
        ({"part": None}, "$.data[1].part"),
        ({"parts": [{"name": "a"}, {}]}, "$.data[1].parts[1].name"),
        ({"levels": [0, True]}, "$.data[1].levels[1]"),
        ({"levels": {}}, "$.data[1].levels"),
        ({"spare": None}, "$.data[1].spare"),
        ({"at": "yesterday"}, "$.data[1].at"),
        ({"words": "c"}, "$.data[1].words"),
    ],
)
def test_a_path_is_in_the_words_of_the_wire(change: dict[str, Any], path: str) -> None:
    """It names keys as the service spells them, however deep."""
    body = msgspec.json.encode([ROW, {**ROW, **change}])
    (told,) = endpoint(Wide, WIDE_NAMES).decoder.page(body).unreadable
    assert told.split(": ")[0] == path.replace(".data", "")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"words": "c"}, "expected an array, got a string"),
        ({"parts": {"name": "p"}}, "expected an array, got an object"),
        ({"part": 7}, "expected an object, got a number"),
        ({"part": ["p"]}, "expected an object, got an array"),
        ({"level": []}, "expected a whole number, got an array"),
    ],
)
def test_what_is_wrong_is_named_by_its_kind(change: dict[str, Any], why: str) -> None:
    """What was wanted and what came, and never the value."""
    body = msgspec.json.encode([ROW, {**ROW, **change}])
    (told,) = endpoint(Wide, WIDE_NAMES).decoder.page(body).unreadable
    assert told.split(": ")[1] == why


def test_one_field_more_is_one_line() -> None:
    """A revision that sends a field more is served by a record with a field more."""

    @attrs.frozen
    class Before:
        name: str

    @attrs.frozen
    class After(Before):
        risk_level: Level | None = None

    rows = {"name": "a"}, {"name": "b", "riskLevel": 2}
    assert read(Before, *rows) == (Before("a"), Before("b"))
    assert read(After, *rows) == (After("a"), After("b", Level.HIGH))


def test_a_field_may_have_other_wire_names() -> None:
    """The first that holds a value counts, in its usual spelling before any other."""

    @attrs.frozen
    class Named:
        key: str
        at: datetime | None

    names = {"key": ("first", "second"), "at": ("when", "time")}
    rows = [
        {"first": "a", "second": "b", "when": 0},
        {"first": None, "second": "b", "time": 0},
        {"FIRST": "a", "second": "b"},
        {"FIRST": "a"},
        {"Second": "b"},
    ]
    assert [each.key for each in read(Named, *rows, names=names)] == ["a", "b", "b", "a", "b"]
    assert [each.at is None for each in read(Named, *rows, names=names)] == [False] * 2 + [True] * 3


def test_a_default_stands_where_a_key_is_missing() -> None:
    """Of a row in a page of any spelling; a value that is null is one, and None."""

    @attrs.frozen
    class Defaults:
        name: str = "unnamed"
        note: str | None = attrs.field(factory=lambda: "made")

    rows = [{"name": "a", "note": None}, {"note": "n"}, {"name": "a"}, {}]
    expected = (Defaults("a", None), Defaults("unnamed", "n"), Defaults("a"), Defaults())
    assert read(Defaults, *rows) == expected
    assert endpoint(Defaults).decoder.page(msgspec.json.encode(rows)).items == expected


def test_null_under_every_name_is_none() -> None:
    """A revision may know both names and fill neither."""

    @attrs.frozen
    class Named:
        key: str | None

    rows = [{"first": None, "second": "N/A"}, {"first": "N/A", "second": None}]
    assert read(Named, *rows, names={"key": ("first", "second")}) == (Named(None), Named(None))
    reader = endpoint(Named, {"key": ("first", "second")}).decoder
    assert reader.page(msgspec.json.encode(rows)).items == (Named(None), Named(None))


def stripped(text: str) -> str:
    """The text without blanks around it."""
    return text.strip()


def test_a_record_s_own_code_runs() -> None:
    """Validators, converters and hooks are the record's; what one refuses is an unreadable row."""

    @attrs.frozen
    class Checked:
        name: str = attrs.field(validator=attrs.validators.max_len(3), converter=stripped)
        length: int = attrs.field(
            init=False, default=attrs.Factory(lambda self: len(self.name), takes_self=True)
        )

    assert read(Checked, {"name": " abc "}) == (Checked("abc"),)
    assert read(Checked, {"name": "abc"})[0].length == 3
    with pytest.raises(ResponseError) as caught:
        read(Checked, {"name": "secret"})
    assert str(caught.value) == "$.data[0]: refused by the record's own check (ValueError)"


def test_the_hooks_of_a_record_run() -> None:
    """As if it were made by hand."""
    made: list[str] = []

    @attrs.frozen
    class Hooked:
        name: str

        def __attrs_post_init__(self) -> None:
            made.append(self.name)

    read(Hooked, {"name": "a"})
    assert made == ["a"]


@attrs.frozen
class Deep:
    """A record with a record of a bad type in it."""

    parts: tuple["Bad", ...]


@attrs.frozen
class Bad:
    """A record with a type that no reply is read as."""

    things: dict[str, str]


@pytest.mark.parametrize("hint", [dict, list[str], int | str, int | str | None, object, complex])
def test_a_type_that_no_reply_is_read_as_is_refused_at_once(hint: Any) -> None:
    """Before anything is sent; the message names the field and what there is."""
    record = attrs.make_class("Odd", {"field": attrs.field(type=hint)}, frozen=True)
    with pytest.raises(ConfigurationError, match=r"Odd\.field is a .*: use str, int, "):
        endpoint(record)


def test_what_a_field_may_be_is_listed() -> None:
    """Whoever is refused need not look it up."""
    with pytest.raises(ConfigurationError) as caught:
        endpoint(Bad)
    assert str(caught.value) == (
        "Bad.things is a dict[str, str], which no reply is read as: use str, int, float, bool, "
        "datetime, an OpenEnum, an attrs class, a tuple[…, ...] of one of them, or one of them "
        "| None"
    )


def test_a_type_deep_inside_is_refused_as_well() -> None:
    """Named is the record that has it."""
    with pytest.raises(ConfigurationError, match=r"Bad\.things is a "):
        endpoint(Deep)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"name": "a", "NOTE": "n"}, (Part("a", "n"),)),
        ([{"name": "a"}, {"name": "b"}], (Part("a"), Part("b"))),
        ([], ()),
    ],
)
def test_a_reply_may_be_one_object_or_a_bare_array(body: object, expected: object) -> None:
    """Some endpoints give no list."""
    assert endpoint(Part).decoder.single(msgspec.json.encode(body)).items == expected


@pytest.mark.parametrize(
    ("body", "path", "why"),
    [
        (None, "$", "expected an object, got null"),
        ({"note": "x"}, "$.name", "missing"),
        ([{"name": "a"}, {"name": 1}], "$[1].name", "expected a string, got a number"),
        ([None], "$[0]", "expected an object, got null"),
    ],
)
def test_a_single_reply_that_is_wrong_is_refused(body: object, path: str, why: str) -> None:
    """Nothing of it is left out: there is one. The error says where, what was wanted, what came."""
    with pytest.raises(ResponseError) as caught:
        endpoint(Part).decoder.single(msgspec.json.encode(body))
    assert caught.value.path == path
    assert str(caught.value) == f"{path}: {why}"


@pytest.mark.parametrize("change", [lambda row: row, lambda row: {**row, "text": 7}])
def test_unknown_keys_are_ignored(change: Callable[[Any], Any]) -> None:
    """In a page of the usual spelling and in any other."""
    rows = [ROW, {**ROW, "unknown": [1, {}]}]
    body = msgspec.json.encode([*rows, change(ROW)])
    assert endpoint(Wide, WIDE_NAMES).decoder.page(body).items[:2] == (READ, READ)
