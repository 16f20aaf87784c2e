"""Fleets: given or made up, the same for the same seed, and free of charge."""

import sys
import tracemalloc
from collections import Counter
from typing import Literal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from avepoint_async.testing import Customer, Fleet, Ref, Tenant, User
from avepoint_async.testing.generator import mix

REF = ("c1", "t1")

PINNED_REF = ("0733732b-4d32-4c92-a1d6-b9cff30f12cc", "dd0a64f0-64e3-46e5-a67f-03676f2fee93")
PINNED_EMAILS = [
    "Rosa.simic0@lindqvistee79.onmicrosoft.com",
    "Rosa.jensen1@lindqvistee79.onmicrosoft.com",
]

seeds = st.integers(-(2**70), 2**70)


def told(fleet: Fleet) -> list[object]:
    """All that a fleet holds."""
    return [fleet.customers(), *(list(fleet.users(ref)) for ref in fleet.refs())]


@given(seeds, st.integers(1, 6))
def test_a_seed_makes_the_same_fleet_each_time(seed: int, customers: int) -> None:
    """The same arguments give the same customers, tenants and users, to the last character."""
    first = Fleet.generate(seed, customers, largest=30)
    assert told(first) == told(Fleet.generate(seed, customers, largest=30))


def test_a_fleet_is_the_same_on_every_machine() -> None:
    """Pinned, so that a figure from one machine can be compared with another's."""
    fleet = Fleet.generate(seed=1, customers=3)
    first = fleet.refs()[0]
    assert first == PINNED_REF
    assert [user.email for user in fleet.users(first)[:2]] == PINNED_EMAILS


@given(seeds, st.integers(1, 40))
def test_made_up_fleets_look_like_real_ones(seed: int, customers: int) -> None:
    """One to twelve tenants a customer; every tenant is listed by its own customer."""
    fleet = Fleet.generate(seed, customers)
    counts = [len(customer.tenants) for customer in fleet.customers()]
    assert len(counts) == customers
    assert 1 <= min(counts) <= max(counts) <= 12
    listed = [Ref(each.id, tenant.id) for each in fleet.customers() for tenant in each.tenants]
    assert listed == fleet.refs()
    assert len(set(listed)) == len(listed)


