"""Which users of which customers does AvePoint Cloud Backup for Microsoft 365 protect?

A page travels one way, and so do the imports, folder by folder::

    exchange   one request and its answer: send, read, status → error, retry decision
    auth       a credential is traded for a token, which is renewed before it ends
    transport  one call until it succeeds or is hopeless: session, slots, pace, counters
    wire       an answer becomes records: JSON, envelope, strict types, spellings
    paging     one page becomes all of them: walks, pager, fan-out, outcomes
    resources  the endpoints, one file each
    client     each method joins an endpoint to a pager or a fan-out

Beside them stand ``snapshots`` and ``report`` (a night's answer on disk, and a page about it),
``spark`` (the same as tables), ``testing`` (the emulator and the pytest plugin) and ``cli``.

A name is imported when it is first used, so that importing the package costs next to nothing.
"""

from importlib import import_module as _import_module
from importlib.metadata import version as _version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
        TransportError,
    )
    from avepoint_async.exchange.retry import RetryPolicy
    from avepoint_async.paging.failures import IncompleteError, TenantFailuresError
    from avepoint_async.paging.fanout import FanOut
    from avepoint_async.paging.outcome import Progress, WalkOutcome
    from avepoint_async.paging.page import Page
    from avepoint_async.paging.pager import Pager
    from avepoint_async.paging.walk import Walk
    from avepoint_async.refs import CustomerRef, TenantRef
    from avepoint_async.resources.customers import Customer, Tenant, Tenants
    from avepoint_async.resources.protected_users import Module, ModuleStatus, ProtectedUser
    from avepoint_async.transport.stats import Stats

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
    "CustomerRef",
    "Environment",
    "FanOut",
    "IncompleteError",
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
    "Stats",
    "Tenant",
    "TenantFailuresError",
    "TenantRef",
    "Tenants",
    "TransportError",
    "Walk",
    "WalkOutcome",
]

_HOMES = {
    "auth.credentials": ("ClientCertificate", "ClientSecret"),
    "auth.environment": ("Environment",),
    "client": ("AvePointClient",),
    "errors": (
        "ApiError",
        "AuthenticationError",
        "AvePointError",
        "BadRequestError",
        "ClientClosedError",
        "ConfigurationError",
        "NotFoundError",
        "PaginationError",
        "PermissionDeniedError",
        "RateLimitError",
        "ResponseError",
        "ServerError",
        "TransportError",
    ),
    "exchange.retry": ("RetryPolicy",),
    "paging.failures": ("IncompleteError", "TenantFailuresError"),
    "paging.fanout": ("FanOut",),
    "paging.outcome": ("Progress", "WalkOutcome"),
    "paging.page": ("Page",),
    "paging.pager": ("Pager",),
    "paging.walk": ("Walk",),
    "refs": ("CustomerRef", "TenantRef"),
    "resources.customers": ("Customer", "Tenant", "Tenants"),
    "resources.protected_users": ("Module", "ModuleStatus", "ProtectedUser"),
    "transport.stats": ("Stats",),
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        return _version("avepoint-async")
    for home, names in _HOMES.items():
        if name in names:
            found = globals()[name] = getattr(_import_module(f"{__name__}.{home}"), name)
            return found
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
