"""The endpoints that explain the protected status: jobs, seats, consent, the directory.

Each is a method that joins an endpoint to a pager. `AvePointClient` has them all.
"""

from collections.abc import Iterable

from avepoint_async.arguments import strings
from avepoint_async.paging.base_client import BaseClient
from avepoint_async.paging.pager import Pager
from avepoint_async.refs import TenantRef
from avepoint_async.resources.app_consent import AppConsent, ConsentProduct, app_consent
from avepoint_async.resources.backup_jobs import (
    BACKUP_JOBS,
    BackupJob,
    JobModule,
    JobType,
    jobs_filter,
    keep_jobs,
)
from avepoint_async.resources.backup_overview import BACKUP_OVERVIEW, BackupOverview
from avepoint_async.resources.codes import as_code
from avepoint_async.resources.customers import Customer, Tenant
from avepoint_async.resources.directory_users import DIRECTORY_USERS, DirectoryUser
from avepoint_async.resources.filters import ids_filter, keep_those
from avepoint_async.resources.job_report import JOB_REPORT, JobReportRow
from avepoint_async.resources.microsoft_seats import MICROSOFT_SEATS, MicrosoftSeats
from avepoint_async.resources.named import CustomerLike, customer_ref, tenant_ref
from avepoint_async.resources.protected_objects import (
    ObjectModule,
    ProtectedObject,
    protected_objects,
)
from avepoint_async.resources.purchased_seats import Product, PurchasedSeats, purchased_seats
from avepoint_async.resources.subscriptions import SUBSCRIPTIONS, CustomerSubscriptions
from avepoint_async.resources.tenant_info import TENANT_INFO, TenantInfo


