"""What arrived, in order, how many requests are being served right now, and which are held."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from itertools import count
from typing import Any, Literal, get_args
from urllib.parse import parse_qsl

import attrs
import msgspec

from avepoint_async.testing.bounds import COUNT

Kind = Literal[
    "token",
    "users",
    "customers",
    "subscriptions",
    "microsoft_seats",
    "purchased_seats",
    "backup_overview",
    "backup_jobs",
    "job_report",
    "protected_objects",
    "tenant_info",
    "app_consent",
    "directory_users",
    "cost_issues",
    "other",
]

KINDS: tuple[Kind, ...] = get_args(Kind)
API_KINDS: frozenset[Kind] = frozenset(KINDS) - {"token"}


@attrs.define(eq=False)
class Recorded:
    """One request as it arrived. Its repr holds neither headers nor body: secrets are there.

    Attributes:
        kind: what was asked for: ``token``, an endpoint, or ``other`` for any path that the
            service does not have.
        method, path, query: the request line; the path as sent, still percent-encoded.
        headers: by name, in any case.
        body: the body as sent.
        request_id: the ``request-id`` header of the answer.
        parameters: what stands in the path, by name, decoded: ``customer``, ``tenant``, ``job``,
            ``module``, ``product``, ``type``.
        page_index, page_size: as asked for; None where the query has none that can be read.
        status: of the answer, once its head was sent; None for a request left without one.
    """

    kind: Kind
    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)
    request_id: str
    parameters: Mapping[str, str] = attrs.Factory(dict[str, str])
    page_index: int | None = None
    page_size: int | None = None
    status: int | None = None

    @property
    def customer_id(self) -> str | None:
        """The customer in the path."""
        return self.parameters.get("customer")

    @property
    def tenant_id(self) -> str | None:
        """The tenant in the path."""
        return self.parameters.get("tenant")

    @property
    def job_id(self) -> str | None:
        """The job in the path."""
        return self.parameters.get("job")

    @property
    def module(self) -> str | None:
        """The module in the path, as it was sent."""
        return self.parameters.get("module")

    @property
    def skip_token(self) -> str | None:
        """The skip token of the query."""
        return self.query.get("skipToken")

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return msgspec.json.decode(self.body)

    @property
    def form(self) -> dict[str, str]:
        """The body, read as a URL-encoded form."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


class Journal:
    """Every request since the start, and a way to wait for the next.

    Attributes:
        records: the requests in order of arrival; stays empty unless ``keep``.
        in_flight: API requests that have arrived and are not answered yet.
        peak_in_flight: the most there ever were.
    """

    def __init__(self, *, keep: bool) -> None:
        self.records: list[Recorded] = []
        self.in_flight = 0
        self.peak_in_flight = 0
        self._keep = keep
        self._numbers = count(1)
        self._arrivals: dict[Kind, int] = dict.fromkeys(KINDS, 0)
        self._waiters: list[tuple[asyncio.Future[None], Collection[Kind], int]] = []
        self._idlers: list[tuple[asyncio.Future[None], int]] = []

    def next_id(self) -> str:
        """The id of the next request, spelled like the service's."""
        return f"00000000-0000-4000-8000-{next(self._numbers):012x}"

    def arrive(self, recorded: Recorded) -> None:
        """Count a request in, and wake those who waited for it."""
        self._arrivals[recorded.kind] += 1
        if self._keep:
            self.records.append(recorded)
        if recorded.kind != "token":
            self.in_flight += 1
            self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
        for future, kinds, number in self._waiters:
            if self.arrivals(kinds) >= number:
                _wake(future)
        self._waiters = [each for each in self._waiters if not each[0].done()]

    def leave(self, recorded: Recorded) -> None:
        """Count a request out: it was answered, or its client went away."""
        if recorded.kind == "token":
            return
        self.in_flight -= 1
        for future, at_most in self._idlers:
            if self.in_flight <= at_most:
                _wake(future)
        self._idlers = [each for each in self._idlers if not each[0].done()]

    def arrivals(self, kinds: Collection[Kind]) -> int:
        """How many requests of these kinds have arrived."""
        return sum(self._arrivals[kind] for kind in kinds)

    async def arrived(self, number: int, kinds: Collection[Kind]) -> None:
        """Return once ``number`` requests of these kinds have arrived since the start."""
        if self.arrivals(kinds) < number:
            future = asyncio.get_running_loop().create_future()
            self._waiters.append((future, kinds, number))
            await future

    async def idle(self, at_most: int) -> None:
        """Return once no more than ``at_most`` API requests are in flight."""
        if self.in_flight > at_most:
            future = asyncio.get_running_loop().create_future()
            self._idlers.append((future, at_most))
            await future


def _wake(future: asyncio.Future[None]) -> None:
    # One that was cancelled is done already.
    if not future.done():
        future.set_result(None)


class Gate:
    """Open at first; requests of a held kind wait in order of arrival."""

    def __init__(self) -> None:
        self._held: frozenset[Kind] = frozenset()
        self._waiting: list[tuple[Kind, asyncio.Future[None]]] = []

    def hold(self, kinds: Collection[Kind]) -> None:
        """Hold requests of these kinds from now on."""
        check_kinds(kinds)
        self._held |= frozenset(kinds)

    def release(self, count: int | None = None) -> None:
        """Let everyone through and stay open; or only the first ``count``, and stay shut."""
        COUNT.check("count", count or 0)
        if count is None:
            self._held = frozenset()
        for _, future in self._waiting[:count]:
            if not future.done():  # the request went away in this very turn
                future.set_result(None)
        self._waiting = self._waiting[count:] if count is not None else []

    async def pass_through(self, kind: Kind) -> None:
        """Return at once, or when released."""
        if kind not in self._held:
            return
        waiting = (kind, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        try:
            await waiting[1]
        except asyncio.CancelledError:
            # Cancelled in the turn of its release, it is not in the queue any more.
            if waiting in self._waiting:
                self._waiting.remove(waiting)
            raise


def check_kinds(kinds: Iterable[str | None]) -> None:
    """Let kinds that there are pass, and None.

    Raises:
        ValueError: there is no such kind of request.
    """
    for kind in kinds:
        if kind not in (None, *KINDS):
            raise ValueError(f"kind must be one of {', '.join(KINDS)}: {kind!r} is not")
