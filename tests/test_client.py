"""The client: what it is given, what it sends, and what it shares."""

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import pytest

from avepoint_async import TenantRef
from avepoint_async.auth.credentials import ClientSecret
from avepoint_async.auth.environment import Environment
from avepoint_async.client import AvePointClient
from avepoint_async.errors import (
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
)
from avepoint_async.exchange.retry import RetryPolicy
from avepoint_async.testing import CUSTOMERS_SCOPE, USERS_SCOPE, Emulator, Fault, Fleet
from tests.conftest import CUSTOMER, TENANT, Serve, new_client

NO_IDS = ["", " ", ".", "..", None, 1, b"id", ["id"]]
NO_COUNTS = [0, -1, True, False, 1.0, 1.5, float("nan"), "1", None, [1]]
NO_WORDS: list[Any] = [1, True, object(), [], (), {}, "", " ", [""], ["a", None], [b"a"], b"a"]
USERS: dict[str, Any] = {"customer_id": CUSTOMER, "tenant_id": TENANT}
WRONG: list[tuple[str, Mapping[str, Any], str]] = [
    *[("protected_users", USERS | {"customer_id": wrong}, "customer_id") for wrong in NO_IDS],
    *[("protected_users", USERS | {"tenant_id": wrong}, "tenant_id") for wrong in NO_IDS],
    *[("protected_users", USERS | {"page_size": wrong}, "page_size") for wrong in NO_COUNTS],
    *[("protected_users", USERS | {"start_page": wrong}, "start_page") for wrong in NO_COUNTS],
    *[("protected_users", USERS | {"emails": wrong}, "emails") for wrong in NO_WORDS],
    *[("customers", {"page_size": wrong}, "page_size") for wrong in NO_COUNTS],
    *[("customers", {"customer_ids": wrong}, "customer_ids") for wrong in NO_WORDS],
    *[("tenants", {"customer_ids": wrong}, "customer_ids") for wrong in NO_WORDS],
    ("protected_users_across", {"tenants": [], "page_size": 0}, "page_size"),
    ("protected_users_across", {"tenants": [], "emails": []}, "emails"),
    ("protected_users_across", {"tenants": [], "concurrency": 0}, "concurrency"),
]


@pytest.mark.parametrize(("method", "arguments", "name"), WRONG)
async def test_nonsense_is_refused_before_any_request(
    serve: Serve, method: str, arguments: Mapping[str, Any], name: str
) -> None:
    """The call itself raises, naming the argument; nothing is sent, no token asked for."""
    served = await serve()
    with pytest.raises(ConfigurationError, match=name) as caught:
        getattr(served.client, method)(**arguments)
    assert isinstance(caught.value, ValueError)
    assert served.emulator.requests == []


@pytest.mark.parametrize(
    ("method", "arguments", "name"),
    [
        ("protected_users", USERS | {"customer_id": "\ud800"}, "customer_id"),
        ("protected_users", USERS | {"tenant_id": "x\udfff"}, "tenant_id"),
        ("protected_users", USERS | {"emails": "\ud800"}, "emails"),
        ("protected_users", USERS | {"emails": ["a"] * 200 + ["\ud800"]}, "emails"),
        ("customers", {"customer_ids": ["c", "\ud800"]}, "customer_ids"),
    ],
)
async def test_text_that_cannot_be_sent_is_refused(
    serve: Serve, method: str, arguments: Mapping[str, Any], name: str
) -> None:
    """Half a character (a lone surrogate) has no place in an address or a body."""
    served = await serve()
    with pytest.raises(ConfigurationError, match=name):
        getattr(served.client, method)(**arguments)
    assert served.emulator.requests == []


@pytest.mark.parametrize("wrong", [0, -1, True, 1.5, "16", None])
def test_a_client_sends_at_least_one_request_at_a_time(wrong: Any) -> None:
    """A bound below one, or none that counts, is refused."""
    credential = ClientSecret(client_id="c", client_secret="s")
    with pytest.raises(ConfigurationError, match="concurrency"):
        AvePointClient(credential, concurrency=wrong)


