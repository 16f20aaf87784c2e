"""The control address, as a test in another language uses it: with nothing but HTTP."""

import asyncio
import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from yarl import URL

from avepoint_async.testing import Emulator
from avepoint_async.testing.control import Control
from tests.testing.raw import Raw, talking_to

REF = ("c1", "t1")
AS_JSON = {"Content-Type": "application/json"}


@asynccontextmanager
async def controlled() -> AsyncIterator[tuple[Raw, str]]:
    """An emulator that runs, and its control address."""
    async with talking_to(Emulator(fleet={REF: ["a@x", "b@x"]})) as raw:
        control = Control(raw.emulator, 0)
        await control.open()
        try:
            yield raw, control.url
        finally:
            await control.close()


async def post(raw: Raw, url: str, orders: object) -> tuple[int, Any]:
    """Status and answer of one POST."""
    async with raw.http.post(url, json=orders) as response:
        return response.status, await response.json()


async def state(raw: Raw, url: str) -> Any:
    """What the emulator tells."""
    async with raw.http.get(url) as response:
        return await response.json()


async def test_orders_are_carried_out() -> None:
    """When the answer comes, what was ordered holds."""
    async with controlled() as (raw, url):
        orders = {"insert": {"user": "new@x"}, "script": {"fault": "status", "status": 503}}
        assert await post(raw, url, orders) == (200, {"done": True})
        assert (await raw.users(REF)).status == 503
        assert (await raw.users(REF)).emails == ["new@x", "a@x", "b@x"]


async def test_it_tells_what_happened() -> None:
    """Counters and requests, without a secret; requests that are known can be left out."""
    async with controlled() as (raw, url):
        await raw.users(REF, {"email": "a@x"}, pageIndex=2)
        told = await state(raw, url)
        assert await state(raw, f"{url}?since=1") == told | {"requests": told["requests"][1:]}
        assert {name: told[name] for name in ("customers", "tenants", "users")} == {
            "customers": 1,
            "tenants": 1,
            "users": 2,
        }
        assert (told["in_flight"], told["peak_in_flight"], told["refused"]) == (0, 1, 0)
        assert (told["script_left"], told["edits"], told["url"]) == (0, 0, raw.emulator.url)
        token, last = told["requests"][0], told["requests"][-1]
        assert (token["kind"], token["status"]) == ("token", 200)
        assert last["parameters"] == {"customer": "c1", "tenant": "t1"}
        assert (last["kind"], last["query"], last["status"]) == ("users", {"pageIndex": "2"}, 200)
        secrets = ["emulated-secret", *raw.bearers.values()]
        assert not any(secret in json.dumps(told) for secret in secrets)


async def test_a_script_that_never_ends_has_no_number() -> None:
    """JSON has no infinity."""
    async with controlled() as (raw, url):
        order = {"script": {"fault": "reset", "times": None}}
        assert await post(raw, url, order) == (200, {"done": True})
        assert (await state(raw, url))["script_left"] is None


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "reason"),
    [
        ("POST", "/", {"json": {"odd": {}}}, 400, "there is no order 'odd'"),
        ("POST", "/", {"data": b"{", "headers": AS_JSON}, 400, "Input data was truncated"),
        ("POST", "/", {"data": b"[" * 100_000, "headers": AS_JSON}, 400, "maximum recursion"),
        ("POST", "/", {"json": {"remove": {"position": 10**30}}}, 400, "remove: Python int too"),
        ("POST", "/", {"json": {"wait": {"idle": -1}}}, 400, "wait: at_most must be 0 or more"),
        ("POST", "/", {"data": b"{}"}, 415, "the body must be application/json"),
        ("PUT", "/", {}, 405, "only GET and POST are allowed"),
        ("GET", "/else", {}, 404, "there is only the path /"),
        ("GET", "/?since=-1", {}, 400, "since must be a number of requests: '-1' is not"),
        ("GET", f"/?since={'9' * 5000}", {}, 400, "since must be a number of requests: '99999"),
    ],
)
async def test_what_it_cannot_do_is_told(
    method: str, path: str, sent: Mapping[str, Any], status: int, reason: str
) -> None:
    """A status, and the reason as JSON; the emulator goes on."""
    async with controlled() as (raw, url):
        async with raw.http.request(method, url + path, **sent) as response:
            assert response.status == status
            assert (await response.json())["error"].startswith(reason)
        assert (await raw.users(REF)).status == 200


async def test_it_ends_with_whoever_opened_it() -> None:
    """Nothing listens any more, even where somebody still waits."""
    async with controlled() as (raw, url):
        waiting = aiohttp.ClientSession()
        order = waiting.post(url, json={"wait": {"arrived": 99}})
        pending = asyncio.ensure_future(order)
        await post(raw, url, {"hold": {}})
    async with waiting:
        with pytest.raises(aiohttp.ClientError):
            await pending
        with pytest.raises(aiohttp.ClientConnectorError):
            await waiting.get(url)


def ask(url: str, body: bytes | None = None) -> Any:
    """What any language can do."""
    with urllib.request.urlopen(urllib.request.Request(url, body, AS_JSON), timeout=30) as reply:
        return json.load(reply)


def controlled_from_outside(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """Order a fault, meet it, and interrupt the emulator; what it printed after its settings."""
    assert process.stdout is not None
    settings = json.loads(process.stdout.readline())
    control = settings["EMULATOR_CONTROL"]
    assert URL(control).host == "127.0.0.1"
    assert ask(control)["users"] == settings["users"] == 3
    order = b'{"script": {"fault": "status", "status": 599, "kind": "token"}}'
    assert ask(control, order) == {"done": True}
    with pytest.raises(urllib.error.HTTPError, match="599"):
        urllib.request.urlopen(settings["AVEPOINT_TOKEN_URL"], b"", timeout=30)
    assert [each["status"] for each in ask(control)["requests"]] == [599]
    process.send_signal(signal.SIGINT)
    return process.communicate(timeout=30)


def test_another_process_is_in_control() -> None:
    """The command prints the address; a fault ordered there meets the next request."""
    command = [sys.executable, "-X", "dev", "-W", "error", "-m", "avepoint_async.testing"]
    options = ["--tenant", "contoso/main=3", "--control", "0", "--json"]
    with subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        # a failure must not wait for a process that nobody ends
        try:
            output, errors = controlled_from_outside(process)
        finally:
            process.kill()
    assert (output, errors, process.returncode) == ("", "", 0)
