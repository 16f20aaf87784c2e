"""The seats of Microsoft 365 itself, tenant by tenant: what the vendor sold, not what AvePoint did.

Source: AvePoint Graph API, *Get third-party products of tenants by type*.
"""

from operator import attrgetter

import attrs

from avepoint_async.paging.endpoint import Endpoint
from avepoint_async.wire.values import OpenEnum


class SeatVendor(OpenEnum):
    """Whose seats they are."""

    MICROSOFT_365 = 0
    SALESFORCE = 1
    GOOGLE = 2
    DYNAMICS_365 = 3


@attrs.frozen(kw_only=True)
class MicrosoftSeats:
    """The vendor's own seats in one tenant.

    Attributes:
        tenant_id: the tenant's id.
        tenant_name: the tenant's name.
        type: whose seats they are.
        available_user_seat: seats that there are to assign.
        assigned_user_seat: seats that are assigned.

    All but the id are None where the service has no value.

    Source: AvePoint Graph API, *Get third-party products of tenants by type*.
    """

    tenant_id: str
    tenant_name: str | None = None
    type: SeatVendor | None = None
    available_user_seat: int | None = None
    assigned_user_seat: int | None = None


MICROSOFT_SEATS = Endpoint(
    path="/partner/external/v3/general/customers/{customer_id}/3rd-party-products"
    f"/type/{int(SeatVendor.MICROSOFT_365)}/tenants/batch",
    scopes=frozenset({"elements.license.read.all"}),
    record=MicrosoftSeats,
    identity=attrgetter("tenant_id"),
)
