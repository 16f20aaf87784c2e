"""The likeliest cause of an error of the service, and of one on the way to it; pure.

The service documents statuses and no reasons, so each text is what most often stands behind the
error at that step, most likely first.
"""

import ssl
from collections.abc import Mapping
from enum import StrEnum

import aiohttp

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


class Step(StrEnum):
    """What has to work on the way to the users, in this order."""

    SETTINGS = "settings"
    TOKEN = "token"  # noqa: S105  # the name of a step
    CUSTOMERS = "customers"
    USERS = "users"


_LIST_CUSTOMERS = "the permission elements.customers.read.all"
_LIST_USERS = "the permission elements.cbprotected.read.all"
_PERMISSIONS = {
    Step.SETTINGS: _LIST_CUSTOMERS,
    Step.TOKEN: _LIST_CUSTOMERS,
    Step.CUSTOMERS: _LIST_CUSTOMERS,
    Step.USERS: _LIST_USERS,
}

_CLOUD = "the app registration belongs to another cloud than AVEPOINT_ENVIRONMENT names"
_BUSY = "the service is busy or in trouble: try again later"
_STRANGER = "something else answers there, such as a proxy's page, or the addresses are wrong"
_CHANGED = f"{_STRANGER}; or the service has changed"
_CUSTOMER_SCOPE = "the customer scope of the app registration"

_REFUSALS = {
    "invalid_client": "the client id or the secret is wrong, or the secret has expired; with a "
    "certificate: another one is registered, or the clock of this machine is wrong; or " + _CLOUD,
    "invalid_scope": "the app registration was not granted {permission}",
    "unauthorized_client": "the app registration was not granted {permission}",
}

_AT_STEP: Mapping[tuple[Step | None, type[AvePointError]], str] = {
    (None, ConfigurationError): "a setting is missing or misspelt: `avepoint-async --help` lists "
    "them all",
    (Step.TOKEN, AuthenticationError): _STRANGER,
    (Step.TOKEN, ApiError): _STRANGER,
    (None, AuthenticationError): "the API and the token address belong to different clouds",
    (Step.CUSTOMERS, PermissionDeniedError): "the app registration was not granted {permission}, "
    f"or {_CUSTOMER_SCOPE} is empty",
    (Step.CUSTOMERS, NotFoundError): "the address of the API is wrong",
    (Step.USERS, PermissionDeniedError): f"the customer is outside {_CUSTOMER_SCOPE}, or the app "
    "registration was not granted {permission}",
    (Step.USERS, NotFoundError): "the customer has no such tenant, or the tenant has no licence "
    "for Cloud Backup for Microsoft 365",
    (Step.USERS, BadRequestError): "an id is misspelt: the service's own look like "
    "1f2e3d4c-5b6a-7980-1f2e-3d4c5b6a7980",
    (None, RateLimitError): _BUSY,
    (None, ServerError): _BUSY,
    (None, ApiError): _CHANGED,
    (None, ResponseError): _CHANGED,
    (None, PaginationError): _CHANGED,
}

_CERTIFICATE = (
    "a proxy that reads TLS, whose certificate authority SSL_CERT_FILE must name, or the clock of "
    "this machine is wrong"
)
_NETWORK: tuple[tuple[type[BaseException], str], ...] = (
    (aiohttp.ClientProxyConnectionError, "the proxy that HTTPS_PROXY names cannot be reached"),
    (aiohttp.ClientConnectorDNSError, "no network, or a proxy is needed: set HTTPS_PROXY"),
    (aiohttp.ClientSSLError, _CERTIFICATE),
    (ssl.SSLError, _CERTIFICATE),
    (TimeoutError, "a firewall swallows it, or a proxy is needed: set HTTPS_PROXY"),
)
_NO_CONNECTION = (
    "no network, a firewall, a proxy that is needed (set HTTPS_PROXY) or a wrong address"
)


def explained(error: AvePointError) -> str:
    """The error and what most often stands behind it, in one line."""
    if isinstance(error, ConfigurationError):
        return str(error)  # it says itself what to do
    cause = likely_cause(step_of(error), error)
    return f"{error}; likely: {cause}" if cause else str(error)


def step_of(error: AvePointError) -> Step:
    """The step at which an error was met, by what it says of its place."""
    if isinstance(error, ConfigurationError):
        return Step.SETTINGS
    if error.list_name is not None:
        return Step.CUSTOMERS
    return Step.TOKEN if error.customer_id is None else Step.USERS


def likely_cause(step: Step, error: AvePointError) -> str | None:
    """What most often stands behind this error at this step; None if nothing is known of it.

    Args:
        step: the step that failed.
        error: with what; of a `TransportError` the cause is looked at.
    """
    if isinstance(error, TransportError):
        return _network_cause(error.__cause__)
    text = _refusal(error) or _by_type(step, type(error))
    return text and text.format(permission=_PERMISSIONS[step])


def _network_cause(cause: BaseException | None) -> str:
    found = (text for kind, text in _NETWORK if isinstance(cause, kind))
    return next(found, _NO_CONNECTION)


def _refusal(error: AvePointError) -> str | None:
    return _REFUSALS.get(error.error or "") if isinstance(error, AuthenticationError) else None


def _by_type(step: Step, kind: type[AvePointError]) -> str | None:
    """The text of the nearest type; for each type, that of the step before the general one."""
    keys = ((place, each) for each in kind.mro() for place in (step, None))
    return next((_AT_STEP[key] for key in keys if key in _AT_STEP), None)
