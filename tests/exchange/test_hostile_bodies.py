"""Bodies without an end, bombs, silence and trickles: each has its bound."""

import gzip

import aiohttp
import pytest

from avepoint_async.errors import NotFoundError, ResponseError, TransportError
from avepoint_async.exchange import send
from avepoint_async.exchange.retry import RetryPolicy
from avepoint_async.testing import Fault
from tests.conftest import Serve, Served


async def test_a_page_has_a_ceiling(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body without an end is refused while it arrives, once, and its connection closed."""
    monkeypatch.setattr(send, "MAX_BODY", 2**20)
    served.emulator.script(Fault.huge(2**26))
    with pytest.raises(ResponseError, match="larger than 1 MiB: ask for a smaller page_size"):
        await served.users().collect()
    assert len(served.asked) == 1
    assert served.client.stats.received_bytes == 0


async def test_the_ceiling_is_32_mib(served: Served) -> None:
    """As it is shipped: a body of just as much is read and judged, and of one byte more is not."""
    served.emulator.script(Fault.huge(32 * 2**20), Fault.huge(32 * 2**20 + 1))
    with pytest.raises(ResponseError, match="not JSON"):
        await served.users().collect()
    assert served.client.stats.received_bytes == 32 * 2**20
    with pytest.raises(ResponseError, match="larger than 32 MiB: ask for a smaller page_size"):
        await served.users().collect()
    assert served.client.stats.received_bytes == 32 * 2**20
    assert len(served.asked) == 2


async def test_a_bomb_has_a_ceiling(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ceiling holds for what is unpacked, not for what travels."""
    monkeypatch.setattr(send, "MAX_BODY", 2**20)
    served.emulator.script(Fault.huge(2**26, compressed=True))
    with pytest.raises(ResponseError, match="larger than 1 MiB"):
        await served.users().collect()


async def test_error_pages_are_not_read_to_their_end(served: Served) -> None:
    """Of fifty megabytes of error page the beginning is read, and the status kept."""
    served.emulator.script(Fault.huge(50_000_000, status=404))
    with pytest.raises(NotFoundError):
        await served.users().collect()
    assert served.client.stats.received_bytes < 1_000_000


async def test_gzip_is_unpacked(served: Served) -> None:
    """A body that travels packed is read like any other."""
    body = gzip.compress(b'{"data": [], "metadata": {"totalCount": 0}}')
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    served.emulator.script(Fault.status(200, body=body, headers=headers))
    assert await served.users().collect() == []


@pytest.mark.parametrize("fault", [Fault.stall(), Fault.stall(10)], ids=["no answer", "no end"])
async def test_silence_is_a_time_out(serve: Serve, fault: Fault) -> None:
    """A socket that stays silent is given up, and the request sent again."""
    policy = RetryPolicy(attempts=2, backoff=0.001, read_timeout=0.05, attempt_timeout=10)
    served = await serve(client={"retry": policy})
    served.emulator.script(fault)
    assert await served.users().count() == 3
    served.emulator.script(fault, times=2)
    with pytest.raises(TransportError, match="no answer in time") as caught:
        await served.users().count()
    # Of the read: the end of the attempt would be a plain TimeoutError.
    assert isinstance(caught.value.__cause__, aiohttp.SocketTimeoutError)


async def test_a_trickle_is_a_time_out(serve: Serve) -> None:
    """A body that arrives byte by byte keeps no one longer than an attempt may take."""
    policy = RetryPolicy(attempts=1, attempt_timeout=0.2)
    served = await serve(client={"retry": policy})
    served.emulator.script(Fault.trickle(20))
    with pytest.raises(TransportError, match="no answer in time"):
        await served.users().count()


@pytest.mark.parametrize(
    ("read", "attempt", "cause"),
    [(0.05, 5.0, aiohttp.SocketTimeoutError), (5.0, 0.1, TimeoutError)],
    ids=["read", "attempt"],
)
async def test_a_silent_token_address_is_a_time_out(
    serve: Serve, read: float, attempt: float, cause: type[Exception]
) -> None:
    """The token's request has the same bounds as any other, the shorter one first."""
    policy = RetryPolicy(attempts=1, read_timeout=read, attempt_timeout=attempt)
    served = await serve(client={"retry": policy})
    served.emulator.hold("token")
    with pytest.raises(TransportError, match="no answer in time") as caught:
        await served.users().count()
    assert type(caught.value.__cause__) is cause
    assert not served.asked
