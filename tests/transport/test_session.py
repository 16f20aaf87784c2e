"""One request, until it succeeds or is hopeless: over real sockets, with short pauses."""

import asyncio
import gzip
from typing import Any

import aiohttp
import pytest

from avepoint_async.client import AvePointClient
from avepoint_async.endpoints import PROTECTED_USERS
from avepoint_async.errors import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    ClientClosedError,
    ConfigurationError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ResponseError,
    ServerError,
    TransportError,
)
from avepoint_async.models import TenantRef
from avepoint_async.paging.listing import Listing
from avepoint_async.paging.pager import Pager
from avepoint_async.testing import Emulator, Fault, Fleet
from avepoint_async.transport import exchange
from avepoint_async.transport.retry import RetryPolicy
from avepoint_async.transport.session import SessionManager
from avepoint_async.transport.throttle import Throttle
from tests.conftest import Serve, Served

QUICK: dict[str, Any] = {"retry": RetryPolicy(attempts=4, backoff=0.001)}


@pytest.fixture
async def served(serve: Serve) -> Served:
    """A tenant of three users, and a client that does not pause for long."""
    return await serve(3, client=QUICK)


@pytest.mark.parametrize(
    "fault",
    [
        *(Fault.status(status) for status in (408, 429, 500, 502, 503, 504)),
        Fault.reset(),
        Fault.cut(),
        Fault.cut(0),
        Fault.wrong_length(5),
        Fault.bad_gzip(),
    ],
    ids=lambda fault: fault.name,
)
async def test_what_may_pass_is_tried_again(served: Served, fault: Fault) -> None:
    """Twice each, and the third request succeeds."""
    served.emulator.script(fault, fault)
    assert len(await served.users().collect()) == 3
    assert len(served.asked) == 3
    stats = served.client.stats
    assert (stats.requests, stats.retries) == (3, 2)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequestError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (409, ApiError),
        (301, ApiError),
        (307, ApiError),
        (501, ServerError),
    ],
)
async def test_what_will_not_pass_is_sent_once(
    served: Served, status: int, kind: type[ApiError]
) -> None:
    """One request, and an error that tells status, tenant, page and the service's request id."""
    served.emulator.script(Fault.status(status, body={"message": "no\nway"}))
    with pytest.raises(kind) as caught:
        await served.users().collect()
    (request,) = served.emulator.api_requests
    error = caught.value
    assert type(error) is kind
    assert (error.status, error.detail, error.request_id) == (status, "no way", request.request_id)
    assert (error.customer_id, error.tenant_id, error.page_index) == ("customer-1", "tenant-1", 1)
    assert str(error).startswith(f"customer customer-1, tenant tenant-1, page 1: {status} ")


async def test_attempts_end(served: Served) -> None:
    """What never passes is given up after the policy's attempts."""
    served.emulator.script(Fault.status(503), times=None)
    with pytest.raises(ServerError) as caught:
        await served.users().collect()
    assert len(served.asked) == 4
    assert caught.value.status == 503


async def test_dropped_keep_alive(served: Served) -> None:
    """A connection that the gateway dropped while it was idle costs nobody an error."""
    assert await served.users().count() == 3
    served.emulator.drop_connections()
    assert await served.users().count() == 3


async def test_retry_after_is_honoured(served: Served) -> None:
    """A wait that the service asks for is told by the error, if the deadline forbids it."""
    served.emulator.script(Fault.status(429, retry_after=3600))
    with pytest.raises(RateLimitError) as caught:
        await served.users().collect()
    assert caught.value.retry_after == 3600
    assert len(served.asked) == 1
    assert served.client.stats.throttled == 1


async def test_one_new_token_on_401(served: Served) -> None:
    """A token that is refused is renewed once, and the request sent again at once."""
    assert await served.users().count() == 3
    served.emulator.revoke_tokens()
    assert len(await served.users().collect()) == 3
    assert len(served.emulator.token_requests) == 2
    assert [request.status for request in served.emulator.api_requests] == [200, 401, 200]


async def test_401_to_a_fresh_token(served: Served) -> None:
    """Two API calls, not three: a credential that is refused twice stays refused."""
    served.emulator.script(Fault.status(401, body={"message": "bad audience"}), times=None)
    with pytest.raises(AuthenticationError, match=r"just issued.*bad audience") as caught:
        await served.users().collect()
    assert caught.value.fatal
    assert len(served.asked) == 2
    assert len(served.emulator.token_requests) == 2


async def test_one_refusal_among_many_is_not_fatal(served: Served) -> None:
    """While the API takes other tokens a refusal is one tenant's; twice running it is all's."""
    fatal: list[bool] = []
    for accepted_before in (1, 0):
        for _ in range(accepted_before):
            await served.users().count()
        served.emulator.script(Fault.status(401), times=2)
        with pytest.raises(AuthenticationError) as caught:
            await served.users().count()
        fatal.append(caught.value.fatal)
    assert fatal == [False, True]
    assert caught.value.page_index is None


async def test_late_401s_renew_once(served: Served) -> None:
    """Many requests refused for one old token cause one refresh."""
    assert await served.users().count() == 3
    served.emulator.hold()
    calls = [asyncio.create_task(served.users().count()) for _ in range(10)]
    await served.emulator.arrived(11)
    served.emulator.revoke_tokens()
    served.emulator.release()
    assert await asyncio.gather(*calls) == [3] * 10
    assert len(served.emulator.token_requests) == 2


