"""What the tests of the tables share: a service for synchronous code, and a query without Spark."""

import pickle
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from typing import Any, TypeAlias

import pyarrow as pa
import pytest

from avepoint_async.spark.options import read_options
from avepoint_async.spark.planning import plan
from avepoint_async.spark.reading import read
from avepoint_async.testing import Fleet, ThreadedEmulator
from tests.spark import providers

# the session `spark` brings it, with the Java that it needs
collect_ignore = [] if find_spec("pyspark") else ["on_spark"]

Serve: TypeAlias = Callable[..., ThreadedEmulator]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Starts a service to which the environment's variables lead."""
    providers.asked.clear()
    with ExitStack() as stack:

        def start(fleet: Fleet | None = None, **settings: Any) -> ThreadedEmulator:
            emulator = stack.enter_context(ThreadedEmulator(fleet=fleet or small(), **settings))
            for name, value in emulator.settings.items():
                monkeypatch.setenv(name, value)
            return emulator

        yield start


def small() -> Fleet:
    """Three customers; tenants of 3, 0, 250 and 120 users."""
    return Fleet.of({("c1", "t1"): 3, ("c1", "t2"): 0, ("c2", "t3"): 250, ("c3", "t4"): 120})


def batches(**given: str) -> Generator[pa.RecordBatch, None, None]:
    """What Spark gets of a query: planned once, and each partition read on another machine."""
    options = read_options({"credential": "tests.spark.providers:impatient"} | given)
    yield from _read(options)


def of_history(**given: str) -> list[dict[str, Any]]:
    """The rows of a query that asks a history."""
    return [row for batch in _read(read_options(given)) for row in batch.to_pylist()]


def _read(options: Any) -> Iterator[pa.RecordBatch]:
    for share in plan(options):
        yield from read(*pickle.loads(pickle.dumps((options, share))))


def rows(**given: str) -> list[dict[str, Any]]:
    """The rows of a query."""
    return [row for batch in batches(**given) for row in batch.to_pylist()]


def addresses(found: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Who is among the rows, sorted; rows with an error are nobody."""
    users = [row for row in found if row["error"] is None]
    return sorted((row["customer_id"], row["tenant_id"], row["email"]) for row in users)


def everybody(emulator: ThreadedEmulator) -> list[tuple[str, str, str]]:
    """Every user that the service holds, sorted."""
    fleet = emulator.fleet
    return sorted(
        (customer, tenant, user.email)
        for customer, tenant in fleet.refs()
        for user in fleet.users((customer, tenant))
    )
