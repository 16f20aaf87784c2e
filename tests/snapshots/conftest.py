"""What the tests of snapshots share: fleets, a history in a folder of its own, and options."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Protocol

import attrs
import pytest

from avepoint_async import AvePointClient, RetryPolicy
from avepoint_async.snapshots import History, Run
from avepoint_async.testing import Emulator, Fleet


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of this folder; of use when the folder is named on the command line."""
    parser.addoption("--kills", type=int, default=4, help="random kills of a run")


@attrs.define
class Night:
    """A service, and the history that is kept of it."""

    emulator: Emulator
    client: AvePointClient
    history: History

    async def take(self, **options: Any) -> Run:
        """Take a snapshot of everything."""
        return await self.history.take(self.client, **options)

    @property
    def asked(self) -> list[tuple[str | None, int | None]]:
        """The tenants and pages that were asked for so far."""
        return [(e.tenant_id, e.page_index) for e in self.emulator.requests if e.kind == "users"]


class Serve(Protocol):
    """Starts a service with a client and a history."""

    @abstractmethod
    async def __call__(
        self, fleet: Fleet, *, client: dict[str, Any] | None = None, **settings: Any
    ) -> Night:
        """A service of this fleet; ``client`` is given to the client, the rest to the emulator."""


@pytest.fixture
async def serve(tmp_path: Path) -> AsyncIterator[Serve]:
    """Starts as many nights as a test asks for, all with the same folder."""
    async with AsyncExitStack() as stack:

        async def start(
            fleet: Fleet, *, client: dict[str, Any] | None = None, **settings: Any
        ) -> Night:
            emulator = await stack.enter_async_context(Emulator(fleet=fleet, **settings))
            options = {"retry": RetryPolicy(attempts=1), **(client or {})}
            made = AvePointClient(emulator.credential, environment=emulator.environment, **options)
            await stack.enter_async_context(made)
            return Night(emulator, made, History(tmp_path / "night"))

        yield start


def small_fleet() -> Fleet:
    """Three customers; tenants of 3, 0, 250 and 120 users."""
    return Fleet.of({("c1", "t1"): 3, ("c1", "t2"): 0, ("c2", "t3"): 250, ("c3", "t4"): 120})


@pytest.fixture
async def night(serve: Serve) -> Night:
    """A service with the small fleet, of which nothing is known yet."""
    return await serve(small_fleet())


def emails(run: Run) -> dict[tuple[str, str], list[str]]:
    """The addresses of each tenant of a run that has users, in the order of the rows."""
    found: dict[tuple[str, str], list[str]] = {}
    for batch in run.users(columns=["customer_id", "tenant_id", "email"]):
        for row in batch.to_pylist():
            found.setdefault((row["customer_id"], row["tenant_id"]), []).append(row["email"])
    return found


def states(run: Run) -> dict[str, str]:
    """The state of each tenant by its id."""
    return {row["tenant_id"]: row["state"] for row in run.tenants().to_pylist()}


def files_of(folder: Path) -> Iterator[Path]:
    """Every file below a folder."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())
