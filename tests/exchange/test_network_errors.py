"""Every way in which an exchange fails is one error, which holds nothing of what was exchanged."""

import ssl
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

import aiohttp
import attrs
import pytest
from aiohttp.client_exceptions import UnixClientConnectorError
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.http_exceptions import TransferEncodingError
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from avepoint_async.errors import AvePointError, ConfigurationError, TransportError, bare
from avepoint_async.exchange.send import Request, send, time_outs
from tests.auth.sight import seen_of_error

SENTINEL = "sentinel-e3d1"
HEADERS = CIMultiDictProxy(CIMultiDict({"Authorization": f"Bearer {SENTINEL}"}))
REQUEST = aiohttp.RequestInfo(URL("http://h"), "POST", HEADERS, URL("http://h"))


class Broken:
    """An answer that fails as it is read, in a frame and with a cause that hold the token."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    @property
    def status(self) -> int:
        """Never told."""
        bearer = f"Bearer {SENTINEL}"
        raise self._error from self._error.__cause__ or ValueError(bearer)


@attrs.frozen
class Session:
    """A session whose one answer fails."""

    error: Exception

    def request(self, _method: str, _url: URL, **_: Any) -> AbstractAsyncContextManager[Broken]:
        """What `aiohttp.ClientSession.request` gives."""
        return nullcontext(Broken(self.error))


async def failure(error: Exception) -> AvePointError:
    """What a caller gets for an error of the transport, without the frames."""
    session: Any = Session(error)
    request = Request(
        method="POST",
        url=URL("http://h"),
        headers=HEADERS,
        body=SENTINEL.encode(),
        secrets=(SENTINEL,),
        about={},
        attempt=1,
    )
    assert SENTINEL not in repr(request)
    with pytest.raises(AvePointError) as caught:
        await send(session, request, time_outs(1.0, 1.0, 1.0))
    return bare(caught.value)


def connection() -> ConnectionKey:
    """What aiohttp knows a connection by that goes through a proxy with a password."""
    members: dict[str, Any] = dict.fromkeys(ConnectionKey._fields)
    members.update(host="h", port=1, ssl=True, proxy_auth=("me", SENTINEL))
    return ConnectionKey(**members)


def bad_chunk() -> aiohttp.ClientResponseError:
    """What aiohttp without its extensions makes of a bad chunk: its message is the chunk."""
    error = aiohttp.ClientResponseError(REQUEST, (), status=400, message=SENTINEL)
    error.__cause__ = TransferEncodingError(SENTINEL)
    return error


REFUSED = ConnectionRefusedError(111, "refused")
UNTRUSTED = ssl.SSLCertVerificationError(1, "unknown authority")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (TimeoutError(), "no answer in time: TimeoutError"),
        (aiohttp.ServerTimeoutError("too slow"), "no answer in time: ServerTimeoutError: too slow"),
        (ConnectionResetError(104, "reset"), "ConnectionResetError: [Errno 104] reset"),
        (
            aiohttp.ClientConnectorError(connection(), REFUSED),
            "ClientConnectorError: Cannot connect to host h:1 ssl:default [refused]",
        ),
        (
            UnixClientConnectorError("/gone", connection(), REFUSED),
            "UnixClientConnectorError: Cannot connect to unix socket /gone ssl:default [refused]",
        ),
        (
            aiohttp.ServerDisconnectedError(f"<Message {SENTINEL}>"),
            "ServerDisconnectedError: Server disconnected",
        ),
        (
            aiohttp.ClientPayloadError(f"400, message:\n  Bad chunk:\n b'{SENTINEL}'"),
            "ClientPayloadError: Bad chunk",
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
async def test_a_failure_keeps_its_cause_and_nothing_else(error: Exception, text: str) -> None:
    """No frame, no request, no proxy and no piece of an answer: each of them may hold a secret."""
    made = await failure(error)
    assert type(made) is TransportError
    assert str(made).removeprefix("no usable answer: ") == text
    assert type(made.__cause__) is type(error)
    assert made.transient
    assert SENTINEL not in seen_of_error(made)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            aiohttp.ClientResponseError(
                REQUEST, (), status=400, message=f"Bad status line:\n\n  b'{SENTINEL}'"
            ),
            "no usable answer: Bad status line",
        ),
        (
            aiohttp.ClientResponseError(
                REQUEST, (), status=400, message=f"can't read b'{SENTINEL}'"
            ),
            "no usable answer: can't read",
        ),
        (bad_chunk(), "no usable answer: TransferEncodingError"),
        (TransferEncodingError(SENTINEL), "no usable answer: TransferEncodingError"),
        (
            aiohttp.ClientHttpProxyError(REQUEST, (), status=403, message=f"saw {SENTINEL}"),
            "the proxy refuses: status 403",
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
async def test_what_holds_the_request_is_no_cause(error: Exception, text: str) -> None:
    """The headers of the request, and with them the token, would be one attribute away."""
    made = await failure(error)
    assert (type(made), str(made)) == (TransportError, text)
    assert (made.__cause__, made.__context__) == (None, None)
    assert SENTINEL not in seen_of_error(made)


async def test_a_proxy_that_wants_a_password() -> None:
    """It wants one of every request: it is asked once, and the error says what to do."""
    made = await failure(aiohttp.ClientHttpProxyError(REQUEST, (), status=407, message=SENTINEL))
    assert isinstance(made, TransportError)
    assert str(made) == (
        "the proxy refuses: status 407, it wants another user name and password: put them into "
        "its address, as in http://user:password@host:port"
    )
    assert made.fatal
    assert not made.transient
    assert SENTINEL not in seen_of_error(made)


async def test_a_certificate_that_does_not_hold() -> None:
    """It will not hold at the next try."""
    made = await failure(aiohttp.ClientConnectorCertificateError(connection(), UNTRUSTED))
    assert isinstance(made, TransportError)
    assert not made.transient
    assert isinstance(made.__cause__, aiohttp.ClientConnectorCertificateError)
    assert SENTINEL not in seen_of_error(made)


async def test_a_session_that_cannot_send() -> None:
    """What aiohttp refuses, such as a netrc entry beside our token, is the caller's to mend."""
    made = await failure(ValueError("no two headers"))
    assert isinstance(made, ConfigurationError)
    assert str(made) == "the aiohttp session cannot send the request: no two headers"
    assert made.fatal
    assert SENTINEL not in seen_of_error(made)


def test_a_silence_is_timed_only_if_it_can_end_first() -> None:
    """Each has its own bound, and a timer that could never ring is not set."""
    usual = time_outs(10.0, 5.0, 30.0)
    assert (usual.sock_connect, usual.sock_read, usual.total) == (10.0, 5.0, 30.0)
    assert time_outs(10.0, 30.0, 30.0).sock_read is None


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (aiohttp.InvalidURL(f"me:{SENTINEL}@h"), "the address of its proxy is no URL"),
        (
            UnicodeEncodeError("latin-1", SENTINEL, 0, 1, "not in range"),
            "a header holds what is not latin-1",
        ),
        (UnicodeError("label empty or too long"), "the host name of its proxy is no DNS name"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
async def test_a_proxy_s_password_is_not_shown(error: Exception, text: str) -> None:
    """A proxy that cannot be used is the caller's to mend, and is not tried again."""
    made = await failure(error)
    assert type(made) is ConfigurationError
    assert str(made) == f"the aiohttp session cannot send the request: {text}"
    assert made.fatal
    assert made.__cause__ is None
    assert SENTINEL not in seen_of_error(made)
