"""The client: each method joins an endpoint to a pager or a fan-out."""

from collections.abc import Iterable
from typing import overload

from avepoint_async.arguments import at_least_one, strings
from avepoint_async.paging.base_client import OnError
from avepoint_async.paging.fanout import FanOut
from avepoint_async.paging.pager import Pager
from avepoint_async.paging.source import TenantSource
from avepoint_async.refs import TenantRef
from avepoint_async.resources.customers import CUSTOMERS, Customer, Tenant, Tenants
from avepoint_async.resources.filters import ids_filter, keep_those
from avepoint_async.resources.named import tenant_ref
from avepoint_async.resources.protected_users import (
    PROTECTED_USERS,
    ProtectedUser,
    keep_users,
    users_filter,
)
from avepoint_async.resources.related import RelatedEndpoints


class AvePointClient(RelatedEndpoints):
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
            tenant_ref(customer_id, tenant_id),
            body=users_filter(addresses),
            keep=keep_users(addresses),
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
    ) -> FanOut[ProtectedUser]:
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
            keep=keep_users(addresses),
            concurrency=concurrency,
            on_error=on_error,
            page_size=at_least_one("page_size", page_size),
        )
