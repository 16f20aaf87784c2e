"""The pace against gateways in simulated time: how much of a limit is used, how much refused."""

import math
from itertools import pairwise

import pytest

from avepoint_async.testing.limits import RateLimit
from avepoint_async.transport.pace import Pace
from tests.transport.simulation import LATENCY, Client, World

SLOTS = 32
MEAN_LATENCY = sum(LATENCY) / 2
FAST = SLOTS / MEAN_LATENCY
"""Requests per second that are answered where nothing limits them."""


def walk(
    limit: RateLimit, requests: int, *, seed: int = 0, slots: int = SLOTS
) -> tuple[float, int]:
    """A client on its own: the accepted requests per second, and how many were refused."""
    world = World((0, limit), seed=seed)
    retry_after = None if limit.retry_after is None else float(limit.retry_after)
    client = Client(world, Pace(slots=slots), requests, retry_after)
    world.run(client)
    return requests / world.elapsed, client.refused


@pytest.mark.parametrize("seed", range(3))
def test_an_unknown_limit_is_found_and_used(seed: int) -> None:
    """100 a second, a tenth of a second of burst, Retry-After: 0.95 used, 2 % refused at most."""
    rate, refused = walk(RateLimit.bucket(100, 10, retry_after=1), 6000, seed=seed)
    assert rate >= 95
    assert refused <= 0.02 * 6000


@pytest.mark.parametrize(
    ("limit", "requests", "slots", "used"),
    [
        pytest.param(RateLimit.bucket(100, 11), 3000, 32, 0.96, id="nginx"),
        pytest.param(RateLimit.bucket(100, 50, retry_after=1), 3000, 32, 0.9, id="large bucket"),
        pytest.param(RateLimit.bucket(100, 1, retry_after=1), 3000, 32, 0.7, id="no bucket"),
        pytest.param(RateLimit.window(100, retry_after=1), 3000, 32, 0.82, id="window"),
        pytest.param(RateLimit.window(100), 3000, 32, 0.88, id="window, no word"),
        pytest.param(RateLimit.bucket(5, 1, retry_after=1), 1600, 32, 0.88, id="slow"),
        pytest.param(RateLimit.bucket(5, 1), 1600, 32, 0.92, id="slow, no word"),
        pytest.param(RateLimit.bucket(1000, 100), 6000, 128, 0.87, id="fast, no word"),
    ],
)
def test_gateways_of_every_kind_are_used(
    limit: RateLimit, requests: int, slots: int, used: float
) -> None:
    """Buckets and windows, slow and fast, with a Retry-After or without."""
    rate, refused = walk(limit, requests, slots=slots)
    assert rate >= used * (limit.limit / limit.period)
    assert refused <= slots + 0.01 * requests


@pytest.mark.parametrize("burst", [1, 2])
def test_where_sends_are_rare_refusals_are_rarer(burst: int) -> None:
    """One a second, and no word of how long to wait: three in a hundred are refused, or less."""
    rate, refused = walk(RateLimit.bucket(1, burst), 600, slots=4)
    assert rate >= 0.85
    assert refused <= 18


@pytest.mark.parametrize("retry_after", [None, 1.0])
def test_a_limit_that_halves_is_followed_down(retry_after: float | None) -> None:
    """Half a minute later nearly all of what is left of it is used."""
    world = World((0, RateLimit.bucket(50, 5)), (30, RateLimit.bucket(25, 3)))
    client = Client(world, Pace(slots=SLOTS), 3200, retry_after)
    world.run(client)
    assert world.rate(60, 90) >= 0.9 * 25
    assert client.refused <= 64


@pytest.mark.parametrize("retry_after", [None, 1.0])
def test_a_limit_that_doubles_is_followed_up(retry_after: float | None) -> None:
    """Within two minutes nearly all of it is used."""
    world = World((0, RateLimit.bucket(20, 2)), (30, RateLimit.bucket(40, 4)))
    client = Client(world, Pace(slots=SLOTS), 5600, retry_after)
    world.run(client)
    assert world.rate(150, 160) >= 0.85 * 40
    assert client.refused <= 112


