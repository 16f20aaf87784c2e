"""Customers and their tenants, and which token each question is asked with."""

from collections.abc import AsyncIterator
from typing import Any

import attrs
import msgspec
import pytest

from avepoint_async import Customer, Tenant, TenantRef
from avepoint_async.errors import ConfigurationError, PermissionDeniedError, ResponseError
from avepoint_async.testing import CUSTOMERS_SCOPE, USERS_SCOPE, Dialect, Fault, Fleet
from avepoint_async.testing import Customer as Given
from avepoint_async.testing import Tenant as GivenTenant
from tests.fanout.conftest import ServeFleet, Site

ROW: dict[str, Any] = {
    "id": "c1",
    "organization": "One",
    "ownerEmail": "owner@one.example",
    "jobStatus": 5,
    "countryOrRegion": "Norway",
    "managementMode": 1,
    "tenants": [{"id": "t1", "name": "First"}],
}
RECORD = Customer("c1", "One", "owner@one.example", 5, "Norway", 1, (Tenant("t1", "First"),))


def body(*rows: dict[str, Any]) -> Fault:
    """One page with these rows, as they stand."""
    metadata = {"pageIndex": 1, "pageSize": 100, "totalCount": len(rows)}
    return Fault.body(msgspec.json.encode({"data": rows, "metadata": metadata}))


@pytest.fixture
async def site(serve_fleet: ServeFleet) -> Site:
    """Two hundred and thirty customers of one tenant each, and an empty one."""
    refs = {(f"c{number:03}", f"t{number:03}"): 0 for number in range(230)}
    return await serve_fleet(Fleet.of(refs, customers=[Given("c999")]))


@pytest.fixture
async def bare(serve_fleet: ServeFleet) -> AsyncIterator[Site]:
    """A service whose one answer the test writes; every line of it is used."""
    site = await serve_fleet(1)
    yield site
    assert site.emulator.script_left == 0


def asked(site: Site) -> list[tuple[int | None, int | None]]:
    """Page and size of each request for customers."""
    return [(each.page_index, each.page_size) for each in site.emulator.api_requests]


async def test_customers_come_page_by_page(site: Site) -> None:
    """All of them, each once, in the order of the service, with everything it tells."""
    customers = await site.client.customers().collect()
    assert [customer.id for customer in customers] == [
        customer.id for customer in site.emulator.fleet.customers()
    ]
    assert asked(site) == [(1, 100), (2, 100), (3, 100)]
    for customer, given in zip(customers, site.emulator.fleet.customers(), strict=True):
        assert (customer.organization, customer.owner_email) == (
            given.organization,
            given.owner_email,
        )
        assert (customer.job_status, customer.management_mode, customer.country_or_region) == (
            given.job_status,
            given.management_mode,
            given.country_or_region,
        )
        assert [(each.id, each.name) for each in customer.tenants] == [
            (each.id, each.name) for each in given.tenants
        ]


async def test_a_page_size_of_ones_own(site: Site) -> None:
    """The size that is asked for, and each page is the next."""
    pages = [page async for page in site.client.customers(page_size=80).pages()]
    assert [(page.index, len(page.items), page.last) for page in pages] == [
        (1, 80, False),
        (2, 80, False),
        (3, 71, True),
    ]
    assert {size for _, size in asked(site)} == {80}


@pytest.mark.parametrize("filters", [["customerIds"], []])
async def test_some_customers(serve_fleet: ServeFleet, filters: list[str]) -> None:
    """One, some and more than the service takes: no others come, whether it filters or not."""
    refs = {(f"c{number:03}", "t"): 0 for number in range(130)}
    site = await serve_fleet(Fleet.of(refs), dialect=Dialect(filters=filters))
    everyone = [f"c{number:03}" for number in range(130)]
    for wanted in (["c007"], everyone[20:120], everyone[:101]):
        found = await site.client.customers(customer_ids=wanted).collect()
        assert [customer.id for customer in found] == wanted
        sent = site.emulator.api_requests[-1].json
        assert sent == ({"customerIds": wanted} if len(wanted) <= 100 else {})
    (one,) = await site.client.customers(customer_ids="c007").collect()
    assert one.id == "c007"
    assert await site.client.customers(customer_ids=["c500"]).collect() == []


