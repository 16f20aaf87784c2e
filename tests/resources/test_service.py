"""The client's methods against the service: what they ask for, and what comes of it."""

import itertools
from datetime import datetime
from typing import Any

import attrs
import pytest

from avepoint_async.errors import (
    ApiError,
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    PaginationError,
    ResponseError,
)
from avepoint_async.refs import CustomerRef, TenantRef
from avepoint_async.resources.app_consent import AppConsent, ConsentProduct, app_consent
from avepoint_async.resources.backup_jobs import BACKUP_JOBS, JobModule, JobType
from avepoint_async.resources.backup_overview import BACKUP_OVERVIEW
from avepoint_async.resources.customers import Customer, Tenant
from avepoint_async.resources.directory_users import DIRECTORY_USERS, DirectoryUser
from avepoint_async.resources.microsoft_seats import MICROSOFT_SEATS
from avepoint_async.resources.protected_objects import ObjectModule, protected_objects
from avepoint_async.resources.purchased_seats import Product, purchased_seats
from avepoint_async.resources.subscriptions import CustomerSubscriptions
from avepoint_async.resources.tenant_info import TENANT_INFO
from avepoint_async.testing import Dialect, Emulator, Fleet, Tokens, User
from tests.conftest import CUSTOMER, TENANT, Serve, Served, new_client

USERS = [
    User(f"user{place}@x.example", modules=((0, place % 3 > 0), (2, False))) for place in range(195)
]
PROTECTED = sum(place % 3 > 0 for place in range(195))


async def test_an_overview_counts_objects(serve: Serve) -> None:
    """Per module: objects found and protected, as the users have them."""
    client = (await serve(USERS)).client
    rows = await client.backup_overview(CUSTOMER).collect()
    counts = [(row.total_scanned_objects, row.total_protected_objects) for row in rows]
    assert counts == [(195, PROTECTED), (195, 0)]
    assert {row.tenant_id for row in rows} == {TENANT}
    assert all(row.last_run_time and row.last_run_time.tzinfo for row in rows)


@pytest.mark.parametrize("honoured", [True, False])
async def test_jobs_are_asked_for_by_type_and_module(serve: Serve, honoured: bool) -> None:
    """In the body, and here as well: a revision may ignore the filter."""
    names = {"jobType", "jobModule"} if honoured else set()
    served = await serve(USERS, dialect=Dialect(filters=names))
    jobs = served.client.backup_jobs
    every = await jobs(CUSTOMER).collect()
    (mail,) = await jobs(CUSTOMER, job_type=7, module=JobModule.EXCHANGE_ONLINE).collect()
    assert (mail.job_type, mail.job_module) == (JobType.MICROSOFT_365, JobModule.EXCHANGE_ONLINE)
    assert (mail.total_count, mail.failed_count) == (195, 195 - PROTECTED)
    scans = await jobs(CUSTOMER, job_type=JobType.MICROSOFT_365_SCAN).collect()
    assert scans == [job for job in every if job.job_type == 0] != every
    assert await jobs(CUSTOMER, module=JobModule.TEAMS).count() == 1
    asked = [request.json for request in served.emulator.api_requests]
    assert asked[0] == {}
    assert {"jobType": 7, "jobModule": 303} in asked
    assert {"jobType": 0} in asked


async def test_equal_jobs_are_many_jobs(serve: Serve) -> None:
    """Rows without a key are never taken for one another: 34 that are equal stay 34."""
    never = {"jobType": 7, "jobModule": 308, "status": 13, "jobId": "N/A", "name": "N/A"}
    client = (await serve(rows={"backup_jobs": [never] * 34})).client
    walk = client.backup_jobs(CUSTOMER).walk()
    jobs = [job async for job in walk]
    assert len(jobs) == 34
    assert len(set(jobs)) == 1
    assert walk.outcome.complete
    assert walk.outcome.duplicates == 0


