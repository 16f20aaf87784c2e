"""The throttle against gateways of every kind, and in every trouble, in virtual time."""

import random
from collections.abc import Hashable
from statistics import median

import pytest

from avepoint_async.testing.limits import RateLimit
from tests.transport.simulation import MEAN_LATENCY, Client, limited, noisy, simulate

SEEDS = range(3)
FAST = 16 / MEAN_LATENCY
"""Requests per second that are answered where nothing limits them."""


@pytest.mark.parametrize(("share", "retry_after"), [(0.02, None), (0.02, 1.0), (0.002, None)])
def test_random_refusals_cost_no_more_than_themselves(
    share: float, retry_after: float | None
) -> None:
    """At least 0.7 of what comes through where nothing is refused, whatever they say."""
    for seed in SEEDS:
        client = Client(gateway=noisy(share, seed), seed=seed, retry_after=retry_after)
        (record,) = simulate(client, seconds=8)
        assert record.rate(1, 8) >= 0.7 * FAST


def test_many_random_refusals_do_not_end_in_a_crawl() -> None:
    """5 % at random, more than chance explains: going slower is no help, and given up."""
    rates = list[float]()
    for seed in SEEDS:
        (record,) = simulate(Client(gateway=noisy(0.05, seed), seed=seed), seconds=24)
        rates.append(record.rate(8, 24))
    assert median(rates) >= 0.5 * FAST


def test_a_limit_is_used_beside_random_refusals() -> None:
    """100 a second, and 1 % of what is let through fails: at least 0.7 of the limit is used."""
    for seed in SEEDS:
        gateway = noisy(0.01, seed, limited((0, RateLimit.bucket(100, 10))))
        (record,) = simulate(Client(gateway=gateway, seed=seed, retry_after=1.0), seconds=30)
        assert record.rate(10, 30) >= 70


@pytest.mark.parametrize("seed", SEEDS)
def test_a_service_that_comes_and_goes_is_used_while_it_is_there(seed: int) -> None:
    """Away for 0.4 of each 1.6 seconds: at least 0.4 of what comes through otherwise."""
    phase = random.Random(seed).random()

    def gateway(now: float, _: Hashable) -> bool:
        return (now + phase) % 1.6 >= 0.4

    (record,) = simulate(Client(gateway=gateway, seed=seed), seconds=16)
    assert record.rate(4, 16) >= 0.4 * FAST


def test_an_outage_costs_few_requests() -> None:
    """While everything is refused only single requests try, and then all comes back."""
    client = Client(gateway=lambda now, _: not 1 <= now < 61, seed=0)
    (record,) = simulate(client, seconds=75)
    assert len(record.refused) <= 16 + 30
    assert record.rate(73, 75) >= 0.95 * FAST


def test_a_client_that_starts_in_an_outage_waits_for_its_end() -> None:
    """Nothing accepted tells nothing of a rate: afterwards there is none."""
    (record,) = simulate(Client(gateway=lambda now, _: now >= 20, seed=0), seconds=33)
    assert len(record.refused) <= 40
    assert record.rate(31, 33) >= 0.95 * FAST


def test_tenants_with_a_quota_of_their_own_slow_nobody() -> None:
    """5 of 100 tenants are refused: the others get as much, and the five are asked rarely."""

    def gateway(_: float, key: Hashable) -> bool:
        return isinstance(key, int) and key >= 5

    keys = range(100)
    client = Client(gateway=gateway, seed=0, retry_after=5.0, keys=keys, slots=34)
    (record,) = simulate(client, seconds=10)
    assert record.rate(2, 10) >= 0.9 * 34 / MEAN_LATENCY
    assert len(record.refused) <= 5 * 5


@pytest.mark.parametrize("slots", [[8] * 8, [4] * 4 + [16] * 4], ids=["alike", "unlike"])
def test_processes_share_a_limit(slots: list[int]) -> None:
    """8 that know nothing of each other: 0.9 of it used, 8 % refused, half a share at least."""
    worst, refused = list[float](), list[float]()
    for seed in SEEDS:
        draw, gateway = random.Random(seed), limited((0, RateLimit.bucket(100, 10)))
        clients = [
            Client(
                gateway=gateway,
                seed=10 * seed + number,
                retry_after=1.0,
                slots=slots[number],
                start=draw.random() / 3,
            )
            for number in range(8)
        ]
        records = simulate(*clients, seconds=75)
        rates = [record.rate(25, 75) for record in records]
        assert sum(rates) >= 90
        worst.append(min(rates) / (sum(rates) / 8))
        total = sum(len(record.accepted) + len(record.refused) for record in records)
        refused.append(sum(len(record.refused) for record in records) / total)
    assert median(worst) >= 0.5
    assert max(refused) <= 0.08


