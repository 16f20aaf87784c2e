"""No usable answer: what aiohttp raises of the network or a proxy becomes one of our errors; pure.

What aiohttp knows of a request holds the token. What it says of a connection holds the password for
a proxy, and what it says of a broken answer holds a piece of it. Nothing of that is kept.
"""

import re
from typing import Any

import aiohttp
from aiohttp.client_exceptions import UnixClientConnectorError
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.http import HttpProcessingError
from aiohttp.http_exceptions import TransferEncodingError

from avepoint_async.errors import AvePointError, ConfigurationError, TransportError

NETWORK_ERRORS = (TimeoutError, aiohttp.ClientError, HttpProcessingError, OSError, ValueError)
"""What sending a request and reading its answer may raise."""

_BEFORE = re.compile(r"^\d+, message[:=]\s*")
_QUOTED = re.compile(r"""[:\n<]|(?<!\w)b?['"]""")


def error_from_failure(failure: Exception) -> tuple[AvePointError, Exception | None]:
    """What to raise in place of one of `NETWORK_ERRORS`, and what may be kept as its cause."""
    match failure:
        case TimeoutError():
            return TransportError(f"no answer in time: {_describe(failure)}"), _clean(failure)
        case aiohttp.ClientHttpProxyError():
            return refused_by_proxy(failure.status), None
        case aiohttp.ClientResponseError() | HttpProcessingError():  # it may hold the request
            return TransportError(f"no usable answer: {_of_malformed(failure)}"), None
        case aiohttp.InvalidURL():
            return _unsendable(failure)
        case aiohttp.ClientError() | OSError():
            # A certificate that does not hold will not hold at the next try.
            distrusted = isinstance(failure, aiohttp.ClientConnectorCertificateError)
            cause = _clean(failure)
            message = f"no usable answer: {_describe(cause)}"
            return TransportError(message, transient=not distrusted), cause
        case _:
            return _unsendable(failure)


def refused_by_proxy(status: int) -> TransportError:
    """The error for what a proxy refuses; a 407 does not pass (RFC 9110, section 15.5.8)."""
    if status != 407:
        return TransportError(f"the proxy refuses: status {status}")
    error = TransportError(
        "the proxy refuses: status 407, it wants another user name and password: put them into "
        "its address, as in http://user:password@host:port",
        transient=False,
    )
    error.fatal = True
    return error


def _unsendable(failure: Exception) -> tuple[ConfigurationError, Exception | None]:
    """The caller must act: a netrc entry of the session stands beside our token, for example."""
    cause = None
    match failure:
        case aiohttp.InvalidURL():  # of a proxy, since ours is checked; it may hold a password
            why = "the address of its proxy is no URL"
        case UnicodeEncodeError(encoding="latin-1"):  # such as a proxy's password
            why = "a header holds what is not latin-1"
        case UnicodeError():  # of a proxy, since ours is checked
            why = "the host name of its proxy is no DNS name"
        case _:
            why, cause = str(failure), _clean(failure)
    refusal = ConfigurationError(f"the aiohttp session cannot send the request: {why}")
    refusal.fatal = True
    return refusal, cause


def _clean(failure: Exception) -> Exception:
    """The failure without what it was told of the request, of a proxy and of the answer."""
    match failure:
        case UnixClientConnectorError(args=(key, reason)):
            failure = type(failure)(failure.path, _without_proxy(key), reason)
        case aiohttp.ClientConnectorError(args=(key, reason)):
            failure = type(failure)(_without_proxy(key), reason)
        case aiohttp.ServerDisconnectedError():
            failure = type(failure)()
        case aiohttp.ClientPayloadError():
            failure = type(failure)(_unquoted(str(failure)))
        case _:
            failure.__cause__ = None
    return failure


def _without_proxy(key: ConnectionKey) -> ConnectionKey:
    names = [name for name in key._fields if name.startswith("proxy")]
    nothing: dict[str, Any] = dict.fromkeys(names)
    return key._replace(**nothing)


def _of_malformed(failure: aiohttp.ClientResponseError | HttpProcessingError) -> str:
    # Of a bad chunk aiohttp without its extensions says nothing but the chunk.
    if isinstance(failure, HttpProcessingError):
        return type(failure).__name__
    if isinstance(failure.__cause__, TransferEncodingError):
        return type(failure.__cause__).__name__
    return _unquoted(failure.message)


def _unquoted(text: str) -> str:
    """What aiohttp says of an answer, without the piece of it that it quotes."""
    return _QUOTED.split(_BEFORE.sub("", text), maxsplit=1)[0].strip()


def _describe(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