def test_sizes_are_skewed_as_in_real_fleets() -> None:
    """Some tenants are empty, half have some dozens of users, a few tens of thousands."""
    fleet = Fleet.generate(seed=1, customers=800)
    sizes = sorted(len(fleet.users(ref)) for ref in fleet.refs())
    assert sizes[0] == 0
    assert 30 < sizes[len(sizes) // 2] < 120
    assert 10_000 < sizes[-1] <= 40_000


@given(
    st.integers(1, 9),
    st.integers(0, 30),
    st.integers(0, 10_000),
    st.sampled_from(["skewed", "zipf", "equal"]),
)
def test_totals_are_met_exactly(
    customers: int, tenants: int, users: int, sizes: Literal["skewed", "zipf", "equal"]
) -> None:
    """As many customers, tenants and users as asked for; users need a tenant."""
    assume(tenants or not users)
    fleet = Fleet.generate(7, customers, tenants=tenants, users=users, sizes=sizes)
    assert len(fleet.customers()) == customers
    assert len(fleet.refs()) == tenants
    assert fleet.user_count == users


def test_shares_have_the_shape_asked_for() -> None:
    """Zipf halves from place to place as one over n; equal differs by one at most."""
    zipf = Fleet.generate(3, 4, tenants=50, users=45_000, sizes="zipf")
    sizes = sorted((len(zipf.users(ref)) for ref in zipf.refs()), reverse=True)
    assert sizes[0] == pytest.approx(2 * sizes[1], abs=3)
    assert sizes[0] == pytest.approx(50 * sizes[-1], abs=60)
    equal = Fleet.generate(3, 4, tenants=7, users=100, sizes="equal")
    assert {len(equal.users(ref)) for ref in equal.refs()} == {14, 15}


def test_a_total_is_not_capped() -> None:
    """One tenant may hold a million users if they were asked for."""
    assert Fleet.generate(1, 1, tenants=1, users=1_000_000).user_count == 1_000_000


def test_users_look_like_real_ones() -> None:
    """Addresses and ids are unique, most have a name, and protection is as common as it is."""
    users = Fleet.of({REF: 20_000}).users(REF)
    assert len({user.email.lower() for user in users}) == len({user.id for user in users}) == 20_000
    assert all(user.email.isascii() and "@" in user.email for user in users)
    unnamed = sum(user.display_name is None for user in users)
    assert 0 < unnamed < 400
    modules = Counter(user.modules for user in users)
    assert {module for row in modules for module, _ in row} == {0, 2}
    assert 0.6 < modules[(0, True), (2, True)] / 20_000 < 0.75
    assert sum(user.is_protected(2) is None for user in users) > 100
    assert sum(user.is_protected(0) is False for user in users) > 1_000


def test_ids_are_uuids() -> None:
    """Of version 4 and of the right variant."""
    ids = [user.id or "" for user in Fleet.of({REF: 100}).users(REF)]
    assert all(each[14] == "4" and each[19] == "a" and len(each) == 36 for each in ids)


def test_a_million_users_cost_no_memory() -> None:
    """They are computed when asked for, and forgotten again."""
    tracemalloc.start()
    try:
        users = Fleet.of({REF: 1_000_000}).users(REF)
        assert len(users[990_000:990_100]) == 100
        assert users[-1].email == users[999_999].email
        assert tracemalloc.get_traced_memory()[1] < 200_000
    finally:
        tracemalloc.stop()
    assert sys.getsizeof(users) < 200


@given(st.integers(0, 600))
def test_users_are_the_same_however_they_are_read(size: int) -> None:
    """One by one, in a slice, or in a loop."""
    users = Fleet.of({REF: size}).users(REF)
    assert list(users) == users[:] == [users[place] for place in range(size)]


@pytest.mark.parametrize("place", [100, -101])
def test_there_is_no_user_beyond_the_last(place: int) -> None:
    """A made-up tenant is a sequence like any other."""
    with pytest.raises(IndexError):
        Fleet.of({REF: 100}).users(REF)[place]


def test_users_can_be_given_in_any_form() -> None:
    """A record, a bare address, or a row that is sent as it stands."""
    row = {"email": "c@x", "odd": True}
    users = Fleet.of({REF: [User("a@x", "A"), "b@x", row]}).users(REF)
    assert list(users) == [User("a@x", "A"), User("b@x"), User("c@x", modules=(), wire=row)]


@pytest.mark.parametrize(
    ("statuses", "modules"),
    [
        (
            [{"module": 0, "isProtected": True}, {"Module": 2, "IsProtected": False}],
            ((0, True), (2, False)),
        ),
        ([{"module": 0, "isProtected": "yes"}, {"module": "0"}, 5], ()),
        (None, ()),
    ],
)
def test_what_a_row_says_of_protection_is_known(statuses: object, modules: object) -> None:
    """So that the other endpoints agree with it, as far as it can be read."""
    row = {"email": "c@x", "moduleStatus": statuses}
    (user,) = Fleet.of({REF: [row]}).users(REF)
    assert user.modules == modules


def test_customers_can_be_given_and_are_made_up_otherwise() -> None:
    """Given ones are kept, those with no tenant too; the others list their own tenants."""
    given = Customer("c1", "Acme", tenants=(Tenant("t1"), Tenant("gone")))
    lonely = Customer("c9")
    fleet = Fleet.of({REF: 1, ("c2", "t2"): 1, ("c2", "t3"): 1}, customers=[given, lonely])
    assert fleet.customers()[:2] == [given, lonely]
    made = fleet.customers()[2]
    assert (made.id, [tenant.id for tenant in made.tenants]) == ("c2", ["t2", "t3"])


def test_the_testers_own_list_is_left_alone() -> None:
    """An edit changes the fleet, not what it was made from."""
    mine = [User("a@x")]
    fleet = Fleet.of({REF: mine})
    fleet.insert(REF, 0, "b@x")
    assert [user.email for user in fleet.users(REF)] == ["b@x", "a@x"]
    assert mine == [User("a@x")]


def test_a_made_up_tenant_can_be_edited() -> None:
    """The first edit turns it into a list; all others stay where they were."""
    fleet = Fleet.of({REF: 5})
    before = list(fleet.users(REF))
    gone = fleet.remove(REF, 2)
    assert gone == before[2]
    assert list(fleet.users(REF)) == before[:2] + before[3:]


def test_an_unknown_tenant_has_no_users() -> None:
    """Asking for them is the tester's mistake."""
    with pytest.raises(KeyError):
        Fleet.of({}).users(REF)


@given(st.integers(0, 2**64 - 1), st.integers(0, 63))
def test_one_bit_changes_about_half_of_the_others(number: int, bit: int) -> None:
    """Neighbouring seeds and places give unlike users."""
    changed = mix(number) ^ mix(number ^ 1 << bit)
    assert 8 <= changed.bit_count() <= 56
