"""What an endpoint is, and the pagers and fan-outs that a caller makes of one of their own."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import attrs
import pytest

from avepoint_async import AvePointClient, ClientSecret, CustomerRef, IncompleteError, TenantRef
from avepoint_async.errors import (
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    ResponseError,
)
from avepoint_async.paging.endpoint import Endpoint
from avepoint_async.paging.numbered import Numbered
from avepoint_async.paging.single import Single
from avepoint_async.paging.skip_token import SkipToken
from avepoint_async.resources.customers import CUSTOMERS
from avepoint_async.testing import USERS_SCOPE, Dialect, Fault, Tokens
from tests.conftest import CUSTOMER, TENANT, Serve, new_client


@attrs.frozen
class SeatCount:
    """A record of the caller's own."""

    seats: int


def endpoint(path: str = "/customers/{customer_id}/seats", **options: Any) -> Endpoint[SeatCount]:
    """An endpoint of the caller's own."""
    return Endpoint(path=path, record=SeatCount, scopes=frozenset({"seats"}), **options)


@pytest.fixture
def client() -> AvePointClient:
    """A client that sends nothing."""
    return AvePointClient(ClientSecret(client_id="id", client_secret="made up"))


@pytest.mark.parametrize("path", ["customers", "", None])
def test_a_path_begins_with_a_slash(path: Any) -> None:
    """Anything else would be glued to the host."""
    with pytest.raises(ConfigurationError, match="path must begin with a slash"):
        endpoint(path)


@pytest.mark.parametrize("record", [dict, int, "SeatCount"])
def test_a_record_is_an_attrs_class(record: Any) -> None:
    """Its fields are what is read."""
    with pytest.raises(ConfigurationError, match="record must be an attrs class"):
        Endpoint(path="/", record=record, scopes=frozenset())


def test_an_endpoint_has_a_title_and_a_path() -> None:
    """The title is for errors; ids are percent-encoded as one segment each."""
    made = endpoint()
    assert made.title == "seat count list"
    assert made.path_for({"customer_id": "a/b c"}) == "/customers/a%2Fb%20c/seats"


@pytest.mark.parametrize("ids", [("c",), (CustomerRef("c"),)], ids=["an id", "a reference"])
def test_ids_by_name(ids: Any) -> None:
    """A reference stands for its own."""
    assert endpoint().name_ids(ids) == {"customer_id": "c"}
    both = endpoint("/customers/{customer_id}/tenants/{tenant_id}")
    assert both.name_ids((TenantRef("c", "t"),)) == {"customer_id": "c", "tenant_id": "t"}
    with pytest.raises(ConfigurationError, match="needs customer_id, tenant_id; got"):
        both.name_ids(("c",))
    with pytest.raises(ConfigurationError, match="tenant_id must be"):
        both.name_ids(("c", ""))
    more = endpoint("/{region}/{customer_id}/{tenant_id}/{id}")
    assert [*more.name_ids(("eu", TenantRef("c", "t"), "7")).values()] == ["eu", "c", "t", "7"]


@pytest.mark.parametrize("ids", [(), ("c", "t"), (TenantRef("c", "t"),)])
def test_ids_that_do_not_fit_the_path(client: AvePointClient, ids: Any) -> None:
    """The error names what the path needs."""
    with pytest.raises(ConfigurationError, match="seat count list: needs customer_id; got"):
        client.pager(endpoint(), *ids)


def test_ids_where_the_path_has_none(client: AvePointClient) -> None:
    """The error says so."""
    with pytest.raises(ConfigurationError, match="customer list: needs no ids; got"):
        client.pager(CUSTOMERS, "c")


def test_a_get_has_no_body(client: AvePointClient) -> None:
    """A body that would not be sent is refused."""
    get = endpoint(method="GET")
    with pytest.raises(ConfigurationError, match="GET, which has no body"):
        client.pager(get, "c", body={"a": 1})
    assert get.encode(None) is None


def test_a_fan_out_is_over_customers_or_tenants(client: AvePointClient) -> None:
    """Other ids have no source."""
    for path in ("/customers/{customer_id}/jobs/{job_id}", "/tenants/{tenant_id}", "/jobs"):
        with pytest.raises(ConfigurationError) as caught:
            client.fan_out(endpoint(path), [])
        told = f"{path} names other ids than customer and tenant: make pagers"
        assert str(caught.value) == told
    for path in ("/c/{customer_id}", "/c/{customer_id}/t/{tenant_id}"):
        assert repr(client.fan_out(endpoint(path), [])).startswith("<FanOut not entered, ")


