"""Which users of which customers does AvePoint Cloud Backup for Microsoft 365 protect?

The data flows one way, and so do the imports::

    credentials → token → session → page → walk → pager ─┐
                                              └→ fan-out ─┴→ client

A credential is traded for a token, renewed before it ends (``auth.token``); the session sends one
request until it succeeds or is hopeless, when the throttle lets it: ``transport.retry`` tells how
long one call waits, ``transport.pace`` how long everyone does after a 429 or 503. A walk knows
which pages are still to come; a pager asks for them one after another and a fan-out for those of
many tenants at once; the client joins them.

Every name on the wire stands in ``decode``, which makes records (``models``) of it. What an error
says is worded where it arises: an error status in ``transport.answer``, a failed connection or
proxy in ``transport.exchange``.
"""

from importlib.metadata import version as _version

from avepoint_async.auth.credentials import ClientCertificate, ClientSecret
from avepoint_async.auth.environment import Environment
from avepoint_async.client import AvePointClient
from avepoint_async.errors import (
    ApiError,
    AuthenticationError,
    AvePointError,
    BadRequestError,
    ClientClosedError,
    ConfigurationError,
    NotFoundError,
    PaginationError,
    PermissionDeniedError,
    RateLimitError,
    ResponseError,
    ServerError,
    TenantFailuresError,
    TransportError,
)
from avepoint_async.models import (
    Customer,
    Module,
    ModuleStatus,
    ProtectedUser,
    Tenant,
    TenantRef,
)
from avepoint_async.paging.fanout import FanOut
from avepoint_async.paging.outcome import Progress, TenantOutcome
from avepoint_async.paging.page import Page
from avepoint_async.paging.pager import Pager
from avepoint_async.transport.retry import RetryPolicy

__all__ = [
    "ApiError",
    "AuthenticationError",
    "AvePointClient",
    "AvePointError",
    "BadRequestError",
    "ClientCertificate",
    "ClientClosedError",
    "ClientSecret",
    "ConfigurationError",
    "Customer",
    "Environment",
    "FanOut",
    "Module",
    "ModuleStatus",
    "NotFoundError",
    "Page",
    "Pager",
    "PaginationError",
    "PermissionDeniedError",
    "Progress",
    "ProtectedUser",
    "RateLimitError",
    "ResponseError",
    "RetryPolicy",
    "ServerError",
    "Tenant",
    "TenantFailuresError",
    "TenantOutcome",
    "TenantRef",
    "TransportError",
]


def __getattr__(name: str) -> str:
    if name == "__version__":
        return _version("avepoint-async")
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