@pytest.mark.parametrize("retry_after", [None, 1.0])
def test_a_limit_that_is_lifted_is_forgotten(retry_after: float | None) -> None:
    """Within minutes every slot is used again, and nobody waits for the pace."""
    world = World((0, RateLimit.bucket(20, 2)), (30, None))
    pace = Pace(slots=8)
    client = Client(world, pace, 8000, retry_after)
    world.run(client)
    assert world.rate(world.elapsed - 10, world.elapsed) >= 0.9 * 8 / MEAN_LATENCY
    assert world.elapsed < 150
    assert pace.limit == 8


def test_a_limit_that_appears_is_found() -> None:
    """Without a burst to learn from the limit is found too, if in more steps."""
    world = World((0, None), (3, RateLimit.bucket(50, 5)))
    client = Client(world, Pace(slots=SLOTS), 4000, 1.0)
    world.run(client)
    assert world.rate(13, 43) >= 40
    assert client.refused <= 20


def test_an_outage_costs_few_requests() -> None:
    """While everything is refused only single requests try, and then all comes back."""
    nothing = RateLimit.bucket(1e-9, 1, status=503)
    world = World((0, None), (1, nothing), (61, None))
    pace = Pace(slots=8)
    client = Client(world, pace, 2500)
    world.run(client)
    assert client.refused <= 8 + 20
    assert world.rate(world.elapsed - 2, world.elapsed) >= 0.9 * 8 / MEAN_LATENCY
    assert world.elapsed < 90


@pytest.mark.parametrize("retry_after", [None, 1.0])
def test_two_clients_share_a_limit(retry_after: float | None) -> None:
    """They know nothing of each other; together they use the limit, and neither starves."""
    world = World((0, RateLimit.bucket(100, 10)))
    clients = [Client(world, Pace(slots=SLOTS), 2500, retry_after) for _ in range(2)]
    world.run(*clients)
    assert world.rate(0, world.elapsed) >= 80
    assert all(client.refused <= SLOTS + 0.02 * len(client.sent) for client in clients)
    assert all(client.left < 2000 for client in clients)


def test_sends_are_spaced_evenly() -> None:
    """Once a rate is known there are no bursts: what a late timer missed is all that comes."""
    world = World((0, RateLimit.bucket(100, 10)))
    client = Client(world, Pace(slots=SLOTS), 2000, 1.0)
    world.run(client)
    settled = [time for time in client.sent if time > 10]
    gaps = [later - earlier for earlier, later in pairwise(settled)]
    assert sum(gap < 0.005 for gap in gaps) <= 0.01 * len(gaps)
    assert max(gaps) < 0.02


def test_nothing_refused_is_nothing_limited() -> None:
    """Without a refusal and without a top the pace has no rate and all slots."""
    world = World((0, None))
    pace = Pace(slots=SLOTS)
    world.run(Client(world, pace, 2000))
    assert pace.free
    assert math.isinf(pace.rate)
    assert pace.limit == SLOTS
    assert world.rate(0, world.elapsed) >= 0.95 * FAST


def test_a_top_holds_from_the_first_request() -> None:
    """The ceiling of the user is used, evenly, and not passed."""
    world = World((0, None))
    pace = Pace(slots=SLOTS, top=50.0)
    client = Client(world, pace, 500)
    world.run(client)
    assert world.elapsed == pytest.approx(500 / 50, rel=0.02)
    assert pace.rate == 50.0
    tenths = [int(time * 10) for time in client.sent]
    assert max(tenths.count(tenth) for tenth in set(tenths)) <= 7


def test_a_top_above_the_limit_leaves_the_limit_to_be_found() -> None:
    """With a ceiling of the user's too the ceiling of the service is kept."""
    world = World((0, RateLimit.bucket(20, 2)))
    client = Client(world, Pace(slots=SLOTS, top=50.0), 1200, 1.0)
    world.run(client)
    assert world.rate(0, world.elapsed) >= 16
    assert client.refused <= 24
