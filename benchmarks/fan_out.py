"""The main job of this library, as the README shows it."""

import asyncio
from collections.abc import Iterable

from avepoint_async import TenantRef
from benchmarks.server import Service


def count_users(service: Service) -> int:
    """Stream every user of every tenant through a fan-out, item by item; how many there were."""
    return asyncio.run(stream(service, service.tenants))


async def stream(
    service: Service, tenants: Iterable[TenantRef | tuple[str, str]], *, concurrency: int = 16
) -> int:
    """The same, for some tenants."""
    users = 0
    async with (
        service.client(concurrency=concurrency) as client,
        client.protected_users_across(tenants) as fleet,
    ):
        async for _tenant, _user in fleet:
            users += 1
    return users


def count_users_by_page(service: Service) -> int:
    """Find the tenants and stream them page by page; how many users there were."""

    async def count() -> int:
        users = 0
        async with service.client() as client:
            source = client.tenants()
            async with client.protected_users_across(source, on_error="skip") as fleet:
                async for _, page in fleet.pages():
                    users += len(page.items)
        return users

    return asyncio.run(count())
