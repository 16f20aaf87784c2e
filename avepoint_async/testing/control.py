"""The control address: a test in any language says what shall happen, and asks what did.

``POST /`` with a JSON object of orders carries them out and answers when all are done. ``GET /``
tells counters and requests; ``?since=12`` leaves out the first twelve requests.
"""

import math
from typing import Any

import msgspec
from aiohttp import web

from avepoint_async.testing.dialect import encode
from avepoint_async.testing.emulator import Emulator
from avepoint_async.testing.journal import Recorded
from avepoint_async.testing.orders import OrderError, carry_out
from avepoint_async.testing.server import Listener

_DIGITS = 18
"""Of a number of requests, at most; longer ones are slow to read."""


class Control(Listener):
    """The control address of an emulator, on loopback, from ``open`` to ``close``."""

    def __init__(self, emulator: Emulator, port: int) -> None:
        super().__init__(self._answer, port=port, context=None)
        self._emulator = emulator

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path != "/":
            return _refused(404, "there is only the path /")
        if request.method == "GET":
            return self._told(request.query.get("since", "0"))
        if request.method != "POST":
            return _refused(405, "only GET and POST are allowed")
        if request.content_type != "application/json":
            # A page in a browser can send another type to any address, and not this one.
            return _refused(415, "the body must be application/json")
        try:
            await carry_out(self._emulator, msgspec.json.decode(await request.read()))
        except (OrderError, msgspec.DecodeError, RecursionError) as error:
            return _refused(400, str(error))
        return _json(200, {"done": True})

    def _told(self, since: str) -> web.Response:
        if not (since.isascii() and since.isdecimal() and len(since) <= _DIGITS):
            return _refused(400, f"since must be a number of requests: {since!r} is not")
        emulator = self._emulator
        left = emulator.script_left
        state = {
            "url": emulator.url,
            "customers": len(emulator.fleet.customers()),
            "tenants": len(emulator.fleet.refs()),
            "users": emulator.fleet.user_count,
            "in_flight": emulator.in_flight,
            "peak_in_flight": emulator.peak_in_flight,
            "refused": emulator.refused,
            "connections": emulator.connections,
            "script_left": None if math.isinf(left) else left,
            "edits": len(emulator.edits),
            "requests": [_row(recorded) for recorded in emulator.requests[int(since) :]],
        }
        return _json(200, state)


def _row(recorded: Recorded) -> dict[str, Any]:
    # Neither headers nor body: secrets are there.
    return {
        "kind": recorded.kind,
        "method": recorded.method,
        "path": recorded.path,
        "query": recorded.query,
        "parameters": recorded.parameters,
        "request_id": recorded.request_id,
        "status": recorded.status,
    }


def _refused(status: int, message: str) -> web.Response:
    return _json(status, {"error": message})


def _json(status: int, value: Any) -> web.Response:
    return web.Response(status=status, body=encode(value), content_type="application/json")
