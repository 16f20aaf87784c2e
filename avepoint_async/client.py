"""The client: each method joins an endpoint to a pager or a fan-out."""

import logging
import os
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Self, overload

import aiohttp

from avepoint_async.arguments import expect, strings
from avepoint_async.auth.credentials import Credential
from avepoint_async.auth.environment import Environment
from avepoint_async.auth.secret import Secret
from avepoint_async.auth.settings import read_settings
from avepoint_async.errors import ConfigurationError
from avepoint_async.exchange.retry import RetryPolicy
from avepoint_async.paging.fanout import FanOut
from avepoint_async.paging.lists import Lists, OnError
from avepoint_async.paging.pager import Pager
from avepoint_async.paging.source import TenantSource
from avepoint_async.refs import TenantRef
from avepoint_async.resources.customers import CUSTOMERS, Customer, Tenant, Tenants
from avepoint_async.resources.filters import ids_filter, keep_those
from avepoint_async.resources.protected_users import PROTECTED_USERS, ProtectedUser, users_filter
from avepoint_async.transport.session import SessionManager
from avepoint_async.transport.stats import Stats
from avepoint_async.transport.throttle import Throttle

logging.getLogger("avepoint_async").addHandler(logging.NullHandler())  # no last resort on stderr


class AvePointClient(Lists):
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

    def __init__(
        self,
        credential: Credential,
        *,
        environment: Environment | str = Environment.COMMERCIAL,
        concurrency: int = 16,
        max_requests_per_second: float | None = None,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008  # frozen
        session: aiohttp.ClientSession | None = None,
        max_passes: int = 3,
        strict: bool = False,
    ) -> None:
        self._environment = Environment.of(environment)
        expect("retry", retry, RetryPolicy)
        if not (hasattr(credential, "client_id") and hasattr(credential, "sign")):
            del credential  # perhaps the secret itself, and tracebacks may show local variables
            message = "credential must be a ClientSecret or a ClientCertificate"
            raise ConfigurationError(message)
        throttle = Throttle(
            concurrency=concurrency, max_requests_per_second=max_requests_per_second
        )
        manager = SessionManager(
            credential=credential,
            environment=self._environment,
            throttle=throttle,
            policy=retry,
            http=session,
        )
        super().__init__(manager, concurrency=concurrency, max_passes=max_passes, strict=strict)

    @classmethod
    def from_env(
        cls,
        *,
        concurrency: int = 16,
        max_requests_per_second: float | None = None,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008  # frozen
        session: aiohttp.ClientSession | None = None,
        max_passes: int = 3,
        strict: bool = False,
        environ: Mapping[str, str] | None = None,
    ) -> Self:
        """A client with the credential and the cloud of the environment's variables.

        ``AVEPOINT_CLIENT_ID``; ``AVEPOINT_CLIENT_SECRET``, or ``AVEPOINT_CLIENT_SECRET_FILE``
        with a file that holds it, or ``AVEPOINT_CLIENT_CERTIFICATE_PATH`` with
        ``AVEPOINT_CLIENT_CERTIFICATE_PASSWORD`` if it has one; ``AVEPOINT_ENVIRONMENT``, one of
        ``commercial`` (the default), ``us-gov``, ``aos2`` and ``fedramp``, or for any other
        service ``AVEPOINT_GRAPH_URL`` and ``AVEPOINT_TOKEN_URL``.

        Args:
            concurrency: see the class; the same holds for the other arguments.
            max_requests_per_second: see the class.
            retry: see the class.
            session: see the class.
            max_passes: see the class.
            strict: see the class.
            environ: the variables; None: those of the process.

        Raises:
            ConfigurationError: names every variable that is missing, wrong or contradictory.
        """
        variables = Secret(os.environ if environ is None else environ)
        del environ  # as above: it holds the secrets in clear
        settings = read_settings(variables.reveal())
        return cls(
            settings.credential,
            environment=settings.environment,
            concurrency=concurrency,
            max_requests_per_second=max_requests_per_second,
            retry=retry,
            session=session,
            max_passes=max_passes,
            strict=strict,
        )

    def __repr__(self) -> str:
        return f"AvePointClient({self._environment.graph_url}, concurrency={self._concurrency})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End what is under way, with `ClientClosedError`, and close the connections.

        Closing twice is fine; using the client afterwards raises `ClientClosedError`. In the child
        of a fork nothing is closed: the connections are the parent's.

        Raises:
            ConfigurationError: the event loop that the client belongs to is another, and not over.
        """
        await self._session.close()

    @property
    def environment(self) -> Environment:
        """Which cloud is asked."""
        return self._environment

    @property
    def stats(self) -> Stats:
        """What the client has done so far: requests, retries, refreshes, bytes, pace."""
        return self._session.stats

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
            page_size=page_size,
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
            page_size=page_size,
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
            page_size=page_size,
        )


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
