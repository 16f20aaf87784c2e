"""One request from its arrival to its answer: routes, limits, faults, bearer, latency, page."""

import asyncio
import random
from collections.abc import Callable
from urllib.parse import parse_qsl, unquote

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from avepoint_async.testing.answers import Answer, Refusal
from avepoint_async.testing.chaos import Dice
from avepoint_async.testing.delivery import Whole, Wire
from avepoint_async.testing.drift import Drifter
from avepoint_async.testing.faults import Fault
from avepoint_async.testing.gate import Gate
from avepoint_async.testing.identity import Identity
from avepoint_async.testing.journal import Journal, Kind, Recorded
from avepoint_async.testing.latency import Latency
from avepoint_async.testing.limits import Limiter
from avepoint_async.testing.pages import Pages
from avepoint_async.testing.script import Script
from avepoint_async.testing.tokens import CUSTOMERS_SCOPE, USERS_SCOPE

TOKEN_PATH = "/connect/token"  # noqa: S105  a path, no secret
_CUSTOMERS = "/partner/external/v3/general/customers/"
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
        latency: Latency | None,
        limiter: Limiter | None,
        dice: Dice | None,
        drifter: Drifter | None,
        journal: Journal,
        clock: Callable[[], float],
        rng: random.Random,
    ) -> None:
        self.identity = identity
        self.pages = pages
        self.latency = latency
        self.limiter = limiter
        self.dice = dice
        self.drifter = drifter
        self.journal = journal
        self.gate = Gate()
        self.script = Script()
        self.refused = 0
        self._clock = clock
        self._rng = rng

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Serve one request."""
        recorded = self._read(request, await request.read())
        self.journal.arrive(recorded)
        try:
            stays = await self._serve(Wire(request, recorded), recorded)
        finally:
            self.journal.leave(recorded)
        return _STAYS if stays else _ENDS

    def _read(self, request: web.BaseRequest, body: bytes) -> Recorded:
        url = request.rel_url
        kind, customer_id, tenant_id = _route(url.raw_path)
        query = dict(parse_qsl(url.raw_query_string, keep_blank_values=True))
        return Recorded(
            kind,
            request.method,
            url.raw_path,
            query,
            request.headers,
            body,
            self.journal.next_id(),
            customer_id,
            tenant_id,
            page_index=_number(query.get("pageIndex")),
            page_size=_number(query.get("pageSize")),
        )

    async def _serve(self, wire: Wire, recorded: Recorded) -> bool:
        # Who is refused and who fails is settled on arrival, whatever is held back after it.
        fault = self._throttled(recorded) or self._fault(recorded)
        await self.gate.pass_through(recorded.kind)
        if fault is None:
            return await _WHOLE.send(wire, await self._answer(recorded))
        if fault.wait is not None:
            await fault.wait()
        return await fault.delivery.send(wire, fault.answer or await self._answer(recorded))

    def _throttled(self, recorded: Recorded) -> Fault | None:
        limiter = self.limiter
        if limiter is None or recorded.kind == "token" or limiter.admits(self._clock()):
            return None
        self.refused += 1
        rule = limiter.rule
        headers = {} if rule.retry_after is None else {"Retry-After": rule.retry_after}
        refusal = Refusal(rule.status, "Too many requests.", None, headers)
        return Fault("rate limit", refusal.answer(self.pages.dialect, recorded.request_id))

    def _fault(self, recorded: Recorded) -> Fault | None:
        fault = self.script.take(recorded)
        if fault is None and self.dice is not None:
            fault = self.dice.fault(recorded.kind)
            if recorded.kind != "token" and self.dice.expires():
                self.identity.revoke()
        return fault

    async def _answer(self, recorded: Recorded) -> Answer:
        try:
            _check_request_line(recorded)
            if recorded.kind == "token":
                return await self._token(recorded)
            return Answer(200, await self._page(recorded))
        except Refusal as refusal:
            return refusal.answer(self.pages.dialect, recorded.request_id)

    async def _token(self, recorded: Recorded) -> Answer:
        if self.identity.tokens.delay:
            await asyncio.sleep(self.identity.tokens.delay)
        return self.identity.answer(recorded.headers, recorded.body)

    async def _page(self, recorded: Recorded) -> bytes:
        scope = USERS_SCOPE if recorded.kind == "users" else CUSTOMERS_SCOPE
        self.identity.check_bearer(recorded.headers, scope)
        _check_content_type(recorded)
        if self.latency is not None:
            await asyncio.sleep(self.latency.draw(self._rng))
        if recorded.customer_id is None or recorded.tenant_id is None:
            return self.pages.customers(recorded.query, recorded.body)
        ref = (recorded.customer_id, recorded.tenant_id)
        if self.drifter is not None:
            self.drifter.shift(ref)
        return self.pages.users(ref, recorded.query, recorded.body)


def _route(path: str) -> tuple[Kind, str | None, str | None]:
    """What a raw path asks for, and of whom; ids may hold any character, percent-encoded."""
    if path.startswith(_CUSTOMERS):
        match path.removeprefix(_CUSTOMERS).split("/"):
            case [customer, "tenants", tenant, "cloud-backup-m365", "users", "batch"]:
                return "users", unquote(customer), unquote(tenant)
            case ["batch"]:
                return "customers", None, None
            case _:
                return "other", None, None
    return "token" if path == TOKEN_PATH else "other", None, None


def _check_request_line(recorded: Recorded) -> None:
    if recorded.kind == "other":
        raise Refusal(404, "There is nothing at this address.")
    if recorded.method != "POST":
        raise Refusal(405, "Only POST is allowed.", None, {"Allow": "POST"})


def _check_content_type(recorded: Recorded) -> None:
    content_type = recorded.headers.get("Content-Type", "")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise Refusal(415, "The request body must be application/json.")


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
