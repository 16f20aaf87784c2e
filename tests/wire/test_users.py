"""Every spelling of a user is read, and a row that is wrong costs itself alone."""

from typing import Any

import attrs
import pytest

from avepoint_async.resources.protected_users import Module, ModuleStatus, ProtectedUser
from avepoint_async.wire.envelope import PagingFacts, Reply
from tests.wire.spelled import ABSENT, DECODED, SEED_SAMPLE, USER, changed, refusal, user, users


def test_the_documented_sample_is_read() -> None:
    """The service's own sample: one user, two modules, and a total of two."""
    sampled = ProtectedUser(
        email="admin@M365****.onmicrosoft.com",
        display_name="M365****",
        module_status=(
            ModuleStatus(Module.MAILBOX, is_protected=False),
            ModuleStatus(Module.ONEDRIVE, is_protected=True),
        ),
        id=None,
    )
    assert users(SEED_SAMPLE) == Reply((sampled,), PagingFacts(index=1, size=50, total=2))


STATUS = ("moduleStatus", 0)


@pytest.mark.parametrize(
    "row",
    [
        USER,
        changed(USER, *STATUS, {"Module": 0, "IsProtected": True}),
        changed(USER, *STATUS, {"module": 0, "IsProtected": True}),
        changed(USER, *STATUS, {"MODULE": 0, "isprotected": True}),
        changed(USER, *STATUS, "module", "0"),
        changed(USER, *STATUS, "module", "Mailbox"),
        changed(USER, *STATUS, "unknown", [1]),
        changed({**USER, "id": "u-1"}, "userId", ABSENT),
        changed({**USER, "ID": "u-1"}, "userId", ABSENT),
        changed({**USER, "USERID": "u-1"}, "userId", ABSENT),
        {**USER, "id": "u-1"},
        {**USER, "id": "u-1", "userId": "another"},
        {**USER, "id": None},
        {**USER, "id": "N/A"},
        {**USER, "ID": "another"},
        {**USER, "unknown": {"deep": [1, 2]}, "Email": "another"},
        {**changed(USER, "email", ABSENT), "EMAIL": "a@x.example"},
        {**changed(USER, "moduleStatus", ABSENT), "ModuleStatus": USER["moduleStatus"]},
    ],
)
def test_each_spelling_of_a_user_is_read(row: dict[str, Any]) -> None:
    """Keys in any case, both names of the id, codes as strings, and unknown fields."""
    decoded = user(row)
    assert decoded == DECODED
    assert {type(status.module) for status in decoded.module_status} == {Module}


@pytest.mark.parametrize("others", [[], [USER], [{**USER, "moduleStatus": None}]])
@pytest.mark.parametrize("nothing", [None, "N/A", ABSENT])
def test_a_value_that_the_service_has_not_is_none(
    nothing: object, others: list[dict[str, Any]]
) -> None:
    """Null, N/A and absent mean the same for a name and an id, whatever the other rows are."""
    rows = [changed(USER, "displayName", nothing), changed(USER, "userId", nothing), *others]
    named, known, *_ = users({"data": rows, "metadata": {}}).items
    assert named == attrs.evolve(DECODED, display_name=None)
    assert known == attrs.evolve(DECODED, id=None)


def test_an_address_may_be_a_placeholder() -> None:
    """Rooms may share one; it is a text like any other."""
    assert user({**USER, "email": "N/A"}).email == "N/A"


@pytest.mark.parametrize("nothing", [[], None, "N/A"])
def test_a_user_may_have_no_modules(nothing: object) -> None:
    """Null is an empty list."""
    assert user(changed(USER, "moduleStatus", nothing)).module_status == ()


@pytest.mark.parametrize("module", [1, 3, 99, -1, 2**63, 2**64])
def test_an_unknown_module_is_data(module: int) -> None:
    """A module that the service adds tomorrow keeps its number."""
    first, _ = user(changed(USER, *STATUS, "module", module)).module_status
    assert (type(first.module), first.module, first.is_protected) == (Module, module, True)


def test_equal_statuses_of_a_page_are_the_same_objects() -> None:
    """A million users hold a handful of statuses."""
    first, second = users({"data": [USER, USER], "metadata": {}}).items
    assert first.module_status[0] is second.module_status[0]


