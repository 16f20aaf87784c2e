"""What is said to be whole is whole, over real HTTP: lists change between any two answers.

Answers take a random time, so that they come out of order. ``--walks N`` walks N lists each way.
"""

import random
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any, Literal, cast

import attrs
import pytest

from avepoint_async import AvePointClient, WalkOutcome
from avepoint_async.errors import PaginationError
from avepoint_async.testing import Customer, Emulator, Fleet, Latency
from tests.conftest import new_client

Ref = tuple[str, str]

WAYS: list[Literal["go", "come", "move"]] = ["go", "come", "move"]


@attrs.define
class Shifts:
    """Changes a list before some of its answers: rows go, or come, or move, never go and come.

    Attributes:
        stood: the rows of each list that were there all the time.
        left: answers of each list before it is at rest.
    """

    fleet: Fleet
    rng: random.Random
    stood: dict[Ref, set[str]]
    left: dict[Ref, int]
    changed: Counter[Ref] = attrs.field(factory=Counter[Ref])
    names: int = 0

    def users(self, asked: Any) -> None:
        """Before a page of users is answered."""
        ref = (asked.customer_id, asked.tenant_id)
        if not self.is_due(ref):
            return
        place = self.rng.randrange(1 + len(self.fleet.users(ref)))
        way = self.rng.choice(WAYS)
        if way == "come":
            self.names += 1
            self.fleet.insert(ref, place, f"new{self.names}@x.example")
        elif place < len(self.fleet.users(ref)):
            if way == "go":
                self.stood[ref].discard(self.fleet.remove(ref, place).email)
            else:
                self.fleet.move(ref, place, self.rng.randrange(len(self.fleet.users(ref))))

    def customers(self, _asked: Any) -> None:
        """Before a page of customers is answered."""
        ref = ("", "")
        if not self.is_due(ref):
            return
        place = self.rng.randrange(1 + len(self.fleet.customers()))
        way = self.rng.choice(WAYS)
        if way == "come":
            self.names += 1
            self.fleet.insert_customer(place, Customer(id=f"new{self.names}"))
        elif place < len(self.fleet.customers()):
            if way == "go":
                self.stood[ref].discard(self.fleet.remove_customer(place).id)
            else:
                self.fleet.move_customer(place, self.rng.randrange(len(self.fleet.customers())))

    def is_due(self, ref: Ref) -> bool:
        """Whether the list changes now."""
        if self.left[ref] <= 0:
            return False
        self.left[ref] -= 1
        due = self.rng.random() < 0.4
        self.changed[ref] += due
        return due


def check(shifts: Shifts, ref: Ref, got: list[str], outcome: WalkOutcome) -> bool:
    """Nothing twice; nothing that stood throughout is missing beside ``complete``."""
    assert max(Counter(got).values(), default=1) == 1
    if outcome.complete:
        assert shifts.stood[ref] <= set(got)
    assert isinstance(outcome.error, PaginationError | None)
    return outcome.complete


@attrs.frozen
class Lists:
    """Some tenants of an emulator whose lists change, and a client."""

    client: AvePointClient
    emulator: Emulator
    shifts: Shifts

    @property
    def refs(self) -> list[Ref]:
        """The tenants."""
        return [(ref.customer_id, ref.tenant_id) for ref in self.emulator.fleet.refs()]