@pytest.mark.parametrize(
    ("paging", "options", "size"),
    [
        (Numbered(), {}, 100),
        (SkipToken(), {}, 1000),
        (SkipToken(page_size=500), {}, 500),
        (SkipToken(page_size=500), {"page_size": 7}, 7),
        (Numbered(), {"page_size": 7}, 7),
    ],
)
def test_a_page_s_size(client: AvePointClient, paging: Any, options: Any, size: int) -> None:
    """The caller's, else what the kind of paging prescribes, else a hundred."""
    pager = client.pager(endpoint(paging=paging), "c", **options)
    assert repr(pager) == f"Pager(SeatCount, customer_id='c', page_size={size})"


@pytest.mark.parametrize("name", ["page_size", "start_page"])
def test_a_number_that_is_none(client: AvePointClient, name: str) -> None:
    """The error names the argument."""
    options: dict[str, Any] = {name: 0}
    with pytest.raises(ConfigurationError, match=f"^{name} must be a whole number of at least 1"):
        client.pager(endpoint(), "c", **options)


@pytest.mark.parametrize("wrong", [None, "customers", SeatCount])
def test_what_is_no_endpoint(client: AvePointClient, wrong: Any) -> None:
    """It is refused before anything else is looked at."""
    with pytest.raises(ConfigurationError, match="endpoint must be"):
        client.pager(wrong)
    with pytest.raises(ConfigurationError, match="endpoint must be"):
        client.fan_out(wrong, [])


def test_a_credential_that_is_none() -> None:
    """It may be the secret itself, so that the error does not show it."""
    wrong: Any = "the secret"
    with pytest.raises(ConfigurationError) as caught:
        AvePointClient(wrong)
    assert str(caught.value) == "credential must be a ClientSecret or a ClientCertificate"


def test_a_credential_is_able_to_sign() -> None:
    """An id alone asks for no token."""
    wrong: Any = SimpleNamespace(client_id="id")
    with pytest.raises(ConfigurationError, match="credential must be a ClientSecret"):
        AvePointClient(wrong)


def test_the_settings_of_a_client() -> None:
    """What is of another kind is named, and a ceiling on the pace is told before it is reached."""
    credential, wrong = ClientSecret(client_id="id", client_secret="made up"), "yes"
    with pytest.raises(ConfigurationError, match=r"^strict must be of type bool; got str$"):
        AvePointClient(credential, strict=wrong)  # type: ignore[arg-type]  # the point
    with pytest.raises(ConfigurationError, match=r"^max_passes must be a whole number"):
        AvePointClient(credential, max_passes=0)
    assert AvePointClient(credential, max_requests_per_second=20).stats.pace == 20
    assert AvePointClient(credential).stats.pace is None


def test_the_environment_s_variables() -> None:
    """A client is made of them, and tells which cloud it asks."""
    variables = {"AVEPOINT_CLIENT_ID": "id", "AVEPOINT_CLIENT_SECRET": "made up"}
    client = AvePointClient.from_env(environ={**variables, "AVEPOINT_ENVIRONMENT": "us-gov"})
    assert client.environment.graph_url in repr(client)


async def test_a_client_is_the_same_whichever_way_it_is_made(serve: Serve) -> None:
    """Sixteen requests at once, and a list that falls short is no error."""
    emulator = (await serve(3, dialect=Dialect(total_off=1))).emulator
    for client in (new_client(emulator), AvePointClient.from_env(environ=emulator.settings)):
        async with client:
            assert (
                repr(client) == f"AvePointClient({emulator.environment.graph_url}, concurrency=16)"
            )
            walk = client.protected_users(CUSTOMER, TENANT).walk()
            assert len([user async for user in walk]) == 3
            assert not walk.outcome.complete
            assert walk.outcome.passes == 2


async def test_a_strict_client_s_variables(serve: Serve) -> None:
    """The settings beside them reach the client: one pass, and a short list is an error."""
    emulator = (await serve(3, dialect=Dialect(total_off=1))).emulator
    options: dict[str, Any] = {"max_passes": 1, "strict": True}
    async with AvePointClient.from_env(environ=emulator.settings, **options) as client:
        with pytest.raises(IncompleteError) as caught:
            await client.protected_users(CUSTOMER, TENANT).collect()
    assert caught.value.outcome.passes == 1


