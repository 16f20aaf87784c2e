"""The client: each method joins an endpoint to a pager or a fan-out."""

from collections.abc import Iterable
from typing import TypeAlias, overload

from avepoint_async.arguments import at_least_one, strings
from avepoint_async.errors import ConfigurationError
from avepoint_async.paging.base_client import BaseClient, OnError
from avepoint_async.paging.fanout import FanOut
from avepoint_async.paging.pager import Pager
from avepoint_async.paging.source import TenantSource
from avepoint_async.refs import CustomerRef, TenantRef
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
from avepoint_async.resources.customers import CUSTOMERS, Customer, Tenant, Tenants
from avepoint_async.resources.directory_users import DIRECTORY_USERS, DirectoryUser
from avepoint_async.resources.filters import ids_filter, keep_those
from avepoint_async.resources.job_report import JOB_REPORT, JobReportRow
from avepoint_async.resources.microsoft_seats import MICROSOFT_SEATS, MicrosoftSeats
from avepoint_async.resources.protected_objects import (
    ObjectModule,
    ProtectedObject,
    protected_objects,
)
from avepoint_async.resources.protected_users import PROTECTED_USERS, ProtectedUser, users_filter
from avepoint_async.resources.purchased_seats import Product, PurchasedSeats, purchased_seats
from avepoint_async.resources.subscriptions import SUBSCRIPTIONS, CustomerSubscriptions
from avepoint_async.resources.tenant_info import TENANT_INFO, TenantInfo

CustomerLike: TypeAlias = str | Customer | CustomerRef


