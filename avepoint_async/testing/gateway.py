"""One request from its arrival to its answer: routes, limits, faults, bearer, latency, page."""

import asyncio
import codecs
import random
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

import attrs
from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from avepoint_async.testing.chaos import RandomFaults
from avepoint_async.testing.delivery import JSON_TYPE, Answer, Refusal, Whole, Wire
from avepoint_async.testing.dialect import Dialect
from avepoint_async.testing.drift import Drifter
from avepoint_async.testing.endpoints import Endpoint, route
from avepoint_async.testing.faults import Fault, Script
from avepoint_async.testing.identity import Identity
from avepoint_async.testing.journal import Gate, Journal, Kind, Recorded
from avepoint_async.testing.latency import Latency
from avepoint_async.testing.limits import Limiters
from avepoint_async.testing.outages import Troubles
from avepoint_async.testing.pages import Pages

TOKEN_PATH = "/connect/token"  # noqa: S105  a path, no secret
_WHOLE = Whole()


class _Sent(web.StreamResponse):
    """Tells aiohttp that everything is written already, and whether the connection stays."""

    def __init__(self, *, stays: bool) -> None:
        super().__init__()
        self._stays = stays

    @property
    def keep_alive(self) -> bool:
        return self._stays

    # The arguments are the base class's.
    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:  # noqa: ARG002
        return None

    async def write_eof(self, data: bytes = b"") -> None:  # noqa: ARG002  see prepare
        return None


_STAYS, _ENDS = _Sent(stays=True), _Sent(stays=False)


class Gateway:
    """The emulated service behind its socket.

    Its parts are plain attributes: the emulator replaces them when the tester changes a setting.
    """

    def __init__(
        self,
        *,
        identity: Identity,
        pages: Pages,
        limiters: Limiters,
        troubles: Troubles,
        journal: Journal,
        clock: Callable[[], float],
        rng: random.Random,
    ) -> None:
        self.identity = identity
        self.pages = pages
        self.limiters = limiters
        self.troubles = troubles
        self.journal = journal
        self.latency: Latency | None = None
        self.random_faults: RandomFaults | None = None
        self.drifter: Drifter | None = None
        self.on_page: Callable[[Recorded], object] | None = None
        self.gate = Gate()
        self.script = Script()
        self.refused = 0
        self._clock = clock
        self._rng = rng

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Serve one request."""
        endpoint, recorded = self._read(request, await request.read())
        self.journal.arrive(recorded)
        try:
            stays = await self._serve(Wire(request, recorded), recorded, endpoint)
        finally:
            self.journal.leave(recorded)
        return _STAYS if stays else _ENDS

    def _read(self, request: web.BaseRequest, body: bytes) -> tuple[Endpoint | None, Recorded]:
        url = request.rel_url
        query = dict(parse_qsl(url.raw_query_string, keep_blank_values=True))
        endpoint, parameters = route(url.raw_path) or (None, dict[str, str]())
        unknown: Kind = "token" if url.raw_path == TOKEN_PATH else "other"
        recorded = Recorded(
            endpoint.kind if endpoint else unknown,
            request.method,
            url.raw_path,
            query,
            request.headers,
            body,
            self.journal.next_id(),
            parameters,
            page_index=_number(query.get("pageIndex")),
            page_size=_number(query.get("pageSize")),
        )
        return endpoint, recorded

    async def _serve(self, wire: Wire, recorded: Recorded, endpoint: Endpoint | None) -> bool:
        # Who is refused and who fails is settled on arrival, whatever is held back after it.
        fault = self._throttled(recorded) or self._fault(recorded)
        await self.gate.pass_through(recorded.kind)
        if fault is None:
            return await _WHOLE.send(wire, await self._answer(recorded, endpoint))
        if fault.wait is not None:
            await fault.wait()
        answer = fault.answer or await self._answer(recorded, endpoint)
        return await fault.delivery.send(wire, answer)

    def _throttled(self, recorded: Recorded) -> Fault | None:
        if recorded.kind == "token":
            return None
        tenant = (recorded.customer_id, recorded.tenant_id)
        rule = self.limiters.refusal(self._clock(), tenant)
        if rule is None:
            return None
        self.refused += 1
        headers = {} if rule.retry_after is None else {"Retry-After": rule.retry_after}
        refusal = Refusal(rule.status, "Too many requests.", None, headers)
        return Fault("rate limit", refusal.answer(self.pages.dialect, recorded.request_id))

    def _fault(self, recorded: Recorded) -> Fault | None:
        fault = self.script.take(recorded)
        if fault is None and recorded.kind != "token":
            fault = self.troubles.fault(self._clock())
        if fault is None and self.random_faults is not None:
            fault = self.random_faults.fault(recorded.kind)
            if recorded.kind != "token" and self.random_faults.expires():
                self.identity.revoke()
        return fault

    async def _answer(self, recorded: Recorded, endpoint: Endpoint | None) -> Answer:
        try:
            answer = await self._made(recorded, endpoint)
        except Refusal as refusal:
            answer = refusal.answer(self.pages.dialect, recorded.request_id)
        return _marked(answer, self.pages.dialect)

    async def _made(self, recorded: Recorded, endpoint: Endpoint | None) -> Answer:
        if endpoint is None:
            if recorded.kind != "token":
                raise Refusal(404, "There is nothing at this address.")
            _check_method(recorded, "POST")
            if self.identity.tokens.delay:
                await asyncio.sleep(self.identity.tokens.delay)
            return self.identity.answer(recorded.headers, recorded.body)
        _check_method(recorded, endpoint.method)
        self.identity.check_bearer(recorded.headers, endpoint.scope)
        if endpoint.method == "POST":
            _check_content_type(recorded.headers)
        if self.latency is not None:
            await asyncio.sleep(self.latency.draw(self._rng))
        # Nothing is awaited from here on: rows and total are of one moment.
        if self.drifter is not None and endpoint.kind == "users":
            self.drifter.shift((recorded.parameters["customer"], recorded.parameters["tenant"]))
        if self.on_page is not None:
            self.on_page(recorded)
        return Answer(200, self.pages.body(endpoint, recorded))


def _marked(answer: Answer, dialect: Dialect) -> Answer:
    if dialect.byte_order_mark and answer.content_type == JSON_TYPE:
        return attrs.evolve(answer, body=codecs.BOM_UTF8 + answer.body)
    return answer


def _check_method(recorded: Recorded, method: str) -> None:
    if recorded.method != method:
        raise Refusal(405, f"Only {method} is allowed.", None, {"Allow": method})


def _check_content_type(headers: Mapping[str, str]) -> None:
    content_type = headers.get("Content-Type", "")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise Refusal(415, "The request body must be application/json.")


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
