"""What can go wrong with an answer, as a client meets it."""

import asyncio
import gzip

import aiohttp
import pytest
from yarl import URL

from avepoint_async.testing import Emulator, Fault, Fleet
from tests.testing.raw import Raw, Reply, talking_to

REF = ("c1", "t1")
OTHER = ("c2", "t2")


def emulator() -> Emulator:
    """Two tenants of three users."""
    return Emulator(fleet=Fleet.of({REF: 3, OTHER: 3}))


async def after(fault: Fault) -> tuple[Reply, Reply]:
    """The answer that met the fault, and the one after it."""
    async with talking_to(emulator()) as raw:
        raw.emulator.script(fault)
        return await raw.users(REF), await raw.users(REF)


async def wire(raw: Raw, *, method: str = "POST", body: bytes = b"{}") -> bytes:
    """Everything that comes back on a connection of its own, to the byte."""
    url = URL(raw.emulator.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = (
        f"{method} /partner/external/v3/general/customers/c1/tenants/t1/cloud-backup-m365"
        f"/users/batch HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {raw.bearers['elements.cbprotected.read.all']}\r\n"
        f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    try:
        writer.write(head.encode() + body)
        return await reader.read()
    finally:
        writer.close()
        # A connection that was reset is closed as well as any.
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 429, 500, 502, 503, 504, 599])
async def test_any_status_can_be_scripted(status: int) -> None:
    """The status comes with the gateway's brief body, once, on a connection that stays."""
    failed, well = await after(Fault.status(status))
    assert (failed.status, failed.json["statusCode"], well.status) == (status, status, 200)
    assert failed.headers["request-id"] != well.headers["request-id"]


async def test_a_status_has_the_body_and_headers_told() -> None:
    """Bytes are sent as they are, anything else as JSON; Retry-After as it stands."""
    raw_body, _ = await after(Fault.status(503, body=b"<html>", headers={"X-Via": "gateway"}))
    as_json, _ = await after(Fault.status(429, body={"a": 1}, retry_after="soon"))
    number, _ = await after(Fault.status(429, retry_after=2))
    assert (raw_body.body, raw_body.headers["X-Via"]) == (b"<html>", "gateway")
    assert (as_json.json, as_json.headers["Retry-After"]) == ({"a": 1}, "soon")
    assert number.headers["Retry-After"] == "2"


@pytest.mark.parametrize(
    ("name", "value"),
    [("content-TYPE", "text/plain"), ("Content-length", "2"), ("REQUEST-ID", "of the gateway")],
)
async def test_a_header_that_is_told_comes_once(name: str, value: str) -> None:
    """It takes the place of the emulator's own, however either is spelled."""
    async with talking_to(emulator()) as raw:
        raw.emulator.script(Fault.status(503, body=b"no", headers={name: value}))
        head, _, body = (await wire(raw)).partition(b"\r\n\r\n")
    headers = [line.partition(": ") for line in head.decode().splitlines()[1:]]
    assert [line for line in headers if line[0].lower() == name.lower()] == [(name, ": ", value)]
    usual = {"content-type", "content-length", "request-id", "connection"}
    assert sorted(line[0].lower() for line in headers) == sorted(usual)
    assert body == b"no"


async def test_a_body_can_be_anything() -> None:
    """Nonsense under a 200, and under any content type."""
    for sent in (b"", b"\xef\xbb\xbf{}", b"[" * 100_000):
        reply, _ = await after(Fault.body(sent))
        assert (reply.status, reply.body) == (200, sent)
    page, _ = await after(Fault.body(b"<html>", status=502, content_type="text/html"))
    bare, _ = await after(Fault.body(b"x", content_type=""))
    assert (page.status, page.headers["Content-Type"]) == (502, "text/html")
    assert "Content-Type" not in bare.headers


async def test_a_redirect_points_where_told() -> None:
    """The location is the tester's, and so is the status."""
    reply, _ = await after(Fault.redirect("http://127.0.0.1:1/elsewhere", status=302))
    assert (reply.status, reply.headers["Location"]) == (302, "http://127.0.0.1:1/elsewhere")


