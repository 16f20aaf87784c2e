"""The service's own tests, with what the pytest plugin gives and public names alone."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from avepoint_async import ConfigurationError, RetryPolicy
from avepoint_async.testing import Emulator, Fault, Fleet, Tokens, User
from tests.service.app import make_app

Service = TestClient[web.Request, web.Application]

MAIN = "/customers/contoso/tenants/contoso-main/unprotected"
# a fault is to be told at once, not outlasted
IMPATIENT = RetryPolicy(attempts=1)


@pytest.fixture
async def service(avepoint_settings: dict[str, str]) -> AsyncIterator[Service]:
    """The running service; its settings lead to the emulator."""
    async with TestClient(TestServer(make_app(IMPATIENT))) as service:
        yield service


async def answer(service: Service, path: str = MAIN) -> tuple[int, Any]:
    """Status and JSON body of one request."""
    async with service.get(path) as response:
        return response.status, await response.json()


async def test_who_has_no_protected_mailbox(service: Service) -> None:
    """The question that the service is there for."""
    assert await answer(service) == (200, {"users": ["grace@contoso.com"]})


async def test_a_large_tenant(service: Service, avepoint_emulator: Emulator) -> None:
    """All pages are asked for."""
    users = avepoint_emulator.fleet.users(("fabrikam", "fabrikam-main"))
    expected = [user.email for user in users if not user.is_protected(0)]
    path = "/customers/fabrikam/tenants/fabrikam-main/unprotected"
    assert await answer(service, path) == (200, {"users": expected})
    assert [each.page_index for each in avepoint_emulator.api_requests] == [1, 2, 3]


async def test_a_tenant_without_users(service: Service) -> None:
    """An empty answer is an answer."""
    path = "/customers/contoso/tenants/contoso-empty/unprotected"
    assert await answer(service, path) == (200, {"users": []})


@pytest.mark.avepoint(fleet=Fleet.of({("c/1", "t ü"): [User("new@x", modules=((2, True),))]}))
async def test_a_mailbox_that_is_not_listed(service: Service) -> None:
    """Not known to be protected is not protected; and an id may hold any character."""
    path = "/customers/c%2F1/tenants/t%20%C3%BC/unprotected"
    assert await answer(service, path) == (200, {"users": ["new@x"]})


async def test_an_unknown_tenant(service: Service) -> None:
    """The caller's mistake is a 404 that names the tenant."""
    status, body = await answer(service, "/customers/contoso/tenants/nobody/unprotected")
    assert (status, body["error"]) == (404, "there is no such tenant")
    assert "tenant nobody" in body["detail"]


async def test_an_id_that_can_be_none(service: Service, avepoint_emulator: Emulator) -> None:
    """What no id can be is a 400, and the backup service is not asked."""
    status, body = await answer(service, "/customers/contoso/tenants/%20/unprotected")
    assert (status, body["error"]) == (400, "the request makes no sense")
    assert not avepoint_emulator.requests


@pytest.mark.parametrize(
    "fault",
    [
        Fault.status(403),
        Fault.status(503),
        Fault.reset(),
        Fault.cut(),
        Fault.body(b"<html>Sorry</html>"),
    ],
    ids=lambda fault: fault.name,
)
async def test_the_backup_service_fails(
    service: Service, avepoint_emulator: Emulator, fault: Fault
) -> None:
    """Not the caller's mistake: a 502 with a clear body; and the next request is a new one."""
    avepoint_emulator.script(fault)
    status, body = await answer(service)
    assert (status, body["error"]) == (502, "the backup service failed")
    assert body["detail"].startswith("customer contoso, tenant contoso-main, page 1: ")
    assert (await answer(service))[0] == 200


async def test_one_client_for_the_life_of_the_app(
    service: Service, avepoint_emulator: Emulator
) -> None:
    """Requests that come together share one token, and go out together."""
    avepoint_emulator.hold()
    asking = [asyncio.ensure_future(answer(service)) for _ in range(5)]
    await avepoint_emulator.arrived(5)
    avepoint_emulator.release()
    assert {status for status, _ in await asyncio.gather(*asking)} == {200}
    assert len(avepoint_emulator.token_requests) == 1


async def test_a_failure_that_passes(
    avepoint_settings: dict[str, str], avepoint_emulator: Emulator
) -> None:
    """With the patience of production, nobody hears of it."""
    avepoint_emulator.script(Fault.status(500))
    async with TestClient(TestServer(make_app())) as service:
        assert (await answer(service))[0] == 200
    assert [each.status for each in avepoint_emulator.api_requests] == [500, 200]


async def test_a_secret_that_expired(service: Service, avepoint_emulator: Emulator) -> None:
    """The service lives on, and says what is wrong with its settings."""
    avepoint_emulator.tokens = Tokens(client_secret="another")
    status, body = await answer(service)
    assert (status, body["error"]) == (502, "the backup service failed")
    assert "invalid_client" in body["detail"]


async def test_settings_that_are_missing(
    avepoint_settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service does not start, and the error names the variable."""
    monkeypatch.delenv("AVEPOINT_CLIENT_ID")
    with pytest.raises(ConfigurationError, match="AVEPOINT_CLIENT_ID is not set"):
        await TestServer(make_app()).start_server()
