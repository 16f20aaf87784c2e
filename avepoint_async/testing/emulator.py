"""The emulator as a tester meets it."""

import random
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Self

from avepoint_async import ClientSecret, Environment
from avepoint_async.testing.bounds import COUNT
from avepoint_async.testing.chaos import Chaos
from avepoint_async.testing.dialect import Dialect
from avepoint_async.testing.drift import Drift, Edit
from avepoint_async.testing.faults import Fault
from avepoint_async.testing.fleet import Fleet, TenantContent
from avepoint_async.testing.gateway import TOKEN_PATH, Gateway
from avepoint_async.testing.identity import Identity, Tokens
from avepoint_async.testing.journal import API_KINDS, Journal, Kind, Recorded, check_kinds
from avepoint_async.testing.latency import Latency
from avepoint_async.testing.limits import Limiters, RateLimit
from avepoint_async.testing.outages import Trouble, Troubles
from avepoint_async.testing.pages import PageLimits, Pages, Rows
from avepoint_async.testing.server import Listener
from avepoint_async.testing.settings import OnPage, Quotas, Settings


class Emulator(Settings):
    """The service on this machine, for as long as its ``async with`` lasts.

    ::

        async with Emulator(fleet=Fleet.of({("c1", "t1"): 250})) as emulator:
            client = AvePointClient(emulator.credential, environment=emulator.environment)

    Settings that are attributes may be changed while it runs; requests that arrive later see
    the change.

    Args:
        fleet: what it holds, or a mapping that `Fleet.of` takes; by default twenty made-up
            customers.
        dialect: how it spells its answers.
        page_size_limit: the largest page size; what a larger one does, the dialect says.
        default_page_size: the size of a page when the query has none.
        latency: seconds, or a distribution, for each answered API request.
        rate_limit: how many API requests are let through.
        quotas: rate limits of single tenants, beside that of the whole service.
        troubles: refusals by share, outages, silence.
        tokens: the app registration, and how its tokens behave.
        chaos: troubles left to chance.
        drift: rows that come, go and move.
        on_page: called with each request just before its page is made; it may edit the fleet.
        rows: rows to send as they stand in the place of an endpoint's own, by its kind.
        seed: of the latency's draws.
        record: whether ``requests`` is kept; counters work without it.
        page_cache: how many encoded pages are kept.
        port: 0 takes any free one.
        ssl_context: serve over TLS with this.
        clock: seconds for token lifetimes and rate limits; ``time.monotonic`` or a tester's own.
        wall_clock: seconds since 1970 for assertions.

    Raises:
        ValueError: a port, a latency or a size of pages or their cache that makes no sense.
        TypeError: a fleet that is none.
    """

    def __init__(  # noqa: PLR0913  each is a setting that a tester names
        self,
        *,
        fleet: Fleet | Mapping[tuple[str, str], TenantContent] | None = None,
        dialect: Dialect | None = None,
        page_size_limit: int = 100,
        default_page_size: int = 50,
        latency: float | Latency = 0.0,
        rate_limit: RateLimit | None = None,
        quotas: Quotas | None = None,
        troubles: Iterable[Trouble] = (),
        tokens: Tokens | None = None,
        chaos: Chaos | None = None,
        drift: Drift | None = None,
        on_page: OnPage | None = None,
        rows: Rows | None = None,
        seed: int = 0,
        record: bool = True,
        page_cache: int = 2048,
        port: int = 0,
        ssl_context: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        made = Fleet.accept(fleet)
        limits = PageLimits(page_size_limit, default_page_size)
        gateway = Gateway(
            identity=Identity(tokens or Tokens(), clock, wall_clock),
            pages=Pages(made, dialect or Dialect(), limits, page_cache, {}),
            limiters=Limiters(rate_limit, quotas or {}),
            troubles=Troubles(troubles, clock()),
            journal=Journal(keep=record),
            clock=clock,
            rng=random.Random(seed),
        )
        super().__init__(gateway, made, limits, page_cache, clock)
        self.rate_limit = rate_limit
        self.quotas = quotas or {}
        self.latency = latency
        self.chaos = chaos
        self.drift = drift
        self.on_page = on_page
        self.rows = rows or {}
        self._listener = Listener(self._gateway.handle, port=port, context=ssl_context)

    async def __aenter__(self) -> Self:
        await self._listener.open()
        self._gateway.identity.token_url = self.url + TOKEN_PATH
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._listener.close()

    # Where it is, and who may come in.

    @property
    def url(self) -> str:
        """The base address, such as ``http://127.0.0.1:43210``.

        Raises:
            RuntimeError: it has not been started.
        """
        if not self._listener.url:
            message = "the emulator has no address yet: enter its `async with` first"
            raise RuntimeError(message)
        return self._listener.url

    @property
    def environment(self) -> Environment:
        """The addresses to give to a client."""
        return Environment(graph_url=self.url, token_url=self.url + TOKEN_PATH)

    @property
    def credential(self) -> ClientSecret:
        """A credential that is accepted."""
        tokens = self.tokens
        return ClientSecret(client_id=tokens.client_id, client_secret=tokens.client_secret)

    @property
    def settings(self) -> dict[str, str]:
        """The environment variables that lead ``AvePointClient.from_env()`` here."""
        environment, tokens = self.environment, self.tokens
        return {
            "AVEPOINT_CLIENT_ID": tokens.client_id,
            "AVEPOINT_CLIENT_SECRET": tokens.client_secret,
            "AVEPOINT_GRAPH_URL": environment.graph_url,
            "AVEPOINT_TOKEN_URL": environment.token_url,
        }

    @property
    def fleet(self) -> Fleet:
        """What it holds; its tenants may be edited while it runs."""
        return self._fleet

    # What happened.

    @property
    def requests(self) -> list[Recorded]:
        """Every request in order of arrival."""
        return self._gateway.journal.records

    @property
    def token_requests(self) -> list[Recorded]:
        """The requests to the token address, in order of arrival."""
        return [recorded for recorded in self.requests if recorded.kind == "token"]

    @property
    def api_requests(self) -> list[Recorded]:
        """All other requests, in order of arrival."""
        return [recorded for recorded in self.requests if recorded.kind != "token"]

    @property
    def in_flight(self) -> int:
        """API requests that have arrived and are not answered yet."""
        return self._gateway.journal.in_flight

    @property
    def peak_in_flight(self) -> int:
        """The most API requests that were ever in flight at once."""
        return self._gateway.journal.peak_in_flight

    @property
    def refused(self) -> int:
        """API requests refused by the rate limit or by a tenant's quota."""
        return self._gateway.refused

    @property
    def connections(self) -> int:
        """Connections that are open, idle or not."""
        return self._listener.connections

    @property
    def edits(self) -> list[Edit]:
        """The shifts that ``drift`` has made, in order."""
        return self._edits

    async def arrived(self, number: int, kind: Kind | None = None) -> None:
        """Return once ``number`` requests have arrived since the start.

        Counted are the requests of ``kind``; by default all API requests.
        """
        check_kinds([kind])
        await self._gateway.journal.arrived(number, API_KINDS if kind is None else {kind})

    async def idle(self, at_most: int = 0) -> None:
        """Return once no more than ``at_most`` API requests are in flight.

        Raises:
            ValueError: there are never so few.
        """
        COUNT.check("at_most", at_most)
        await self._gateway.journal.idle(at_most)

    # What is to happen.

    def hold(self, *kinds: Kind) -> None:
        """Let answers wait until ``release``; of these kinds, by default all API requests."""
        self._gateway.gate.hold(kinds or API_KINDS)

    def release(self, count: int | None = None) -> None:
        """Let the held answers go and hold no more; or only the ``count`` oldest, and hold on."""
        self._gateway.gate.release(count)

    def revoke_tokens(self) -> None:
        """Answer 401 to every token issued so far."""
        self._gateway.identity.revoke()

    def drop_connections(self) -> None:
        """End every open connection, idle or not, as a gateway does with old ones."""
        self._listener.drop()

    def script(
        self,
        *faults: Fault,
        kind: Kind | None = "users",
        tenant: tuple[str, str] | None = None,
        page: int | None = None,
        times: int | None = 1,
    ) -> None:
        """Let the next requests meet these faults, in order.

        Each fault is met by ``times`` requests (None: by all from then on) of this ``kind``
        (None: any API request), ``tenant`` and ``page`` (None: any). Requests that the rate
        limit refuses meet none.
        """
        self._gateway.script.add(faults, kind, tenant, page, times)

    @property
    def script_left(self) -> float:
        """How many scripted faults no request has met yet; ``inf`` if some never run out."""
        return self._gateway.script.left

    def clear_script(self) -> None:
        """Forget the faults that no request has met yet."""
        self._gateway.script.clear()