@pytest.mark.parametrize("name", ["environment", "retry", "strict", "max_passes"])
@pytest.mark.parametrize("wrong", ["us-government", 0, None])
def test_a_client_s_settings_are_of_their_kind(name: str, wrong: Any) -> None:
    """A number in the place of a policy, or a name that no cloud has, is refused at once."""
    credential = ClientSecret(client_id="c", client_secret="s")
    with pytest.raises(ConfigurationError, match=name):
        AvePointClient(credential, **{name: wrong})


@pytest.mark.parametrize("name", ["us-gov", "US-Gov"])
def test_a_cloud_goes_by_its_name(name: str) -> None:
    """The name of a cloud stands for its environment, in any case."""
    client = AvePointClient(ClientSecret(client_id="c", client_secret="s"), environment=name)
    assert client.environment == Environment.US_GOV
    assert Environment.US_GOV.graph_url in repr(client)


async def test_a_tenant_is_named_in_any_way(serve: Serve) -> None:
    """By two ids, by a reference, or by the records that the customer list gave."""
    served = await serve(2)
    (customer,) = await served.client.customers().collect()
    ask: Any = served.client.protected_users
    ref, tenant = TenantRef(CUSTOMER, TENANT), customer.tenants[0]
    for names in ([CUSTOMER, TENANT], [ref], [customer, tenant]):
        assert await ask(*names).count() == 2
    for names in ([CUSTOMER], [ref, TENANT]):
        with pytest.raises(ConfigurationError, match="TenantRef"):
            ask(*names)


async def test_a_pager_says_how_it_is_read(serve: Serve) -> None:
    """`for` and `await` name what to write instead."""
    pager = (await serve(2)).users()
    with pytest.raises(TypeError, match="async for item in pager"):
        list(cast("Any", pager))
    with pytest.raises(TypeError, match=r"await pager\.collect"):
        await cast("Any", pager)


@pytest.mark.parametrize("wrong", [None, "secret", ("id", "secret"), object()])
def test_a_client_needs_a_credential(wrong: Any) -> None:
    """What cannot ask for a token is refused at once, and not at the first request."""
    with pytest.raises(ConfigurationError, match="credential must be a ClientSecret"):
        AvePointClient(wrong)


async def test_nothing_is_sent_before_it_is_asked_for(serve: Serve) -> None:
    """A recipe costs nothing, and so does a client that is never used."""
    served = await serve()
    pagers = [served.users(), served.client.customers(), served.users().pages()]
    assert len(pagers) == 3
    assert served.emulator.requests == []


@pytest.mark.parametrize("odd", ["a/b", "../..", "a b?c#d", "ü", "%2e%2e"])
async def test_an_odd_id_reaches_the_service_as_it_is(emulator: Emulator, odd: str) -> None:
    """An id is one segment of the path, whatever it holds: another path is never asked for."""
    async with new_client(emulator) as client:
        with pytest.raises(NotFoundError):
            await client.protected_users(odd, odd).collect()
    (request,) = emulator.api_requests
    assert (request.kind, request.customer_id, request.tenant_id) == ("users", odd, odd)


async def test_500_cold_coroutines_cause_one_token_request(serve: Serve) -> None:
    """Whoever comes while a token is asked for waits for that one."""
    served = await serve(1)
    found = await asyncio.gather(*(served.users().first() for _ in range(500)))
    assert len(found) == len(served.asked) == 500
    assert len(served.emulator.token_requests) == 1


async def test_each_endpoint_has_a_token_of_its_own_scope(serve: Serve) -> None:
    """A scope that the app lacks would refuse the whole token."""
    served = await serve(1)
    assert [customer.id async for customer in served.client.customers()] == [CUSTOMER]
    assert await served.users().count() == 1
    scopes = [request.form["scope"] for request in served.emulator.token_requests]
    assert scopes == [CUSTOMERS_SCOPE, USERS_SCOPE]


async def test_concurrency_is_reached_and_not_passed(serve: Serve) -> None:
    """The bound holds for the whole client, whatever runs on it, and all of it is used."""
    served = await serve(9, client={"concurrency": 5}, latency=0.001)
    served.emulator.hold()
    users, customers = served.users(page_size=2), served.client.customers()
    work = [
        *[users.collect() for _ in range(10)],
        *[users.first() for _ in range(10)],
        *[users.count() for _ in range(10)],
        *[customers.collect() for _ in range(10)],
    ]
    running = asyncio.gather(*work)
    await served.emulator.arrived(5)
    served.emulator.release()
    await running
    assert served.emulator.peak_in_flight == 5
    assert len(served.asked) == 10 * 5 + 10 + 10 + 10