@pytest.mark.parametrize("ids", [[], "", " ", [None], [7], 7, ["c1", ""]])
async def test_ids_that_make_no_sense(site: Site, ids: Any) -> None:
    """They are refused when the question is made, and nothing is sent."""
    for ask in (site.client.customers, site.client.tenants):
        with pytest.raises(ConfigurationError, match="customer_ids"):
            ask(customer_ids=ids)
    assert not site.emulator.requests


async def test_every_pair_of_every_customer(site: Site) -> None:
    """In the order of the service; a customer without tenants has no pair."""
    assert [tenant async for tenant in site.client.tenants()] == site.refs


async def test_the_pairs_of_some_customers(site: Site) -> None:
    """As many as they have."""
    some = ["c004", "c009", "c999"]
    found = [tenant async for tenant in site.client.tenants(customer_ids=some)]
    assert found == [TenantRef("c004", "t004"), TenantRef("c009", "t009")]


async def test_tenants_are_read_lazily(site: Site) -> None:
    """A page of customers is asked for when the one before it is used up."""
    tenants = aiter(site.client.tenants())
    assert not site.emulator.requests
    # the first customer has none
    for _ in range(99):
        await anext(tenants)
    assert len(site.emulator.api_requests) == 1
    await anext(tenants)
    assert len(site.emulator.api_requests) == 2
    await tenants.aclose()


async def test_each_endpoint_asks_for_its_own_scope(site: Site) -> None:
    """A scope that is not needed is not asked for, since one not granted refuses the token."""

    def scopes() -> list[str]:
        return [each.form["scope"] for each in site.emulator.token_requests]

    await site.client.customers().first()
    assert scopes() == [CUSTOMERS_SCOPE]
    await site.client.protected_users("c001", "t001").first()
    assert scopes() == [CUSTOMERS_SCOPE, USERS_SCOPE]
    await site.client.customers().first()
    await site.client.protected_users("c002", "t002").first()
    assert len(scopes()) == 2


ROWS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "as documented": ({}, {}),
    "no tenants": ({"tenants": []}, {"tenants": ()}),
    "null tenants": ({"tenants": None}, {"tenants": ()}),
    "a tenant without a name": ({"tenants": [{"id": "t1"}]}, {"tenants": (Tenant("t1"),)}),
    "a tenant with a null name": (
        {"tenants": [{"id": "t1", "name": None}]},
        {"tenants": (Tenant("t1"),)},
    ),
    "N/A for null": (
        {"organization": "N/A", "ownerEmail": "N/A", "countryOrRegion": "N/A"},
        {"organization": None, "owner_email": None, "country_or_region": None},
    ),
    "N/A for a tenant's name": (
        {"tenants": [{"id": "t1", "name": "N/A"}]},
        {"tenants": (Tenant("t1"),)},
    ),
    "numbers as strings": (
        {"jobStatus": "3", "managementMode": "0"},
        {"job_status": 3, "management_mode": 0},
    ),
    "nulls": (
        {"organization": None, "jobStatus": None, "managementMode": None},
        {"organization": None, "job_status": None, "management_mode": None},
    ),
    "what is unknown": ({"plan": {"seats": 7}}, {}),
}


@pytest.mark.parametrize("name", ROWS)
async def test_a_row_as_the_service_may_spell_it(bare: Site, name: str) -> None:
    """What is absent, null or spelled otherwise is read; what is unknown is passed by."""
    wire, record = ROWS[name]
    bare.emulator.script(body({**ROW, **wire}), kind="customers")
    (customer,) = await bare.client.customers().collect()
    assert customer == attrs.evolve(RECORD, **record)


async def test_a_row_of_ids_alone(bare: Site) -> None:
    """All but the id and the tenants may be missing."""
    bare.emulator.script(body({"id": "c1", "tenants": []}), kind="customers")
    (customer,) = await bare.client.customers().collect()
    assert customer == Customer("c1", None, None, None, None, None, ())


