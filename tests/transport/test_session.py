"""One request, until it succeeds or is hopeless: over real sockets, with short pauses."""

import asyncio

import pytest

from avepoint_async.client import AvePointClient
from avepoint_async.errors import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    TransportError,
)
from avepoint_async.exchange.retry import RetryPolicy
from avepoint_async.testing import Emulator, Fault, Fleet
from tests.conftest import Serve, Served
from tests.transport.conftest import QUICK


@pytest.mark.parametrize(
    "fault",
    [
        *(Fault.status(status) for status in (408, 425, 429, 500, 502, 503, 504)),
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
    assert "429 Too Many Requests (asks to wait 3600 s) (request " in str(caught.value)
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
    """While the API takes other tokens a refusal is one tenant's; thrice running it is all's."""
    fatal: list[bool] = []
    await served.users().count()
    for _ in range(3):
        served.emulator.script(Fault.status(401), times=2)
        with pytest.raises(AuthenticationError) as caught:
            await served.users().count()
        fatal.append(caught.value.fatal)
        assert (caught.value.page_index is None) == caught.value.fatal
    assert fatal == [False, False, True]


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
