"""The emulator in a process of its own, so that its work is not counted as the client's."""

import asyncio
import json
from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from urllib.parse import urlencode
from urllib.request import urlopen

import attrs

from avepoint_async import AvePointClient, ClientSecret, Environment, TenantRef
from avepoint_async.testing import USERS_SCOPE, Emulator, Fleet, RateLimit, Tokens

PAGE_SIZE = 100

# Started anew and not forked: a fork would share the memory and the sockets of the client.
PROCESSES = get_context("spawn")


@attrs.frozen
class Service:
    """What a client is told of the server; may be sent to another process.

    Attributes:
        environment: its addresses.
        tenants: all that it holds.
        users: how many users these have.
        pages: how many pages that makes, an empty tenant's one included.
    """

    environment: Environment
    tenants: tuple[TenantRef, ...]
    users: int
    pages: int

    def client(self, *, concurrency: int = 16) -> AvePointClient:
        """A client of this library, with its settings as they come."""
        tokens = Tokens()
        credential = ClientSecret(client_id=tokens.client_id, client_secret=tokens.client_secret)
        return AvePointClient(credential, environment=self.environment, concurrency=concurrency)

    def address(self, tenant: TenantRef) -> str:
        """Where a tenant's users are asked for, for clients written by hand."""
        return (
            f"{self.environment.graph_url}/partner/external/v3/general/customers/"
            f"{tenant.customer_id}/tenants/{tenant.tenant_id}/cloud-backup-m365/users/batch"
        )

    def headers(self) -> dict[str, str]:
        """The headers of a request, with a token that lasts for the whole run."""
        tokens = Tokens()
        form = {
            "grant_type": "client_credentials",
            "client_id": tokens.client_id,
            "client_secret": tokens.client_secret,
            "scope": USERS_SCOPE,
        }
        with urlopen(self.environment.token_url, urlencode(form).encode()) as reply:
            token = json.load(reply)["access_token"]
        return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


@attrs.frozen
class Counts:
    """What the server saw since it was started: its peak in flight, and how many it refused."""

    peak_in_flight: int
    refused: int


@attrs.frozen
class Server:
    """The server while it runs."""

    service: Service
    _link: "Connection[None, Counts]"

    def counts(self) -> Counts:
        """What it saw so far."""
        self._link.send(None)
        return self._link.recv()


@attrs.frozen
class _Settings:
    fleet: Fleet
    latency: float
    rate_limit: RateLimit | None


@contextmanager
def serving(
    fleet: Fleet, *, latency: float = 0.0, rate_limit: RateLimit | None = None
) -> Generator[Server]:
    """Serve ``fleet`` from another process; it ends with the ``with``."""
    near, far = PROCESSES.Pipe()
    settings = _Settings(fleet, latency, rate_limit)
    process = PROCESSES.Process(target=_run, args=(far, settings), daemon=True)
    process.start()
    far.close()
    try:
        sizes = [len(fleet.users(ref)) for ref in fleet.refs()]
        service = Service(
            near.recv(),
            tuple(TenantRef(*ref) for ref in fleet.refs()),
            users=sum(sizes),
            pages=sum(max(1, -(-size // PAGE_SIZE)) for size in sizes),
        )
        yield Server(service, near)
    finally:
        near.close()  # which is how the other side learns that it is over
        process.join()


def _run(link: "Connection[Environment | Counts, None]", settings: _Settings) -> None:
    asyncio.run(_serve(link, settings))


async def _serve(link: "Connection[Environment | Counts, None]", settings: _Settings) -> None:
    emulator = Emulator(
        fleet=settings.fleet,
        latency=settings.latency,
        rate_limit=settings.rate_limit,
        record=False,
        # Every page is encoded once and kept, so that the server is not what is waited for.
        page_cache=50_000,
    )
    async with emulator:
        link.send(emulator.environment)
        while await asyncio.to_thread(_is_asked, link):
            link.send(Counts(emulator.peak_in_flight, emulator.refused))


def _is_asked(link: "Connection[Environment | Counts, None]") -> bool:
    """Wait for a question; False once nobody is there to ask."""
    try:
        link.recv()
    except EOFError:
        return False
    return True