@pytest.mark.parametrize(
    ("wire", "path"),
    [
        ({"id": None}, "$.data[1].id"),
        ({"id": 7}, "$.data[1].id"),
        ({"tenants": {}}, "$.data[1].tenants"),
        ({"tenants": [{"name": "nameless"}]}, "$.data[1].tenants[0].id"),
    ],
)
async def test_a_row_that_is_none(
    bare: Site, caplog: pytest.LogCaptureFixture, wire: dict[str, Any], path: str
) -> None:
    """It costs that row and not the list: it is counted, and logged with its path."""
    bare.emulator.script(body(ROW, {**ROW, **wire}), kind="customers")
    tenants = bare.client.tenants()
    assert [tenant async for tenant in tenants] == [TenantRef("c1", "t1")]
    assert tenants.outcome.unreadable == 1
    assert not tenants.outcome.complete
    assert f"customer list, page 1: a row is left out: {path}" in caplog.messages[0]


async def test_a_side_field_that_is_nonsense(bare: Site) -> None:
    """A customer whose status is nonsense is still a customer."""
    bare.emulator.script(body({**ROW, "jobStatus": "soon"}), kind="customers")
    (customer,) = await bare.client.customers().collect()
    assert customer == attrs.evolve(RECORD, job_status=None)


async def test_a_page_of_rows_that_are_none(bare: Site) -> None:
    """Then the contract has changed: the error tells where, and discovery ends."""
    bare.emulator.script(body({**ROW, "id": None}), kind="customers")
    with pytest.raises(ResponseError) as caught:
        [tenant async for tenant in bare.client.tenants()]
    assert caught.value.path == "$.data[0].id"
    assert str(caught.value).startswith("customer list, page 1: ")


async def test_customers_that_may_not_be_seen(bare: Site) -> None:
    """The error of the request is that of the iteration, and names no tenant."""
    bare.emulator.script(Fault.status(403), kind="customers")
    with pytest.raises(PermissionDeniedError) as caught:
        await bare.client.customers().collect()
    assert (caught.value.customer_id, caught.value.page_index) == (None, 1)


async def test_the_dialect_of_strings(serve_fleet: ServeFleet) -> None:
    """Numbers as strings and N/A for null, over a whole made-up fleet."""
    fleet = Fleet.of(
        {("c1", "t1"): 1, ("c1", "t2"): 2},
        customers=[Given("c1", tenants=(GivenTenant("t1"), GivenTenant("t2", "Two")))],
    )
    site = await serve_fleet(fleet, dialect=Dialect(numbers_as_strings=True, null_text="N/A"))
    (customer,) = await site.client.customers().collect()
    tenants = (Tenant("t1"), Tenant("t2", "Two"))
    assert customer == Customer("c1", None, None, 5, None, 1, tenants)
    assert [tenant async for tenant in site.client.tenants()] == site.refs


async def test_customers_that_were_promised_and_not_shown(
    serve_fleet: ServeFleet, caplog: pytest.LogCaptureFixture
) -> None:
    """Discovery that falls short says so, since whole customers may be missing."""
    site = await serve_fleet(3, dialect=Dialect(total_off=1))
    tenants = site.client.tenants()
    assert [tenant async for tenant in tenants] == site.refs
    assert not tenants.outcome.complete
    (said,) = [each for each in caplog.messages if "list is" in each]
    told = "customer list: the list is incomplete: 1 items were delivered, the service promised 2 "
    assert said.startswith(told)


async def test_a_customer_that_is_not_there_is_logged(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """A misspelt id, or a customer that was withdrawn, is not left out without a word."""
    ids = ["C007", "no\nsuch", "c008"]
    pairs = [pair async for pair in site.client.tenants(customer_ids=ids)]
    assert pairs == [TenantRef("c007", "t007"), TenantRef("c008", "t008")]
    assert caplog.messages == ["customer no such is not among those that the app may see"]