async def test_a_reset_is_a_reset() -> None:
    """The connection ends by RST, without one byte of an answer."""
    async with talking_to(emulator()) as raw:
        raw.emulator.script(Fault.reset())
        with pytest.raises(ConnectionResetError):
            await wire(raw)
        assert raw.emulator.requests[-1].status is None
        assert (await raw.users(REF)).status == 200


@pytest.mark.parametrize("after_bytes", [0, 20, 10**9])
async def test_a_cut_body_ends_before_its_length(after_bytes: int) -> None:
    """Content-Length promises more than comes, even where the body is too short to cut."""
    async with talking_to(emulator()) as raw:
        whole = (await raw.users(REF)).body
        raw.emulator.script(Fault.cut(after_bytes), times=2)
        head, _, body = (await wire(raw)).partition(b"\r\n\r\n")
        promised = int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])
        assert body == whole[:after_bytes]
        assert promised == max(len(whole), after_bytes + 1)
        with pytest.raises(aiohttp.ClientPayloadError):
            await raw.users(REF)


@pytest.mark.parametrize("off", [-1, 1, -(10**6)])
async def test_a_length_can_be_wrong(off: int) -> None:
    """The whole body under a length that is off, never below zero."""
    async with talking_to(emulator()) as raw:
        whole = (await raw.users(REF)).body
        raw.emulator.script(Fault.wrong_length(off))
        head, _, body = (await wire(raw)).partition(b"\r\n\r\n")
    assert body == whole
    assert f"Content-Length: {max(0, len(whole) + off)}\r\n".encode() in head


async def test_a_trickle_is_the_true_answer_in_pieces() -> None:
    """Slowly, but whole, and the connection stays."""
    async with talking_to(emulator()) as raw:
        whole = await raw.users(REF)
        raw.emulator.script(Fault.trickle(10_000))
        assert (await raw.users(REF)).body == whole.body
        assert (await raw.users(REF)).status == 200
        assert raw.emulator.connections == 1


async def test_bad_gzip_cannot_be_unpacked() -> None:
    """The header claims gzip, and the body is none."""
    async with talking_to(emulator()) as raw:
        raw.emulator.script(Fault.bad_gzip())
        with pytest.raises(aiohttp.ClientPayloadError, match="gzip"):
            await raw.users(REF)


async def test_huge_bodies_come_declared_undeclared_and_compressed() -> None:
    """As large as asked, and never held in memory by the emulator."""
    size = 300_000
    async with talking_to(emulator()) as raw:
        raw.emulator.script(
            Fault.huge(size, status=500), Fault.huge(size, declared=False), Fault.huge(size)
        )
        declared, undeclared = await raw.users(REF), await raw.users(REF)
        assert (declared.status, declared.headers["Content-Length"]) == (500, str(size))
        assert "Content-Length" not in undeclared.headers
        assert (await raw.users(REF)).body == declared.body == undeclared.body == b"[" * size
        raw.emulator.script(Fault.huge(size, compressed=True))
        head, _, packed = (await wire(raw)).partition(b"\r\n\r\n")
    assert b"Content-Encoding: gzip" in head
    assert len(packed) < size / 100
    assert gzip.decompress(packed) == b"[" * size


@pytest.mark.parametrize("compressed", [False, True])
async def test_others_are_served_while_a_huge_body_is_sent(compressed: bool) -> None:
    """Packing or not, the emulator takes turns: two answers come before the huge one's end."""
    async with talking_to(emulator()) as raw:
        raw.emulator.script(Fault.huge(2**26, compressed=compressed))
        huge = asyncio.ensure_future(wire(raw))
        await raw.emulator.arrived(1)
        assert [(await raw.users(REF)).status for _ in range(2)] == [200, 200]
        assert raw.emulator.in_flight == 1
        assert (await huge).startswith(b"HTTP/1.1 200 ")


async def test_a_client_may_leave_a_huge_body() -> None:
    """Its handler ends with it, long before the body does."""
    async with talking_to(emulator()) as raw:
        raw.emulator.script(Fault.huge(10**12))
        url = raw.emulator.url + (
            "/partner/external/v3/general/customers/c1/tenants/t1/cloud-backup-m365/users/batch"
        )
        async with raw.http.post(url, json={}) as response:
            assert await response.content.read(100) == b"[" * 100
            response.close()
        await raw.emulator.idle()
        assert raw.emulator.in_flight == 0


