"""The part of the pytest plugin that is loaded where pytest-asyncio is: fixtures on its loops.

A test runs on the loop of its class, module, package or session if told to, and an emulator on
another loop would never answer it. So there are fixtures for the loop of each scope.
"""

from collections.abc import AsyncIterator
from types import ModuleType
from typing import Any, Literal, get_args

import pytest
import pytest_asyncio

from avepoint_async import AvePointClient
from avepoint_async.testing import Emulator

Scope = Literal["function", "class", "module", "package", "session"]


def pytest_configure(config: pytest.Config) -> None:
    """Register the fixtures of each loop."""
    for scope in get_args(Scope):
        module = ModuleType(f"{__name__}_on_{scope}_loop")
        vars(module).update(fixtures(scope))
        config.pluginmanager.register(module)


def fixtures(scope: Scope) -> dict[str, object]:
    """An emulator and a client of one test, on the loop of its ``scope``."""

    @pytest_asyncio.fixture(loop_scope=scope, name=f"_avepoint_emulator_on_{scope}_loop")
    async def emulator(_avepoint_options: dict[str, Any]) -> AsyncIterator[Emulator]:
        async with Emulator(**_avepoint_options) as emulator:
            yield emulator

    @pytest_asyncio.fixture(loop_scope=scope, name=f"_avepoint_client_on_{scope}_loop")
    async def client(avepoint_emulator: Emulator) -> AsyncIterator[AvePointClient]:
        credential, environment = avepoint_emulator.credential, avepoint_emulator.environment
        async with AvePointClient(credential, environment=environment) as client:
            yield client

    return {"emulator": emulator, "client": client}