async def test_a_job_s_report_tells_of_each_object(serve: Serve) -> None:
    """By the id that the job has in the list of jobs."""
    client = (await serve(USERS)).client
    (job,) = await client.backup_jobs(CUSTOMER, module=JobModule.EXCHANGE_ONLINE).collect()
    assert job.job_id is not None
    rows = await client.job_report(CUSTOMER, job.job_id).collect()
    assert len(rows) == 195
    assert sum(row.status == 0 for row in rows) == PROTECTED
    with pytest.raises(NotFoundError):
        await client.job_report(CUSTOMER, "no such job").collect()


@pytest.mark.parametrize("no_more", ["null", "empty", "absent"])
@pytest.mark.parametrize("total_off", [0, -100, 7])
async def test_a_skip_token_is_sent_as_it_came(serve: Serve, no_more: Any, total_off: int) -> None:
    """130 objects, 50 a page, through a token of awkward characters; the total is only a hint."""
    dialect = Dialect(no_more=no_more, total_off=total_off)
    served = await serve(USERS, dialect=dialect)
    endpoint = protected_objects(ObjectModule.EXCHANGE_MAILBOXES)
    walk = served.client.pager(endpoint, CUSTOMER, page_size=50).walk()
    objects = [each async for each in walk]
    wanted = [user.email for place, user in enumerate(USERS) if place % 3]
    assert [each.display_name for each in objects] == wanted
    assert len(objects) == 130
    assert walk.outcome.complete
    assert walk.outcome.pages == 3
    first, *others = [request.query for request in served.emulator.api_requests]
    assert first == {"pageSize": "50"}
    assert all(set("+/=|% ") <= set(query["skipToken"]) for query in others)


async def test_a_token_that_repeats_is_an_error(serve: Serve) -> None:
    """The server does not advance; what came before is delivered."""
    served = await serve(USERS, dialect=Dialect(repeats_token=True))
    endpoint = protected_objects(ObjectModule.EXCHANGE_MAILBOXES)
    walk = served.client.pager(endpoint, CUSTOMER, page_size=50).walk()
    got = [await anext(walk) for _ in range(50)]
    with pytest.raises(PaginationError, match="a token that was used before") as caught:
        await anext(walk)
    assert len(set(got)) == 50
    assert caught.value.page_index == 2
    assert caught.value.customer_id == CUSTOMER


@pytest.mark.parametrize("honoured", [True, False])
async def test_seats_are_told(serve: Serve, honoured: bool) -> None:
    """What was bought, what Microsoft assigned, and in which subscription."""
    names = {"customerIds", "tenantIds"} if honoured else set()
    served = await serve(USERS, dialect=Dialect(filters=names))
    client = served.client
    bought = await client.purchased_seats(CUSTOMER)
    assert bought.product_type is Product.CLOUD_BACKUP_M365
    assert bought.purchased_user_seat >= PROTECTED
    assert (await client.purchased_seats(CUSTOMER, Product.FLY)).purchased_user_seat == 0
    (seats,) = await client.microsoft_seats(CUSTOMER, tenant_ids=TENANT.upper()).collect()
    assert (seats.tenant_id, seats.assigned_user_seat) == (TENANT, 195)
    assert await client.microsoft_seats(CUSTOMER, tenant_ids=["another"]).collect() == []
    (customer,) = await client.subscriptions(customer_ids=CUSTOMER).collect()
    backup = customer.products[0]
    assert (customer.customer_id, backup.purchased_user_seats) == (
        CUSTOMER,
        bought.purchased_user_seat,
    )
    assert backup.expiration_date is not None
    assert await client.subscriptions(customer_ids=["another"]).collect() == []


async def test_a_tenant_is_told(serve: Serve) -> None:
    """Its cloud, whether it consented, and its users as the directory has them."""
    client = (await serve(USERS)).client
    info = await client.tenant_info(CUSTOMER, TENANT)
    assert (info.id, info.aad_environment) == (TENANT, 0)
    assert await client.app_consent(TenantRef(CUSTOMER, TENANT)) == (AppConsent(is_consent=True),)
    users = await client.directory_users(CUSTOMER, TENANT).collect()
    assert {user.mail for user in users} == {user.email for user in USERS}


