"""The objects of one module that the backup protects, of all tenants of a customer.

Source: AvePoint Graph API, *Retrieve customer protected objects*.
"""

from functools import cache

import attrs

from avepoint_async.paging.endpoint import Endpoint
from avepoint_async.paging.skip_token import SkipToken
from avepoint_async.wire.values import OpenEnum


class ObjectModule(OpenEnum):
    """A module that protected objects are listed of; its numbers are this endpoint's own."""

    EXCHANGE_MAILBOXES = 0
    SHAREPOINT_ONLINE = 1
    ONEDRIVE = 2
    MICROSOFT_365_GROUPS = 3
    PROJECT_ONLINE = 4
    EXCHANGE_PUBLIC_FOLDERS = 5
    TEAMS = 6
    VIVA_ENGAGE = 9
    TEAMS_CHAT = 10
    POWER_BI = 11
    POWER_AUTOMATE = 12
    POWER_APPS = 14
    COPILOT_STUDIO_AGENTS = 15


@attrs.frozen(kw_only=True)
class ProtectedObject:
    """One protected object. Rows have no key; what is not protected is not listed.

    Attributes:
        display_name: its name, address or URL; a suffix like "(Resource Mailbox)" may follow.
        tenant_id: the id of its tenant.
        mailbox_type: such as "User Mailbox", "Shared Mailbox", "Resource Mailbox", "In-Place
            Archive Mailbox", "Public Folder" or "Recoverable Items Folder"; empty or None for
            what is no mailbox.
        container_name: what holds it.
        size: its size in bytes.

    All but the name are None where the service has no value.

    Source: AvePoint Graph API, *Retrieve customer protected objects*.
    """

    display_name: str
    tenant_id: str | None = None
    mailbox_type: str | None = None
    container_name: str | None = None
    size: int | None = None


@cache
def protected_objects(module: ObjectModule) -> Endpoint[ProtectedObject]:
    """The endpoint for one module."""
    return Endpoint(
        method="GET",
        path="/partner/external/v3/general/customers/{customer_id}/m365/backup"
        f"/modules/{int(module)}/protected-objects",
        scopes=frozenset({"elements.cbprotected.read.all"}),
        record=ProtectedObject,
        paging=SkipToken(page_size=1000),
    )
