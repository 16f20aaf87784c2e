"""What is open belongs to one process: a child of a fork leaves it alone."""

import os

import aiohttp
import pytest
import trio

from avepoint_async import AvePointClient, ClientSecret, ConfigurationError
from avepoint_async.testing import Emulator
from tests.conftest import CUSTOMER, TENANT, new_client


async def test_a_child_closes_nothing_of_its_parent(
    monkeypatch: pytest.MonkeyPatch, emulator: Emulator
) -> None:
    """Told by the process id. The parent goes on with its connections, and closes them itself."""
    async with aiohttp.ClientSession(trust_env=True) as http:
        client = new_client(emulator, session=http)
        own = new_client(emulator)
        pagers = [each.protected_users(CUSTOMER, TENANT) for each in (client, own)]
        assert [await pager.count() for pager in pagers] == [5, 5]
        with monkeypatch.context() as child:
            child.setattr(os, "getpid", lambda: -1)
            await client.close()
            await own.close()
        assert emulator.connections == 2
        await client.close()
        await own.close()


def test_a_loop_of_trio_is_none_of_ours() -> None:
    """Who runs on trio is told what is needed, and not that there is no running event loop."""

    async def ask() -> None:
        credential = ClientSecret(client_id="id", client_secret="secret")
        client = AvePointClient(credential, environment="aos2")
        await client.protected_users("c", "t").first()

    with pytest.raises(ConfigurationError, match="runs on asyncio"):
        trio.run(ask)