class RelatedEndpoints(BaseClient):
    """The questions beside the protected users; see `AvePointClient`."""

    def backup_overview(self, customer_id: CustomerLike) -> Pager[BackupOverview]:
        """What the backup covers of each module of a customer, and when it last ran.

        Args:
            customer_id: the customer's id, the `Customer`, or a `CustomerRef`.

        Raises:
            ConfigurationError: an argument makes no sense.

        Source: AvePoint Graph API, *Get customer Cloud Backup for Microsoft 365 overview*.
        """
        return self.pager(BACKUP_OVERVIEW, customer_ref(customer_id))

    def backup_jobs(
        self,
        customer_id: CustomerLike,
        *,
        job_type: JobType | int | None = None,
        module: JobModule | int | None = None,
    ) -> Pager[BackupJob]:
        """The latest backup job of each module of a customer.

        Args:
            customer_id: the customer's id, the `Customer`, or a `CustomerRef`.
            job_type: only jobs of this type; None: all.
            module: only jobs of this module; None: all.

        Raises:
            ConfigurationError: an argument makes no sense.

        Source: AvePoint Graph API, *Get customer jobs*.
        """
        kind = None if job_type is None else as_code("job_type", JobType, job_type)
        part = None if module is None else as_code("module", JobModule, module)
        return self.pager(
            BACKUP_JOBS,
            customer_ref(customer_id),
            body=jobs_filter(kind, part),
            keep=keep_jobs(kind, part),
        )

    def job_report(self, customer_id: CustomerLike, job_id: str) -> Pager[JobReportRow]:
        """What one backup job did, object by object.

        Args:
            customer_id: the customer's id, the `Customer`, or a `CustomerRef`.
            job_id: the job, as `backup_jobs` names it; jobs of Microsoft 365 alone have reports.

        Raises:
            ConfigurationError: an argument makes no sense.

        Source: AvePoint Graph API, *Get customer job reports*.
        """
        return self.pager(JOB_REPORT, customer_ref(customer_id), job_id)

    def subscriptions(
        self, *, customer_ids: str | Iterable[str] | None = None
    ) -> Pager[CustomerSubscriptions]:
        """What each customer bought: seats, capacity, expiry.

        Args:
            customer_ids: only these customers; None: all that the app registration may see.

        Raises:
            ConfigurationError: an argument makes no sense.

        Source: AvePoint Graph API, *Get all services*.
        """
        ids = strings("customer_ids", customer_ids)
        return self.pager(
            SUBSCRIPTIONS,
            body=ids_filter("customerIds", ids),
            keep=keep_those(ids, lambda each: each.customer_id),
        )

    async def purchased_seats(
        self, customer_id: CustomerLike, product: Product | int = Product.CLOUD_BACKUP_M365
    ) -> PurchasedSeats:
        """The seats of one product that a customer bought; 0 of one that it does not own.

        Args:
            customer_id: the customer's id, the `Customer`, or a `CustomerRef`.
            product: whose seats.

        Raises:
            AvePointError: see `Pager`; a `ConfigurationError` if an argument makes
                no sense.

        Source: AvePoint Graph API, *Get AvePoint products overview by type*.
        """
        endpoint = purchased_seats(as_code("product", Product, product))
        return await self.pager(endpoint, customer_ref(customer_id)).one()

    def microsoft_seats(
        self, customer_id: CustomerLike, *, tenant_ids: str | Iterable[str] | None = None
    ) -> Pager[MicrosoftSeats]:
        """The seats of Microsoft 365 itself that each tenant of a customer has and assigned.

        Args:
            customer_id: the customer's id, the `Customer`, or a `CustomerRef`.
            tenant_ids: only these tenants; None: all.

        Raises:
            ConfigurationError: an argument makes no sense.

        Source: AvePoint Graph API, *Get third-party products of tenants by type*.
        """
        ids = strings("tenant_ids", tenant_ids)
        return self.pager(
            MICROSOFT_SEATS,
            customer_ref(customer_id),
            body=ids_filter("tenantIds", ids),
            keep=keep_those(ids, lambda each: each.tenant_id),
        )

    def protected_objects(
        self, customer_id: CustomerLike, module: ObjectModule | int
    ) -> Pager[ProtectedObject]:
        """The objects of one module that the backup protects, of all tenants of a customer.

        Args:
            customer_id: the customer's id, the `Customer`, or a `CustomerRef`.
            module: whose objects.

        Raises:
            ConfigurationError: an argument makes no sense.

        Source: AvePoint Graph API, *Retrieve customer protected objects*.
        """
        endpoint = protected_objects(as_code("module", ObjectModule, module))
        return self.pager(endpoint, customer_ref(customer_id))

    async def tenant_info(
        self, customer_id: str | Customer | TenantRef, tenant_id: str | Tenant | None = None
    ) -> TenantInfo:
        """The name of one tenant, and the cloud that it is in.

        Args:
            customer_id: see `AvePointClient.protected_users`.
            tenant_id: see `AvePointClient.protected_users`.

        Raises:
            AvePointError: see `Pager`; a `ConfigurationError` if an argument makes
                no sense.

        Source: AvePoint Graph API, *Get Microsoft 365 tenant info*.
        """
        return await self.pager(TENANT_INFO, tenant_ref(customer_id, tenant_id)).one()

    async def app_consent(
        self,
        customer_id: str | Customer | TenantRef,
        tenant_id: str | Tenant | None = None,
        *,
        product: ConsentProduct | str = ConsentProduct.CLOUD_BACKUP_M365,
    ) -> tuple[AppConsent, ...]:
        """Whether a tenant consented to the apps of a product, one entry for each app.

        Args:
            customer_id: see `AvePointClient.protected_users`.
            tenant_id: see `AvePointClient.protected_users`.
            product: whose apps.

        Raises:
            AvePointError: see `Pager`; a `ConfigurationError` if an argument makes
                no sense.

        Source: AvePoint Graph API, *Get Microsoft 365 tenant product apps*.
        """
        endpoint = app_consent(as_code("product", ConsentProduct, product))
        return tuple(await self.pager(endpoint, tenant_ref(customer_id, tenant_id)).collect())

    def directory_users(
        self, customer_id: str | Customer | TenantRef, tenant_id: str | Tenant | None = None
    ) -> Pager[DirectoryUser]:
        """The users of one tenant as the directory has them.

        Args:
            customer_id: see `AvePointClient.protected_users`.
            tenant_id: see `AvePointClient.protected_users`.

        Raises:
            ConfigurationError: an argument makes no sense.

        Source: AvePoint Graph API, *Get information of users* (user management).
        """
        return self.pager(DIRECTORY_USERS, tenant_ref(customer_id, tenant_id))
