"""Every spelling of the service is read, and every other one is refused with its path."""

from itertools import count
from typing import Any

import attrs
import orjson
import pytest
from avepoint_async.decode import Reply, customers_filter, users_filter
from avepoint_async.models import Module, ModuleStatus, ProtectedUser

from tests.spelled import ABSENT, DECODED, SEED_SAMPLE, USER, changed, refusal, user, users


def test_the_seed_s_sample_is_read() -> None:
    """The service's own sample: one user, two modules, and a total of two."""
    assert users(SEED_SAMPLE) == Reply(
        items=(
            ProtectedUser(
                email="admin@M365****.onmicrosoft.com",
                display_name="M365****",
                module_status=(
                    ModuleStatus(Module.MAILBOX, is_protected=False),
                    ModuleStatus(Module.ONEDRIVE, is_protected=True),
                ),
                id=None,
            ),
        ),
        index=1,
        size=50,
        total=2,
    )


@pytest.mark.parametrize(
    "row",
    [
        USER,
        changed(USER, "moduleStatus", 0, {"Module": 0, "IsProtected": True}),
        changed(USER, "moduleStatus", 0, {"module": 0, "IsProtected": True}),
        changed(USER, "moduleStatus", 0, {"Module": 0, "isProtected": True}),
        changed(USER, "moduleStatus", 0, {"module": None, "Module": 0, "isProtected": True}),
        changed(USER, "moduleStatus", 0, "module", "0"),
        changed({**USER, "id": "u-1"}, "userId", ABSENT),
        {**USER, "id": "u-1"},
        {**USER, "id": "u-1", "userId": "another"},
        {**USER, "id": None},
        {**USER, "unknown": {"deep": [1, 2]}, "Email": "another"},
        changed(USER, "moduleStatus", 0, "unknown", [1]),
    ],
)
def test_each_spelling_of_a_user_is_read(row: dict[str, Any]) -> None:
    """The tables' capitals, both names of the id, numbers in strings, and unknown fields."""
    decoded = user(row)
    assert decoded == DECODED
    assert {type(status.module) for status in decoded.module_status} == {Module}


@pytest.mark.parametrize("nothing", [None, "N/A", ABSENT])
def test_a_value_that_the_service_has_not_is_none(nothing: object) -> None:
    """Null, N/A and absent mean the same for a name and an id."""
    assert user(changed(USER, "displayName", nothing)).display_name is None
    assert user(changed(USER, "userId", nothing)).id is None


@pytest.mark.parametrize("nothing", [None, "N/A", ABSENT])
def test_the_later_name_of_an_id_is_read_where_the_first_is_missing(nothing: object) -> None:
    """A revision may know both names and fill one."""
    assert user(changed({**USER, "id": "u"}, "id", nothing)).id == "u-1"


def test_a_user_may_have_no_modules() -> None:
    """An empty list of modules is a list."""
    assert user(changed(USER, "moduleStatus", [])).module_status == ()


@pytest.mark.parametrize("module", [1, 3, 99, -1, 2**63])
def test_an_unknown_module_is_data(module: int) -> None:
    """A module that the service adds tomorrow keeps its number."""
    row = changed(USER, "moduleStatus", 0, "module", module)
    (first, _) = user(row).module_status
    assert (first.module, first.is_protected) == (module, True)


def test_equal_statuses_share_one_object() -> None:
    """A million users hold a handful of statuses."""
    first, second = users([USER, USER]).items
    assert first.module_status is second.module_status


def spelled(unknown: object) -> dict[str, Any]:
    """A user whose modules mean the same, and are spelt in a way of their own."""
    return changed(USER, "moduleStatus", 0, "unknown", unknown)


def test_many_spellings_of_statuses_are_not_kept_for_ever() -> None:
    """A server that spells each user's modules in a way of their own fills no memory."""
    kept = user(USER).module_status
    numbers = count()
    while user(USER).module_status is kept:
        user(spelled(next(numbers)))
    # now two are kept: the last of those, and the one that was looked for
    again = user(USER).module_status
    assert again == kept
    for _ in range(998):
        user(spelled(next(numbers)))
    assert user(USER).module_status is again
    user(spelled(next(numbers)))
    assert user(USER).module_status is not again


@pytest.mark.parametrize(("length", "shared"), [(1000, True), (1001, False)])
def test_a_long_spelling_of_statuses_is_not_kept(length: int, shared: bool) -> None:
    """Nor does one that sends much beside them."""
    rest = len(orjson.dumps(spelled("")["moduleStatus"]))
    row = spelled("x" * (length - rest))
    first, second = users([row, row]).items
    assert first == second == DECODED
    assert (first.module_status is second.module_status) == shared


def test_a_decoded_user_is_frozen() -> None:
    """The fast path builds what the constructor builds."""
    decoded = user(USER)
    assert type(decoded) is ProtectedUser
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        decoded.email = "another"  # type: ignore[misc]  # which is what is tested


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"<!DOCTYPE html><html><body>Sign in</body></html>",
        b"\xef\xbb\xbf" + SEED_SAMPLE,
        SEED_SAMPLE.decode().encode("utf-16"),
        b"[" * 100_000,
        b'{"data":' * 100_000,
        SEED_SAMPLE[:-3],
        SEED_SAMPLE + b"{}",
        b'{"data": [], "metadata": NaN}',
        b'{"data": ["\xff"]}',
        b'{"data": ["\\ud800"]}',
        b"{'data': []}",
    ],
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    """Empty, HTML, a BOM, other encodings, depths, ends and starts: an error that shows nothing."""
    error = refusal(body)
    assert error.path is None
    assert str(error).startswith("the answer is not JSON: ")
    assert str(error).endswith((f"({len(body)} bytes)", "(HTML)"))
    assert len(str(error)) < 400


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<!DOCTYPE html>", "HTML"),
        (b"\r\n <p>Sign in</p>", "HTML"),
        (b"Sign in", "7 bytes"),
        (b"no <p>", "6 bytes"),
        (b"", "0 bytes"),
    ],
)
def test_what_came_instead_of_json_is_named(body: bytes, kind: str) -> None:
    """A page for a browser is told from anything else, of which the length is told."""
    assert str(refusal(body)).endswith(f" ({kind})")


