"""The client: each method joins an endpoint to a pager or a fan-out."""

import logging
import os
from collections.abc import AsyncGenerator, Iterable, Mapping
from types import TracebackType
from typing import Literal, Self

import aiohttp

from avepoint_async.arguments import at_least_one, expect, strings
from avepoint_async.auth.credentials import Credential
from avepoint_async.auth.environment import Environment
from avepoint_async.auth.secret import Secret
from avepoint_async.auth.settings import read_settings
from avepoint_async.decode import customers_filter, users_filter
from avepoint_async.endpoints import CUSTOMERS, PROTECTED_USERS
from avepoint_async.errors import ConfigurationError
from avepoint_async.models import Customer, ProtectedUser, TenantRef
from avepoint_async.paging.discovery import pairs_of
from avepoint_async.paging.fanout import FanOut
from avepoint_async.paging.listing import Listing
from avepoint_async.paging.pager import Pager
from avepoint_async.paging.supply import TenantSource
from avepoint_async.transport.lane import Lane
from avepoint_async.transport.retry import RetryPolicy
from avepoint_async.transport.session import SessionManager
from avepoint_async.transport.stats import Stats
from avepoint_async.transport.throttle import Throttle

logging.getLogger("avepoint_async").addHandler(logging.NullHandler())  # no last resort on stderr


class AvePointClient:
    """Tells which users of which tenants are protected by Cloud Backup for Microsoft 365.

    An async context manager; without one, ``close()`` it. One client serves a whole program: all
    that runs on it shares its tokens, its connections and its pace. It belongs to the event loop
    that uses it first.

    Args:
        credential: a `ClientSecret` or a `ClientCertificate`.
        environment: which cloud is asked.
        concurrency: requests in flight at most, whatever runs on the client; 1 or more.
        max_requests_per_second: a ceiling on the pace; None: as fast as the service allows.
        retry: how often and how long a request is tried.
        session: an ``aiohttp.ClientSession`` to use, with its proxies and certificates; it is
            never closed here. None: one of our own.

    Raises:
        ConfigurationError: an argument makes no sense.

    Source: AvePoint Graph API, *Use AvePoint Graph API*.
    """

    def __init__(
        self,
        credential: Credential,
        *,
        environment: Environment = Environment.COMMERCIAL,
        concurrency: int = 16,
        max_requests_per_second: float | None = None,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008  # frozen
        session: aiohttp.ClientSession | None = None,
    ) -> None:
        expect("environment", environment, Environment)
        expect("retry", retry, RetryPolicy)
        if not (hasattr(credential, "client_id") and hasattr(credential, "sign")):
            del credential  # perhaps the secret itself, and tracebacks may show local variables
            message = "credential must be a ClientSecret or a ClientCertificate"
            raise ConfigurationError(message)
        self._concurrency = concurrency
        throttle = Throttle(
            concurrency=concurrency, max_requests_per_second=max_requests_per_second
        )
        self._session = SessionManager(
            credential=credential,
            environment=environment,
            throttle=throttle,
            policy=retry,
            http=session,
        )

    @classmethod
    def from_env(
        cls,
        *,
        concurrency: int = 16,
        max_requests_per_second: float | None = None,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008  # frozen
        session: aiohttp.ClientSession | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> Self:
        """A client with the credential and the cloud of the environment's variables.

        ``AVEPOINT_CLIENT_ID``; ``AVEPOINT_CLIENT_SECRET``, or
        ``AVEPOINT_CLIENT_CERTIFICATE_PATH`` with ``AVEPOINT_CLIENT_CERTIFICATE_PASSWORD`` if it
        has one; ``AVEPOINT_ENVIRONMENT``, one of ``commercial`` (the default), ``us-gov``,
        ``aos2`` and ``fedramp``, or for any other service ``AVEPOINT_GRAPH_URL`` and
        ``AVEPOINT_TOKEN_URL``.

        Args:
            concurrency: as of the class, and so are the other arguments.
            max_requests_per_second: see there.
            retry: see there.
            session: see there.
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
        )

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
    def stats(self) -> Stats:
        """What the client has done so far: requests, retries, refreshes, bytes, pace."""
        return self._session.stats

    def protected_users(
        self,
        customer_id: str,
        tenant_id: str,
        *,
        emails: str | Iterable[str] | None = None,
        page_size: int = 100,
        start_page: int = 1,
    ) -> Pager[ProtectedUser]:
        """The users of one tenant, each with the state of their modules.

        Args:
            customer_id: the customer's id.
            tenant_id: the id of one of the customer's tenants.
            emails: only these users, matched without regard to case; None: all.
            page_size: rows per request; the service takes 100 at most and may clamp more.
            start_page: the first page to ask for, from 1, to go on where a walk ended.

        Returns:
            A recipe: nothing is sent before it is iterated.

        Raises:
            ConfigurationError: an argument makes no sense.

        Source: AvePoint Graph API, *Get customer tenant protected user status*.
        """
        return Pager(
            self._users_of(
                TenantRef(customer_id, tenant_id),
                emails=strings("emails", emails),
                size=at_least_one("page_size", page_size),
                start=at_least_one("start_page", start_page),
            )
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
        wanted = frozenset(each.casefold() for each in ids)
        return Pager(
            Listing(
                session=self._session,
                endpoint=CUSTOMERS,
                filter_body=customers_filter(ids),
                keep=(lambda customer: customer.id.casefold() in wanted) if wanted else None,
                size=at_least_one("page_size", page_size),
            )
        )

    def tenants(
        self, *, customer_ids: str | Iterable[str] | None = None
    ) -> AsyncGenerator[TenantRef]:
        """Every pair of every customer, read lazily, for `protected_users_across`.

        Args:
            customer_ids: only the tenants of these customers; None: of all.

        Raises:
            ConfigurationError: an argument makes no sense.

        Source: AvePoint Graph API, *Get customers*.
        """
        ids = strings("customer_ids", customer_ids)
        return pairs_of(self.customers(customer_ids=ids or None), ids)

    def protected_users_across(
        self,
        tenants: TenantSource,
        *,
        concurrency: int | None = None,
        on_error: Literal["defer", "skip", "raise"] = "defer",
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
        size = at_least_one("page_size", page_size)
        most = self._concurrency
        width = most if concurrency is None else at_least_one("concurrency", concurrency)
        return FanOut(
            tenants,
            listing=lambda tenant, lane: self._users_of(
                tenant, emails=addresses, size=size, lane=lane
            ),
            width=min(width, most),
            on_error=on_error,
        )

    def _users_of(
        self,
        tenant: TenantRef,
        *,
        emails: tuple[str, ...],
        size: int,
        start: int = 1,
        lane: Lane | None = None,
    ) -> Listing[ProtectedUser]:
        wanted = frozenset(email.casefold() for email in emails)
        return Listing(
            session=self._session,
            endpoint=PROTECTED_USERS,
            tenant=tenant,
            filter_body=users_filter(emails),
            # Filtered here, too: a revision may ignore the filter, or know it by another name.
            keep=(lambda user: user.email.casefold() in wanted) if wanted else None,
            size=size,
            start=start,
            lane=lane,
        )
