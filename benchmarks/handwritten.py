"""What a careful programmer writes in ten minutes: aiohttp, orjson, a loop, and no more.

No record, no retry, no error that tells anything, no token that is renewed: rows are dicts, and
they are only counted.
"""

import asyncio

import aiohttp
import orjson

from avepoint_async import TenantRef
from benchmarks.server import PAGE_SIZE, Service
from benchmarks.workers import share


def count_users(service: Service, *, width: int = 16) -> int:
    """The users of every tenant, ``width`` tenants at a time."""
    return asyncio.run(_count(service, width))


async def _count(service: Service, width: int) -> int:
    connector = aiohttp.TCPConnector(limit=width)
    async with aiohttp.ClientSession(connector=connector, headers=service.headers()) as http:
        return await share(service.tenants, lambda tenant: walk(http, service, tenant), width=width)


async def walk(http: aiohttp.ClientSession, service: Service, tenant: TenantRef) -> int:
    """The users of one tenant, page after page."""
    address, index, users = service.address(tenant), 0, 0
    while True:
        index += 1
        page = {"pageIndex": index, "pageSize": PAGE_SIZE}
        async with http.post(address, params=page, data=b"{}") as response:
            reply = orjson.loads(await response.read())
        users += len(reply["data"])
        if users >= reply["metadata"]["totalCount"]:
            return users
