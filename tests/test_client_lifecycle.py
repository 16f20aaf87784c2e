"""How a client ends, and to whom it belongs."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from avepoint_async.client import AvePointClient
from avepoint_async.errors import ClientClosedError, ConfigurationError
from avepoint_async.testing import Emulator, Fault, Fleet
from tests.conftest import CUSTOMER, TENANT, Serve, new_client


async def test_closing_twice_is_fine(emulator: Emulator) -> None:
    """Used or not, inside its block or after it."""
    async with new_client(emulator) as client:
        assert await client.protected_users(CUSTOMER, TENANT).count() == 5
        await client.close()
    await client.close()
    unused = new_client(emulator)
    await asyncio.gather(unused.close(), unused.close())
    assert emulator.in_flight == 0


READS: dict[str, Callable[[AvePointClient], Any]] = {
    "collect": lambda client: client.protected_users(CUSTOMER, TENANT).collect(),
    "first": lambda client: client.protected_users(CUSTOMER, TENANT).first(),
    "count": lambda client: client.protected_users(CUSTOMER, TENANT).count(),
    "pages": lambda client: anext(client.protected_users(CUSTOMER, TENANT).pages()),
    "customers": lambda client: client.customers().collect(),
    "tenants": lambda client: anext(aiter(client.tenants())),
}


@pytest.mark.parametrize("read", READS)
async def test_a_closed_client_says_so(emulator: Emulator, read: str) -> None:
    """Whatever is tried on it, and at once; a recipe made before is no better."""
    client = new_client(emulator)
    await client.close()
    with pytest.raises(ClientClosedError, match="closed") as caught:
        await READS[read](client)
    assert isinstance(caught.value, RuntimeError)
    assert emulator.requests == []


async def test_a_client_closed_in_a_walk_ends_it(serve: Serve) -> None:
    """The page at hand is used up; the next one is refused."""
    served = await serve(5)
    taken: list[str] = []

    async def close_on_the_way() -> None:
        async for page in served.users(page_size=2).pages():
            taken.extend(user.email for user in page.items)
            await served.client.close()

    with pytest.raises(ClientClosedError):
        await close_on_the_way()
    assert (taken, served.asked) == (served.emails[:2], [1])


@pytest.mark.parametrize("kind", ["token", "users"])
async def test_closing_ends_what_is_in_flight(serve: Serve, kind: Any) -> None:
    """Who waits for a token, a slot or an answer is told; the service is left alone."""
    served = await serve(5, client={"concurrency": 3})
    served.emulator.hold(kind)
    before = asyncio.all_tasks()
    reading = [asyncio.create_task(served.users().collect()) for _ in range(10)]
    await served.emulator.arrived(1 if kind == "token" else 3, kind)
    await served.client.close()
    ends = await asyncio.gather(*reading, return_exceptions=True)
    assert [type(end) for end in ends] == [ClientClosedError] * 10
    assert len({id(end) for end in ends}) == 10
    await served.emulator.idle()
    assert not {task for task in asyncio.all_tasks() - before if "refresh" in task.get_name()}
    assert served.emulator.in_flight == 0


async def test_closing_ends_a_pause(serve: Serve) -> None:
    """Who waits to send again is not waited for."""
    served = await serve(5)
    served.emulator.script(Fault.status(503, retry_after=60), times=None)
    reading = asyncio.create_task(served.users().collect())
    await served.emulator.arrived(1)
    await served.emulator.idle()
    await served.client.close()
    with pytest.raises(ClientClosedError):
        await reading
    assert served.asked == [1]


async def test_the_caller_s_session_is_used_and_not_closed(emulator: Emulator) -> None:
    """Its headers go with every request; closing the client ends ours and leaves it open."""
    async with aiohttp.ClientSession(headers={"X-Mine": "yes"}) as http:
        for _ in range(2):
            async with new_client(emulator, session=http) as client:
                assert await client.protected_users(CUSTOMER, TENANT).count() == 5
                emulator.hold()
                reading = asyncio.create_task(client.protected_users(CUSTOMER, TENANT).count())
                await emulator.arrived(len(emulator.api_requests) + 1)
            with pytest.raises(ClientClosedError):
                await reading
            await emulator.idle()
            emulator.release()
        assert not http.closed
    assert {request.headers["X-Mine"] for request in emulator.requests} == {"yes"}


def test_a_second_event_loop_is_told_what_is_wrong() -> None:
    """A client belongs to the loop that used it first; another can close it, and never hangs."""

    async def use_once() -> AvePointClient:
        async with Emulator(fleet=Fleet.of({(CUSTOMER, TENANT): 5})) as emulator:
            client = new_client(emulator)
            assert await client.protected_users(CUSTOMER, TENANT).count() == 5
            return client

    async def use_again(client: AvePointClient) -> None:
        for read in READS.values():
            with pytest.raises(ConfigurationError, match="event loop"):
                await read(client)
        await client.close()
        with pytest.raises(ClientClosedError):
            await client.protected_users(CUSTOMER, TENANT).count()

    asyncio.run(use_again(asyncio.run(use_once())))
