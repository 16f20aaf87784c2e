"""The source of a fan-out's tenants: read lazily, each pair once, and closed when it is left."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Generator, Iterable
from typing import TypeAlias, TypeGuard, cast

from avepoint_async.errors import ConfigurationError
from avepoint_async.models import TenantRef

TenantLike: TypeAlias = TenantRef | tuple[str, str]
TenantSource: TypeAlias = Iterable[TenantLike] | AsyncIterable[TenantLike]


def check_source(source: object) -> None:
    """Refuse what is no source of tenants.

    Raises:
        ConfigurationError: it can be iterated in neither way, or is a string.
    """
    if isinstance(source, str) or not isinstance(source, Iterable | AsyncIterable):
        message = (
            "tenants must be an iterable or an async iterable of TenantRef or of "
            f"(customer_id, tenant_id) pairs; got {type(source).__name__}"
        )
        raise ConfigurationError(message)


def as_tenant(item: object, position: int) -> TenantRef:
    """The tenant that an item of the source names; ``position`` from 0 is for the error."""
    if isinstance(item, TenantRef):
        return item
    if not _is_pair(item):
        message = (
            f"tenants[{position}] must be a TenantRef or a (customer_id, tenant_id) tuple; "
            f"got {type(item).__name__}: {item!r}"
        )
        raise ConfigurationError(message)
    try:
        return TenantRef(*item)
    except ConfigurationError as error:
        message = f"tenants[{position}]: {error}"
        raise ConfigurationError(message) from None


def _is_pair(item: object) -> TypeGuard[tuple[str, str]]:
    return isinstance(item, tuple) and len(cast("tuple[object, ...]", item)) == 2


async def each_once(source: TenantSource) -> AsyncGenerator[TenantRef]:
    """The tenants of ``source``, a pair that comes again left out; closes the source at its end.

    Raises:
        ConfigurationError: an item is no pair.
        Exception: whatever the source raises, as it is.
    """
    seen: set[TenantRef] = set()
    position = 0
    items = _iterate(source)
    try:
        async for item in items:
            tenant = as_tenant(item, position)
            position += 1
            if tenant in seen:
                await asyncio.sleep(0)  # a source may repeat itself for ever
                continue
            seen.add(tenant)
            yield tenant
    finally:
        if isinstance(items, AsyncGenerator):
            await cast("AsyncGenerator[TenantLike]", items).aclose()


def _iterate(source: TenantSource) -> AsyncIterator[TenantLike]:
    return aiter(source) if isinstance(source, AsyncIterable) else _as_async(source)


async def _as_async(source: Iterable[TenantLike]) -> AsyncGenerator[TenantLike]:
    items = iter(source)
    try:
        for item in items:
            yield item
    finally:
        if isinstance(items, Generator):
            cast("Generator[TenantLike]", items).close()
