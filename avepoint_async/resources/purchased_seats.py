"""The seats of one product that a customer bought.

Source: AvePoint Graph API, *Get AvePoint products overview by type*.
"""

from functools import cache

import attrs

from avepoint_async.paging.endpoint import Endpoint
from avepoint_async.paging.single import Single
from avepoint_async.wire.values import OpenEnum


class Product(OpenEnum):
    """A product of AvePoint."""

    DOCAVE_ONLINE = 1
    CLOUD_GOVERNANCE = 4
    CLOUD_BACKUP_SALESFORCE = 32
    BASELINE_MANAGEMENT = 40
    RISK_MANAGEMENT = 41
    WORKSPACE_MANAGEMENT = 42
    USER_MANAGEMENT = 49
    MYHUB = 60
    STORAGE_OPTIMIZATION = 65
    TYGRAPH = 257
    CLOUD_BACKUP_EXPRESS = 274
    CLOUD_BACKUP_M365 = 2048
    CLOUD_MANAGEMENT = 4096
    CLOUD_ARCHIVING = 8192
    OPUS = 65536
    CLOUD_BACKUP_DYNAMICS_365 = 131072
    INSIGHTS = 4194304
    POLICIES = 8388608
    FLY = 16777216
    CLOUD_BACKUP_GOOGLE_WORKSPACE = 33554432
    CENSE = 67108864
    ENPOWER = 134217728
    CLOUD_BACKUP_IAAS_PAAS = 1073741824


@attrs.frozen(kw_only=True)
class PurchasedSeats:
    """The seats of one product.

    Attributes:
        purchased_user_seat: seats bought; 0 also for a product that the customer does not own.
        product_type: the product; None where the service does not repeat it.

    Source: AvePoint Graph API, *Get AvePoint products overview by type*.
    """

    purchased_user_seat: int
    product_type: Product | None = None


@cache
def purchased_seats(product: Product) -> Endpoint[PurchasedSeats]:
    """The endpoint for one product."""
    return Endpoint(
        method="GET",
        path="/partner/external/v3/general/customers/{customer_id}/avpt-products"
        f"/type/{int(product)}/overview",
        scopes=frozenset({"elements.license.read.all"}),
        record=PurchasedSeats,
        paging=Single(),
    )
