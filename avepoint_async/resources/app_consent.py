"""Whether a tenant consented to the apps of a product.

Source: AvePoint Graph API, *Get Microsoft 365 tenant product apps*.
"""

from enum import StrEnum
from functools import cache

import attrs

from avepoint_async.paging.endpoint import Endpoint
from avepoint_async.paging.single import Single


class ConsentProduct(StrEnum):
    """A product whose apps a tenant consents to."""

    CLOUD_BACKUP_M365 = "Office365Backup"
    BASELINE_MANAGEMENT = "PartnerTenantSettingManagement"
    PREMIUM_SERVICES = "PartnerWorkspaceOnboarding"
    AZURE_SECURITY_MANAGEMENT = "PartnerAzureSecurityManagement"


@attrs.frozen(kw_only=True)
class AppConsent:
    """One app of the product; the service tells neither its name nor its id.

    Attributes:
        is_consent: whether the tenant consented; False: the app does not exist in the tenant.

    Source: AvePoint Graph API, *Get Microsoft 365 tenant product apps*.
    """

    is_consent: bool


@cache
def app_consent(product: ConsentProduct) -> Endpoint[AppConsent]:
    """The endpoint for one product."""
    return Endpoint(
        method="GET",
        path="/partner/external/v3/general/customers/{customer_id}/tenants/{tenant_id}"
        f"/product/{product}/apps",
        scopes=frozenset({"elements.customers.read.all"}),
        record=AppConsent,
        paging=Single(),
    )