@pytest.mark.parametrize("dialect", [Dialect(), Dialect.tables(), Dialect(keys="lower")])
async def test_every_spelling_of_the_service_is_the_same(serve: Serve, dialect: Dialect) -> None:
    """Tables and samples, keys in another case, numbers as strings, dates in each form."""
    usual = await everything(await serve(USERS))
    loose = {"numbers_as_strings": True, "thousands": True}
    spellings: list[tuple[Any, dict[str, Any]]] = [
        (None, loose),
        ("iso7", {}),
        ("dashes", loose),
        ("slashes", {}),
        ("epoch", {}),
        ("epoch", loose),
    ]
    for dates, numbers in spellings:
        spelled = await serve(USERS, dialect=attrs.evolve(dialect, dates=dates, **numbers))
        assert _comparable(await everything(spelled)) == _comparable(usual)


def _comparable(rows: list[Any]) -> list[Any]:
    """The rows without fractions of seconds, and without what the emulator itself varies."""
    return [
        attrs.evolve(
            row,
            **{
                field.name: value.replace(microsecond=0)
                for field in attrs.fields(type(row))
                if isinstance(value := getattr(row, field.name), datetime)
            },
            **({"products": ()} if isinstance(row, CustomerSubscriptions) else {}),
            **({"status": ()} if isinstance(row, DirectoryUser) else {}),
        )
        for row in rows
    ]


async def everything(served: Served) -> list[Any]:
    """A row of each endpoint."""
    client = served.client
    jobs = await client.backup_jobs(CUSTOMER).collect()
    job = next(each.job_id for each in jobs if each.job_module == JobModule.EXCHANGE_ONLINE)
    assert job is not None
    pagers: list[Any] = [
        client.backup_overview(CUSTOMER),
        client.job_report(CUSTOMER, job),
        client.subscriptions(),
        client.microsoft_seats(CUSTOMER),
        client.protected_objects(CUSTOMER, 0),
        client.directory_users(CUSTOMER, TENANT),
    ]
    lists = [await pager.collect() for pager in pagers]
    assert all(lists)
    return [
        *jobs,
        *itertools.chain.from_iterable(lists),
        await client.purchased_seats(CUSTOMER),
        await client.tenant_info(CUSTOMER, TENANT),
        *await client.app_consent(CUSTOMER, TENANT),
    ]


CUSTOMER_LEVEL = [
    BACKUP_OVERVIEW,
    BACKUP_JOBS,
    MICROSOFT_SEATS,
    purchased_seats(Product.CLOUD_BACKUP_M365),
    protected_objects(ObjectModule.ONEDRIVE),
]
TENANT_LEVEL = [TENANT_INFO, DIRECTORY_USERS, app_consent(ConsentProduct.CLOUD_BACKUP_M365)]
FLEET = {("c-1", "t-1"): 3, ("c-1", "t-2"): 2, ("c-2", "t-3"): 4}


@pytest.mark.parametrize("endpoint", CUSTOMER_LEVEL, ids=lambda each: each.record.__name__)
async def test_a_customer_s_endpoint_is_fanned_out_over_customers(endpoint: Any) -> None:
    """References or ids; one that is not there is a failure of its own."""
    async with Emulator(fleet=Fleet.of(FLEET)) as emulator, new_client(emulator) as client:
        refs: list[CustomerRef | str] = ["c-1", CustomerRef("c-2"), "nobody"]
        async with client.fan_out(endpoint, refs, on_error="skip") as fleet:
            got = [ref async for ref, _ in fleet]
        assert set(fleet.outcomes) == {CustomerRef(each) for each in ("c-1", "c-2", "nobody")}
        assert set(fleet.failures) == {CustomerRef("nobody")}
        assert all(fleet.outcomes[CustomerRef(each)].complete for each in ("c-1", "c-2"))
        for each in ("c-1", "c-2"):
            alone = await client.pager(endpoint, each).collect()
            assert got.count(CustomerRef(each)) == len(alone)


