"""Slots, closing, sessions of the caller, and event loops."""

import asyncio

import aiohttp
import pytest

from avepoint_async.client import AvePointClient
from avepoint_async.errors import ClientClosedError, ConfigurationError, NotFoundError
from avepoint_async.exchange.retry import RetryPolicy
from avepoint_async.paging.pager import Pager
from avepoint_async.paging.query import Query
from avepoint_async.resources.protected_users import PROTECTED_USERS
from avepoint_async.testing import Emulator, Fault, Fleet, Tokens
from avepoint_async.transport.session import SessionManager
from avepoint_async.transport.throttle import Throttle
from tests.conftest import Serve, Served


async def test_concurrency_is_reached_and_not_passed(serve: Serve) -> None:
    """The client's bound holds whatever runs on it, and all of it is used."""
    served = await serve(client={"concurrency": 5})
    served.emulator.hold()
    calls = [asyncio.create_task(served.users().count()) for _ in range(20)]
    await served.emulator.arrived(5)
    assert (served.client.stats.in_flight, served.client.stats.waiting) == (5, 15)
    served.emulator.release()
    assert await asyncio.gather(*calls) == [3] * 20
    assert served.emulator.peak_in_flight == 5


async def test_a_slot_is_not_held_while_waiting_to_retry(serve: Serve) -> None:
    """With one slot, a request that backs off lets the next one pass."""
    policy = RetryPolicy(backoff=3600, backoff_max=3600, deadline=8000)
    served = await serve(client={"concurrency": 1, "retry": policy})
    served.emulator.script(Fault.status(500))
    backs_off = asyncio.create_task(served.users().count())
    await served.emulator.arrived(1)
    assert await served.users().count() == 3
    assert not backs_off.done()
    backs_off.cancel()
    await asyncio.wait([backs_off])


class Clock:
    """Seconds that pass when the test says so."""

    now = 1000.0

    def __call__(self) -> float:
        """The seconds of now."""
        return self.now


async def test_a_token_that_ended_in_the_queue_is_renewed() -> None:
    """Who waited for a slot longer than the token lives sends a new one, not the old one.

    The service would still take the old one, so no 401 is what has it renewed.
    """
    clock = Clock()
    tokens = Tokens(lifetime=1e6, expires_in=3600)
    async with Emulator(fleet=Fleet.of({("c", "t"): 1}), clock=clock, tokens=tokens) as emulator:
        session = SessionManager(
            credential=emulator.credential,
            environment=emulator.environment,
            throttle=Throttle(concurrency=1),
            policy=RetryPolicy(deadline=1e6),
            clock=clock,
        )
        ids = {"customer_id": "c", "tenant_id": "t"}
        query = Query(session=session, endpoint=PROTECTED_USERS, ids=ids, body=b"{}", size=10)
        event = asyncio.Event()
        emulator.script(Fault.until(event))
        calls = [asyncio.create_task(Pager(query).count()) for _ in range(2)]
        await emulator.arrived(1)
        clock.now += 3600
        event.set()
        assert await asyncio.gather(*calls) == [1, 1]
        assert [request.status for request in emulator.api_requests] == [200, 200]
        bearers = [request.headers["Authorization"] for request in emulator.api_requests]
        assert len(emulator.token_requests) == len(set(bearers)) == 2
        await session.close()


async def test_close_ends_what_is_under_way(served: Served) -> None:
    """In flight, in the queue, asking for a token: each ends with ClientClosedError."""
    await served.users().count()
    served.emulator.hold()
    calls = [asyncio.create_task(served.users().count()) for _ in range(40)]
    await served.emulator.arrived(17)
    await served.client.close()
    errors = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(error) for error in errors} == {ClientClosedError}
    assert (served.client.stats.in_flight, served.client.stats.waiting) == (0, 0)
    await served.client.close()
    await served.emulator.idle()
    with pytest.raises(ClientClosedError):
        await served.users().count()


async def test_close_ends_a_cold_start(served: Served) -> None:
    """Those who wait for the first token are woken, and the refresh is ended."""
    served.emulator.hold("token")
    calls = [asyncio.create_task(served.users().count()) for _ in range(3)]
    await served.emulator.arrived(1, "token")
    await served.client.close()
    errors = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(error) for error in errors} == {ClientClosedError}


async def test_own_session_is_used_and_not_closed() -> None:
    """A session that the caller brings serves the token and the API, and stays open."""
    async with Emulator(fleet=Fleet.of({("c", "t"): 1})) as emulator:
        headers = {"X-Partner": "yes"}
        async with aiohttp.ClientSession(headers=headers, raise_for_status=True) as http:
            client = AvePointClient(
                emulator.credential, environment=emulator.environment, session=http
            )
            async with client:
                assert await client.protected_users("c", "t").count() == 1
                emulator.script(Fault.status(404))
                with pytest.raises(NotFoundError):
                    await client.protected_users("c", "t").count()
            assert not http.closed
        assert all(request.headers["X-Partner"] == "yes" for request in emulator.requests)


async def test_closed_session_of_the_caller() -> None:
    """A session that the caller closed is told as what it is, before anything is sent."""
    async with Emulator(fleet=Fleet.of({("c", "t"): 1})) as emulator:
        http = aiohttp.ClientSession()
        await http.close()
        async with AvePointClient(
            emulator.credential, environment=emulator.environment, session=http
        ) as client:
            with pytest.raises(ClientClosedError):
                await client.protected_users("c", "t").count()
        assert not emulator.requests


async def test_second_event_loop(served: Served) -> None:
    """A client used from another loop says so at once instead of hanging."""
    await served.users().count()

    def elsewhere() -> None:
        asyncio.run(served.users().count())

    with pytest.raises(ConfigurationError, match="another event loop"):
        await asyncio.to_thread(elsewhere)
    assert await served.users().count() == 3
