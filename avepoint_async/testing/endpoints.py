"""The endpoints of the service, one entry each: address, permission, paging, filters and rows.

To add one, write its entry into ``ENDPOINTS``, and its name into `Kind`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, cast
from urllib.parse import unquote

import attrs

from avepoint_async.testing import accounts, backups
from avepoint_async.testing.delivery import Refusal
from avepoint_async.testing.dialect import Speller
from avepoint_async.testing.fleet import Fleet
from avepoint_async.testing.identity import (
    COSTS_SCOPE,
    CUSTOMERS_SCOPE,
    DIRECTORY_SCOPE,
    JOBS_SCOPE,
    LICENSE_SCOPE,
    USERS_SCOPE,
)
from avepoint_async.testing.journal import Kind
from avepoint_async.testing.records import Asked, Customer, User

Paging = Literal["index", "token", "has_next", "none"]
Read = Callable[[str, object], frozenset[str]]

_PREFIX = "/partner/external/v3/"


def _one(name: str, value: object) -> frozenset[str]:
    if not isinstance(value, str):
        raise Refusal(400, f"{name} must be a string.", name)
    return frozenset([value.lower()] if value else [])


def _many(name: str, value: object) -> frozenset[str]:
    items = cast("list[object]", value) if isinstance(value, list) else [None]
    if not all(isinstance(item, str) for item in items):
        raise Refusal(400, f"{name} must be a list of strings.", name)
    return frozenset(str(item).lower() for item in items)


def _number(name: str, value: object) -> frozenset[str]:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refusal(400, f"{name} must be an integer.", name)
    return frozenset([str(value)])


def _users(fleet: Fleet, asked: Asked) -> Sequence[User]:
    if not asked.filters:
        return fleet.users(asked.ref)
    return fleet.matching(asked.ref, frozenset[str].intersection(*asked.filters.values()))


def _customers(fleet: Fleet, asked: Asked) -> Sequence[Customer]:
    return [each for each in fleet.customers() if asked.wants("customerIds", each.id)]


@attrs.frozen(kw_only=True)
class Endpoint:
    """One endpoint.

    Attributes:
        kind: its name in this package.
        method: GET or POST; a POST has a body of filters.
        path: after the prefix that all share; ``{customer}`` and the like stand for one segment.
        scope: the permission that a token needs.
        rows: what there is to list, under the path's parameters and the filters.
        spell: makes one row for the wire.
        paging: by ``index``, by skip ``token``, by index up to the page that ``has_next`` says is
            the last, or ``none``.
        items: the member that holds the rows, where the dialect does not name it; for an answer
            without paging it tells a list from one object, which has none.
        filters: members of the body, and how each is read.
    """

    kind: Kind
    method: Literal["GET", "POST"]
    path: str
    scope: str
    rows: Callable[[Fleet, Asked], Sequence[Any]]
    spell: Callable[[Speller, Any], Any] = Speller.value
    paging: Paging = "index"
    items: str = ""
    filters: Mapping[str, Read] = attrs.Factory(dict[str, Read])


_GENERAL = "general/customers/"
_CUSTOMER = _GENERAL + "{customer}/"
_TENANT = _CUSTOMER + "tenants/{tenant}"

ENDPOINTS = (
    Endpoint(
        kind="users",
        method="POST",
        path=_TENANT + "/cloud-backup-m365/users/batch",
        scope=USERS_SCOPE,
        rows=_users,
        spell=Speller.user,
        filters={"email": _one, "userEmails": _many},
    ),
    Endpoint(
        kind="customers",
        method="POST",
        path=_GENERAL + "batch",
        scope=CUSTOMERS_SCOPE,
        rows=_customers,
        spell=Speller.customer,
        filters={"customerIds": _many},
    ),
    Endpoint(
        kind="subscriptions",
        method="POST",
        path=_GENERAL + "services/batch",
        scope=LICENSE_SCOPE,
        rows=accounts.subscriptions,
        filters={"customerIds": _many},
    ),
    Endpoint(
        kind="microsoft_seats",
        method="POST",
        path=_CUSTOMER + "3rd-party-products/type/{type}/tenants/batch",
        scope=LICENSE_SCOPE,
        rows=accounts.microsoft_seats,
        filters={"tenantIds": _many},
    ),
    Endpoint(
        kind="purchased_seats",
        method="GET",
        path=_CUSTOMER + "avpt-products/type/{product}/overview",
        scope=LICENSE_SCOPE,
        rows=accounts.purchased_seats,
        paging="none",
    ),
    Endpoint(
        kind="backup_overview",
        method="GET",
        path=_CUSTOMER + "cloud-backup-m365/overview",
        scope=USERS_SCOPE,
        rows=backups.overview,
    ),
    Endpoint(
        kind="backup_jobs",
        method="POST",
        path=_CUSTOMER + "avpt-products/jobs/batch",
        scope=JOBS_SCOPE,
        rows=backups.jobs,
        filters={"jobType": _number, "jobModule": _number},
    ),
    Endpoint(
        kind="job_report",
        method="GET",
        path=_CUSTOMER + "jobs/{job}/report-details",
        scope=JOBS_SCOPE,
        rows=backups.job_report,
        paging="token",
    ),
    Endpoint(
        kind="protected_objects",
        method="GET",
        path=_CUSTOMER + "m365/backup/modules/{module}/protected-objects",
        scope=USERS_SCOPE,
        rows=backups.protected_objects,
        paging="token",
    ),
    Endpoint(
        kind="tenant_info",
        method="GET",
        path=_TENANT,
        scope=CUSTOMERS_SCOPE,
        rows=accounts.tenant_info,
        paging="none",
    ),
    Endpoint(
        kind="app_consent",
        method="GET",
        path=_TENANT + "/product/{product}/apps",
        scope=CUSTOMERS_SCOPE,
        rows=accounts.app_consent,
        paging="none",
        items="list",
    ),
    Endpoint(
        kind="directory_users",
        method="POST",
        path="um/customers/{customer}/tenants/{tenant}/users/batch",
        scope=DIRECTORY_SCOPE,
        rows=accounts.directory_users,
        filters={"userIds": _many},
    ),
    Endpoint(
        kind="cost_issues",
        method="GET",
        path="acm/customers/{customer}/tenants/{tenant}/issues",
        scope=COSTS_SCOPE,
        rows=accounts.cost_issues,
        paging="has_next",
        items="costIssueItemModels",
    ),
)


_TEMPLATES = [(endpoint, endpoint.path.split("/")) for endpoint in ENDPOINTS]


def route(path: str) -> tuple[Endpoint, dict[str, str]] | None:
    """The endpoint at a raw path, and what stands in it; ids may hold anything, percent-encoded."""
    if not path.startswith(_PREFIX):
        return None
    segments = path.removeprefix(_PREFIX).split("/")
    for endpoint, template in _TEMPLATES:
        if len(template) == len(segments):
            parameters = _matched(template, segments)
            if parameters is not None:
                return endpoint, parameters
    return None


def _matched(template: list[str], segments: list[str]) -> dict[str, str] | None:
    parameters: dict[str, str] = {}
    for wanted, segment in zip(template, segments, strict=True):
        if wanted.startswith("{"):
            parameters[wanted[1:-1]] = unquote(segment)
        elif wanted != segment:
            return None
    return parameters
