"""What the README says is tried again, is; and the rest is not."""

import re
import ssl
from collections.abc import Callable

import attrs
import pytest
import trustme

from avepoint_async import ApiError, AvePointClient, AvePointError, RateLimitError, RetryPolicy
from avepoint_async.exchange.retry import RETRYABLE_STATUSES, may_retry
from avepoint_async.exchange.send import MAX_BODY
from avepoint_async.testing import Dialect, Emulator, Fault, Fleet
from tests.readme import table

TWICE = RetryPolicy(attempts=2, backoff=0.001)
OUTCOMES: dict[str, str] = dict(table("outcome"))
(YES, NO) = [row for row in OUTCOMES if re.match(r"\d+, ", row)]


def refusal(code: str) -> Fault:
    """The token address says no."""
    return Fault.status(400, body={"error": code})


Trouble = Callable[[Emulator], None]


def met(fault: Fault) -> Trouble:
    """Every query meets this fault."""
    return lambda emulator: emulator.script(fault, times=None)


def met_by_tokens(fault: Fault) -> Trouble:
    """Every question for a token meets this fault."""
    return lambda emulator: emulator.script(fault, kind="token", times=None)


def stand_still(emulator: Emulator) -> None:
    """The server answers with another page than it was asked for."""
    emulator.dialect = Dialect(echoed_index="wrong")


def statuses(outcome: str) -> list[Trouble]:
    """A trouble for each status that a row names."""
    return [met(Fault.status(int(status))) for status in re.findall(r"\b\d{3}\b", outcome)]


# by the first words of its row
TROUBLES: dict[str, list[Trouble]] = {
    YES: statuses(YES),
    "reset, cut-off": [met(each) for each in (Fault.reset(), Fault.cut(), Fault.bad_gzip())],
    "401": statuses("401"),
    NO: [*statuses(NO), *statuses("409 422 501"), met(Fault.redirect("https://example.invalid"))],
    f"a 200 that is not what was promised, a body over {MAX_BODY // 2**20} MiB": [
        met(Fault.body(b"{}")),
        met(Fault.huge(MAX_BODY + 1)),
        stand_still,
    ],
    "a `Retry-After` beyond": [met(Fault.status(429, retry_after=1000))],
    "the token address: 5xx": [
        met_by_tokens(each) for each in (Fault.status(503), Fault.status(429), Fault.reset())
    ],
    "the token address: `temporarily_unavailable`": [
        met_by_tokens(refusal(code)) for code in ("temporarily_unavailable", "slow_down")
    ],
    "the token address: `invalid_client`": [
        met_by_tokens(refusal(code)) for code in ("invalid_client", "invalid_scope")
    ],
}
EACH = [(row, trouble) for row, troubles in TROUBLES.items() for trouble in troubles]


def verdict(start: str) -> str:
    """What the README says of the outcome: yes, once or no."""
    (found,) = [verdict for outcome, verdict in OUTCOMES.items() if outcome.startswith(start)]
    return re.split(r"\W", found)[0]


async def failure(emulator: Emulator, policy: RetryPolicy = TWICE) -> AvePointError:
    """How a walk ends."""
    client = AvePointClient(emulator.credential, environment=emulator.environment, retry=policy)
    async with client:
        with pytest.raises(AvePointError) as caught:
            await client.protected_users("c", "t").collect()
    return caught.value


def test_every_outcome_is_tried() -> None:
    """No row of the table escapes the tests below."""
    # the last two have tests of their own beside the exchange and the circuit
    tried = (*TROUBLES, "a certificate", "a proxy's 407", "an API that answers nobody")
    assert [row for row in OUTCOMES if not row.startswith(tried)] == []
    assert len(OUTCOMES) == len(tried)


@pytest.mark.parametrize(("row", "trouble"), EACH)
async def test_an_outcome(row: str, trouble: Trouble) -> None:
    """It is sent again or not, as the README says."""
    async with Emulator(fleet=Fleet.of({("c", "t"): 3})) as emulator:
        trouble(emulator)
        error = await failure(emulator)
        of_tokens = row.startswith("the token")
        sends = emulator.token_requests if of_tokens else emulator.api_requests
        assert len(sends) == {"yes": 2, "once": 2, "no": 1}[verdict(row)]
    # what the token source gives up on, it has tried often enough
    of_itself = verdict(row) == "yes" and not of_tokens
    assert may_retry(error) is (of_itself or (isinstance(error, RateLimitError) and not of_tokens))


async def test_a_time_out() -> None:
    """It stands in a row of what is sent again, and is sent again."""
    async with Emulator(fleet=Fleet.of({("c", "t"): 3})) as emulator:
        emulator.script(Fault.stall(), times=None)
        error = await failure(emulator, attrs.evolve(TWICE, attempt_timeout=0.5))
        assert len(emulator.api_requests) == 2
    (row,) = [row for row in OUTCOMES if "time-out" in row]
    assert may_retry(error) is (verdict(row) == "yes")


async def test_a_certificate_that_does_not_hold() -> None:
    """Nothing is sent to it, and its error is not one to try again."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    async with Emulator(ssl_context=context) as emulator:
        assert not may_retry(await failure(emulator))
        assert emulator.requests == []
    assert verdict("a certificate") == "no"


def test_the_statuses() -> None:
    """Those that the README names and no others."""
    named = {int(status) for status in YES.split(", ")}
    assert named == RETRYABLE_STATUSES
    assert {s for s in range(300, 600) if may_retry(ApiError("no", status=s))} == named
