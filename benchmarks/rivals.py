"""The same walk with what else there is: azure-core's pager, httpx, and requests in threads.

Each is spared what this library does beside: rows stay dicts, orjson parses them for all, and the
token is at hand. Sixteen requests are in flight, one tenant for each.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import orjson
import requests
from azure.core import AsyncPipelineClient
from azure.core.async_paging import AsyncItemPaged, AsyncList
from azure.core.pipeline.policies import AsyncRetryPolicy, HeadersPolicy
from azure.core.pipeline.transport import AioHttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest

from avepoint_async import TenantRef
from benchmarks.server import PAGE_SIZE, Service
from benchmarks.workers import share

WIDTH = 16

Row = dict[str, Any]


def by_azure_core(service: Service) -> int:
    """With ``AsyncItemPaged`` over a pipeline of headers, retries and aiohttp."""
    return asyncio.run(_by_azure_core(service))


async def _by_azure_core(service: Service) -> int:
    policies = [HeadersPolicy(service.headers()), AsyncRetryPolicy()]
    client: AsyncPipelineClient[HttpRequest, AsyncHttpResponse] = AsyncPipelineClient(
        service.environment.graph_url, policies=policies, transport=AioHttpTransport()
    )

    async def walk(tenant: TenantRef) -> int:
        users = 0
        async for _row in _azure_pager(client, service.address(tenant)):
            users += 1
        return users

    async with client:
        return await share(service.tenants, walk, width=WIDTH)


def _azure_pager(
    client: AsyncPipelineClient[HttpRequest, AsyncHttpResponse], address: str
) -> AsyncItemPaged[Row]:
    async def get_next(index: str | None) -> AsyncHttpResponse:
        request = HttpRequest("POST", address, params=_page(int(index or 1)), content=b"{}")
        return await client.send_request(request)

    async def extract_data(response: AsyncHttpResponse) -> tuple[str | None, AsyncIterator[Row]]:
        reply = orjson.loads(response.content)
        paging = reply["metadata"]
        seen = (paging["pageIndex"] - 1) * PAGE_SIZE + len(reply["data"])
        follows = None if seen >= paging["totalCount"] else str(paging["pageIndex"] + 1)
        return follows, AsyncList(reply["data"])

    return AsyncItemPaged(get_next, extract_data)


def by_httpx(service: Service) -> int:
    """With one ``httpx.AsyncClient``."""
    return asyncio.run(_by_httpx(service))


async def _by_httpx(service: Service) -> int:
    limits = httpx.Limits(max_connections=WIDTH, max_keepalive_connections=WIDTH)
    async with httpx.AsyncClient(limits=limits, headers=service.headers()) as http:

        async def walk(tenant: TenantRef) -> int:
            address, index, users = service.address(tenant), 0, 0
            while True:
                index += 1
                response = await http.post(address, params=_page(index), content=b"{}")
                reply = orjson.loads(response.content)
                users += len(reply["data"])
                if users >= reply["metadata"]["totalCount"]:
                    return users

        return await share(service.tenants, walk, width=WIDTH)


def by_requests(service: Service) -> int:
    """With one ``requests.Session`` in each of sixteen threads."""
    headers, own = service.headers(), threading.local()

    def open_session() -> None:
        own.http = requests.Session()
        own.http.headers.update(headers)

    with ThreadPoolExecutor(WIDTH, initializer=open_session) as threads:
        walks = threads.map(lambda tenant: _walk(own.http.post, service, tenant), service.tenants)
        return sum(walks)


def _walk(post: Callable[..., requests.Response], service: Service, tenant: TenantRef) -> int:
    address, index, users = service.address(tenant), 0, 0
    while True:
        index += 1
        reply = orjson.loads(post(address, params=_page(index), data=b"{}").content)
        users += len(reply["data"])
        if users >= reply["metadata"]["totalCount"]:
            return users


def _page(index: int) -> Mapping[str, int]:
    return {"pageIndex": index, "pageSize": PAGE_SIZE}