@pytest.fixture
async def lists(request: pytest.FixtureRequest) -> AsyncIterator[Lists]:
    """As many tenants as walks are asked for, of up to sixty users."""
    walks = cast("int", request.config.getoption("--walks"))
    count = max(min(30, walks), walks // 10)
    rng = random.Random(1)
    fleet = Fleet.of({("c", f"t{number:05}"): rng.randint(0, 60) for number in range(count)})
    stood = {(r.customer_id, r.tenant_id): {u.email for u in fleet.users(r)} for r in fleet.refs()}
    # Most come to rest early, one in five never.
    left = {ref: rng.choice([1, 2, 3, 4, 10_000]) for ref in stood}
    shifts = Shifts(fleet, rng, stood, left)
    async with (
        Emulator(
            fleet=fleet,
            page_size_limit=7,
            latency=Latency.uniform(0, 0.004),
            on_page=shifts.users,
            record=False,
        ) as emulator,
        new_client(emulator, concurrency=16) as client,
    ):
        yield Lists(client, emulator, shifts)


def check_rested(lists: Lists, whole: dict[Ref, bool]) -> None:
    """At least 99 of 100 lists that came to rest within their first pages ended complete."""
    rested = [ref for ref in whole if lists.shifts.left[ref] <= 0 and lists.shifts.changed[ref]]
    assert rested
    assert sum(whole[ref] for ref in rested) >= 0.99 * len(rested)


async def test_pagers(lists: Lists) -> None:
    """One page after another."""
    whole: dict[Ref, bool] = {}
    for ref in lists.refs:
        walk = lists.client.protected_users(*ref).walk()
        got = [user.email async for user in walk]
        whole[ref] = check(lists.shifts, ref, got, walk.outcome)
    check_rested(lists, whole)


@pytest.mark.parametrize("concurrency", [1, 16])
async def test_fan_outs(lists: Lists, concurrency: int) -> None:
    """Sixteen in flight, and one at a time."""
    got: dict[Ref, list[str]] = {ref: [] for ref in lists.refs}
    fan_out = lists.client.protected_users_across(
        lists.refs, concurrency=concurrency, on_error="skip"
    )
    async with fan_out as fleet:
        async for ref, user in fleet:
            got[ref.customer_id, ref.tenant_id].append(user.email)
    whole = {
        (ref.customer_id, ref.tenant_id): check(
            lists.shifts, (ref.customer_id, ref.tenant_id), got[ref.customer_id, ref.tenant_id], out
        )
        for ref, out in fleet.outcomes.items()
    }
    assert whole.keys() == got.keys()
    assert fleet.complete is all(whole.values())
    check_rested(lists, whole)


async def test_one_giant_at_sixteen(request: pytest.FixtureRequest) -> None:
    """The pages of one tenant, all sixteen in flight, out of order."""
    rng = random.Random(2)
    ref: Ref = ("c", "t")
    walks = cast("int", request.config.getoption("--walks"))
    for _ in range(max(3, walks // 100)):
        fleet = Fleet.of({ref: rng.randint(200, 400)})
        stood: dict[Ref, set[str]] = {ref: {user.email for user in fleet.users(ref)}}
        shifts = Shifts(fleet, rng, stood, {ref: rng.choice([3, 20, 10_000])})
        async with (
            Emulator(
                fleet=fleet,
                page_size_limit=7,
                latency=Latency.uniform(0, 0.004),
                on_page=shifts.users,
                record=False,
            ) as emulator,
            new_client(emulator, concurrency=16) as client,
            client.protected_users_across([ref], on_error="skip") as across,
        ):
            got = [user.email async for _, user in across]
        (outcome,) = across.outcomes.values()
        whole = check(shifts, ref, got, outcome)
        assert whole or shifts.left[ref] > 0


async def test_discovery(request: pytest.FixtureRequest) -> None:
    """Customers come, go and move while they are discovered, and their tenants are walked."""
    rng = random.Random(3)
    ref: Ref = ("", "")
    walks = cast("int", request.config.getoption("--walks"))
    for _ in range(max(5, walks // 30)):
        fleet = Fleet.of({(f"c{number:03}", "t"): 1 for number in range(rng.randint(0, 40))})
        stood: dict[Ref, set[str]] = {ref: {customer.id for customer in fleet.customers()}}
        shifts = Shifts(fleet, rng, stood, {ref: rng.choice([1, 3, 10_000])})
        async with (
            Emulator(
                fleet=fleet, page_size_limit=5, on_page=shifts.customers, record=False
            ) as emulator,
            new_client(emulator) as client,
        ):
            tenants = client.tenants()
            walk = aiter(tenants)
            got = [tenant.customer_id async for tenant in walk]
            # One that came has no tenant, and none of those that went is asked for.
            whole = check(shifts, ref, got, walk.outcome)
            assert whole or shifts.changed[ref]
