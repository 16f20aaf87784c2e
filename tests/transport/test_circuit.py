"""When an API that answers nobody is given up for all."""

import itertools
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from avepoint_async.auth.environment import Environment
from avepoint_async.client import AvePointClient
from avepoint_async.errors import AvePointError, ResponseError, TransportError
from avepoint_async.exchange.retry import RetryPolicy
from avepoint_async.testing import Emulator, Fleet
from avepoint_async.transport.circuit import Circuit
from tests.auth.conftest import Clock

CAUSE = OSError("refused")


@pytest.fixture
def clock() -> Clock:
    """A clock that the test turns."""
    return Clock()


@pytest.fixture
def circuit(clock: Clock) -> Circuit:
    """One that gives up after ten seconds of trying."""
    return Circuit(10.0, clock)


def send(circuit: Circuit, clock: Clock, seconds: float, error: AvePointError) -> None:
    """One send that fails after so many seconds."""
    with circuit.sending():
        clock.now += seconds
        raise error from CAUSE


def fail(circuit: Circuit, clock: Clock, seconds: float) -> TransportError:
    """The error of one send that nobody answers."""
    with pytest.raises(TransportError) as caught:
        send(circuit, clock, seconds, TransportError("no answer"))
    return caught.value


def answer(circuit: Circuit, clock: Clock, seconds: float = 0.0) -> None:
    """One send that is answered."""
    with circuit.sending():
        clock.now += seconds


def test_silence_is_fatal_after_its_time(circuit: Circuit, clock: Clock) -> None:
    """Before it a failure stays as it is; after it every failure says since when and why."""
    early = fail(circuit, clock, 9.0)
    assert (str(early), early.fatal, early.transient) == ("no answer", False, True)
    late = fail(circuit, clock, 1.0)
    assert late.fatal
    assert not late.transient
    assert str(late) == (
        "the API has answered nobody for 10 s of trying, while tokens were issued; "
        "the last failure: no answer"
    )
    assert late.__cause__ is CAUSE
    assert fail(circuit, clock, 0.0).fatal


def test_one_answer_makes_up_for_all_failures(circuit: Circuit, clock: Clock) -> None:
    """Healthy tenants speak for the API; a trial that succeeds ends the silence."""
    for _ in range(3):
        assert not fail(circuit, clock, 9.0).fatal
        answer(circuit, clock, 5.0)
    assert circuit.silent_for == 0.0
    fail(circuit, clock, 10.0)
    answer(circuit, clock)
    assert not fail(circuit, clock, 9.0).fatal


def test_time_without_trying_does_not_count(circuit: Circuit, clock: Clock) -> None:
    """A program that asks once an hour is not told that the API was silent for an hour."""
    for _ in range(9):
        assert not fail(circuit, clock, 1.0).fatal
        clock.now += 3600
    assert circuit.silent_for == 9.0
    assert fail(circuit, clock, 1.0).fatal


def test_pauses_between_attempts_count(circuit: Circuit, clock: Clock) -> None:
    """A connection that is refused takes no time, and the pause after it does."""
    for _ in range(2):
        assert not fail(circuit, clock, 0.0).fatal
        with circuit.trying():
            clock.now += 5.0
    assert fail(circuit, clock, 0.0).fatal


def test_sends_beside_each_other_count_once(circuit: Circuit, clock: Clock) -> None:
    """A hundred requests that wait for nine seconds together are nine seconds of silence."""
    with circuit.trying(), circuit.trying(), circuit.trying():
        assert not fail(circuit, clock, 9.0).fatal
    assert circuit.silent_for == 9.0


def test_an_answer_while_others_wait_counts_from_then(circuit: Circuit, clock: Clock) -> None:
    """What they waited before it is forgiven."""
    with circuit.trying():
        clock.now += 9.0
        answer(circuit, clock)
        clock.now += 9.0
        assert circuit.silent_for == 9.0


def test_another_error_is_no_silence(circuit: Circuit, clock: Clock) -> None:
    """It passes as it is, and neither ends the silence nor makes it fatal."""
    fail(circuit, clock, 10.0)
    with pytest.raises(ResponseError, match=r"^odd$"):
        send(circuit, clock, 1.0, ResponseError("odd"))
    assert circuit.silent_for == 11.0


@asynccontextmanager
async def silent() -> AsyncIterator[str]:
    """A port that takes connections, into the kernel's queue, and says nothing."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(1000)
        yield f"http://127.0.0.1:{deaf.getsockname()[1]}"


@asynccontextmanager
async def refusing() -> AsyncIterator[str]:
    """A port that is taken and refuses."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.mark.parametrize("place", [silent, refusing])
async def test_a_dead_api_ends_a_fan_out(
    place: Callable[[], AbstractAsyncContextManager[str]],
) -> None:
    """While tokens are issued: one fatal error for all, though the tenants have no end."""
    policy = RetryPolicy(attempts=2, backoff=0.01, deadline=0.5)
    tenants = (("c", str(number)) for number in itertools.count())
    async with Emulator(fleet=Fleet.of({("c", "t"): 1})) as emulator, place() as url:
        environment = Environment(graph_url=url, token_url=emulator.environment.token_url)
        client = AvePointClient(emulator.credential, environment=environment, retry=policy)
        async with client:
            fleet = client.protected_users_across(tenants, on_error="skip")
            with pytest.raises(TransportError, match="has answered nobody for") as caught:
                async with fleet:
                    await anext(aiter(fleet))
        assert len(emulator.token_requests) == 1
    assert caught.value.fatal
    assert caught.value.tenant_id is None
    assert isinstance(caught.value.__cause__, OSError)
