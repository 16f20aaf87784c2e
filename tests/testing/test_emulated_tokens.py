"""The token address and the bearer check: strict where the service is."""

import asyncio
import base64
import re
from typing import Any

import aiohttp
import attrs
import pytest

from avepoint_async.testing import (
    CUSTOMERS_SCOPE,
    USERS_SCOPE,
    Emulator,
    ExpiresIn,
    Fault,
    Fleet,
    Tokens,
)
from tests.testing.raw import GRANT, talking_to

REF = ("c1", "t1")


def small(**options: Any) -> Emulator:
    """An emulator with three users."""
    return Emulator(fleet=Fleet.of({REF: 3}), **options)


async def test_the_right_form_gets_a_bearer_token() -> None:
    """Grant, id, secret and scope in a form: a token, its lifetime and its scope come back."""
    async with talking_to(small()) as raw:
        reply = await raw.token(scope=f"{CUSTOMERS_SCOPE} {USERS_SCOPE}")
    assert reply.status == 200
    assert reply.json == {
        "access_token": reply.json["access_token"],
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": f"{USERS_SCOPE} {CUSTOMERS_SCOPE}",
    }
    assert reply.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "unsupported_grant_type"),
        ({"client_id": "someone-else"}, "invalid_client"),
        ({"client_secret": "guess"}, "invalid_client"),
        ({"client_secret": ""}, "invalid_client"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "elements.unknown"}, "invalid_scope"),
        ({"scope": f"{USERS_SCOPE} elements.unknown"}, "invalid_scope"),
        ({"scope": USERS_SCOPE + " " * 290}, "invalid_scope"),
        ({"client_assertion": "a.b.c"}, "invalid_client"),
    ],
)
async def test_a_wrong_form_is_refused(changes: dict[str, str], error: str) -> None:
    """Each mistake has its OAuth 2.0 error code and is a 400."""
    async with talking_to(small()) as raw:
        reply = await raw.token(**changes)
    assert (reply.status, reply.json["error"]) == (400, error)
    assert reply.json["error_description"]


@pytest.mark.parametrize(
    "body",
    [b"", b"grant_type", b"\xff=1", b"scope=a&scope=b"],
    ids=["empty", "no value", "not ascii", "repeated"],
)
async def test_an_unreadable_form_is_refused(body: bytes) -> None:
    """A form that cannot be read, is empty or repeats a parameter is no request."""
    async with talking_to(small()) as raw:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        reply = await raw.send("POST", "/connect/token", data=body, headers=headers)
    assert reply.status == 400
    assert reply.json["error"] in {"invalid_request", "unsupported_grant_type"}


async def test_the_form_is_a_form() -> None:
    """The same members as JSON are refused."""
    async with talking_to(small()) as raw:
        reply = await raw.send("POST", "/connect/token", json=GRANT)
    assert (reply.status, reply.json["error"]) == (400, "invalid_request")


async def test_basic_credentials_are_refused() -> None:
    """The service takes credentials in the body alone."""
    basic = base64.b64encode(b"emulated-client:emulated-secret").decode()
    async with talking_to(small()) as raw:
        headers = {"Authorization": f"Basic {basic}"}
        reply = await raw.send("POST", "/connect/token", data=GRANT, headers=headers)
    assert reply.json["error"] == "invalid_client"


async def test_refused_credentials_may_be_a_401() -> None:
    """Identity services differ in the status of invalid_client; other errors stay 400."""
    async with talking_to(small(tokens=Tokens(invalid_client_status=401))) as raw:
        assert (await raw.token(client_secret="guess")).status == 401
        assert (await raw.token(scope="guess")).status == 400


async def test_the_token_address_takes_post_alone() -> None:
    """A GET is a 405 that names the method."""
    async with talking_to(small()) as raw:
        reply = await raw.send("GET", "/connect/token")
        head = await raw.send("HEAD", "/connect/token")
    assert (reply.status, reply.headers["Allow"]) == (405, "POST")
    assert (head.status, head.body) == (405, b"")


async def test_a_scope_that_was_not_granted_fails_the_whole_request() -> None:
    """One missing grant refuses the granted scopes beside it."""
    tokens = Tokens(granted_scopes=[USERS_SCOPE])
    async with small(tokens=tokens) as emulator, aiohttp.ClientSession() as http:
        asked = {**GRANT, "scope": f"{USERS_SCOPE} {CUSTOMERS_SCOPE}"}
        async with http.post(emulator.environment.token_url, data=asked) as response:
            assert (await response.json())["error"] == "invalid_scope"
        async with http.post(emulator.environment.token_url, data=GRANT) as response:
            assert response.status == 200


@pytest.mark.parametrize("claimed", [59, 0, -1, "3600", None, 1e300, [], {"a": 1}, True])
async def test_expires_in_is_spelled_as_told(claimed: object) -> None:
    """Any JSON value can stand there, and the token works all the same."""
    async with talking_to(small(tokens=Tokens(expires_in=claimed))) as raw:
        assert (await raw.token()).json["expires_in"] == claimed
        assert (await raw.users(REF)).status == 200


