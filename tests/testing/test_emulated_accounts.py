"""Seats, tenants, the directory and costs: consistent with the users."""

from typing import Any

import pytest

from avepoint_async.testing import Customer, Dialect, Emulator, Fleet, Tenant, User
from avepoint_async.testing.generator import seed_of
from tests.testing.asks import (
    BOTH,
    CONSENT,
    COSTS,
    DIRECTORY,
    INFO,
    JOBS,
    MICROSOFT,
    NEITHER,
    OVERVIEW,
    PURCHASED,
    REF,
    SUBSCRIPTIONS,
    USERS,
    at,
    emulator,
)
from tests.testing.raw import talking_to


async def test_seats_agree_wherever_they_are_told() -> None:
    """Bought seats are enough for who is protected; Microsoft assigned one to every user."""
    async with talking_to(emulator()) as raw:
        (row,) = await SUBSCRIPTIONS.rows(raw)
        purchased = (await PURCHASED(raw)).json
        other = (await at(PURCHASED, "2048", "257")(raw)).json
        (microsoft,) = await MICROSOFT.rows(raw)
        assert await MICROSOFT.rows(raw, {"tenantIds": ["other"]}) == []
        assert await at(MICROSOFT, "type/0", "type/2").rows(raw) == []
        assert (await at(MICROSOFT, "type/0", "type/9")(raw)).status == 400
        assert (await at(PURCHASED, "2048", "x")(raw)).status == 400
    product = row["products"][0]
    assert purchased["productType"] == 2048
    assert product["purchasedUserSeats"] == str(purchased["purchasedUserSeat"])
    assert purchased["purchasedUserSeat"] >= 3
    assert product["microsoftLicenseAssigned"] == "4"
    assert other == {"productType": 257, "purchasedUserSeat": 0}
    assert (microsoft["tenantId"], microsoft["assignedUserSeat"]) == ("t1", 4)


async def test_some_customers_have_used_up_their_seats() -> None:
    """One in four or so has just as many as users are protected, the others some to spare."""
    fleet = Fleet.of({(f"c{number}", "t"): 20 for number in range(40)})
    async with talking_to(Emulator(fleet=fleet)) as raw:
        rows = await SUBSCRIPTIONS.rows(raw, pageSize=100)
        asked = await SUBSCRIPTIONS.rows(raw, {"customerIds": ["C7", "c3"]})
    spare = list[int]()
    for row in rows:
        users = fleet.users((row["customerId"], "t"))
        protected = sum(any(flag for _, flag in user.modules) for user in users)
        spare.append(int(row["products"][0]["purchasedUserSeats"]) - protected)
    assert min(spare) == 0
    assert 5 <= spare.count(0) <= 15
    assert max(spare) <= 10
    assert {len(row["products"]) for row in rows} == {1, 2}
    assert [row["customerId"] for row in asked] == ["c3", "c7"]


async def test_a_tenant_is_told_with_its_cloud() -> None:
    """One object, without an envelope; the name is the customer's list's."""
    acme = Customer("c1", "Acme", tenants=(Tenant("t1", "Main"),))
    async with talking_to(Emulator(fleet=Fleet.of({REF: 1}, customers=[acme]))) as raw:
        assert (await INFO(raw)).json == {
            "id": "t1",
            "name": "Main",
            "aadEnvironment": 0,
            "platformEnvironmentType": 1,
        }


@pytest.mark.parametrize(("modules", "consent"), [(BOTH, True), (NEITHER, False)])
async def test_where_nobody_is_protected_the_app_is_missing(modules: Any, *, consent: bool) -> None:
    """A bare list of one; an unknown product is refused."""
    async with talking_to(emulator([User("a@x", None, modules)])) as raw:
        assert (await CONSENT(raw)).json == [{"isConsent": consent}]
        assert (await at(CONSENT, "Office365Backup", "Other")(raw)).status == 400


async def test_the_directory_has_the_same_users() -> None:
    """By id where there is one, and in an order of its own."""
    async with talking_to(emulator([*USERS, "no-id@x"])) as raw:
        rows = await DIRECTORY.rows(raw)
        asked = await DIRECTORY.rows(raw, {"userIds": ["ID-ADA"]})
        raw.emulator.dialect = Dialect.tables()
        table = await DIRECTORY.rows(raw)
    ids = {row["mail"]: row["id"] for row in rows}
    assert list(ids) == ["no-id@x", "only@x", "grace@x", "alan@x", "ada@x"]
    assert (ids["ada@x"], len(ids["no-id@x"])) == ("id-ada", 36)
    assert [row["firstName"] for row in asked] == ["Ada"]
    assert {type(row["status"]) for row in rows} == {list}
    assert {type(row["status"]) for row in table} == {int}


async def test_cost_issues_say_whether_there_are_more() -> None:
    """The last page says no; names in samples are numbers in tables."""
    tenants = [f"t{number}" for number in range(40)]
    tenant = max(tenants, key=lambda each: seed_of("costs", "c1", each) % 5)
    ask = at(COSTS, "/t1/", f"/{tenant}/")
    async with talking_to(Emulator(fleet={("c1", tenant): 1})) as raw:
        first = (await ask(raw, pageIndex=1, pageSize=3)).json
        second = (await ask(raw, pageIndex=2, pageSize=3)).json
        raw.emulator.dialect = Dialect.tables()
        table = (await ask(raw, pageIndex=2, pageSize=3)).json
    assert [len(page["costIssueItemModels"]) for page in (first, second)] == [3, 1]
    assert [page["hasNextPage"] for page in (first, second)] == [True, False]
    assert second["totalCount"] == 4
    assert second["costIssueItemModels"][0]["severity"] == "Critical"
    assert table["costIssueItemModels"][0]["severity"] == 3


async def test_a_customer_without_tenants_has_empty_lists() -> None:
    """It is known, and nothing is there."""
    fleet = Fleet.of({}, customers=[Customer("c1")])
    async with talking_to(Emulator(fleet=fleet)) as raw:
        assert await OVERVIEW.rows(raw) == []
        assert {row["status"] for row in await JOBS.rows(raw)} == {13}
        assert (await SUBSCRIPTIONS.rows(raw))[0]["products"][0]["purchasedUserSeats"] in "0 10"
