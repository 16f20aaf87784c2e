"""The likeliest cause of each error that a doctor may meet."""

import ssl

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from avepoint_async import (
    ApiError,
    AuthenticationError,
    AvePointError,
    BadRequestError,
    ConfigurationError,
    NotFoundError,
    PaginationError,
    PermissionDeniedError,
    RateLimitError,
    ResponseError,
    ServerError,
    TransportError,
)
from avepoint_async.cli.causes import Step, likely_cause

KEY = ConnectionKey("host", 443, True, True, None, None, None)
REFUSED = OSError(111, "refused")


@pytest.mark.parametrize(
    ("step", "error", "words"),
    [
        (Step.SETTINGS, ConfigurationError("x"), "--help"),
        (Step.TOKEN, AuthenticationError("x", error="invalid_client"), "expired"),
        (Step.TOKEN, AuthenticationError("x", error="invalid_client"), "another cloud"),
        (Step.TOKEN, AuthenticationError("x", error="invalid_client"), "clock"),
        (Step.TOKEN, AuthenticationError("x", error="invalid_scope"), "customers.read"),
        (Step.USERS, AuthenticationError("x", error="invalid_scope"), "cbprotected.read"),
        (Step.TOKEN, AuthenticationError("x", error="unauthorized_client"), "not granted"),
        (Step.TOKEN, AuthenticationError("x", error="brand_new"), "something else answers"),
        (Step.TOKEN, AuthenticationError("x"), "something else answers"),
        (Step.TOKEN, ApiError("x", status=307), "something else answers"),
        (Step.TOKEN, ServerError("x", status=503), "try again later"),
        (Step.CUSTOMERS, AuthenticationError("x"), "different clouds"),
        (Step.CUSTOMERS, PermissionDeniedError("x", status=403), "customers.read"),
        (Step.CUSTOMERS, NotFoundError("x", status=404), "address of the API"),
        (Step.CUSTOMERS, RateLimitError("x", status=429), "try again later"),
        (Step.CUSTOMERS, ResponseError("x"), "something else answers"),
        (Step.USERS, PermissionDeniedError("x", status=403), "outside the customer scope"),
        (Step.USERS, NotFoundError("x", status=404), "no licence"),
        (Step.USERS, BadRequestError("x", status=400), "misspelt"),
        (Step.USERS, PaginationError("x"), "service has changed"),
        (Step.USERS, AvePointError("x"), "service has changed"),
    ],
)
def test_each_error_has_its_cause(step: Step, error: AvePointError, words: str) -> None:
    """The cause depends on the error and on the step at which it was met."""
    assert words in likely_cause(step, error)


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (aiohttp.ClientProxyConnectionError(KEY, REFUSED), "proxy that HTTPS_PROXY names"),
        (aiohttp.ClientConnectorDNSError(KEY, REFUSED), "no network"),
        (aiohttp.ClientConnectorCertificateError(KEY, ssl.SSLError()), "SSL_CERT_FILE"),
        (ssl.SSLError(), "SSL_CERT_FILE"),
        (TimeoutError(), "firewall"),
        (aiohttp.ClientConnectorError(KEY, REFUSED), "wrong address"),
        (None, "wrong address"),
    ],
)
def test_a_broken_connection_is_told_by_what_broke_it(
    cause: BaseException | None, words: str
) -> None:
    """Name, certificate, proxy and silence are different troubles of the network."""
    error = TransportError("x")
    error.__cause__ = cause
    assert words in likely_cause(Step.TOKEN, error)


@pytest.mark.parametrize("step", Step)
def test_no_cause_has_a_gap_in_it(step: Step) -> None:
    """A text that names a permission names the one of its step."""
    for error in (PermissionDeniedError("x"), AuthenticationError("x", error="invalid_scope")):
        assert "{" not in likely_cause(step, error)
