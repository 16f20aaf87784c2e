"""A server that repeats what it was sent puts it into no error, no log and no traceback."""

import pytest

from avepoint_async.auth.credentials import Credential
from avepoint_async.client import AvePointClient
from avepoint_async.errors import AvePointError
from avepoint_async.exchange.retry import RetryPolicy
from tests.secrecy.conftest import BY_CERTIFICATE, BY_SECRET, hidden
from tests.secrecy.echo import REPLIES, Echo, echoing
from tests.secrecy.watch import Watch

TWICE = RetryPolicy(attempts=2, backoff=0.001, attempt_timeout=5)


async def failing(echo: Echo, credential: Credential, watch: Watch) -> AvePointError:
    """The error of a walk, whose client was looked at before and after."""
    client = AvePointClient(credential, environment=echo.environment, retry=TWICE)
    async with client:
        watch.see(client)
        with pytest.raises(AvePointError) as caught:
            await client.protected_users("customer", "tenant").collect()
        watch.see(client)
    return caught.value


def told(echo: Echo, watch: Watch) -> list[str]:
    """What was seen or heard of that which the server was sent."""
    assert echo.sent
    return [piece for piece in hidden(*echo.sent) if piece in watch.everything]


@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.parametrize("credential", [BY_SECRET, BY_CERTIFICATE], ids=["secret", "assertion"])
async def test_a_token_address_that_repeats(
    watch: Watch, credential: Credential, reply: str
) -> None:
    """Neither the secret nor the assertion of any attempt, nor a token that cannot be used."""
    async with echoing(token=REPLIES[reply]) as echo:
        watch.see_error(await failing(echo, credential, watch))
        assert told(echo, watch) == []


@pytest.mark.parametrize("reply", REPLIES)
async def test_an_api_that_repeats(watch: Watch, reply: str) -> None:
    """The bearer is not told, whether the answer is an error, malformed, or no page."""
    async with echoing(api=REPLIES[reply]) as echo:
        watch.see_error(await failing(echo, BY_SECRET, watch))
        assert told(echo, watch) == []


@pytest.mark.parametrize("reply", REPLIES)
async def test_a_fan_out_over_an_api_that_repeats(watch: Watch, reply: str) -> None:
    """Nor does the error, the outcome or the progress of any of many tenants tell it."""
    async with (
        echoing(api=REPLIES[reply]) as echo,
        AvePointClient(BY_SECRET, environment=echo.environment, retry=TWICE) as client,
    ):
        fleet = client.protected_users_across([("c", "1"), ("c", "2")], concurrency=1)
        with pytest.raises(AvePointError) as caught:
            async with fleet:
                await anext(aiter(fleet))
        watch.see(client, fleet, fleet.outcomes, fleet.progress, client.stats)
        watch.see_error(caught.value)
        assert told(echo, watch) == []


def test_an_instrument_that_sees_nothing_would_prove_nothing() -> None:
    """What a server was sent is looked for in pieces, each of which is long enough to be its."""
    pieces = hidden("header.payload-of-an-assertion.signature-of-an-assertion")
    assert "payload-of-an-as" in pieces
    assert "signature-of-an-" in pieces
    assert min(map(len, pieces)) >= 14
