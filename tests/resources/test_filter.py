"""Only some users: what the service is asked for, and what is delivered whatever it answers."""

from collections.abc import Iterable
from typing import Any

import pytest

from avepoint_async.testing import Dialect, User
from tests.conftest import Serve, Served

ADDRESSES = [f"user{place}@x.example" for place in range(250)]


def bodies(served: Served) -> list[Any]:
    """What was asked for, request by request."""
    return [request.json for request in served.emulator.api_requests]


async def test_no_filter_is_an_empty_object(serve: Serve) -> None:
    """The body of an unfiltered call."""
    served = await serve(ADDRESSES)
    assert len(await served.users().collect()) == 250
    assert bodies(served) == [{}, {}, {}]


@pytest.mark.parametrize("emails", [ADDRESSES[7], [ADDRESSES[7]], {ADDRESSES[7]: 1}])
async def test_one_address_goes_under_both_names(serve: Serve, emails: Any) -> None:
    """A string or a list of one: each revision finds the name that it knows."""
    served = await serve(ADDRESSES)
    (user,) = await served.users(emails=emails).collect()
    assert user.email == ADDRESSES[7]
    assert bodies(served) == [{"email": ADDRESSES[7], "userEmails": [ADDRESSES[7]]}]


@pytest.mark.parametrize("number", [2, 100])
async def test_many_addresses_go_under_the_later_name(serve: Serve, number: int) -> None:
    """Up to a hundred are sent; an iterator is read once, an address that comes twice sent once."""
    served = await serve(ADDRESSES)
    wanted = ADDRESSES[50 : 50 + number]
    users = await served.users(emails=iter([*wanted, wanted[0], f" {wanted[1]} "])).collect()
    assert [user.email for user in users] == wanted
    # Of exactly a hundred the first page is full, and one more tells whether it is the last.
    assert bodies(served) == [{"userEmails": wanted}] * (1 + number // 100)


async def test_more_than_a_hundred_are_not_sent(serve: Serve) -> None:
    """The whole tenant is streamed, and the others are left out here."""
    served = await serve(ADDRESSES)
    wanted = ADDRESSES[49:150]
    users = await served.users(emails=wanted).collect()
    assert [user.email for user in users] == wanted
    assert bodies(served) == [{}, {}, {}]


@pytest.mark.parametrize("known", [(), ("email",), ("userEmails",), ("email", "userEmails")])
@pytest.mark.parametrize("emails", [ADDRESSES[0], ADDRESSES[249], ADDRESSES[99:101], ["nobody"]])
async def test_whatever_the_service_knows_the_users_are_right(
    serve: Serve, known: Iterable[str], emails: Any
) -> None:
    """A revision that ignores the filter, or knows it by another name, gives the same users."""
    served = await serve(ADDRESSES, dialect=Dialect(filters=known))
    wanted = {emails} if isinstance(emails, str) else set(emails)
    expected = [address for address in ADDRESSES if address in wanted]
    pager = served.users(emails=emails)
    assert [user.email for user in await pager.collect()] == expected
    first = await pager.first()
    assert ([first.email] if first else []) == expected[:1]
    assert await pager.count() == len(expected)
    pages = [page async for page in pager.pages()]
    assert [user.email for page in pages for user in page.items] == expected
    assert [page.last for page in pages] == [False] * (len(pages) - 1) + [True]


@pytest.mark.parametrize("known", [(), ("email", "userEmails")])
async def test_case_does_not_matter(serve: Serve, known: Iterable[str]) -> None:
    """Addresses are matched without regard to case, and delivered as the service spells them."""
    served = await serve(
        ["Ada@X.example", "bob@x.example", "CARL@x.example"], dialect=Dialect(filters=known)
    )
    users = await served.users(emails=["aDA@x.EXAMPLE", "Carl@x.example"]).collect()
    assert [user.email for user in users] == ["Ada@X.example", "CARL@x.example"]


async def test_a_part_of_an_address_is_not_the_address(serve: Serve) -> None:
    """A match is the whole address, should the service see it otherwise."""
    served = await serve(["ada@x.example", "ada@x.example.org", "a"], dialect=Dialect(filters=()))
    (user,) = await served.users(emails="ada@x.example").collect()
    assert user.email == "ada@x.example"


async def test_two_users_of_one_address_are_both_wanted(serve: Serve) -> None:
    """Users are told apart by address and id, and asked for by address."""
    both = [User("ada@x.example", id="1"), User("ada@x.example", id="2")]
    served = await serve([*both, "bob@x.example"])
    users = await served.users(emails="ada@x.example").collect()
    assert [user.id for user in users] == ["1", "2"]


async def test_a_filter_that_is_honoured_costs_one_request(serve: Serve) -> None:
    """The filtered total ends the walk; one that is ignored costs the whole tenant."""
    served = await serve(ADDRESSES)
    assert await served.users(emails=ADDRESSES[249]).count() == 1
    assert served.asked == [1]
    served.emulator.dialect = Dialect(filters=())
    assert await served.users(emails=ADDRESSES[249]).count() == 1
    assert served.asked == [1, 1, 2, 3]


async def test_pages_of_a_filter_are_those_of_the_service(serve: Serve) -> None:
    """Where the filter is ignored, a page may hold nobody who is wanted and is no end."""
    served = await serve(ADDRESSES, dialect=Dialect(filters=()))
    pages = [page async for page in served.users(emails=ADDRESSES[249]).pages()]
    assert [len(page.items) for page in pages] == [0, 0, 1]
    assert [page.last for page in pages] == [False, False, True]
