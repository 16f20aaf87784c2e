"""What the emulator tells, holds and lets go while it runs."""

import asyncio
import ssl

import aiohttp
import pytest
import trustme
from yarl import URL

from avepoint_async.testing import USERS_SCOPE, Emulator, Fault, Fleet, Tokens
from avepoint_async.testing.journal import Gate
from tests.testing.raw import GRANT, Reply, talking_to

REF = ("c1", "t1")


def emulator() -> Emulator:
    """One tenant of three users."""
    return Emulator(fleet=Fleet.of({REF: 3}))


async def test_requests_are_recorded_in_order() -> None:
    """What was asked, of whom, which page, and how it was answered."""
    async with talking_to(emulator()) as raw:
        await raw.users(REF, {"email": "a@x"}, pageIndex=2, pageSize=7)
        await raw.customers(pageIndex="x")
        token, _, users, customers = raw.emulator.requests
        assert raw.emulator.token_requests == raw.emulator.requests[:2]
        assert raw.emulator.api_requests == [users, customers]
    assert (token.kind, token.method, token.path) == ("token", "POST", "/connect/token")
    assert token.form == GRANT
    assert (users.kind, users.customer_id, users.tenant_id) == ("users", *REF)
    assert (users.page_index, users.page_size, users.status) == (2, 7, 200)
    assert users.query == {"pageIndex": "2", "pageSize": "7"}
    assert users.json == {"email": "a@x"}
    assert users.headers["authorization"] == f"Bearer {raw.bearers[USERS_SCOPE]}"
    assert (customers.page_index, customers.page_size, customers.status) == (None, None, 400)
    assert len({each.request_id for each in raw.emulator.requests}) == 4


async def test_recording_can_be_turned_off() -> None:
    """Nothing is kept of a long run, and the counters count all the same."""
    silent = Emulator(fleet=Fleet.of({REF: 3}), record=False)
    async with talking_to(silent) as raw:
        await raw.users(REF)
        await silent.arrived(1)
        await silent.arrived(2, kind="token")
    assert silent.requests == []
    assert (silent.in_flight, silent.peak_in_flight) == (0, 1)


async def test_held_answers_wait_for_their_release() -> None:
    """Requests pile up while held; the peak is reached and told; all are answered at last."""
    async with talking_to(emulator()) as raw:
        raw.emulator.hold()
        asking = [asyncio.ensure_future(raw.users(REF)) for _ in range(5)]
        await raw.emulator.arrived(5)
        assert (raw.emulator.in_flight, raw.emulator.peak_in_flight) == (5, 5)
        assert (await raw.token()).status == 200
        raw.emulator.release()
        assert {(await each).status for each in asking} == {200}
        assert (await raw.users(REF)).status == 200
    assert (raw.emulator.in_flight, raw.emulator.peak_in_flight) == (0, 5)


async def test_held_answers_may_go_one_by_one() -> None:
    """The oldest go first, and the others stay held."""
    async with talking_to(emulator()) as raw:
        raw.emulator.hold()
        asking = list[asyncio.Future[Reply]]()
        for index in range(1, 4):
            asking.append(asyncio.ensure_future(raw.users(REF, pageIndex=index)))
            await raw.emulator.arrived(index)
        raw.emulator.release(2)
        done, waiting = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
        done, waiting = await asyncio.wait(asking[:2])
        assert (done, waiting, asking[2].done()) == ({*asking[:2]}, set(), False)
        raw.emulator.release()
        await asking[2]


async def test_token_requests_can_be_held_alone() -> None:
    """A kind that is named is held, and no other."""
    async with talking_to(emulator()) as raw:
        raw.emulator.hold("token")
        asking = asyncio.ensure_future(raw.token())
        await raw.emulator.arrived(3, kind="token")
        assert (await raw.users(REF)).status == 200
        assert not asking.done()
        raw.emulator.release()
        assert (await asking).status == 200


async def test_a_client_that_leaves_is_counted_out() -> None:
    """A cancelled request is in flight no more, and its place in the queue is gone."""
    async with talking_to(emulator()) as raw:
        raw.emulator.hold()
        leaving, staying = (asyncio.ensure_future(raw.users(REF)) for _ in range(2))
        await raw.emulator.arrived(2)
        empty = asyncio.ensure_future(raw.emulator.idle())
        one = asyncio.ensure_future(raw.emulator.idle(at_most=1))
        await asyncio.sleep(0)
        leaving.cancel()
        await one
        assert not empty.done()
        raw.emulator.release(1)
        assert (await staying).status == 200
        await empty
        await raw.emulator.idle()
        statuses = sorted(str(each.status) for each in raw.emulator.api_requests)
        assert statuses == ["200", "None"]


