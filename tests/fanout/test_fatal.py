"""What no tenant could survive ends a fan-out at once, as what it is."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import attrs
import pytest

from avepoint_async.auth.environment import Environment
from avepoint_async.client import AvePointClient
from avepoint_async.errors import (
    AuthenticationError,
    AvePointError,
    ClientClosedError,
    ConfigurationError,
    ServerError,
    TransportError,
)
from avepoint_async.paging.fanout import FanOut
from avepoint_async.resources.protected_users import PROTECTED_USERS, ProtectedUser
from avepoint_async.testing import Emulator, Fault, Fleet, Tokens
from tests.fanout.conftest import QUICK, ServeFleet, Site, Source, all_of, strays

MODES = pytest.mark.parametrize("on_error", ["defer", "skip", "raise"])


@pytest.fixture
async def site(serve_fleet: ServeFleet) -> AsyncIterator[Site]:
    """More tenants than are asked for at once; after each test no task is left."""
    yield await serve_fleet(30)
    assert not strays()


class StopError(BaseException):
    """What the caller's own code may raise, too."""


@pytest.mark.parametrize("raised", [LookupError("mine"), StopError("mine"), SystemExit("mine")])
@pytest.mark.parametrize("where", ["keep", "identity"])
def test_an_error_of_the_caller_s_own_code_ends_it(raised: BaseException, where: str) -> None:
    """As it is, though it is raised where an answer is read and no task waits."""

    def fail(_user: ProtectedUser) -> bool:
        raise raised

    endpoint = attrs.evolve(PROTECTED_USERS, identity=fail if where == "identity" else None)
    refs = [("c", f"t{number}") for number in range(9)]

    async def walk() -> None:
        async with (
            Emulator(fleet=Fleet.of(dict.fromkeys(refs, 3))) as emulator,
            AvePointClient(emulator.credential, environment=emulator.environment) as client,
        ):
            keep = fail if where == "keep" else None
            try:
                await all_of(client.fan_out(endpoint, refs, keep=keep))
            finally:
                assert (client.stats.in_flight, client.stats.waiting) == (0, 0)

    with pytest.raises(type(raised)) as caught:
        asyncio.run(walk(), debug=True)
    assert caught.value is raised


async def fatal(fleet: FanOut[Any], kind: type[AvePointError]) -> AvePointError:
    """The error that ends the fan-out: of this very type, and about no tenant."""
    with pytest.raises(kind) as caught:
        await all_of(fleet)
    error = caught.value
    assert type(error) is kind
    assert (error.customer_id, error.tenant_id, error.page_index) == (None, None, None)
    assert fleet.failures == {}
    assert fleet.progress.tenants_failed == 0
    return error


@MODES
async def test_refused_credentials(site: Site, on_error: Any) -> None:
    """One token request for all tenants, and none of the API."""
    site.emulator.tokens = Tokens(client_secret="rotated")
    error = await fatal(site.across(on_error=on_error), AuthenticationError)
    assert isinstance(error, AuthenticationError)
    assert error.error == "invalid_client"
    assert len(site.emulator.token_requests) == 1
    assert not site.asked


@MODES
async def test_a_token_address_that_stays_dead(site: Site, on_error: Any) -> None:
    """One round of attempts for all tenants."""
    site.emulator.script(Fault.status(503), kind="token", times=None)
    await fatal(site.across(on_error=on_error), ServerError)
    assert len(site.emulator.token_requests) == QUICK.attempts
    assert not site.asked


async def test_a_token_address_where_nobody_listens(site: Site) -> None:
    """No answer at all costs one round of attempts, too."""
    # a port of a server that was closed
    async with asyncio.timeout(60):
        server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
    environment = Environment(
        graph_url=site.emulator.url, token_url=f"http://127.0.0.1:{port}/token"
    )
    async with AvePointClient(
        site.emulator.credential, environment=environment, retry=QUICK
    ) as client:
        await fatal(client.protected_users_across(site.refs), TransportError)
        assert client.stats.refreshes == 1


@MODES
async def test_credentials_refused_in_the_middle(site: Site, on_error: Any) -> None:
    """Tokens that were revoked and cannot be renewed cost one round, not one per tenant."""
    site.emulator.hold()
    ending = asyncio.create_task(fatal(site.across(on_error=on_error), AuthenticationError))
    await site.in_flight(4)
    site.emulator.revoke_tokens()
    site.emulator.tokens = Tokens(client_secret="rotated")
    site.emulator.release()
    await ending
    assert len(site.emulator.token_requests) == 2
    assert len(site.asked) <= 8


@MODES
async def test_a_token_that_the_api_refuses(site: Site, on_error: Any) -> None:
    """401 to a fresh token means all tenants."""
    site.emulator.script(Fault.status(401), times=None)
    await fatal(site.across(on_error=on_error), AuthenticationError)


@MODES
async def test_a_client_that_is_closed_in_the_middle(site: Site, on_error: Any) -> None:
    """The fan-out ends with it, whether its requests are under way or not."""
    site.emulator.hold()
    ending = asyncio.create_task(fatal(site.across(on_error=on_error), ClientClosedError))
    await site.in_flight(4)
    await site.client.close()
    await ending
    assert len(site.asked) == 4


async def test_a_client_that_was_closed_before(site: Site) -> None:
    """A closed client sends nothing, neither for tenants nor for a source of its own."""
    await site.client.close()
    await fatal(site.across(), ClientClosedError)
    await fatal(site.across(site.client.tenants()), ClientClosedError)
    assert not site.emulator.requests


async def test_a_client_of_another_event_loop(site: Site) -> None:
    """What is wrong with the client is wrong for every tenant, and raised at once."""
    await all_of(site.across(site.refs[:1]))

    def elsewhere() -> None:
        asyncio.run(all_of(site.across(on_error="skip")))

    with pytest.raises(ConfigurationError, match="another event loop"):
        await asyncio.to_thread(elsewhere)


async def test_the_source_is_closed(site: Site) -> None:
    """A source that takes its time to close gets it, though everything ends at once."""
    site.emulator.tokens = Tokens(client_secret="rotated")
    source = Source(site)
    await fatal(site.across(source.asynchronous()), AuthenticationError)
    assert source.log == ["opened", "closed"]
    source = Source(site)
    async with site.across(source.asynchronous()):
        await source.closing.wait()
    assert source.log == ["opened", "closed"]


async def test_what_waits_is_not_delivered(serve_fleet: ServeFleet) -> None:
    """A fatal error goes before pages that came before it."""
    site = await serve_fleet(100)
    async with site.across() as fleet:
        await site.stalled()
        waiting = fleet.progress.requests
        await site.client.close()

        async def consume() -> None:
            # the first page makes room for a request, and the others give it the time
            async for _ in fleet.pages():
                await asyncio.sleep(0)

        with pytest.raises(ClientClosedError):
            await consume()
    assert 0 < fleet.progress.pages < waiting


async def test_what_is_raised_is_not_logged_as_well(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """One error for the caller, and not a warning for each request that met it."""
    site.emulator.tokens = Tokens(client_secret="rotated")
    with caplog.at_level(logging.WARNING):
        await fatal(site.across(), AuthenticationError)
    assert caplog.messages == []