@pytest.mark.parametrize(
    ("limit", "slots", "used", "refused"),
    [
        pytest.param(RateLimit.bucket(100, 10, retry_after=1), 32, 0.95, 0.012, id="bucket"),
        pytest.param(RateLimit.bucket(100, 10), 32, 0.95, 0.012, id="bucket, no word"),
        pytest.param(RateLimit.bucket(50, 6), 32, 0.95, 0.04, id="nginx"),
        pytest.param(RateLimit.bucket(100, 100, retry_after=1), 32, 0.9, 0.04, id="large bucket"),
        pytest.param(RateLimit.bucket(100, 1, retry_after=1), 32, 0.75, 0.02, id="no bucket"),
        pytest.param(RateLimit.window(100), 32, 0.9, 0.02, id="window, no word"),
        pytest.param(RateLimit.bucket(5, 1, retry_after=1), 32, 0.8, 0.06, id="slow"),
        pytest.param(RateLimit.bucket(1, 1), 4, 0.85, 0.05, id="slower"),
        pytest.param(RateLimit.bucket(0.2, 1), 4, 0.85, 0.06, id="slowest"),
        pytest.param(RateLimit.bucket(1000, 100), 64, 0.75, 0.02, id="fast"),
    ],
)
def test_gateways_of_every_kind_are_used(
    limit: RateLimit, slots: int, used: float, refused: float
) -> None:
    """Buckets and windows, slow and fast, with a Retry-After or without."""
    retry_after = None if limit.retry_after is None else float(limit.retry_after)
    rate = limit.limit / limit.period
    seconds = 15 if rate > 200 else 60 if rate > 10 else 1500 / rate
    client = Client(gateway=limited((0, limit)), seed=0, retry_after=retry_after, slots=slots)
    (record,) = simulate(client, seconds=seconds)
    assert len(record.accepted) >= used * rate * seconds
    assert record.refused_share <= refused


def test_a_limit_that_changes_is_followed() -> None:
    """100, 30, 200 a second, 40 s each: 0.85 of each is used after the first ten seconds."""
    limits = [
        (40.0 * n, RateLimit.bucket(rate, rate / 10)) for n, rate in enumerate((100, 30, 200))
    ]
    client = Client(gateway=limited(*limits), seed=0, retry_after=1.0, slots=32)
    (record,) = simulate(client, seconds=120)
    rates = [record.rate(40 * n + 10, 40 * n + 40) for n in range(3)]
    assert rates >= [85, 25.5, 170]
    assert record.refused_share <= 0.02


def test_a_limit_that_is_lifted_is_forgotten() -> None:
    """Within minutes every slot is used again, and nobody waits for the pace."""
    gateway = limited((0, RateLimit.bucket(20, 2)), (20, None))
    (record,) = simulate(Client(gateway=gateway, seed=0, retry_after=1.0, slots=4), seconds=130)
    assert record.rate(120, 130) >= 0.95 * 4 / MEAN_LATENCY


def test_a_top_above_the_limit_leaves_the_limit_to_be_found() -> None:
    """With a ceiling of the user's too the ceiling of the service is kept."""
    gateway = limited((0, RateLimit.bucket(20, 2)))
    (record,) = simulate(Client(gateway=gateway, seed=0, retry_after=1.0, top=50.0), seconds=60)
    assert record.rate(0, 60) >= 16
    assert record.refused_share <= 0.06


def test_a_top_is_used_and_not_passed() -> None:
    """From the first request on, evenly: no more in any second than the ceiling and two late."""
    (record,) = simulate(Client(gateway=limited((0, None)), seed=0, top=50.0), seconds=20)
    assert record.rate(0, 20) == pytest.approx(50, rel=0.02)
    for start in record.accepted:
        assert sum(start <= time < start + 1 for time in record.accepted) <= 50 + 2
