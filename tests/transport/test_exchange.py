"""Every way in which reading an answer fails is one error."""

import aiohttp
import pytest
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from avepoint_async.errors import ConfigurationError, TransportError
from avepoint_async.transport.exchange import time_outs, transport_errors


def test_a_session_that_cannot_send() -> None:
    """What aiohttp refuses, such as a netrc entry beside our token, is the caller's to mend."""
    refused = ValueError("no two headers")
    with pytest.raises(ConfigurationError, match="no two headers") as caught, transport_errors:
        raise refused
    assert caught.value.fatal


def test_a_malformed_answer_does_not_show_the_request() -> None:
    """The error of aiohttp holds the request's headers, and with them the token: it is not kept."""
    headers = CIMultiDictProxy(CIMultiDict({"Authorization": "Bearer opaque"}))
    request = aiohttp.RequestInfo(URL("http://localhost"), "POST", headers, URL("http://localhost"))
    with pytest.raises(TransportError, match="400 Bad status line") as caught, transport_errors:
        raise aiohttp.ClientResponseError(request, (), status=400, message="Bad status line")
    assert caught.value.__cause__ is None
    assert "opaque" not in repr(caught.value)


def test_a_silence_is_timed_only_if_it_can_end_first() -> None:
    """Each has its own bound, and a timer that could never ring is not set."""
    usual = time_outs(10.0, 5.0, 30.0)
    assert (usual.sock_connect, usual.sock_read, usual.total) == (10.0, 5.0, 30.0)
    assert time_outs(10.0, 30.0, 30.0).sock_read is None
