"""One tenant: its name, and the cloud that it is in.

Source: AvePoint Graph API, *Get Microsoft 365 tenant info*.
"""

import attrs

from avepoint_async.paging.endpoint import Endpoint
from avepoint_async.paging.single import Single
from avepoint_async.wire.values import OpenEnum


class AadEnvironment(OpenEnum):
    """Microsoft's cloud that a tenant is in."""

    AZURE_CLOUD = 0
    US_GOVERNMENT = 2
    US_GOVERNMENT_DOD = 4
    AZURE_CLOUD_GCC = 5


class PlatformEnvironment(OpenEnum):
    """The platform that a tenant belongs to."""

    NONE = 0
    AZURE_COMMERCIAL = 1
    AZURE_CHINA = 2
    AZURE_US_GOVERNMENT = 3
    SALESFORCE = 4
    SALESFORCE_SANDBOX = 5
    AMAZON_COMMERCIAL = 6
    AMAZON_GOV = 7
    AMAZON_CHINA = 8


@attrs.frozen(kw_only=True)
class TenantInfo:
    """One tenant.

    Attributes:
        id: the tenant's id.
        name: the tenant's name.
        aad_environment: Microsoft's cloud that it is in.
        platform_environment_type: the platform that it belongs to.

    All but the id are None where the service has no value.

    Source: AvePoint Graph API, *Get Microsoft 365 tenant info*.
    """

    id: str
    name: str | None = None
    aad_environment: AadEnvironment | None = None
    platform_environment_type: PlatformEnvironment | None = None


TENANT_INFO = Endpoint(
    method="GET",
    path="/partner/external/v3/general/customers/{customer_id}/tenants/{tenant_id}",
    scopes=frozenset({"elements.customers.read.all"}),
    record=TenantInfo,
    paging=Single(),
)