async def test_a_strict_walk_that_is_closed_is_over(serve: Serve) -> None:
    """Its error comes once and after the last page, and not to whoever has closed it."""
    served = await serve(3, client={"strict": True}, dialect=Dialect(total_off=1))
    for closed in (False, True):
        pages = served.users().pages()
        while not (await anext(pages)).last:
            pass
        if closed:
            await pages.aclose()
        else:
            with pytest.raises(IncompleteError):
                await anext(pages)
        with pytest.raises(StopAsyncIteration):
            await anext(pages)


async def test_a_page_tells_when_it_came(serve: Serve) -> None:
    """In UTC: after it was asked for, and before it is there."""
    served = await serve(3)
    before = datetime.now(UTC)
    page = await anext(served.users().pages())
    assert before <= page.received_at <= datetime.now(UTC)


async def test_an_error_of_the_credential_names_no_list(serve: Serve) -> None:
    """It would happen with any; one of the list itself names the tenant, or else the list."""
    served = await serve(3)
    served.emulator.script(Fault.status(404))
    served.emulator.script(Fault.status(404), kind="customers")
    with pytest.raises(NotFoundError) as missing:
        await served.users().collect()
    place = (missing.value.customer_id, missing.value.tenant_id, missing.value.page_index)
    assert (place, missing.value.list_name) == ((CUSTOMER, TENANT, 1), None)
    with pytest.raises(NotFoundError) as missing:
        await served.client.customers().collect()
    assert (missing.value.customer_id, missing.value.list_name) == (None, "customer list")
    served = await serve(3, tokens=Tokens(client_secret="rotated"))
    wrong = ClientSecret(client_id=served.emulator.tokens.client_id, client_secret="old")
    async with AvePointClient(wrong, environment=served.emulator.environment) as client:
        with pytest.raises(AuthenticationError) as refused:
            await client.customers().collect()
    assert (refused.value.list_name, refused.value.page_index) == (None, None)


async def test_a_scope_that_is_not_granted_is_told_with_the_list(serve: Serve) -> None:
    """Another list may need another scope."""
    served = await serve(3, tokens=Tokens(granted_scopes=[USERS_SCOPE]))
    with pytest.raises(AuthenticationError) as refused:
        await served.client.customers().collect()
    assert refused.value.list_name == "customer list"
    assert len(await served.users().collect()) == 3


async def test_a_full_page_is_counted_without_another(serve: Serve) -> None:
    """The total that is told is the number, also where it is that of the page."""
    served = await serve(3)
    assert await served.users(page_size=3).count() == 3
    assert served.asked == [1]


@pytest.mark.parametrize(
    ("read", "told"),
    [
        (iter, "asynchronous: write `async for item in pager`, with the async"),
        (
            lambda pager: pager.__await__(),
            "iterated: write `async for item in pager` or `await pager.collect()`",
        ),
    ],
)
def test_a_pager_is_iterated_asynchronously(client: AvePointClient, read: Any, told: str) -> None:
    """Whoever forgets the ``async`` or writes ``await`` is told what to write."""
    with pytest.raises(TypeError) as caught:
        read(client.customers())
    assert str(caught.value) == f"a pager is {told}"


async def test_one_object(serve: Serve) -> None:
    """A reply that is no list is read as the record itself, in one request."""
    served = await serve(1)
    served.emulator.script(Fault.body(b'{"seats": 7}'), kind="customers")
    one = Endpoint(path=CUSTOMERS.path, record=SeatCount, scopes=CUSTOMERS.scopes, paging=Single())
    assert await served.client.pager(one).collect() == [SeatCount(7)]
    assert len(served.emulator.api_requests) == 1


async def test_one_where_there_is_none(serve: Serve) -> None:
    """The error names the record and the page that lacks it."""
    served = await serve(1)
    served.emulator.script(Fault.body(b"[]"), kind="customers")
    one = Endpoint(path=CUSTOMERS.path, record=SeatCount, scopes=CUSTOMERS.scopes, paging=Single())
    with pytest.raises(ResponseError, match="the reply holds no SeatCount") as caught:
        await served.client.pager(one).one()
    assert caught.value.page_index == 1


async def test_the_first_and_the_number(serve: Serve) -> None:
    """One request each."""
    served = await serve(3)
    first = await served.users().first()
    assert first is not None
    assert first.email == served.emails[0]
    assert await served.users().count() == 3
    assert len(served.asked) == 2


async def test_a_customer_s_reference(serve: Serve) -> None:
    """It carries the name, for a fan-out over customers."""
    served = await serve(1)
    (customer,) = await served.client.customers().collect()
    assert customer.ref == CustomerRef(customer.id)
    assert customer.ref.customer_name == customer.organization
