"""What arrived, in order, and how many requests are being served right now."""

import asyncio
from collections.abc import Collection, Mapping
from itertools import count
from typing import Any, Literal
from urllib.parse import parse_qsl

import attrs
import orjson

Kind = Literal["token", "users", "customers", "other"]

API_KINDS: frozenset[Kind] = frozenset(["users", "customers", "other"])


@attrs.define(eq=False)
class Recorded:
    """One request as it arrived. Its repr holds neither headers nor body: secrets are there.

    Attributes:
        kind: what was asked for; ``other`` is any path the service does not have.
        method, path, query: the request line; the path as sent, still percent-encoded.
        headers: by name, in any case.
        body: the body as sent.
        request_id: the ``request-id`` header of the answer.
        customer_id, tenant_id: the ids in the path, decoded.
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
    customer_id: str | None = None
    tenant_id: str | None = None
    page_index: int | None = None
    page_size: int | None = None
    status: int | None = None

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return orjson.loads(self.body)

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
        self._arrivals: dict[Kind, int] = dict.fromkeys(("token", "users", "customers", "other"), 0)
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
