"""What holds for every test, and a client with the emulator that it talks to.

Hypothesis draws the same examples in every run, so that a change is judged by what it changed.
`nox -s tests -- --hypothesis-profile=explore` draws others in each run, and more of them.
"""

import gc
import linecache
import logging
import os
import signal
import traceback
from abc import abstractmethod
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack
from itertools import islice
from types import FrameType
from typing import Any, Protocol

import attrs
import pytest
from hypothesis import HealthCheck, settings

from avepoint_async.client import AvePointClient
from avepoint_async.paging.pager import Pager
from avepoint_async.resources.protected_users import ProtectedUser
from avepoint_async.testing import Emulator, Fleet, User

walk_whole_stack = traceback.walk_stack


def walk_stack(f: FrameType | None) -> Iterator[tuple[FrameType, int]]:
    """The two innermost frames of a stack: who called, and its caller.

    In debug mode asyncio and aiohttp note the stack of whoever makes a task, a future, a callback,
    a request or an answer. The whole of it, with pytest's own frames, takes as long as all the rest
    of a test.
    """
    return islice(walk_whole_stack(f), 2)


traceback.walk_stack = walk_stack

# each of those stacks would ask the file system whether its sources have changed; none does
linecache.checkcache = lambda filename=None: None


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end: no collection of garbage looks through it again."""
    gc.collect()
    gc.freeze()


# nor does a machine that is busy elsewhere say anything of a test that hears every warning
logging.getLogger("asyncio").addFilter(lambda each: each.msg != "Executing %s took %.3f seconds")

# a run in the background of a shell ignores Ctrl-C, and so would every process that a test starts
signal.signal(signal.SIGINT, signal.default_int_handler)

# a slow machine is no failure, and a failure prints what repeats it
settings.register_profile(
    "project",
    deadline=None,
    derandomize=True,
    max_examples=60,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "explore", settings.get_profile("project"), derandomize=False, max_examples=500
)
settings.load_profile("project")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of this suite."""
    parser.addoption(
        "--chaos-rounds", type=int, default=4, help="fleets to walk while everything goes wrong"
    )
    parser.addoption(
        "--walks", type=int, default=300, help="lists of each kind to walk while they change"
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than cores: while a test waits for a process or a disk, its core is used."""
    return 1 + (os.cpu_count() or 1)


CUSTOMER, TENANT = "customer-1", "tenant-1"


@attrs.frozen
class Served:
    """A client, and an emulator whose one tenant it may ask for."""

    client: AvePointClient
    emulator: Emulator

    def users(self, **options: Any) -> Pager[ProtectedUser]:
        """The tenant's users."""
        return self.client.protected_users(CUSTOMER, TENANT, **options)

    def insert(self, position: int, email: str) -> None:
        """Put a user into the tenant before ``position``."""
        self.emulator.fleet.insert((CUSTOMER, TENANT), position, email)

    @property
    def emails(self) -> list[str]:
        """The addresses of the tenant's users, in order, as the emulator has them."""
        return [user.email for user in self.emulator.fleet.users((CUSTOMER, TENANT))]

    @property
    def asked(self) -> list[int | None]:
        """The pages asked for so far, in order of arrival."""
        return [request.page_index for request in self.emulator.api_requests]


def new_client(emulator: Emulator, **options: Any) -> AvePointClient:
    """A client for an emulator; whoever makes it closes it."""
    return AvePointClient(emulator.credential, environment=emulator.environment, **options)


class Serve(Protocol):
    """Starts an emulator with one tenant, and a client for it."""

    @abstractmethod
    async def __call__(
        self,
        users: int | Iterable[User | Mapping[str, Any] | str] = 3,
        *,
        client: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> Served:
        """A tenant of these users; ``client`` is given to the client, the rest to the emulator."""


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts as many pairs as a test asks for; at its end each is closed, client first."""
    async with AsyncExitStack() as stack:

        async def start(
            users: int | Iterable[User | Mapping[str, Any] | str] = 3,
            *,
            client: Mapping[str, Any] | None = None,
            **settings: Any,
        ) -> Served:
            fleet = Fleet.of({(CUSTOMER, TENANT): users})
            emulator = await stack.enter_async_context(Emulator(fleet=fleet, **settings))
            made = await stack.enter_async_context(new_client(emulator, **(client or {})))
            return Served(made, emulator)

        yield start


@pytest.fixture
async def emulator(serve: Serve) -> Emulator:
    """An emulator with five users, whose client the test makes itself."""
    return (await serve(5)).emulator
