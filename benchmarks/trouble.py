"""A service in trouble, in a process of its own: what it refuses, and when, is a `Trouble`."""

import asyncio
import random
import time
from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing.connection import Connection

import attrs
from aiohttp import web

from avepoint_async import AvePointClient, ClientSecret, Environment, TenantRef
from avepoint_async.testing import RateLimit
from avepoint_async.testing.limits import Limiter
from benchmarks.server import PROCESSES

LATENCY = 0.02
"""Seconds that a page takes; a refusal comes at once."""


@attrs.frozen(kw_only=True)
class Trouble:
    """What is refused.

    Attributes:
        share: of the answers that are ``status``, at random.
        status: of a refusal.
        retry_after: its Retry-After; None for none.
        limit: requests per second that are let through, with a tenth of a second of burst.
        away: seconds of each ``cycle`` in which everything is refused.
        cycle: seconds.
        sick: tenants that have no quota left, numbered from 0.
    """

    share: float = 0.0
    status: int = 503
    retry_after: int | None = None
    limit: float | None = None
    away: float = 0.0
    cycle: float = 1.6
    sick: int = 0


@attrs.frozen
class Troubled:
    """The service as a client sees it.

    Attributes:
        url: where it is.
        refused: how many requests were refused so far.
    """

    url: str
    _link: "Connection[None, int]"

    @property
    def refused(self) -> int:
        """How many requests it refused so far."""
        self._link.send(None)
        return self._link.recv()

    def client(self, *, concurrency: int = 16) -> AvePointClient:
        """A client of this library, with its settings as they come."""
        return client(self.url, concurrency=concurrency)


def client(url: str, *, concurrency: int = 16) -> AvePointClient:
    """A client of this library for a troubled service."""
    return AvePointClient(
        ClientSecret(client_id="id", client_secret="secret"),
        environment=Environment(graph_url=url, token_url=f"{url}/connect/token"),
        concurrency=concurrency,
    )


def tenants(number: int, *, first: int = 0) -> list[TenantRef]:
    """Tenants of one page each."""
    return [TenantRef("customer", f"tenant-{index}") for index in range(first, first + number)]


@contextmanager
def serving(trouble: Trouble) -> Generator[Troubled]:
    """Serve from another process; it ends with the ``with``."""
    near, far = PROCESSES.Pipe()
    process = PROCESSES.Process(target=_run, args=(far, trouble), daemon=True)
    process.start()
    far.close()
    try:
        yield Troubled(near.recv(), near)
    finally:
        near.close()  # which is how the other side learns that it is over
        process.join()


class _Service:
    def __init__(self, trouble: Trouble) -> None:
        self.refused = 0
        self._trouble = trouble
        self._draw = random.Random(1)
        limit = trouble.limit
        rule = RateLimit.bucket(limit, limit / 10) if limit is not None else None
        self._limiter = Limiter(rule) if rule else None
        self._sick = {tenant.tenant_id for tenant in tenants(trouble.sick)}

    async def token(self, _: web.Request) -> web.Response:
        return web.json_response({"access_token": "t", "token_type": "Bearer", "expires_in": 3600})

    async def page(self, request: web.Request) -> web.Response:
        trouble = self._trouble
        if self._refuses(request.match_info["tenant"]):
            self.refused += 1
            asked = trouble.retry_after
            headers = {} if asked is None else {"Retry-After": str(asked)}
            return web.Response(status=trouble.status, headers=headers)
        await asyncio.sleep(LATENCY)
        row = {"email": "a@b.example", "displayName": "A", "moduleStatus": []}
        metadata = {"totalCount": 1, "pageIndex": 1, "pageSize": 100, "totalPages": 1}
        return web.json_response({"data": [row], "metadata": metadata})

    def _refuses(self, tenant: str) -> bool:
        trouble, now = self._trouble, time.monotonic()
        if now % trouble.cycle < trouble.away or tenant in self._sick:
            return True
        if self._limiter and not self._limiter.admits(now):
            return True
        return self._draw.random() < trouble.share


def _run(link: "Connection[str | int, None]", trouble: Trouble) -> None:
    asyncio.run(_serve(link, trouble))


async def _serve(link: "Connection[str | int, None]", trouble: Trouble) -> None:
    service = _Service(trouble)
    app = web.Application()
    app.router.add_post("/connect/token", service.token)
    users = "/customers/{customer}/tenants/{tenant}/cloud-backup-m365/users/batch"
    app.router.add_post(f"/partner/external/v3/general{users}", service.page)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    link.send(f"http://{host}:{port}")
    while await asyncio.to_thread(_is_asked, link):
        link.send(service.refused)
    await runner.cleanup()


def _is_asked(link: "Connection[str | int, None]") -> bool:
    """Wait for a question; False once nobody is there to ask."""
    try:
        link.recv()
    except EOFError:
        return False
    return True
