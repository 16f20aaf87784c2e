"""Pagers and fan-outs for any endpoint: what the client's own methods stand on."""

from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from typing import Any, Literal, TypeAlias, TypeVar, overload

import msgspec

from avepoint_async.arguments import at_least_one, expect
from avepoint_async.errors import ConfigurationError
from avepoint_async.paging.endpoint import Endpoint
from avepoint_async.paging.fanout import FanOut
from avepoint_async.paging.habits import Habits
from avepoint_async.paging.pager import Pager
from avepoint_async.paging.query import Query
from avepoint_async.paging.skip_token import SkipToken
from avepoint_async.paging.source import CustomerSource, TenantSource, as_customer, as_tenant
from avepoint_async.refs import CustomerRef, TenantRef
from avepoint_async.transport.quota import Quota
from avepoint_async.transport.session import SessionManager

T = TypeVar("T")

OnError: TypeAlias = Literal["defer", "skip", "raise"]

Body: TypeAlias = bytes | Mapping[str, Any] | None


class Lists:
    """Makes pagers and fan-outs that share one session.

    Args:
        session: sends the requests.
        concurrency: requests in flight at most.
        max_passes: how often a list is walked at most that changes while it is walked.
        strict: whether a list that is incomplete in the end is an error.
    """

    def __init__(
        self, session: SessionManager, *, concurrency: int, max_passes: int, strict: bool
    ) -> None:
        expect("strict", strict, bool)
        self._session = session
        self._concurrency = concurrency
        self._max_passes = at_least_one("max_passes", max_passes)
        self._strict = strict
        self._habits = Habits()

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
    ) -> FanOut[TenantRef, T]: ...

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
    ) -> FanOut[CustomerRef, T]: ...

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
    ) -> FanOut[Any, T]:
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
            message = (
                f"a fan-out asks for customers or tenants, and the path {endpoint.path} "
                "names other ids: make a pager of each"
            )
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
            body=_encoded(endpoint, body),
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


def _encoded(endpoint: Endpoint[Any], body: Body) -> bytes | None:
    if endpoint.method == "GET":
        if body:
            message = f"{endpoint.title}: a GET has no body"
            raise ConfigurationError(message)
        return None
    return body if isinstance(body, bytes) else msgspec.json.encode(body or {})
