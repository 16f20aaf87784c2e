"""A distributor's night on paper: 100,000 tenants, 20 million users, 1 to 32 shards, what breaks.

The processor's seconds and the memory are measured here, on the emulator; the service's latency
is as it was seen (0.7 to 5.4 seconds a call). Everything else is counted: each shard is a heap of
slots that takes its pages as its walk over the customers finds their tenants.
"""

import argparse
import asyncio
import heapq
import math
import random
import tempfile
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from statistics import median

import attrs

from avepoint_async import TenantRef
from avepoint_async.snapshots import History
from avepoint_async.snapshots.entries import (
    Begun,
    Commit,
    CustomerSeen,
    Settled,
    Span,
    Traffic,
)
from avepoint_async.snapshots.ledger import Ledger
from avepoint_async.snapshots.shard import Shard
from avepoint_async.testing import Fleet
from benchmarks.server import Service, serving

SHARDS = (1, 2, 4, 8, 16, 32)
LIMITS = (50.0, 200.0, 1000.0, math.inf)
PAGE = 100
BASE_MEMORY = 130.0
"""MiB of a process that takes a snapshot, its buffers included (`bench_snapshots`)."""
_LATENCY_MEDIAN, _LATENCY_SPREAD = 1.5, 0.5
_SIZE_SPREAD = 1.6


@attrs.frozen
class Costs:
    """What one process spends.

    Attributes:
        user: processor seconds for each user that is taken into a snapshot.
        request: processor seconds for each request, whatever it holds.
        tenant: bytes of memory for each tenant that it knows.
    """

    user: float
    request: float
    tenant: float


@attrs.frozen
class Night:
    """What all shards together took.

    Attributes:
        hours: until the slowest is done.
        requests: of all shards, their walks over the customers included.
        cpu: processor seconds of all shards.
        busy: share of a core that the busiest shard uses.
        memory: MiB of the largest process.
        bound: what held up the slowest shard.
    """

    hours: float
    requests: int
    cpu: float
    busy: float
    memory: float
    bound: str


