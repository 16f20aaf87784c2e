"""Lists that change between two answers: users and customers come, go, move and are replaced."""

from collections.abc import Callable
from typing import Any

import pytest

from avepoint_async.testing import Customer, Dialect, Emulator, Fleet, Recorded, Tenant, User
from tests.testing.raw import Raw, talking_to

REF = ("c1", "t1")


async def emails(raw: Raw, **query: Any) -> list[str]:
    """The addresses of one page."""
    return (await raw.users(REF, **query)).emails


async def ids(raw: Raw, **query: Any) -> list[str]:
    """The ids of one page of customers."""
    return [row["id"] for row in (await raw.customers(**query)).json["data"]]


async def test_users_move_and_are_replaced() -> None:
    """Each edit shows on the next page, and the user concerned is given back."""
    fleet = Fleet.of({REF: ["a@x", "b@x", "c@x"]})
    async with talking_to(Emulator(fleet=fleet)) as raw:
        assert await emails(raw) == ["a@x", "b@x", "c@x"]
        assert fleet.move(REF, 0, 2).email == "a@x"
        assert await emails(raw) == ["b@x", "c@x", "a@x"]
        assert fleet.replace(REF, 1, User("c@x", "Carol", ((0, False),))).email == "c@x"
        assert await emails(raw) == ["b@x", "c@x", "a@x"]
        assert (await raw.users(REF)).json["data"][1]["displayName"] == "Carol"


async def test_a_made_up_tenant_can_be_edited_too() -> None:
    """Its users become a list, the others as they were."""
    fleet = Fleet.of({REF: 3})
    before = [user.email for user in fleet.users(REF)]
    fleet.move(REF, 2, 0)
    assert [user.email for user in fleet.users(REF)] == [before[2], *before[:2]]
    assert fleet.replace(REF, 0, "new@x").email == before[2]
    assert fleet.users(REF)[0].email == "new@x"


async def test_customers_come_go_and_move() -> None:
    """With their tenants, and with rows and total of the same moment."""
    fleet = Fleet.of({("c1", "t1"): 1, ("c2", "t2"): 2})
    async with talking_to(Emulator(fleet=fleet)) as raw:
        new = Customer("c3", "Third", tenants=(Tenant("t3"), Tenant("t4", "Empty")))
        fleet.insert_customer(1, new, {"t3": ["ada@x"]})
        assert await ids(raw) == ["c1", "c3", "c2"]
        assert (await raw.users(("c3", "t3"))).emails == ["ada@x"]
        assert (await raw.users(("c3", "t4"))).emails == []
        assert fleet.move_customer(0, 2).id == "c1"
        assert await ids(raw) == ["c3", "c2", "c1"]
        assert fleet.remove_customer(0) == new
        assert (await raw.customers()).json["metadata"]["totalCount"] == 2
        assert (await raw.users(("c3", "t3"))).status == 404
        assert fleet.refs() == [("c1", "t1"), ("c2", "t2")]
        fleet.insert_customer(0, new, {"t3": 7})
        assert len((await raw.users(("c3", "t3"))).emails) == 7


def test_a_customer_is_there_once() -> None:
    """Two of one id would be told apart by nobody."""
    fleet = Fleet.of({REF: 1})
    with pytest.raises(ValueError, match=r"^the fleet has a customer 'c1' already$"):
        fleet.insert_customer(0, Customer("c1"))


async def test_a_hook_edits_between_any_two_answers() -> None:
    """It is called before each page is made: with the page of a moment ago, a row is lost."""
    fleet = Fleet.of({REF: ["a@x", "b@x", "c@x", "d@x"]})

    def edit(recorded: Recorded) -> None:
        if recorded.page_index == 2:
            fleet.move(REF, 2, 0)

    async with talking_to(Emulator(fleet=fleet, on_page=edit)) as raw:
        pages = [await emails(raw, pageIndex=index, pageSize=2) for index in (1, 2)]
        assert pages == [["a@x", "b@x"], ["b@x", "d@x"]]
        raw.emulator.on_page = None
        assert await emails(raw, pageIndex=2, pageSize=2) == ["b@x", "d@x"]
        assert raw.emulator.on_page is None


async def test_a_hook_may_change_the_total_of_one_page() -> None:
    """So rows and total are of two moments, where a test wants that."""

    def lie(recorded: Recorded) -> None:
        emulator.dialect = Dialect(total=7 if recorded.page_index == 2 else "honest")

    emulator = Emulator(fleet={REF: 4}, on_page=lie)
    async with talking_to(emulator) as raw:
        replies = [await raw.users(REF, pageIndex=index, pageSize=2) for index in (1, 2, 3)]
    assert [reply.json["metadata"]["totalCount"] for reply in replies] == [4, 7, 4]


@pytest.mark.parametrize(
    ("dialect", "totals"),
    [
        (Dialect(total=0), [0, 0]),
        (Dialect(total=1), [1, 1]),
        (Dialect(total="page"), [3, 2]),
        (Dialect(total="so_far"), [3, 5]),
        (Dialect(total="so_far", total_off=2), [5, 7]),
        (Dialect(total=300), [300, 300]),
    ],
)
async def test_totals_lie_as_told(dialect: Dialect, totals: list[int]) -> None:
    """A fixed number, the rows of this page, or the rows so far; users and customers alike."""
    fleet = {("c1", "t1"): 5} | {(f"c{number}", "t"): 0 for number in range(2, 6)}
    asks: list[Callable[..., Any]] = [lambda **query: raw.users(REF, **query)]
    async with talking_to(Emulator(fleet=fleet, dialect=dialect)) as raw:
        asks.append(raw.customers)
        for ask in asks:
            replies = [await ask(pageIndex=index, pageSize=3) for index in (1, 2)]
            assert [reply.json["metadata"]["totalCount"] for reply in replies] == totals


async def test_one_list_alone_may_promise_too_much() -> None:
    """The customers promise 300 and show 150, and the users are honest."""
    fleet = {(f"c{number}", "t1"): 1 for number in range(150)}
    dialect = Dialect(total=300, total_kinds=["customers"])
    async with talking_to(Emulator(fleet=fleet, dialect=dialect)) as raw:
        replies = [await raw.customers(pageIndex=index, pageSize=100) for index in (1, 2)]
        assert [reply.json["metadata"]["totalCount"] for reply in replies] == [300, 300]
        assert sum(len(reply.json["data"]) for reply in replies) == 150
        assert (await raw.users(REF)).json["metadata"]["totalCount"] == 1