@pytest.mark.parametrize("endpoint", TENANT_LEVEL, ids=lambda each: each.record.__name__)
async def test_a_tenant_s_endpoint_is_fanned_out_over_tenants(endpoint: Any) -> None:
    """Whichever tenants the partner has."""
    async with Emulator(fleet=Fleet.of(FLEET)) as emulator, new_client(emulator) as client:
        async with client.fan_out(endpoint, client.tenants()) as fleet:
            got = [ref async for ref, _ in fleet]
        assert set(got) == {TenantRef(*pair) for pair in FLEET}
        assert fleet.complete


async def test_records_and_references_stand_for_ids(serve: Serve) -> None:
    """A customer, its reference or its id; a tenant likewise."""
    client = (await serve(3)).client
    (customer,) = await client.customers().collect()
    (tenant,) = customer.tenants
    asked = [
        await client.backup_jobs(each).collect() for each in (CUSTOMER, customer, customer.ref)
    ]
    assert asked[0] == asked[1] == asked[2]
    assert await client.tenant_info(customer, tenant) == await client.tenant_info(CUSTOMER, TENANT)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda client: client.protected_objects("c", "mail"),
            "module must be one of ObjectModule",
        ),
        (lambda client: client.backup_jobs("c", job_type="x"), "job_type must be one of JobType"),
        (lambda client: client.backup_jobs("c", module=1.5), "module must be one of JobModule"),
        (lambda client: client.backup_overview(TenantRef("c", "t")), "needs customer_id"),
        (lambda client: client.backup_overview(""), "customer_id must be a non-empty string"),
        (lambda client: client.job_report("c", ".."), "job_id must be a non-empty string"),
        (lambda client: client.directory_users("c"), "tenant_id is missing"),
        (lambda client: client.subscriptions(customer_ids=[]), "customer_ids is empty"),
    ],
)
async def test_what_makes_no_sense_is_refused_before_anything_is_sent(
    serve: Serve, ask: Any, message: str
) -> None:
    """The message tells which argument, and what there is."""
    served = await serve()
    with pytest.raises(ConfigurationError, match=message):
        ask(served.client)
    assert served.emulator.requests == []


async def test_an_awaited_method_refuses_as_well(serve: Serve) -> None:
    """An unknown product is data, and what is no product is refused."""
    client = (await serve()).client
    with pytest.raises(ConfigurationError, match=r"product must be one of Product\.DOCAVE_ONLINE"):
        await client.purchased_seats(CUSTOMER, "backup")  # type: ignore[arg-type]  # the point
    with pytest.raises(ConfigurationError, match="product must be one of ConsentProduct"):
        await client.app_consent(CUSTOMER, TENANT, product="Backup")
    assert (await client.purchased_seats(CUSTOMER, 12345)).product_type == 12345


async def test_a_scope_that_was_not_granted_names_the_list(serve: Serve) -> None:
    """One scope of many refuses the whole token, and each list needs its own."""
    tokens = Tokens(granted_scopes={"elements.customers.read.all"})
    client = (await serve(tokens=tokens)).client
    with pytest.raises(AuthenticationError, match=r"^backup job list: .*invalid_scope"):
        await client.backup_jobs(CUSTOMER).collect()
    async with client.fan_out(DIRECTORY_USERS, client.tenants()) as fleet:
        with pytest.raises(AuthenticationError, match=r"^directory user list: .*invalid_scope"):
            await anext(aiter(fleet))


async def test_a_reply_without_its_one_object_is_an_error(serve: Serve) -> None:
    """It tells where it happened, and what there is none of."""
    client = (await serve(rows={"app_consent": []})).client
    assert await client.app_consent(CUSTOMER, TENANT) == ()
    pager = client.pager(app_consent(ConsentProduct.CLOUD_BACKUP_M365), CUSTOMER, TENANT)
    with pytest.raises(ResponseError, match=f"customer {CUSTOMER}, .*holds no AppConsent"):
        await pager.one()


def test_a_customer_and_a_tenant_are_records() -> None:
    """Their reference names them both."""
    customer = Customer("c", "Org", None, None, None, None, (Tenant("t"),))
    assert customer.ref == CustomerRef("c", "Org")
    assert customer.ref.customer_name == "Org"
    assert issubclass(NotFoundError, ApiError)