class AvePointClient(BaseClient):
    """Tells which users of which tenants are protected by Cloud Backup for Microsoft 365.

    An async context manager; without one, ``close()`` it. One client serves a whole program: all
    that runs on it shares its tokens, its connections and its pace. It belongs to the event loop
    that uses it first.

    Args:
        credential: a `ClientSecret` or a `ClientCertificate`.
        environment: which cloud is asked: an `Environment`, or the name of one, such as
            ``"us-gov"``.
        concurrency: requests in flight at most, whatever runs on the client; 1 or more.
        max_requests_per_second: a ceiling on the pace; None: as fast as the service allows.
        retry: how often and how long a request is tried.
        session: an ``aiohttp.ClientSession`` to use, with its proxies and certificates; it is
            never closed here. None: one of our own.
        max_passes: how often a list is walked at most that changes while it is walked; 1 or more.
        strict: whether a list that is incomplete in the end is an `IncompleteError`.

    Raises:
        ConfigurationError: an argument makes no sense.

    Source: AvePoint Graph API, *Use AvePoint Graph API*.
    """

    @overload
    def protected_users(
        self,
        customer_id: TenantRef,
        /,
        *,
        emails: str | Iterable[str] | None = None,
        page_size: int = 100,
        start_page: int = 1,
    ) -> Pager[ProtectedUser]: ...

    @overload
    def protected_users(
        self,
        customer_id: str | Customer,
        tenant_id: str | Tenant,
        *,
        emails: str | Iterable[str] | None = None,
        page_size: int = 100,
        start_page: int = 1,
    ) -> Pager[ProtectedUser]: ...

    def protected_users(
        self,
        customer_id: str | Customer | TenantRef,
        tenant_id: str | Tenant | None = None,
        *,
        emails: str | Iterable[str] | None = None,
        page_size: int = 100,
        start_page: int = 1,
    ) -> Pager[ProtectedUser]:
        """The users of one tenant, each with the state of their modules.

        Args:
            customer_id: the customer's id, or the `Customer`; or a `TenantRef`, which stands for
                both ids.
            tenant_id: the id of one of the customer's tenants, or the `Tenant`.
            emails: only these users, matched without regard to case; None: all.
            page_size: rows per request; the service takes 100 at most and may clamp more.
            start_page: the first page to ask for, from 1. What stands before it is not looked
                at: rows that moved there meanwhile are lost.

        Returns:
            A recipe: nothing is sent before it is iterated.

        Raises:
            ConfigurationError: an argument makes no sense.

        Source: AvePoint Graph API, *Get customer tenant protected user status*.
        """
        addresses = strings("emails", emails)
        return self.pager(
            PROTECTED_USERS,
            _tenant_ref(customer_id, tenant_id),
            body=users_filter(addresses),
            keep=keep_those(addresses, lambda user: user.email),
            page_size=at_least_one("page_size", page_size),
            start_page=start_page,
        )

    def customers(
        self, *, customer_ids: str | Iterable[str] | None = None, page_size: int = 100
    ) -> Pager[Customer]:
        """The partner's customers, each with its tenants.

        Args:
            customer_ids: only these customers; None: all that the app registration may see.
            page_size: rows per request; the service takes 100 at most and may clamp more.

        Returns:
            A recipe: nothing is sent before it is iterated.

        Raises:
            ConfigurationError: an argument makes no sense.

        Source: AvePoint Graph API, *Get customers*.
        """
        ids = strings("customer_ids", customer_ids)
        return self.pager(
            CUSTOMERS,
            body=ids_filter("customerIds", ids),
            keep=keep_those(ids, lambda customer: customer.id),
            page_size=at_least_one("page_size", page_size),
        )

    def tenants(self, *, customer_ids: str | Iterable[str] | None = None) -> Tenants:
        """Every tenant of every customer, read lazily, for `protected_users_across`.

        Args:
            customer_ids: only the tenants of these customers; None: of all.

        Returns:
            A recipe: an async iterable that can be iterated again, each time anew.

        Raises:
            ConfigurationError: an argument makes no sense.

        Source: AvePoint Graph API, *Get customers*.
        """
        ids = strings("customer_ids", customer_ids)
        return Tenants(self.customers(customer_ids=ids or None), ids)

    def protected_users_across(
        self,
        tenants: TenantSource,
        *,
        concurrency: int | None = None,
        on_error: OnError = "defer",
        emails: str | Iterable[str] | None = None,
        page_size: int = 100,
    ) -> FanOut[TenantRef, ProtectedUser]:
        """The users of many tenants at once, as they come.

        Args:
            tenants: an iterable or async iterable of `TenantRef` or ``(customer_id, tenant_id)``
                tuples, read lazily; a pair that comes again is left out.
            concurrency: requests in flight at most; None, or more than the client allows: as
                many as the client allows.
            on_error: of a tenant that fails. ``"defer"``: stream the others, then raise one
                `TenantFailuresError`; ``"skip"``: only record it; ``"raise"``: raise it at once.
            emails: only these users, matched without regard to case; None: all.
            page_size: rows per request; the service takes 100 at most and may clamp more.

        Returns:
            A fan-out to be entered with ``async with`` and iterated once.

        Raises:
            ConfigurationError: an argument makes no sense.

        Source: AvePoint Graph API, *Get customer tenant protected user status*.
        """
        addresses = strings("emails", emails)
        return self.fan_out(
            PROTECTED_USERS,
            tenants,
            body=users_filter(addresses),
            keep=keep_those(addresses, lambda user: user.email),
            concurrency=concurrency,
            on_error=on_error,
            page_size=at_least_one("page_size", page_size),
        )

    def backup_overview(self, customer_id: CustomerLike) -> Pager[BackupOverview]:
        """What the backup covers of each module of a customer, and when it last ran.

        Args:
            customer_id: the customer's id, the `Customer`, or a `CustomerRef`.

        Raises:
            ConfigurationError: an argument makes no sense.

        Source: AvePoint Graph API, *Get customer Cloud Backup for Microsoft 365 overview*.
        """
        return self.pager(BACKUP_OVERVIEW, _customer_ref(customer_id))

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
            _customer_ref(customer_id),
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
        return self.pager(JOB_REPORT, _customer_ref(customer_id), job_id)

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
            AvePointError: as of iterating a pager; a `ConfigurationError` if an argument makes
                no sense.

        Source: AvePoint Graph API, *Get AvePoint products overview by type*.
        """
        endpoint = purchased_seats(as_code("product", Product, product))
        return await self.pager(endpoint, _customer_ref(customer_id)).one()

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
            _customer_ref(customer_id),
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
        return self.pager(endpoint, _customer_ref(customer_id))

    async def tenant_info(
        self, customer_id: str | Customer | TenantRef, tenant_id: str | Tenant | None = None
    ) -> TenantInfo:
        """The name of one tenant, and the cloud that it is in.

        Args:
            customer_id: as of `protected_users`.
            tenant_id: as of `protected_users`.

        Raises:
            AvePointError: as of iterating a pager; a `ConfigurationError` if an argument makes
                no sense.

        Source: AvePoint Graph API, *Get Microsoft 365 tenant info*.
        """
        return await self.pager(TENANT_INFO, _tenant_ref(customer_id, tenant_id)).one()

    async def app_consent(
        self,
        customer_id: str | Customer | TenantRef,
        tenant_id: str | Tenant | None = None,
        *,
        product: ConsentProduct | str = ConsentProduct.CLOUD_BACKUP_M365,
    ) -> tuple[AppConsent, ...]:
        """Whether a tenant consented to the apps of a product, one entry for each app.

        Args:
            customer_id: as of `protected_users`.
            tenant_id: as of `protected_users`.
            product: whose apps.

        Raises:
            AvePointError: as of iterating a pager; a `ConfigurationError` if an argument makes
                no sense.

        Source: AvePoint Graph API, *Get Microsoft 365 tenant product apps*.
        """
        endpoint = app_consent(as_code("product", ConsentProduct, product))
        return tuple(await self.pager(endpoint, _tenant_ref(customer_id, tenant_id)).collect())

    def directory_users(
        self, customer_id: str | Customer | TenantRef, tenant_id: str | Tenant | None = None
    ) -> Pager[DirectoryUser]:
        """The users of one tenant as the directory has them.

        Args:
            customer_id: as of `protected_users`.
            tenant_id: as of `protected_users`.

        Raises:
            ConfigurationError: an argument makes no sense.

        Source: AvePoint Graph API, *Get information of users* (user management).
        """
        return self.pager(DIRECTORY_USERS, _tenant_ref(customer_id, tenant_id))


def _tenant_ref(customer: str | Customer | TenantRef, tenant: str | Tenant | None) -> TenantRef:
    """The tenant that the two arguments name.

    Raises:
        ConfigurationError: they name none.
    """
    if isinstance(customer, TenantRef):
        if tenant is not None:
            message = "a TenantRef stands for both ids: leave the second out"
            raise ConfigurationError(message)
        return customer
    if tenant is None:
        message = "tenant_id is missing: give customer_id and tenant_id, or one TenantRef"
        raise ConfigurationError(message)
    return TenantRef(
        customer.id if isinstance(customer, Customer) else customer,
        tenant.id if isinstance(tenant, Tenant) else tenant,
    )


def _customer_ref(customer: CustomerLike) -> str | CustomerRef:
    return customer.ref if isinstance(customer, Customer) else customer