def main() -> None:
    """Measure the costs, draw a fleet, and count each night."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenants", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=20_000_000)
    parser.add_argument("--concurrency", type=int, nargs="*", default=[16, 128])
    options = parser.parse_args()
    costs = measure()
    print(
        f"measured: {costs.user * 1e6:.1f} µs a user, {costs.request * 1e6:.0f} µs a request, "
        f"{costs.tenant:.0f} bytes a tenant"
    )
    sizes = draw_sizes(options.tenants, options.users)
    print(f"{len(sizes):,} tenants, {sum(sizes):,} users, the largest {max(sizes):,}")
    shares = {count: deal(sizes, count) for count in SHARDS}
    for concurrency in options.concurrency:
        print(f"\nconcurrency {concurrency} in each process")
        print(f"{'limit':>8}{'shards':>8}{'hours':>8}{'requests':>11}{'CPU s':>8}", end="")
        print(f"{'busy':>7}{'MiB each':>10}  held up by")
        for limit in LIMITS:
            for count in SHARDS:
                night = simulate(shares[count], limit, concurrency, costs)
                name = "none" if math.isinf(limit) else f"{limit:.0f}/s"
                print(
                    f"{name:>8}{count:>8}{night.hours:>8.1f}{night.requests:>11,}"
                    f"{night.cpu:>8.0f}{night.busy:>7.0%}{night.memory:>10.0f}  {night.bound}"
                )


def draw_sizes(tenants: int, users: int) -> list[int]:
    """Users of each tenant: many small ones, a few giants, so many in all."""
    draw = random.Random(1)  # the same fleet each time
    weights = [draw.lognormvariate(0, _SIZE_SPREAD) for _ in range(tenants)]
    scale = users / sum(weights)
    return [round(weight * scale) for weight in weights]


def deal(sizes: Sequence[int], count: int) -> list[list[tuple[int, int]]]:
    """For each shard its tenants: the page of the customer list that names each, and its pages."""
    shards: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    numbers = [Shard(number, count) for number in range(1, count + 1)]
    for index, size in enumerate(sizes):
        ref = TenantRef(f"customer-{index}", f"tenant-{index}")
        number = next(n for n, shard in enumerate(numbers) if shard.holds(ref))
        shards[number].append((index // PAGE, size))
    return shards


def simulate(
    shards: Sequence[Sequence[tuple[int, int]]], limit: float, concurrency: int, costs: Costs
) -> Night:
    """A night of these shards, which share a limit of so many requests a second."""
    known = sum(len(shard) for shard in shards)
    listed = math.ceil(known / PAGE)
    nights = [_shard(each, listed, limit / len(shards), concurrency, costs) for each in shards]
    hours, _, _, bound = max(nights)
    seconds = [cpu for _, _, cpu, _ in nights]
    return Night(
        hours=hours / 3600,
        requests=sum(requests for _, requests, _, _ in nights),
        cpu=sum(seconds),
        busy=max(cpu / wall for wall, _, cpu, _ in nights),
        memory=BASE_MEMORY + max(map(len, shards)) * costs.tenant / 2**20,
        bound=bound,
    )


def _shard(
    tenants: Sequence[tuple[int, int]],
    listed: int,
    rate: float,
    concurrency: int,
    costs: Costs,
) -> tuple[float, int, float, str]:
    """Wall seconds, requests, processor seconds of one shard, and what held it up."""
    draw = random.Random(2)  # the same latencies each time
    found = _walk(listed, draw)
    known = [next(found) for _ in range(listed)]
    free = [0.0] * concurrency
    turn, end = 0.0, 0.0
    users = pages = 0
    processor = 0.0
    waited = 0.0
    for page, size in tenants:
        count = max(1, math.ceil(size / PAGE))
        users += size
        pages += count
        for _ in range(count):
            slot = heapq.heappop(free)
            start = max(slot, turn, known[page])
            # A process cannot ask faster than it can read what comes.
            processor = max(processor, start) + costs.request + costs.user * size / count
            start = max(start, processor)
            took = _latency(draw)
            waited += took
            turn = start + 1 / rate
            end = max(end, start + took)
            heapq.heappush(free, start + took)
    requests = pages + listed
    cpu = requests * costs.request + users * costs.user
    bounds = {
        "the service's limit": pages / rate,
        "its slots (concurrency)": waited / concurrency,
        "the customer list, page by page": known[-1],
        "the processor": cpu,
    }
    return end, requests, cpu, max(bounds, key=lambda name: bounds[name])


def _walk(pages: int, draw: random.Random) -> Iterator[float]:
    """When each page of the customer list is there: one after another."""
    now = 0.0
    for _ in range(pages):
        now += _latency(draw)
        yield now


def _latency(draw: random.Random) -> float:
    return min(5.4, max(0.7, draw.lognormvariate(math.log(_LATENCY_MEDIAN), _LATENCY_SPREAD)))


def measure() -> Costs:
    """Take snapshots of two fleets of as many users, in few pages and in many."""
    full = Fleet.of({("c", f"t{n}"): PAGE for n in range(400)})
    thin = Fleet.of({("c", f"t{n}"): 1 for n in range(4000)})
    a, b = (_cpu(fleet) for fleet in (full, thin))
    # a = 400 requests + 40,000 users; b = 4,000 requests + 4,000 users
    request = (b - a / 10) / (4000 - 40)
    return Costs(user=(a - 400 * request) / 40_000, request=request, tenant=_bytes_a_tenant())


def _cpu(fleet: Fleet) -> float:
    with serving(fleet) as server:
        work = partial(_take, server.service)
        work()
        seconds: list[float] = []
        for _ in range(3):
            before = time.process_time()
            work()
            seconds.append(time.process_time() - before)
    return median(seconds)


def _take(service: Service) -> None:
    async def take(folder: str) -> None:
        async with service.client() as client:
            await History(folder).take(client, tenants=service.tenants)

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(take(folder))


def _bytes_a_tenant() -> float:
    """What the ledger of a run keeps of a tenant, and about what the fan-out keeps beside it."""
    count = 5000
    tracemalloc.start()
    ledger = Ledger.of([Begun(datetime.now(UTC))])
    for n in range(count):
        ids = (f"{n:032x}", f"{n + count:032x}")
        ledger.add(CustomerSeen(ids[0], f"Customer {n}", None, None, None, None, [(ids[1], None)]))
        settled = Settled(*ids, 1, users=200, pages=2, total_count=200, complete=True)
        spans = [Span(*ids, 1, 0, 200)]
        ledger.add(Commit([settled], Traffic(), "000000.arrow", 200, spans=spans))
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    outcome = 400
    return size / count + outcome


if __name__ == "__main__":
    main()