@pytest.mark.parametrize("after_bytes", [None, 10])
async def test_a_stall_never_ends(after_bytes: int | None) -> None:
    """No answer, or a beginning of one, until the emulator closes; others are served meanwhile."""
    async with talking_to(emulator()) as raw:
        raw.emulator.script(Fault.stall(after_bytes))
        stalled = asyncio.ensure_future(wire(raw))
        await raw.emulator.arrived(1)
        assert (await raw.users(REF)).status == 200
        assert not stalled.done()
        assert raw.emulator.in_flight == 1
        await raw.emulator.__aexit__(None, None, None)
        seen = await stalled
    assert len(seen.partition(b"\r\n\r\n")[2]) == (after_bytes or 0)


async def test_a_delayed_answer_is_the_true_one() -> None:
    """Late, but right."""
    late, well = await after(Fault.delay(0.001))
    assert late.body == well.body


async def test_an_answer_can_wait_for_the_tester() -> None:
    """It comes once the event is set, and other answers do not wait for it."""
    event = asyncio.Event()
    async with talking_to(emulator()) as raw:
        raw.emulator.script(Fault.until(event), page=2)
        second = asyncio.ensure_future(raw.users(REF, pageIndex=2))
        await raw.emulator.arrived(1)
        assert (await raw.users(REF, pageIndex=1)).status == 200
        assert not second.done()
        event.set()
        assert (await second).status == 200


async def test_a_script_meets_whom_it_is_meant_for() -> None:
    """Kind, tenant and page each narrow it; others pass by."""
    async with talking_to(emulator()) as raw:
        raw.emulator.script(Fault.status(500), tenant=OTHER, page=2)
        raw.emulator.script(Fault.status(502), kind="customers")
        assert (await raw.users(REF, pageIndex=2)).status == 200
        assert (await raw.users(OTHER, pageIndex=1)).status == 200
        assert (await raw.users(OTHER, pageIndex=2)).status == 500
        assert (await raw.users(OTHER, pageIndex=2)).status == 200
        assert (await raw.customers()).status == 502
        raw.emulator.script(Fault.status(503), page=1)
        assert (await raw.users(REF)).status == 503
        assert raw.emulator.script_left == 0


async def test_a_script_goes_in_order_and_as_often_as_told() -> None:
    """Each fault is met its number of times before the next one's turn."""
    async with talking_to(emulator()) as raw:
        raw.emulator.script(Fault.status(500), Fault.status(502), times=2)
        statuses = [(await raw.users(REF)).status for _ in range(5)]
        assert statuses == [500, 500, 502, 502, 200]
        assert raw.emulator.api_requests[0].status == 500


async def test_a_script_may_never_run_out() -> None:
    """A fault for good meets any API request, no token request, until it is cleared."""
    async with talking_to(emulator()) as raw:
        raw.emulator.script(Fault.status(403), kind=None, times=None)
        assert {(await raw.users(REF)).status, (await raw.customers()).status} == {403}
        assert (await raw.token()).status == 200
        assert raw.emulator.script_left == float("inf")
        raw.emulator.clear_script()
        assert (await raw.users(REF)).status == 200


async def test_a_fault_spoils_the_true_answer_of_a_refused_request_too() -> None:
    """Faults of the way come on top of what the service says."""
    async with talking_to(emulator()) as raw:
        raw.emulator.script(Fault.delay(0.001))
        assert (await raw.users(REF, bearer="unknown")).status == 401


async def test_a_client_that_has_gone_gets_nothing() -> None:
    """An answer released in the very moment its client leaves does no harm."""
    event = asyncio.Event()
    async with talking_to(emulator()) as raw:
        for fault in (Fault.reset(), Fault.status(500)):
            spoilt = Fault(fault.name, fault.answer, fault.delivery, event.wait)
            raw.emulator.script(spoilt)
            asking = asyncio.ensure_future(raw.users(REF))
            await raw.emulator.arrived(len(raw.emulator.api_requests) + 1)
            raw.emulator.drop_connections()
            event.set()
            with pytest.raises(aiohttp.ClientError):
                await asking
            await raw.emulator.idle()
            event.clear()
