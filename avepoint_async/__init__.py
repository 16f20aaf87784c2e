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
    from avepoint_async.paging.errors import IncompleteError, TenantFailuresError
    from avepoint_async.paging.fanout import FanOut
    from avepoint_async.paging.outcome import Progress, WalkOutcome
    from avepoint_async.paging.page import Page
    from avepoint_async.paging.pager import Pager
    from avepoint_async.paging.walk import Walk
    from avepoint_async.refs import CustomerRef, TenantRef
    from avepoint_async.resources.app_consent import AppConsent, ConsentProduct
    from avepoint_async.resources.backup_jobs import BackupJob, JobModule, JobStatus, JobType
    from avepoint_async.resources.backup_overview import BackupOverview
    from avepoint_async.resources.customers import Customer, Tenant, Tenants
    from avepoint_async.resources.directory_users import DirectoryUser, UserStatus
    from avepoint_async.resources.job_report import JobReportRow, ReportedStatus, ReportedType
    from avepoint_async.resources.microsoft_seats import MicrosoftSeats, SeatVendor
    from avepoint_async.resources.protected_objects import ObjectModule, ProtectedObject
    from avepoint_async.resources.protected_users import Module, ModuleStatus, ProtectedUser
    from avepoint_async.resources.purchased_seats import Product, PurchasedSeats
    from avepoint_async.resources.subscriptions import CustomerSubscriptions, Subscription
    from avepoint_async.resources.tenant_info import AadEnvironment, PlatformEnvironment, TenantInfo
    from avepoint_async.transport.stats import Stats

    __version__: str

__all__ = [
    "AadEnvironment",
    "ApiError",
    "AppConsent",
    "AuthenticationError",
    "AvePointClient",
    "AvePointError",
    "BackupJob",
    "BackupOverview",
    "BadRequestError",
    "ClientCertificate",
    "ClientClosedError",
    "ClientSecret",
    "ConfigurationError",
    "ConsentProduct",
    "Customer",
    "CustomerRef",
    "CustomerSubscriptions",
    "DirectoryUser",
    "Environment",
    "FanOut",
    "IncompleteError",
    "JobModule",
    "JobReportRow",
    "JobStatus",
    "JobType",
    "MicrosoftSeats",
    "Module",
    "ModuleStatus",
    "NotFoundError",
    "ObjectModule",
    "Page",
    "Pager",
    "PaginationError",
    "PermissionDeniedError",
    "PlatformEnvironment",
    "Product",
    "Progress",
    "ProtectedObject",
    "ProtectedUser",
    "PurchasedSeats",
    "RateLimitError",
    "ReportedStatus",
    "ReportedType",
    "ResponseError",
    "RetryPolicy",
    "SeatVendor",
    "ServerError",
    "Stats",
    "Subscription",
    "Tenant",
    "TenantFailuresError",
    "TenantInfo",
    "TenantRef",
    "Tenants",
    "TransportError",
    "UserStatus",
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
    "paging.errors": ("IncompleteError", "TenantFailuresError"),
    "paging.fanout": ("FanOut",),
    "paging.outcome": ("Progress", "WalkOutcome"),
    "paging.page": ("Page",),
    "paging.pager": ("Pager",),
    "paging.walk": ("Walk",),
    "refs": ("CustomerRef", "TenantRef"),
    "resources.app_consent": ("AppConsent", "ConsentProduct"),
    "resources.backup_jobs": ("BackupJob", "JobModule", "JobStatus", "JobType"),
    "resources.backup_overview": ("BackupOverview",),
    "resources.directory_users": ("DirectoryUser", "UserStatus"),
    "resources.job_report": ("JobReportRow", "ReportedStatus", "ReportedType"),
    "resources.microsoft_seats": ("MicrosoftSeats", "SeatVendor"),
    "resources.protected_objects": ("ObjectModule", "ProtectedObject"),
    "resources.purchased_seats": ("Product", "PurchasedSeats"),
    "resources.subscriptions": ("CustomerSubscriptions", "Subscription"),
    "resources.tenant_info": ("AadEnvironment", "PlatformEnvironment", "TenantInfo"),
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
