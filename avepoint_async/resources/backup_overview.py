"""What the backup covers of each module of a customer, and when it last ran.

Source: AvePoint Graph API, *Get customer Cloud Backup for Microsoft 365 overview*.
"""

from datetime import datetime

import attrs

from avepoint_async.paging.endpoint import Endpoint


@attrs.frozen(kw_only=True)
class BackupOverview:
    """One module of one customer: objects found, objects protected, last run.

    Attributes:
        service_module: the module's name, such as "Exchange Online".
        customer_id: the customer's id.
        tenant_id: the tenant's id; None in revisions before October 2026, whose rows do not tell
            the tenants of a customer apart.
        customer: the address of the customer's owner.
        service_type: the service's name.
        last_run_time: when the backup last ran; None where the revision does not tell.
        total_scanned_objects: objects found.
        total_protected_objects: objects protected.
        data_size_stored_in_avepoint: what AvePoint stores, as text with its unit.
        data_size_stored_in_byos: what storage of the customer's own holds, in the same way.

    All but the module are None where the service has no value.

    Source: AvePoint Graph API, *Get customer Cloud Backup for Microsoft 365 overview*.
    """

    service_module: str
    customer_id: str | None = None
    tenant_id: str | None = None
    customer: str | None = None
    service_type: str | None = None
    last_run_time: datetime | None = None
    total_scanned_objects: int | None = None
    total_protected_objects: int | None = None
    data_size_stored_in_avepoint: str | None = None
    data_size_stored_in_byos: str | None = None


BACKUP_OVERVIEW = Endpoint(
    method="GET",
    path="/partner/external/v3/general/customers/{customer_id}/cloud-backup-m365/overview",
    scopes=frozenset({"elements.cbprotected.read.all"}),
    record=BackupOverview,
    names={
        "data_size_stored_in_avepoint": "dataSizeStoredInAvePoint",
        "data_size_stored_in_byos": "dataSizeStoredInBYOS",
    },
)
