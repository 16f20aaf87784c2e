"""A token address that refuses, fails, or says something else."""

import asyncio

import pytest

from avepoint_async.auth.credentials import ClientSecret
from avepoint_async.auth.token import AccessToken
from avepoint_async.errors import ApiError, AuthenticationError, ServerError, TransportError
from avepoint_async.testing import Fault
from tests.auth.conftest import QUICK, USERS, Bench


@pytest.mark.parametrize("error", ["invalid_client", "invalid_scope", "unauthorized_client"])
@pytest.mark.parametrize("status", [400, 401])
async def test_refusals_are_not_retried(bench: Bench, error: str, status: int) -> None:
    """What the token endpoint refuses it refuses again: one request, and its words are kept."""
    body = {"error": error, "error_description": "ask the administrator"}
    bench.emulator.script(Fault.status(status, body=body), kind="token")
    with pytest.raises(AuthenticationError, match=f"{error}: ask the administrator") as caught:
        await bench.source.get(USERS)
    assert (caught.value.error, caught.value.description) == (error, "ask the administrator")
    assert caught.value.fatal
    assert bench.asked == 1


@pytest.mark.parametrize("error", ["temporarily_unavailable", "slow_down"])
async def test_refusals_that_pass_are_asked_again(bench: Bench, error: str) -> None:
    """The token endpoint says itself that it is only busy."""
    busy = Fault.status(400, body={"error": error})
    bench.emulator.script(busy, busy, kind="token")
    assert isinstance(await bench.source.get(USERS), AccessToken)
    assert bench.asked == 3


async def test_a_token_endpoint_that_stays_busy(bench: Bench) -> None:
    """In the end it is a refusal, with its words, for everybody."""
    busy = Fault.status(400, body={"error": "slow_down"})
    bench.emulator.script(busy, kind="token", times=None)
    with pytest.raises(AuthenticationError, match="slow_down") as caught:
        await bench.source.get(USERS)
    assert caught.value.fatal
    assert bench.asked == QUICK.attempts


async def test_a_byte_order_mark_is_skipped(bench: Bench) -> None:
    """Before a token, and before the words of a refusal."""
    token = b'\xef\xbb\xbf{"access_token": "opaque", "token_type": "Bearer"}'
    bench.emulator.script(Fault.body(token), kind="token")
    assert (await bench.source.get(USERS)).authorization == "Bearer opaque"
    refusal = Fault.status(400, body=b'\xef\xbb\xbf{"error": "invalid_client"}')
    bench.emulator.script(refusal, kind="token")
    with pytest.raises(AuthenticationError, match="invalid_client"):
        await bench.source.get(frozenset({"other"}))


async def test_a_common_word_as_secret_is_left_in_the_reason(bench: Bench) -> None:
    """What is too short to be a secret hides no word of the server's."""
    source = bench.made_with(ClientSecret(client_id="me", client_secret="wrong"))
    words = "The client id or secret is wrong"
    body = {"error": "invalid_client", "error_description": words}
    bench.emulator.script(Fault.status(401, body=body), kind="token")
    with pytest.raises(AuthenticationError) as caught:
        await source.get(USERS)
    assert caught.value.description == words


async def test_wrong_secret_is_not_shown(bench: Bench) -> None:
    """A server that repeats the secret in its words does not get it into our error."""
    source = bench.made_with(ClientSecret(client_id="me", client_secret="s3cret/+ value"))
    body = {"error": "invalid_client", "error_description": "no such secret: s3cret/+ value"}
    bench.emulator.script(Fault.status(401, body=body), kind="token")
    with pytest.raises(AuthenticationError) as caught:
        await source.get(USERS)
    assert caught.value.description == "no such secret: ***"
    assert "s3cret" not in repr(caught.value.__dict__)


@pytest.mark.parametrize("body", [b"", b"<html>denied</html>", b'"no"', b'{"error": 7}'])
async def test_refusal_without_words(bench: Bench, body: bytes) -> None:
    """A refusal that gives no reason is an AuthenticationError too, with its status."""
    bench.emulator.script(Fault.status(403, body=body), kind="token")
    with pytest.raises(AuthenticationError, match=r"\(403\): it does not say why") as caught:
        await bench.source.get(USERS)
    assert caught.value.error is None


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"\xff", b"{}", b"[" * 99_999, b'{"access_token": 5}']
)
async def test_200_that_is_no_token(bench: Bench, body: bytes) -> None:
    """A 200 that holds no token is refused, once."""
    bench.emulator.script(Fault.body(body), kind="token")
    with pytest.raises(AuthenticationError):
        await bench.source.get(USERS)
    assert bench.asked == 1


async def test_an_answer_without_an_end(bench: Bench) -> None:
    """It is no token, and what is wrong with it is about no tenant and no page."""
    bench.emulator.script(Fault.huge(34_000_000), kind="token")
    with pytest.raises(AuthenticationError) as caught:
        await bench.source.get(USERS)
    assert str(caught.value).endswith("something that is no token")
    assert caught.value.fatal
    assert bench.asked == 1


@pytest.mark.parametrize(
    "fault", [Fault.status(500), Fault.status(503), Fault.status(429), Fault.reset(), Fault.cut(9)]
)
async def test_token_address_recovers(bench: Bench, fault: Fault) -> None:
    """What may pass is tried again, with a new request each time."""
    bench.emulator.script(fault, fault, kind="token")
    assert isinstance(await bench.source.get(USERS), AccessToken)
    assert bench.asked == 3
    assert bench.source.refreshes == 1


async def test_token_address_stays_dead(bench: Bench) -> None:
    """An address that stays dead is a fatal error after one round of attempts for everybody."""
    bench.emulator.script(Fault.status(502), kind="token", times=None)
    waiting = (bench.source.get(USERS) for _ in range(50))
    errors = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(error, ServerError) and error.fatal for error in errors)
    assert bench.asked == QUICK.attempts


async def test_no_connection_to_the_token_address(bench: Bench) -> None:
    """An address that nobody listens at is a fatal TransportError that keeps its cause."""
    await bench.emulator.__aexit__(None, None, None)
    with pytest.raises(TransportError) as caught:
        await bench.source.get(USERS)
    assert caught.value.fatal
    assert isinstance(caught.value.__cause__, OSError)


async def test_redirects_are_not_followed(bench: Bench) -> None:
    """The secret must reach no other address."""
    bench.emulator.script(Fault.redirect(bench.emulator.url + "/elsewhere"), kind="token")
    with pytest.raises(ApiError, match="redirect, which is not followed"):
        await bench.source.get(USERS)
    assert len(bench.emulator.requests) == 1