@pytest.mark.parametrize("concurrency", [1, 3])
async def test_a_small_bound_holds_while_tokens_are_refused(serve: Serve, concurrency: int) -> None:
    """A request that is sent again takes a slot again."""
    served = await serve(
        4, client={"concurrency": concurrency, "retry": RetryPolicy(backoff=0.001)}
    )
    served.emulator.script(Fault.status(401), Fault.status(500), Fault.status(500))
    served.emulator.hold()
    running = asyncio.gather(*(served.users(page_size=1).collect() for _ in range(5)))
    await served.emulator.arrived(concurrency)
    served.emulator.release()
    assert [len(users) for users in await running] == [4] * 5
    assert served.emulator.peak_in_flight == concurrency


async def test_every_pair_of_every_customer() -> None:
    """Tenants are read from the customers, lazily, page after page."""
    fleet = Fleet.of(
        {(f"c{place}", f"t{number}"): 0 for place in range(150) for number in range(2)}
    )
    async with Emulator(fleet=fleet) as emulator, new_client(emulator) as client:
        pairs = aiter(client.tenants())
        assert await anext(pairs) == TenantRef("c0", "t0")
        assert len(emulator.api_requests) == 1
        rest = [pair async for pair in pairs]
        assert [("c0", "t0"), *[(ref.customer_id, ref.tenant_id) for ref in rest]] == fleet.refs()
        assert len(emulator.api_requests) == 2


@pytest.mark.parametrize("wanted", ["c3", ["c3"], ["c5", "c3"], [f"c{n}" for n in range(101)]])
@pytest.mark.parametrize("honoured", [True, False])
async def test_only_the_customers_that_are_named(wanted: Any, honoured: bool) -> None:
    """A list of customers is filtered here, too, should the service not do it."""
    fleet = Fleet.of({(f"c{place}", "t"): 0 for place in range(6)})
    async with Emulator(fleet=fleet) as emulator, new_client(emulator) as client:
        filters = emulator.dialect.filters if honoured else ()
        emulator.dialect = type(emulator.dialect)(filters=filters)
        found = [customer.id async for customer in client.customers(customer_ids=wanted)]
    named = {wanted} if isinstance(wanted, str) else set(wanted)
    assert found == [customer.id for customer in fleet.customers() if customer.id in named]
    sent = emulator.api_requests[0].json
    assert set(sent.get("customerIds", ())) == (named if len(named) <= 100 else set())


async def test_a_refused_credential_is_about_no_tenant(emulator: Emulator) -> None:
    """What would happen to any tenant names none; a list of the partner's own has none."""
    wrong = ClientSecret(client_id=emulator.tokens.client_id, client_secret="wrong")
    async with AvePointClient(wrong, environment=emulator.environment) as client:
        with pytest.raises(AuthenticationError) as refused:
            await client.protected_users(CUSTOMER, TENANT).collect()
    assert (refused.value.customer_id, refused.value.page_index) == (None, None)
    emulator.script(Fault.status(404), kind="customers")
    async with new_client(emulator) as client:
        with pytest.raises(NotFoundError) as missing:
            await client.customers().collect()
    assert (missing.value.customer_id, missing.value.page_index) == (None, 1)


async def test_settings_come_from_the_environment(emulator: Emulator) -> None:
    """A client needs nothing but its variables."""
    environ = {
        "AVEPOINT_CLIENT_ID": emulator.tokens.client_id,
        "AVEPOINT_CLIENT_SECRET": emulator.tokens.client_secret,
        "AVEPOINT_GRAPH_URL": emulator.environment.graph_url,
        "AVEPOINT_TOKEN_URL": emulator.environment.token_url,
    }
    async with AvePointClient.from_env(environ=environ, concurrency=1) as client:
        assert await client.protected_users(CUSTOMER, TENANT).count() == 5


def test_an_empty_environment_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without variables handed in, those of the process count."""
    monkeypatch.delenv("AVEPOINT_CLIENT_ID", raising=False)
    with pytest.raises(ConfigurationError, match="AVEPOINT_CLIENT_ID"):
        AvePointClient.from_env()
