"""The client: each method joins an endpoint to a pager or a fan-out."""

from collections.abc import Iterable
from types import TracebackType
from typing import Self

import aiohttp

from avepoint_async.arguments import at_least_one, strings
from avepoint_async.auth.credentials import Credential
from avepoint_async.auth.environment import Environment
from avepoint_async.decode import users_filter
from avepoint_async.endpoints import PROTECTED_USERS
from avepoint_async.models import ProtectedUser, TenantRef
from avepoint_async.paging.listing import Listing
from avepoint_async.paging.pager import Pager
from avepoint_async.transport.retry import RetryPolicy
from avepoint_async.transport.session import SessionManager
from avepoint_async.transport.throttle import Throttle


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

        Closing twice is fine; using the client afterwards raises `ClientClosedError`.
        """
        await self._session.close()

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

    def _users_of(
        self, tenant: TenantRef, *, emails: tuple[str, ...], size: int, start: int = 1
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
        )
