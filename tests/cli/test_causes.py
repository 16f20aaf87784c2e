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
from avepoint_async.cli.causes import Step, explained, likely_cause, step_of

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
        (Step.USERS, ApiError("x", status=418), "service has changed"),
    ],
)
def test_each_error_has_its_cause(step: Step, error: AvePointError, words: str) -> None:
    """The cause depends on the error and on the step at which it was met."""
    assert words in (likely_cause(step, error) or "")


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
    assert words in (likely_cause(Step.TOKEN, error) or "")


@pytest.mark.parametrize("step", Step)
def test_no_cause_has_a_gap_in_it(step: Step) -> None:
    """A text that names a permission names the one of its step."""
    for error in (PermissionDeniedError("x"), AuthenticationError("x", error="invalid_scope")):
        assert "{" not in (likely_cause(step, error) or "")


@pytest.mark.parametrize(
    ("error", "step"),
    [
        (ConfigurationError("x"), Step.SETTINGS),
        (AuthenticationError("x"), Step.TOKEN),
        (PermissionDeniedError("x", list_name="customer list", page_index=2), Step.CUSTOMERS),
        (PermissionDeniedError("x", customer_id="c", tenant_id="t"), Step.USERS),
    ],
)
def test_an_error_says_itself_at_which_step_it_was_met(error: AvePointError, step: Step) -> None:
    """So that any command can tell the cause that the doctor would tell."""
    assert step_of(error) is step


def test_an_error_is_explained_in_one_line() -> None:
    """What happened comes first, the likely cause after it; where nothing is known, none is."""
    missing = NotFoundError("404 Not Found", status=404, customer_id="c", tenant_id="t")
    assert explained(missing).startswith(
        "customer c, tenant t: 404 Not Found; likely: the customer"
    )
    assert explained(ConfigurationError("page_size is 0")) == "page_size is 0"
    assert explained(AvePointError("odd")) == "odd"
