"""The source of a fan-out: read lazily, each reference once, and closed when it is left."""

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Generator,
    Iterable,
)
from typing import Any, TypeAlias, TypeGuard, TypeVar, cast

from avepoint_async.errors import ConfigurationError
from avepoint_async.paging.pager import Pager
from avepoint_async.refs import CustomerRef, TenantRef

RefT = TypeVar("RefT")

TenantLike: TypeAlias = TenantRef | tuple[str, str]
CustomerLike: TypeAlias = CustomerRef | str
TenantSource: TypeAlias = Iterable[TenantLike] | AsyncIterable[TenantLike]
CustomerSource: TypeAlias = Iterable[CustomerLike] | AsyncIterable[CustomerLike]


def check_source(source: object) -> None:
    """Refuse what is no source of references.

    Raises:
        ConfigurationError: it can be iterated in neither way, is a string, or is a pager.
    """
    if isinstance(source, Pager):
        message = (
            "tenants is a pager of records: hand in client.tenants(), or an iterable of TenantRef"
        )
        raise ConfigurationError(message)
    if isinstance(source, str) or not isinstance(source, Iterable | AsyncIterable):
        message = (
            "tenants must be an iterable or an async iterable of TenantRef or of "
            f"(customer_id, tenant_id) pairs; got {type(source).__name__}"
        )
        raise ConfigurationError(message)


def as_tenant(item: object, position: int) -> TenantRef:
    """The tenant that an item of the source names; ``position`` from 0 is for the error.

    Raises:
        ConfigurationError: it names none.
    """
    if isinstance(item, TenantRef):
        return item
    if not _is_pair(item):
        message = (
            f"tenants[{position}] must be a TenantRef or a (customer_id, tenant_id) tuple; "
            f"got {type(item).__name__}"
        )
        raise ConfigurationError(message)
    try:
        return TenantRef(*item)
    except ConfigurationError as error:
        message = f"tenants[{position}]: {error}"
        raise ConfigurationError(message) from None


def as_customer(item: object, position: int) -> CustomerRef:
    """The customer that an item of the source names; ``position`` from 0 is for the error.

    Raises:
        ConfigurationError: it names none.
    """
    if isinstance(item, CustomerRef):
        return item
    if not isinstance(item, str):
        message = f"customers[{position}] must be a CustomerRef or an id; got {type(item).__name__}"
        raise ConfigurationError(message)
    return CustomerRef(item)


def _is_pair(item: object) -> TypeGuard[tuple[str, str]]:
    return isinstance(item, tuple) and len(cast("tuple[object, ...]", item)) == 2


async def each_once(
    items: AsyncIterator[Any], as_ref: Callable[[object, int], RefT]
) -> AsyncGenerator[RefT]:
    """The references of a source, one that comes again left out; closes the source at its end.

    Raises:
        ConfigurationError: an item is no reference.
        Exception: whatever the source raises, as it is.
    """
    seen: set[RefT] = set()
    position = 0
    try:
        async for item in items:
            ref = as_ref(item, position)
            position += 1
            if ref in seen:
                await asyncio.sleep(0)  # a source may repeat itself for ever
                continue
            seen.add(ref)
            yield ref
    finally:
        close = getattr(items, "aclose", None)
        if close is not None:
            await close()


def iterate(source: Iterable[Any] | AsyncIterable[Any]) -> AsyncIterator[Any]:
    """An asynchronous iterator over either kind of source."""
    return aiter(source) if isinstance(source, AsyncIterable) else _as_async(source)


async def _as_async(source: Iterable[Any]) -> AsyncGenerator[Any]:
    items = iter(source)
    try:
        for item in items:
            yield item
    finally:
        if isinstance(items, Generator):
            cast("Generator[Any]", items).close()