def test_a_decoded_user_is_frozen() -> None:
    """What is streamed stays what it was."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        user(USER).email = "another"  # type: ignore[misc]  # which is what is tested


WRONG: list[tuple[tuple[Any, ...], str, str]] = [
    ((*STATUS, "isProtected", "yes"), ".moduleStatus[0].isProtected", "a boolean, got a string"),
    ((*STATUS, "isProtected", 1), ".moduleStatus[0].isProtected", "a boolean, got a number"),
    ((*STATUS, "isProtected", None), ".moduleStatus[0].isProtected", "a boolean, got null"),
    ((*STATUS, "isProtected", "N/A"), ".moduleStatus[0].isProtected", "a boolean, got a string"),
    ((*STATUS, "module", True), ".moduleStatus[0].module", "a whole number, got a boolean"),
    ((*STATUS, "module", 1.5), ".moduleStatus[0].module", "a whole number, got a number"),
    ((*STATUS, "module", "2x"), ".moduleStatus[0].module", "a whole number, got a string"),
    ((*STATUS, "module", None), ".moduleStatus[0].module", "a whole number, got null"),
    ((*STATUS, None), ".moduleStatus[0]", "an object, got null"),
    (("moduleStatus", 1, [0]), ".moduleStatus[1]", "an object, got an array"),
    (("moduleStatus", {}), ".moduleStatus", "an array, got an object"),
    (("moduleStatus", "[]"), ".moduleStatus", "an array, got a string"),
    (("email", None), ".email", "a string, got null"),
    (("email", 7), ".email", "a string, got a number"),
    (("displayName", ["A"]), ".displayName", "a string, got an array"),
    (("userId", 7), ".id", "a string, got a number"),
    (("id", {}), ".id", "a string, got an object"),
]
MISSING = [
    ((*STATUS, "isProtected", ABSENT), ".moduleStatus[0].isProtected"),
    ((*STATUS, "module", ABSENT), ".moduleStatus[0].module"),
    (("moduleStatus", ABSENT), ".moduleStatus"),
    (("email", ABSENT), ".email"),
]
UNREADABLE = [
    *[(steps, place, f"expected {why}") for steps, place, why in WRONG],
    *[(steps, place, "missing") for steps, place in MISSING],
]


@pytest.mark.parametrize(("steps", "place", "why"), UNREADABLE)
def test_a_row_that_cannot_be_read_costs_that_row(
    steps: tuple[Any, ...], place: str, why: str
) -> None:
    """It is left out, and told with the path to what is wrong; the others are read."""
    rows = [USER, USER, USER, changed(USER, *steps), USER]
    metadata = {"pageIndex": 1, "pageSize": 50, "totalCount": 5}
    facts = PagingFacts(index=1, size=50, total=5)
    told = (f"$.data[3]{place}: {why}",)
    assert users({"data": rows, "metadata": metadata}) == Reply((DECODED,) * 4, facts, told)


@pytest.mark.parametrize(("steps", "place", "why"), UNREADABLE)
def test_a_page_of_which_no_row_can_be_read_is_refused(
    steps: tuple[Any, ...], place: str, why: str
) -> None:
    """Then the contract has changed. The error leads to the first row that is wrong."""
    error = refusal({"data": [changed(USER, *steps), None]})
    assert (error.path, str(error)) == (f"$.data[0]{place}", f"$.data[0]{place}: {why}")
    assert refusal([changed(USER, *steps)]).path == f"$[0]{place}"


def test_the_first_of_many_mistakes_in_a_row_is_told() -> None:
    """One line has room for one."""
    wrong = changed(USER, "moduleStatus", [{"module": 0}, None])
    (told,) = users([USER, wrong]).unreadable
    assert told == "$[1].moduleStatus[0].isProtected: missing"


def test_no_value_is_shown() -> None:
    """A refusal names the place and the type, never the value: it may be somebody's name."""
    wrong = changed({**USER, "displayName": "Ada"}, "email", ["Ada"])
    assert "Ada" not in repr(refusal([wrong]))
    assert "Ada" not in repr(users([USER, wrong]).unreadable)