@pytest.mark.parametrize(("lifetime", "told"), [(0.5, 0.5), (90, 90), (90.0, 90)])
async def test_what_is_said_of_the_lifetime_is_what_holds(lifetime: float, told: object) -> None:
    """A fraction is told as one, and a whole number as an integer; then the token ends."""
    now = 1000.0
    async with talking_to(small(tokens=Tokens(lifetime=lifetime), clock=lambda: now)) as raw:
        (said,) = re.findall(rb'"expires_in":([^,}]+)', (await raw.token()).body)
        assert said.decode() == str(told)
        now += float(said) - 0.01
        assert (await raw.users(REF)).status == 200
        now += 0.02
        assert (await raw.users(REF)).status == 401


async def test_expires_in_can_be_missing() -> None:
    """RFC 6749 does not demand it."""
    async with talking_to(small(tokens=Tokens(expires_in=ExpiresIn.ABSENT))) as raw:
        assert "expires_in" not in (await raw.token()).json


async def test_a_token_works_for_its_lifetime_and_no_longer() -> None:
    """The lifetime is enforced on the emulator's clock, whatever the reply claimed."""
    now = 1000.0
    tokens = Tokens(lifetime=30, expires_in=3600)
    async with talking_to(small(tokens=tokens, clock=lambda: now)) as raw:
        now = 1029.9
        assert (await raw.users(REF)).status == 200
        now = 1030.0
        expired = await raw.users(REF)
        assert expired.status == 401
        assert expired.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
        await raw.sign_in()
        assert (await raw.users(REF)).status == 200


async def test_revoked_tokens_stop_working() -> None:
    """Every token issued so far is refused; new ones are not."""
    async with talking_to(small()) as raw:
        raw.emulator.revoke_tokens()
        assert (await raw.users(REF)).status == 401
        assert (await raw.customers()).status == 401
        await raw.sign_in()
        assert (await raw.users(REF)).status == 200


async def test_a_bearer_needs_the_scope_of_the_endpoint() -> None:
    """A token for one endpoint is a 403 at the other."""
    async with talking_to(small()) as raw:
        assert (await raw.users(REF, bearer=raw.bearers[CUSTOMERS_SCOPE])).status == 403
        assert (await raw.customers(bearer=raw.bearers[USERS_SCOPE])).status == 403


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Bearer"}])
async def test_without_a_known_bearer_there_is_a_401(header: dict[str, str]) -> None:
    """No header, an unknown token and an empty one are all refused."""
    async with talking_to(small()) as raw:
        path = "/partner/external/v3/general/customers/batch"
        assert (await raw.send("POST", path, json={}, headers=header)).status == 401


async def test_another_scheme_is_no_bearer() -> None:
    """A good token under another scheme is refused."""
    async with talking_to(small()) as raw:
        headers = {"Authorization": f"Basic {raw.bearers[CUSTOMERS_SCOPE]}"}
        path = "/partner/external/v3/general/customers/batch"
        assert (await raw.send("POST", path, json={}, headers=headers)).status == 401


async def test_settings_of_tokens_may_change_while_it_runs() -> None:
    """A shorter life holds for tokens issued after the change."""
    async with talking_to(small()) as raw:
        raw.emulator.tokens = attrs.evolve(raw.emulator.tokens, lifetime=5)
        assert (await raw.token()).json["expires_in"] == 5


async def test_a_slow_token_address_answers_in_the_end() -> None:
    """A delay holds tokens back, and nothing else."""
    async with talking_to(small(tokens=Tokens(delay=0.001))) as raw:
        assert (await raw.token()).status == 200
        raw.emulator.tokens = Tokens(delay=3600)
        slow = asyncio.ensure_future(raw.token())
        await raw.emulator.arrived(4, kind="token")
        assert (await raw.users(REF)).status == 200
        assert not slow.done()
        await raw.emulator.__aexit__(None, None, None)
        with pytest.raises(aiohttp.ClientError):
            await slow


async def test_the_token_address_can_fail_on_demand() -> None:
    """Scripted faults of the kind ``token`` meet token requests alone."""
    async with talking_to(small()) as raw:
        raw.emulator.script(Fault.status(503), Fault.body(b"<html>"), kind="token")
        assert (await raw.users(REF)).status == 200
        assert (await raw.token()).status == 503
        assert (await raw.token()).body == b"<html>"
        assert (await raw.token()).status == 200


async def test_no_secret_is_shown() -> None:
    """Neither the settings nor a recorded request shows a secret in its repr."""
    async with talking_to(small(tokens=Tokens(client_secret="emulated-secret"))) as raw:
        await raw.users(REF)
        shown = repr(raw.emulator.requests) + repr(raw.emulator.tokens)
        assert raw.emulator.requests[0].form["client_secret"] == "emulated-secret"
    assert "emulated-secret" not in shown
    assert raw.bearers[USERS_SCOPE] not in shown
