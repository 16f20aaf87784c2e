"""The life of a client, in success and in failure, shows no secret and no token."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import attrs
import pytest

from avepoint_async import TenantRef
from avepoint_async.auth.credentials import ClientSecret, Credential
from avepoint_async.auth.token_source import TokenSource
from avepoint_async.client import AvePointClient
from avepoint_async.errors import AvePointError
from avepoint_async.exchange.connections import Connections
from avepoint_async.exchange.retry import RetryPolicy
from avepoint_async.testing import USERS_SCOPE, Emulator, Fault, Fleet, Tokens
from tests.auth.conftest import Clock, refreshes
from tests.auth.keys import pem
from tests.secrecy.conftest import BY_CERTIFICATE, BY_SECRET, OWN, SECRET, hidden
from tests.secrecy.watch import Watch

TOKENS = Tokens(client_id="app", client_secret=SECRET, certificate=pem(OWN))
FLEET = {("c", "1"): 3, ("c", "2"): 250, ("d", "3"): 0}
QUICK = RetryPolicy(attempts=2, backoff=0.001)
HASTY = attrs.evolve(QUICK, attempt_timeout=0.1)
CREDENTIALS = pytest.mark.parametrize(
    "credential", [BY_SECRET, BY_CERTIFICATE], ids=["secret", "certificate"]
)


def emulator() -> Emulator:
    """An emulator that takes both credentials."""
    return Emulator(fleet=Fleet.of(FLEET), tokens=TOKENS)


def client_of(
    served: Emulator, credential: Credential, policy: RetryPolicy = QUICK
) -> AvePointClient:
    """A client that does not pause for long."""
    return AvePointClient(credential, environment=served.environment, retry=policy)


def told(served: Emulator, watch: Watch) -> list[str]:
    """What was seen or heard of each secret, assertion and bearer that was sent."""
    names = ("client_secret", "client_assertion")
    forms = [request.form for request in served.token_requests]
    sent = [form[name] for form in forms for name in names if name in form]
    headers = [request.headers for request in served.api_requests]
    bearers = [each["Authorization"].removeprefix("Bearer ") for each in headers]
    assert sent
    return [piece for piece in hidden(*sent, *bearers) if piece in watch.everything]


@CREDENTIALS
async def test_a_life_without_trouble(watch: Watch, credential: Credential) -> None:
    """From the first token through a renewal to the end: every object that a caller meets."""
    async with emulator() as served, client_of(served, credential) as client:
        served.tokens = attrs.evolve(TOKENS, lifetime=90)
        pager = client.protected_users("c", "2")
        pages = [page async for page in pager.pages()]
        watch.see(client, pager, pages, client.stats, served.environment, credential, QUICK)
        customers = await client.customers().collect()
        async with client.protected_users_across(client.tenants()) as fleet:
            users = [pair async for pair in fleet]
            watch.see(client, fleet)
        watch.see(client, fleet, fleet.outcomes, fleet.progress, users, customers)
        assert len(users) == 253
        assert told(served, watch) == []
    watch.see(client)
    assert "asyncio" in watch.heard


@CREDENTIALS
async def test_a_life_of_troubles_that_pass(watch: Watch, credential: Credential) -> None:
    """Whatever is outlasted is logged, and each request was sent again."""
    patient = attrs.evolve(QUICK, attempts=9, attempt_timeout=1)
    async with emulator() as served, client_of(served, credential, patient) as client:
        served.script(Fault.status(503), Fault.reset(), Fault.cut(9), Fault.stall(), kind="token")
        served.script(Fault.status(503), Fault.reset(), Fault.cut(), Fault.bad_gzip())
        assert await client.protected_users("c", "1").count() == 3
        served.revoke_tokens()
        assert await client.protected_users("c", "1").count() == 3
        watch.see(client)
        assert told(served, watch) == []
    assert "sent again" in watch.heard


async def test_a_renewal_that_fails_while_the_old_token_works(watch: Watch) -> None:
    """It is logged as a warning, and nobody is told."""
    clock = Clock()
    async with emulator() as served, aiohttp.ClientSession() as http:
        source = TokenSource(
            credential=BY_CERTIFICATE,
            token_url=served.environment.token_url,
            policy=QUICK,
            connections=Connections(http),
            clock=clock,
        )
        token = await source.get(frozenset({USERS_SCOPE}))
        clock.now += 3560
        served.script(Fault.status(400), kind="token")
        assert await source.get(frozenset({USERS_SCOPE})) is token
        await asyncio.wait(refreshes())
        watch.see(source, token)
        await source.close()
        assert "token refresh failed" in watch.heard
        assert token.value.reveal() not in watch.everything
        assert told(served, watch) == []


Trouble = Callable[[Emulator], Any]


def failing_with(status: int) -> Trouble:
    """Every request of the API is answered so."""
    return lambda served: served.script(Fault.status(status), times=None)


AT_THE_TOKEN: dict[str, Trouble] = {
    "refused": lambda served: served.script(
        Fault.status(400, body={"error": "invalid_client"}), kind="token", times=None
    ),
    "scope": lambda served: setattr(served, "tokens", attrs.evolve(TOKENS, granted_scopes=())),
    "other registration": lambda served: setattr(served, "tokens", Tokens()),
    "dead token address": lambda served: served.script(Fault.status(500), kind="token", times=None),
    "no token": lambda served: served.script(Fault.body(b"[]"), kind="token", times=None),
    "silent token address": lambda served: served.script(Fault.stall(), kind="token", times=None),
    "redirect": lambda served: served.script(
        Fault.redirect("/elsewhere"), kind="token", times=None
    ),
}
AT_THE_API: dict[str, Trouble] = {
    **{str(status): failing_with(status) for status in (400, 401, 403, 404, 500)},
    "reset": lambda served: served.script(Fault.reset(), times=None),
    "cut": lambda served: served.script(Fault.cut(), times=None),
    "silence": lambda served: served.script(Fault.stall(), times=None),
    "silence in the body": lambda served: served.script(Fault.stall(5), times=None),
    "no page": lambda served: served.script(Fault.body(b'{"data": 7}'), times=None),
    "endless": lambda served: served.script(Fault.huge(40_000_000), times=None),
}


@pytest.mark.parametrize(
    ("credential", "trouble"),
    [
        *((each, trouble) for trouble in AT_THE_TOKEN for each in (BY_SECRET, BY_CERTIFICATE)),
        # the API is sent neither, but the token
        *((BY_CERTIFICATE, trouble) for trouble in AT_THE_API),
    ],
)
async def test_a_failure(watch: Watch, credential: Credential, trouble: str) -> None:
    """Of one walk, and of a fan-out in each of its manners."""
    policy = HASTY if "silen" in trouble else QUICK
    async with emulator() as served, client_of(served, credential, policy) as client:
        (AT_THE_TOKEN | AT_THE_API)[trouble](served)
        with pytest.raises(AvePointError) as caught:
            await client.protected_users("c", "1").collect()
        watch.see_error(caught.value)
        for manner in ("defer", "skip", "raise"):
            await fan_out(client, manner, watch)
        watch.see(client, client.stats)
        assert told(served, watch) == []


async def fan_out(client: AvePointClient, manner: Any, watch: Watch) -> None:
    """A fan-out that fails, at once or in the end."""
    tenants = [TenantRef(*ref) for ref in FLEET]
    fleet = client.protected_users_across(tenants, on_error=manner)
    try:
        async with fleet:
            assert [pair async for pair in fleet] == []
    except AvePointError as error:
        watch.see_error(error)
    watch.see(fleet, fleet.outcomes, fleet.failures, fleet.progress)
    for outcome in fleet.failures.values():
        assert outcome.error is not None
        watch.see_error(outcome.error)


async def test_a_client_that_is_closed_and_an_emulator_that_is_gone(watch: Watch) -> None:
    """A call that is ended from outside, one that comes too late, and one that nobody hears."""
    served = emulator()
    async with served:
        client = client_of(served, BY_SECRET)
        served.hold()
        calls = [asyncio.create_task(client.protected_users("c", "1").count()) for _ in "12"]
        await served.arrived(2)
        calls[0].cancel()
        await client.close()
        late = asyncio.create_task(client.protected_users("c", "1").count())
        ends = await asyncio.gather(*calls, late, return_exceptions=True)
        for end in ends[1:]:
            assert isinstance(end, AvePointError)
            watch.see_error(end)
        assert told(served, watch) == []
    async with client_of(served, BY_CERTIFICATE) as lost:
        with pytest.raises(AvePointError) as caught:
            await lost.customers().first()
        watch.see_error(caught.value)


def test_a_client_of_the_wrong_things(watch: Watch) -> None:
    """A secret in place of a credential is refused and not shown; nor are settings beside it."""
    wrong: Any = SECRET
    with pytest.raises(AvePointError) as caught:
        AvePointClient(wrong)
    watch.see_error(caught.value)
    environ = {"AVEPOINT_CLIENT_SECRET": SECRET, "AVEPOINT_ENVIRONMENT": "moon"}
    with pytest.raises(AvePointError) as caught:
        AvePointClient.from_env(environ=environ)
    watch.see_error(caught.value)
    with pytest.raises(AvePointError) as caught:
        AvePointClient(ClientSecret(client_id="app", client_secret=SECRET), concurrency=0)
    watch.see_error(caught.value)
