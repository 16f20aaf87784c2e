"""One call as the session manager takes it: what is sent, and what comes back."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from aiohttp import web

from avepoint_async.auth.credentials import ClientSecret
from avepoint_async.auth.environment import Environment
from avepoint_async.exchange.retry import RetryPolicy
from avepoint_async.transport.call import Call
from avepoint_async.transport.session import SessionManager
from avepoint_async.transport.throttle import Throttle

SCOPES = frozenset({"a.read"})


@attrs.define
class Service:
    """A server that issues a token and repeats what else it is asked."""

    url: str = ""
    asked: list[web.Request] = attrs.field(factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        """A token for the token address, and for any other the request itself."""
        if request.path == "/connect/token":
            return web.json_response({"access_token": "opaque", "token_type": "Bearer"})
        self.asked.append(request)
        body = {"method": request.method, "query": request.query_string}
        return web.json_response({**body, "body": await request.text()})


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """The server, on a port of its own."""
    made = Service()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@pytest.fixture
async def session(service: Service) -> AsyncIterator[SessionManager]:
    """A session manager of that server."""
    made = SessionManager(
        credential=ClientSecret(client_id="app", client_secret="hush-hush"),
        environment=Environment(
            graph_url=f"{service.url}/base", token_url=f"{service.url}/connect/token"
        ),
        throttle=Throttle(concurrency=1),
        policy=RetryPolicy(),
    )
    yield made
    await made.close()


async def test_a_call_is_a_post_unless_it_says_otherwise(
    service: Service, session: SessionManager
) -> None:
    """With its query and its body of JSON, below the base address."""
    url = session.address("/a%2Fb")
    answer = await session.send(Call(url=url, query="x=1&y=2", body=b"{}", scopes=SCOPES))
    assert answer.ok
    assert answer.body == b'{"method": "POST", "query": "x=1&y=2", "body": "{}"}'
    (request,) = service.asked
    assert request.raw_path == "/base/a%2Fb?x=1&y=2"
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Authorization"] == "Bearer opaque"


async def test_a_get_has_no_body(service: Service, session: SessionManager) -> None:
    """Nor a type of one; a query is not needed."""
    answer = await session.send(
        Call(method="GET", url=session.address("/object"), body=None, scopes=SCOPES)
    )
    assert answer.body == b'{"method": "GET", "query": "", "body": ""}'
    (request,) = service.asked
    assert request.raw_path == "/base/object"
    assert "Content-Type" not in request.headers


async def test_an_answer_says_when_it_came(session: SessionManager) -> None:
    """In UTC, after the request was made."""
    before = datetime.now(UTC)
    answer = await session.send(Call(url=session.address("/"), body=b"{}", scopes=SCOPES))
    assert before <= answer.received_at <= datetime.now(UTC)
    assert answer.received_at.utcoffset() == timedelta(0)
    assert answer.headers["content-type"] == answer.headers["Content-Type"]
    assert "opaque" not in repr(answer)


async def test_nothing_is_held_while_nothing_was_refused(session: SessionManager) -> None:
    """The counters start at nothing."""
    assert session.stats.held_for == 0.0
    await session.send(Call(url=session.address("/"), body=b"{}", scopes=SCOPES))
    stats = session.stats
    assert (stats.requests, stats.refreshes, stats.held_for) == (1, 1, 0.0)
