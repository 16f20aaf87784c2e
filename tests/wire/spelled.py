"""Rows and replies as the service spells them, and shortcuts to decode them."""

import copy
import json
from typing import Any

import pytest

from avepoint_async.errors import ResponseError
from avepoint_async.resources import Endpoint
from avepoint_async.resources.customers import CUSTOMERS, Customer, Tenant
from avepoint_async.resources.protected_users import (
    PROTECTED_USERS,
    Module,
    ModuleStatus,
    ProtectedUser,
)
from avepoint_async.wire.envelope import Reply

# word for word the response sample of the service's document
SEED_SAMPLE = b"""\
{
    "data": [
        {
            "email": "admin@M365****.onmicrosoft.com",
            "displayName":"M365****",
            "moduleStatus":
            [
                {
                    "module":0,
                    "isProtected": false
                },
                {
                    "module":2,
                    "isProtected": true
                }
            ]
        }
    ],
    "metadata": {
        "pageIndex": 1,
        "pageSize": 50,
        "totalCount": 2
    }
}
"""

USER: dict[str, Any] = {
    "email": "a@x.example",
    "displayName": "A",
    "moduleStatus": [{"module": 0, "isProtected": True}, {"module": 2, "isProtected": False}],
    "userId": "u-1",
}
DECODED = ProtectedUser(
    email="a@x.example",
    display_name="A",
    module_status=(
        ModuleStatus(Module.MAILBOX, is_protected=True),
        ModuleStatus(Module.ONEDRIVE, is_protected=False),
    ),
    id="u-1",
)
CUSTOMER: dict[str, Any] = {
    "id": "c-1",
    "organization": "Org",
    "ownerEmail": "o@x.example",
    "jobStatus": 5,
    "countryOrRegion": "Chad",
    "managementMode": 1,
    "tenants": [{"id": "t-1", "name": "T"}, {"id": "t-2", "name": None}],
}
DECODED_CUSTOMER = Customer(
    id="c-1",
    organization="Org",
    owner_email="o@x.example",
    job_status=5,
    country_or_region="Chad",
    management_mode=1,
    tenants=(Tenant("t-1", "T"), Tenant("t-2")),
)
ABSENT = object()


def changed(row: dict[str, Any], *steps: Any) -> dict[str, Any]:
    """A copy of ``row``; the last step is the new value of the place that the others lead to."""
    *way, last, value = steps
    result = copy.deepcopy(row)
    place: Any = result
    for step in way:
        place = place[step]
    place[last] = value
    if value is ABSENT:
        del place[last]
    return result


def encoded(document: object) -> bytes:
    """A document as it travels; bytes as they are."""
    return document if isinstance(document, bytes) else json.dumps(document).encode()


def users(document: object) -> Reply[ProtectedUser]:
    """Decode a page of users."""
    return PROTECTED_USERS.decoder.page(encoded(document))


def user(row: dict[str, Any]) -> ProtectedUser:
    """Decode one user."""
    (item,) = users({"data": [row]}).items
    return item


def customer(row: dict[str, Any]) -> Customer:
    """Decode one customer."""
    (item,) = CUSTOMERS.decoder.page(encoded({"data": [row]})).items
    return item


def refusal(document: object, endpoint: Endpoint[Any] = PROTECTED_USERS) -> ResponseError:
    """The error that a page is refused with."""
    with pytest.raises(ResponseError) as caught:
        endpoint.decoder.page(encoded(document))
    return caught.value
