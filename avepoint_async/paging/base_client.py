"""The client without its endpoints: credential, settings, life, and the two ways to ask.

Any endpoint is asked through a pager or a fan-out. `AvePointClient` adds a method for each.
"""

import logging
import os
from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias, TypeVar, overload

import aiohttp

from avepoint_async.arguments import at_least_one, expect
from avepoint_async.auth.credentials import Credential
from avepoint_async.auth.environment import Environment
from avepoint_async.auth.secret import Secret
from avepoint_async.auth.settings import read_settings
from avepoint_async.errors import ConfigurationError
from avepoint_async.exchange.retry import RetryPolicy
from avepoint_async.paging.endpoint import Body, Endpoint
from avepoint_async.paging.fanout import FanOut
from avepoint_async.paging.habits import Habits
from avepoint_async.paging.page_walk import DEFAULT_MAX_PASSES
from avepoint_async.paging.pager import Pager
from avepoint_async.paging.query import Query
from avepoint_async.paging.skip_token import SkipToken
from avepoint_async.paging.source import CustomerSource, TenantSource, as_customer, as_tenant
from avepoint_async.refs import CustomerRef, TenantRef
from avepoint_async.transport.quota import Quota
from avepoint_async.transport.session import SessionManager
from avepoint_async.transport.stats import Stats
from avepoint_async.transport.throttle import Throttle

logging.getLogger("avepoint_async").addHandler(logging.NullHandler())  # no last resort on stderr

T = TypeVar("T")

OnError: TypeAlias = Literal["defer", "skip", "raise"]