async def test_release_and_disconnection_in_one_moment_do_no_harm() -> None:
    """Whichever is noticed first, the books balance."""
    async with talking_to(emulator()) as raw:
        raw.emulator.hold()
        asking = asyncio.ensure_future(raw.users(REF))
        await raw.emulator.arrived(1)
        raw.emulator.drop_connections()
        raw.emulator.release()
        with pytest.raises(aiohttp.ClientError):
            await asking
        await raw.emulator.idle()
        assert raw.emulator.in_flight == 0
        assert (await raw.users(REF)).status == 200


async def test_who_waits_for_arrivals_may_stop_waiting() -> None:
    """A waiter that is cancelled disturbs neither the emulator nor another waiter."""
    async with talking_to(emulator()) as raw:
        raw.emulator.hold()
        gone, early, late, idle = (
            asyncio.ensure_future(raw.emulator.arrived(1)),
            asyncio.ensure_future(raw.emulator.arrived(1)),
            asyncio.ensure_future(raw.emulator.arrived(2)),
            asyncio.ensure_future(raw.emulator.arrived(1, kind="customers")),
        )
        await asyncio.sleep(0)
        gone.cancel()
        asking = asyncio.ensure_future(raw.users(REF))
        await early
        assert not late.done()
        raw.emulator.release()
        await asking
        await raw.users(REF)
        await late
        assert not idle.done()
        await raw.customers()
        await idle
        assert gone.cancelled()


async def test_connections_are_counted_and_can_be_dropped() -> None:
    """An idle keep-alive connection ends, and a new one is as good."""
    async with emulator() as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", URL(running.url).port)
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        assert await reader.readline() == b"HTTP/1.1 404 Not Found\r\n"
        assert running.connections == 1
        running.drop_connections()
        await reader.read()
        assert running.connections == 0
        writer.close()
        await writer.wait_closed()
        async with aiohttp.request("POST", running.url) as response:
            assert response.status == 404


async def test_what_a_tester_needs_is_at_hand() -> None:
    """Addresses on this machine, and a credential; an error before there is an address."""
    running = Emulator(fleet=Fleet.of({}), tokens=Tokens(client_id="id", client_secret="secret"))
    with pytest.raises(RuntimeError, match="no address yet"):
        assert running.environment is None
    assert running.connections == 0
    running.drop_connections()
    await running.__aexit__(None, None, None)
    async with running:
        assert URL(running.url).host == "127.0.0.1"
        assert running.environment.graph_url == running.url
        assert running.environment.token_url == f"{running.url}/connect/token"
        assert running.credential.client_id == "id"


async def test_by_default_it_holds_a_made_up_fleet() -> None:
    """Somebody who asks for nothing gets twenty customers."""
    async with talking_to(Emulator()) as raw:
        assert (await raw.customers()).json["metadata"]["totalCount"] == 20
        assert len(raw.emulator.fleet.customers()) == 20


async def test_it_serves_tls_when_told() -> None:
    """With a context of the tester's, over https, resets and all."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    secured = Emulator(fleet=Fleet.of({REF: 1}), ssl_context=context)
    async with secured, aiohttp.TCPConnector(ssl=trusting) as connector:
        assert secured.environment.token_url.startswith("https://127.0.0.1:")
        secured.script(Fault.reset(), kind="token")
        async with aiohttp.ClientSession(connector=connector) as http:
            with pytest.raises(aiohttp.ClientError):
                await http.post(secured.environment.token_url, data=GRANT)
            async with http.post(secured.environment.token_url, data=GRANT) as response:
                assert response.status == 200


async def test_a_held_request_may_go_away_in_the_turn_of_its_release() -> None:
    """Those held beside it are released all the same."""
    gate = Gate()
    gate.hold(["users"])
    gone, stays = (asyncio.create_task(gate.pass_through("users")) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    gate.release()
    await asyncio.wait([gone, stays])
    assert (gone.cancelled(), stays.cancelled()) == (True, False)
