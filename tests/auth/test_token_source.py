"""One working token per set of scopes: driven by a clock of the test's own."""

import asyncio
import logging

import pytest

from avepoint_async.auth.token import AccessToken
from avepoint_async.errors import AuthenticationError, ConfigurationError
from avepoint_async.testing import CUSTOMERS_SCOPE, USERS_SCOPE, ExpiresIn, Fault, Tokens
from tests.auth.conftest import USERS, Bench, refreshes

CUSTOMERS = frozenset({CUSTOMERS_SCOPE})


async def test_form_of_the_request(bench: Bench) -> None:
    """The credential goes into the form body, with the scope and nothing else."""
    await bench.source.get(USERS)
    (request,) = bench.emulator.token_requests
    assert request.form == {
        "grant_type": "client_credentials",
        "client_id": "emulated-client",
        "client_secret": "emulated-secret",
        "scope": USERS_SCOPE,
    }
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert "Authorization" not in request.headers


async def test_one_token_for_each_set_of_scopes(bench: Bench) -> None:
    """A set of scopes has one token, and another set another."""
    first = await bench.source.get(USERS)
    assert await bench.source.get(frozenset([USERS_SCOPE])) is first
    assert await bench.source.get(CUSTOMERS) is not first
    assert [request.form["scope"] for request in bench.emulator.token_requests] == [
        USERS_SCOPE,
        CUSTOMERS_SCOPE,
    ]


async def test_one_refresh_for_all_who_wait(bench: Bench) -> None:
    """However many wait for the first token, it is asked for once."""
    tokens = await asyncio.gather(*(bench.source.get(USERS) for _ in range(500)))
    assert len({id(token) for token in tokens}) == 1
    assert bench.asked == bench.source.refreshes == 1


async def test_renewed_in_the_background(bench: Bench) -> None:
    """A stale token is handed out while the next is asked for: nobody waits."""
    old = await bench.source.get(USERS)
    bench.emulator.hold("token")
    bench.clock.now += 3541
    assert [await bench.source.get(USERS) for _ in range(50)] == [old] * 50
    await bench.emulator.arrived(2, "token")
    assert await bench.source.get(USERS) is old
    bench.emulator.release()
    assert await bench.settled() is not old
    assert bench.asked == 2


async def test_fresh_tokens_are_not_renewed(bench: Bench) -> None:
    """Until a minute before its end a token costs no request."""
    old = await bench.source.get(USERS)
    bench.clock.now += 3539
    assert await bench.settled() is old
    assert bench.asked == 1


async def test_expired_tokens_are_waited_for(bench: Bench) -> None:
    """A token that has ended is never handed out."""
    old = await bench.source.get(USERS)
    bench.clock.now += 3600
    assert await bench.source.get(USERS) is not old
    assert bench.asked == 2


async def test_one_request_a_lifetime(bench: Bench) -> None:
    """A short life means a refresh at its half, never one for each call."""
    bench.emulator.tokens = Tokens(lifetime=2)
    for _ in range(100):
        await bench.settled()
        bench.clock.now += 0.1
    # 10 seconds, a refresh from each half life on at the next call
    assert bench.asked <= 1 + 10


@pytest.mark.parametrize("stated", [59, 0, -1, "3600", None, ExpiresIn.ABSENT, "soon", 1e300])
async def test_odd_lifetimes_cost_no_request_per_call(bench: Bench, stated: object) -> None:
    """Whatever ``expires_in`` says, a token is used for more than one call."""
    bench.emulator.tokens = Tokens(expires_in=stated)
    for _ in range(20):
        await bench.settled()
    assert bench.asked == 1


async def test_cancelled_waiters_disturb_nobody(bench: Bench) -> None:
    """The first waiter is cancelled, and the others get the token that it asked for."""
    bench.emulator.hold("token")
    waiters = [asyncio.create_task(bench.source.get(USERS)) for _ in range(3)]
    await bench.emulator.arrived(1, "token")
    waiters[0].cancel()
    bench.emulator.release()
    results = await asyncio.gather(*waiters, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert isinstance(results[1], AccessToken)
    assert results[1] is results[2]
    assert bench.asked == 1


async def test_all_waiters_cancelled(bench: Bench) -> None:
    """With every waiter gone the refresh ends all the same, and serves whoever comes next."""
    bench.emulator.hold("token")
    waiters = [asyncio.create_task(bench.source.get(USERS)) for _ in range(3)]
    await bench.emulator.arrived(1, "token")
    for waiter in waiters:
        waiter.cancel()
    await asyncio.gather(*waiters, return_exceptions=True)
    bench.emulator.release()
    assert isinstance(await bench.source.get(USERS), AccessToken)
    assert bench.asked == 1


async def test_failure_is_shared_and_forgotten(bench: Bench) -> None:
    """A failed refresh is given to those who waited, each in its own error, then forgotten."""
    bench.emulator.script(Fault.status(400, body={"error": "invalid_client"}), kind="token")
    waiting = (bench.source.get(USERS) for _ in range(5))
    errors = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(error, AuthenticationError) for error in errors)
    assert len({id(error) for error in errors}) == 5
    assert bench.asked == 1
    assert isinstance(await bench.source.get(USERS), AccessToken)


async def test_failed_refresh_in_the_background(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """While the old token works, a failed refresh is logged once and not tried for every call."""
    old = await bench.source.get(USERS)
    bench.emulator.script(Fault.status(400, body={"error": "invalid_scope"}), kind="token", times=9)
    bench.clock.now += 3560
    with caplog.at_level(logging.WARNING):
        for _ in range(20):
            assert await bench.settled() is old
        assert bench.asked == 2
        bench.clock.now += 20  # half of the 40 seconds that were left
        assert await bench.settled() is old
        assert await bench.settled() is old
    assert bench.asked == 3
    assert [record.message.split(":")[0] for record in caplog.records] == [
        "token refresh failed, the old token is used on"
    ] * 2
    bench.clock.now += 20
    with pytest.raises(AuthenticationError, match="invalid_scope"):
        await bench.source.get(USERS)


async def test_only_the_token_that_was_used_is_dropped(bench: Bench) -> None:
    """A late refusal of an old token leaves the new one alone."""
    old = await bench.source.get(USERS)
    bench.source.drop(USERS, old)
    new = await bench.source.get(USERS)
    bench.source.drop(USERS, old)
    assert await bench.source.get(USERS) is new
    assert bench.asked == 2


async def test_scopes_that_are_too_long(bench: Bench) -> None:
    """A set of scopes that would be refused for its length is refused before it is sent."""
    with pytest.raises(ConfigurationError, match="characters long"):
        await bench.source.get(frozenset({"a" * 301}))
    assert bench.asked == 0


async def test_close_ends_a_refresh(bench: Bench) -> None:
    """Closing leaves no task, whatever the token address does."""
    bench.emulator.hold("token")
    waiter = asyncio.create_task(bench.source.get(USERS))
    await bench.emulator.arrived(1, "token")
    await bench.source.close()
    await asyncio.wait([waiter])
    assert not refreshes()
