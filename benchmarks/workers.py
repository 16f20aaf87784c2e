"""The usual way to walk many tenants at once: each worker takes one whole tenant at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from avepoint_async import TenantRef


async def share(
    tenants: Iterable[TenantRef], walk: Callable[[TenantRef], Awaitable[int]], *, width: int = 16
) -> int:
    """Let ``width`` workers walk the tenants; the sum of what the walks return."""
    source = iter(tenants)

    async def work() -> int:
        # One iterator for all: who is done takes the next.
        return sum([await walk(tenant) for tenant in source])

    return sum(await asyncio.gather(*(work() for _ in range(width))))