async def test_a_401_is_no_attempt(serve: Serve) -> None:
    """The request that only lost its token is sent again even if one attempt is allowed."""
    served = await serve(client={"retry": RetryPolicy(attempts=1)})
    assert await served.users().count() == 3
    served.emulator.revoke_tokens()
    assert await served.users().count() == 3


async def test_redirects_are_not_followed(served: Served) -> None:
    """The bearer reaches no other address, and the error says why."""
    served.emulator.script(Fault.redirect(served.emulator.url + "/elsewhere"))
    with pytest.raises(ApiError, match="redirect, which is not followed"):
        await served.users().collect()
    assert [request.kind for request in served.emulator.api_requests] == ["users"]


async def test_token_is_not_shown_by_a_gateway_that_repeats_it(served: Served) -> None:
    """An error page that shows the request's headers does not get the token into our error."""
    await served.users().count()
    bearer = served.emulator.api_requests[0].headers["Authorization"]
    served.emulator.script(Fault.status(400, body={"message": f"bad header {bearer}"}))
    with pytest.raises(BadRequestError, match=r"bad header Bearer \*\*\*") as caught:
        await served.users().collect()
    assert bearer.removeprefix("Bearer ") not in repr(vars(caught.value))


async def test_a_page_has_a_ceiling(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body without an end is refused while it arrives, once, and its connection closed."""
    monkeypatch.setattr(exchange, "MAX_BODY", 2**20)
    served.emulator.script(Fault.huge(2**26))
    with pytest.raises(ResponseError, match="larger than 1 MiB: ask for a smaller page_size"):
        await served.users().collect()
    assert len(served.asked) == 1
    assert served.client.stats.received_bytes == 0


async def test_a_bomb_has_a_ceiling(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ceiling holds for what is unpacked, not for what travels."""
    monkeypatch.setattr(exchange, "MAX_BODY", 2**20)
    served.emulator.script(Fault.huge(2**26, compressed=True))
    with pytest.raises(ResponseError, match="larger than 1 MiB"):
        await served.users().collect()


async def test_error_pages_are_not_read_to_their_end(served: Served) -> None:
    """Of fifty megabytes of error page the beginning is read, and the status kept."""
    served.emulator.script(Fault.huge(50_000_000, status=404))
    with pytest.raises(NotFoundError):
        await served.users().collect()
    assert served.client.stats.received_bytes < 1_000_000


async def test_gzip_is_unpacked(served: Served) -> None:
    """A body that travels packed is read like any other."""
    body = gzip.compress(b'{"data": [], "metadata": {"totalCount": 0}}')
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    served.emulator.script(Fault.status(200, body=body, headers=headers))
    assert await served.users().collect() == []


@pytest.mark.parametrize("fault", [Fault.stall(), Fault.stall(10)], ids=["no answer", "no end"])
async def test_silence_is_a_time_out(serve: Serve, fault: Fault) -> None:
    """A socket that stays silent is given up, and the request sent again."""
    policy = RetryPolicy(attempts=2, backoff=0.001, read_timeout=0.05)
    served = await serve(client={"retry": policy})
    served.emulator.script(fault)
    assert await served.users().count() == 3
    served.emulator.script(fault, times=2)
    with pytest.raises(TransportError, match="no answer in time") as caught:
        await served.users().count()
    assert isinstance(caught.value.__cause__, TimeoutError)


async def test_a_trickle_is_a_time_out(serve: Serve) -> None:
    """A body that arrives byte by byte keeps no one longer than an attempt may take."""
    policy = RetryPolicy(attempts=1, attempt_timeout=0.2)
    served = await serve(client={"retry": policy})
    served.emulator.script(Fault.trickle(20))
    with pytest.raises(TransportError, match="no answer in time"):
        await served.users().count()


async def test_nobody_listens() -> None:
    """A refused connection is a TransportError of the tenant's page that keeps its cause."""
    async with Emulator(fleet=Fleet.of({("c", "t"): 1})) as emulator:
        client = AvePointClient(emulator.credential, environment=emulator.environment, **QUICK)
        async with client:
            pager = client.protected_users("c", "t")
            assert await pager.count() == 1
            await emulator.__aexit__(None, None, None)
            with pytest.raises(TransportError, match="page 1: no usable answer") as caught:
                await pager.count()
            assert isinstance(caught.value.__cause__, OSError)


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
    """Who waited for a slot longer than the token lives sends a new one, not the old one."""
    clock = Clock()
    async with Emulator(fleet=Fleet.of({("c", "t"): 1}), clock=clock) as emulator:
        session = SessionManager(
            credential=emulator.credential,
            environment=emulator.environment,
            throttle=Throttle(concurrency=1),
            policy=RetryPolicy(),
            clock=clock,
        )
        listing = Listing(
            session=session, endpoint=PROTECTED_USERS, tenant=TenantRef("c", "t"), size=10
        )
        event = asyncio.Event()
        emulator.script(Fault.until(event))
        calls = [asyncio.create_task(Pager(listing).count()) for _ in range(2)]
        await emulator.arrived(1)
        clock.now += 3600
        event.set()
        assert await asyncio.gather(*calls) == [1, 1]
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