@pytest.mark.parametrize(
    ("document", "got"),
    [
        (None, "null"),
        (True, "a boolean"),
        (0, "a number"),
        (1.5, "a number"),
        ("data", "a string"),
    ],
)
def test_a_document_that_holds_nothing_is_refused(document: object, got: str) -> None:
    """JSON alone is no reply."""
    error = refusal(document)
    assert (error.path, str(error)) == ("$", f"$: expected an object or an array, got {got}")


STATUS = ("moduleStatus", 0)
WRONG_USERS: list[tuple[tuple[Any, ...], str, str]] = [
    ((*STATUS, "isProtected", "false"), "isProtected", "expected a boolean, got a string"),
    ((*STATUS, "isProtected", 1), "isProtected", "expected a boolean, got a number"),
    ((*STATUS, "isProtected", None), "isProtected", "expected a boolean, got null"),
    ((*STATUS, "isProtected", "N/A"), "isProtected", "expected a boolean, got a string"),
    ((*STATUS, "isProtected", ABSENT), "isProtected", "missing"),
    ((*STATUS, "module", True), "module", "expected a whole number, got a boolean"),
    ((*STATUS, "module", 1.5), "module", "expected a whole number, got a number"),
    ((*STATUS, "module", "2x"), "module", "expected a whole number, got a string"),
    ((*STATUS, "module", None), "module", "expected a whole number, got null"),
    ((*STATUS, "module", 2**64), "module", "expected a whole number, got a number"),
    ((*STATUS, "module", ABSENT), "module", "missing"),
]
WRONG_PLACES: list[tuple[tuple[Any, ...], str, str]] = [
    *[(steps, f".moduleStatus[0].{name}", why) for steps, name, why in WRONG_USERS],
    ((*STATUS, None), ".moduleStatus[0]", "expected an object, got null"),
    (("moduleStatus", 1, [0]), ".moduleStatus[1]", "expected an object, got an array"),
    (("moduleStatus", None), ".moduleStatus", "expected an array, got null"),
    (("moduleStatus", {}), ".moduleStatus", "expected an array, got an object"),
    (("moduleStatus", "[]"), ".moduleStatus", "expected an array, got a string"),
    (("moduleStatus", ABSENT), ".moduleStatus", "missing"),
    (("email", None), ".email", "expected a string, got null"),
    (("email", 7), ".email", "expected a string, got a number"),
    (("email", ABSENT), ".email", "missing"),
    (("displayName", 7), ".displayName", "expected a string, got a number"),
    (("displayName", ["A"]), ".displayName", "expected a string, got an array"),
    (("userId", 7), ".id", "expected a string, got a number"),
    (("id", {}), ".id", "expected a string, got an object"),
]


@pytest.mark.parametrize(("steps", "place", "why"), WRONG_PLACES)
@pytest.mark.parametrize("before", [0, 3])
def test_a_user_that_is_wrong_is_refused_with_its_path(
    steps: tuple[Any, ...], place: str, why: str, before: int
) -> None:
    """The path leads to the row, the module and the field; the text says what stands there."""
    rows = [*[USER] * before, changed(USER, *steps), USER]
    path = f"$.data[{before}]{place}"
    error = refusal({"data": rows})
    assert (error.path, str(error)) == (path, f"{path}: {why}")
    # in an early revision's bare list the path is shorter
    assert refusal(rows).path == f"$[{before}]{place}"


def test_the_first_of_many_mistakes_is_named() -> None:
    """One line has room for one."""
    wrong = changed(USER, "moduleStatus", [{"module": 0}, None])
    error = refusal({"data": [USER, wrong, None, {}]})
    assert error.path == "$.data[1].moduleStatus[0].isProtected"


def test_no_value_is_shown() -> None:
    """A refusal names the place and the type, never the value: it may be somebody's name."""
    wrong = changed({**USER, "displayName": "Ada"}, "email", ["Ada"])
    assert "Ada" not in repr(refusal([wrong]))


def test_a_user_s_filter_goes_under_both_names() -> None:
    """One address is sent as both names that the service has had for it."""
    assert orjson.loads(users_filter(("a",))) == {"email": "a", "userEmails": ["a"]}


@pytest.mark.parametrize("number", [2, 3, 99, 100])
def test_many_addresses_go_under_the_later_name(number: int) -> None:
    """Up to a hundred addresses are sent, in order."""
    emails = tuple(f"{place}@x.example" for place in range(number))
    assert orjson.loads(users_filter(emails)) == {"userEmails": list(emails)}
    assert orjson.loads(customers_filter(emails)) == {"customerIds": list(emails)}


@pytest.mark.parametrize("number", [0, 101, 5000])
def test_nobody_and_too_many_are_not_sent(number: int) -> None:
    """The body of an unfiltered call is an empty object."""
    ids = tuple(map(str, range(number)))
    assert users_filter(ids) == customers_filter(ids) == b"{}"


def test_one_customer_goes_under_one_name() -> None:
    """The service has had one name for it."""
    assert orjson.loads(customers_filter(("c",))) == {"customerIds": ["c"]}
