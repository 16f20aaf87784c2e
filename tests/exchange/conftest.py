"""A client that does not pause for long, and its emulator."""

from typing import Any

import pytest

from avepoint_async.exchange.retry import RetryPolicy
from tests.conftest import Serve, Served

QUICK: dict[str, Any] = {"retry": RetryPolicy(attempts=4, backoff=0.001)}


@pytest.fixture
async def served(serve: Serve) -> Served:
    """A tenant of three users, and a client that does not pause for long."""
    return await serve(3, client=QUICK)