class BaseClient:
    """Owns the session, and makes pagers and fan-outs that share it; see `AvePointClient`."""

    def __init__(
        self,
        credential: Credential,
        *,
        environment: Environment | str = Environment.COMMERCIAL,
        concurrency: int = 16,
        max_requests_per_second: float | None = None,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008  # frozen
        session: aiohttp.ClientSession | None = None,
        max_passes: int = DEFAULT_MAX_PASSES,
        strict: bool = False,
    ) -> None:
        # Whole enough for a traceback that shows it, should a setting be wrong.
        self._concurrency, self._environment = concurrency, Environment.COMMERCIAL
        self._environment = Environment.of(environment)
        expect("retry", retry, RetryPolicy)
        expect("strict", strict, bool)
        if not (hasattr(credential, "client_id") and hasattr(credential, "sign")):
            del credential  # perhaps the secret itself, and tracebacks may show local variables
            message = "credential must be a ClientSecret or a ClientCertificate"
            raise ConfigurationError(message)
        rate = max_requests_per_second
        throttle = Throttle(concurrency=concurrency, max_requests_per_second=rate)
        self._session = SessionManager(
            credential=credential,
            environment=self._environment,
            throttle=throttle,
            policy=retry,
            http=session,
        )
        self._max_passes = at_least_one("max_passes", max_passes)
        self._strict = strict
        self._habits = Habits()

    @classmethod
    def from_env(
        cls,
        *,
        concurrency: int = 16,
        max_requests_per_second: float | None = None,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008  # frozen
        session: aiohttp.ClientSession | None = None,
        max_passes: int = DEFAULT_MAX_PASSES,
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
            concurrency: see the class, as for the others.
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
        return (
            f"{type(self).__name__}({self._environment.graph_url}, concurrency={self._concurrency})"
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
    def environment(self) -> Environment:
        """Which cloud is asked."""
        return self._environment

    @property
    def stats(self) -> Stats:
        """What the client has done so far: requests, retries, refreshes, bytes, pace."""
        return self._session.stats

    def pager(
        self,
        endpoint: Endpoint[T],
        *ids: str | TenantRef | CustomerRef,
        body: Body = None,
        keep: Callable[[T], bool] | None = None,
        page_size: int | None = None,
        start_page: int = 1,
    ) -> Pager[T]:
        """One list of any endpoint, of `avepoint_async.resources` or of your own.

        Args:
            endpoint: what to ask.
            ids: the ids in its path, in order; a `TenantRef` or a `CustomerRef` stands for its.
            body: the JSON body, as an object or encoded; None: ``{}`` for a POST.
            keep: which items are wanted; None: all.
            page_size: rows per request; None: 100, or what the kind of paging prescribes.
            start_page: the first page to ask for, from 1, of lists with numbered pages.

        Returns:
            A recipe: nothing is sent before it is iterated.

        Raises:
            ConfigurationError: an argument makes no sense, or the ids do not fit the path.
        """
        expect("endpoint", endpoint, Endpoint)
        return Pager(
            self._query(
                endpoint,
                endpoint.name_ids(ids),
                body=body,
                keep=keep,
                size=_page_size(endpoint, page_size),
                start=at_least_one("start_page", start_page),
            )
        )

    @overload
    def fan_out(
        self,
        endpoint: Endpoint[T],
        refs: TenantSource,
        *,
        body: Body = None,
        keep: Callable[[T], bool] | None = None,
        concurrency: int | None = None,
        on_error: OnError = "defer",
        page_size: int | None = None,
    ) -> FanOut[T]: ...

    @overload
    def fan_out(
        self,
        endpoint: Endpoint[T],
        refs: CustomerSource,
        *,
        body: Body = None,
        keep: Callable[[T], bool] | None = None,
        concurrency: int | None = None,
        on_error: OnError = "defer",
        page_size: int | None = None,
    ) -> FanOut[T, CustomerRef]: ...

    def fan_out(
        self,
        endpoint: Endpoint[T],
        refs: Iterable[Any] | AsyncIterable[Any],
        *,
        body: Body = None,
        keep: Callable[[T], bool] | None = None,
        concurrency: int | None = None,
        on_error: OnError = "defer",
        page_size: int | None = None,
    ) -> FanOut[T, Any]:
        """Many lists of any endpoint at once, as they come.

        Args:
            endpoint: what to ask, with a customer and perhaps a tenant in its path.
            refs: an iterable or async iterable of `TenantRef` where the path names a tenant, else
                of `CustomerRef`.
            body: the JSON body of each, as an object or encoded; None: ``{}`` for a POST.
            keep: which items are wanted; None: all.
            concurrency: requests in flight at most; None: as many as the client allows.
            on_error: see `protected_users_across`.
            page_size: rows per request; None: 100, or what the kind of paging prescribes.

        Returns:
            A fan-out to be entered with ``async with`` and iterated once.

        Raises:
            ConfigurationError: an argument makes no sense, or the path asks for other ids.
        """
        expect("endpoint", endpoint, Endpoint)
        if set(endpoint.placeholders) not in ({"customer_id"}, {"customer_id", "tenant_id"}):
            message = f"{endpoint.path} names other ids than customer and tenant: make pagers"
            raise ConfigurationError(message)
        size = _page_size(endpoint, page_size)
        most = self._concurrency
        width = most if concurrency is None else at_least_one("concurrency", concurrency)
        return FanOut(
            refs,
            as_ref=as_tenant if "tenant_id" in endpoint.placeholders else as_customer,
            query=lambda ref, quota: self._query(
                endpoint, endpoint.name_ids((ref,)), body=body, keep=keep, size=size, quota=quota
            ),
            width=min(width, most),
            on_error=on_error,
        )

    def _query(
        self,
        endpoint: Endpoint[T],
        ids: Mapping[str, str],
        *,
        body: Body,
        keep: Callable[[T], bool] | None,
        size: int,
        start: int = 1,
        quota: Quota | None = None,
    ) -> Query[T]:
        return Query(
            session=self._session,
            endpoint=endpoint,
            ids=ids,
            body=endpoint.encode(body),
            keep=keep,
            size=size,
            start=start,
            habits=self._habits,
            max_passes=self._max_passes,
            strict=self._strict,
            quota=quota,
        )


def _page_size(endpoint: Endpoint[Any], size: int | None) -> int:
    if size is not None:
        return at_least_one("page_size", size)
    return endpoint.paging.page_size if isinstance(endpoint.paging, SkipToken) else 100
