"""Fleets walked while everything goes wrong that may: nothing is lost without a word.

A few fleets by default, each with a seed of its own; ``--chaos-rounds N`` walks N.
"""

from collections import Counter
from typing import Any

import pytest

from avepoint_async import TenantRef
from avepoint_async.client import AvePointClient
from avepoint_async.exchange.retry import RetryPolicy
from avepoint_async.paging.outcome import WalkOutcome
from avepoint_async.testing import Chaos, Drift, Emulator, Fleet, Tokens

PATIENT = RetryPolicy(attempts=8, backoff=0.001, backoff_max=0.01)
PAGE = 10
Emails = dict[TenantRef, list[str]]


def emulator_of(seed: int) -> Emulator:
    """A service in which one request in four meets some trouble, and rows come and go."""
    return Emulator(
        fleet=Fleet.generate(seed, 12, largest=150),
        page_size_limit=PAGE,
        chaos=Chaos(
            seed=seed,
            reset=0.05,
            cut=0.05,
            throttle=0.005,
            unavailable=0.005,
            error=0.05,
            bad_gzip=0.02,
            slow=0.05,
            expire=0.001,
            token=0.1,
            retry_after=0,
            slowness=0.005,
        ),
        # One or the other: of a row that comes while another goes no total tells.
        drift=Drift(seed=seed, insert=0.03) if seed % 2 else Drift(seed=seed, remove=0.03),
        tokens=Tokens(lifetime=120),
    )


def users_of(fleet: Fleet) -> Emails:
    """Every tenant's addresses, in order."""
    return {TenantRef(*ref): [user.email for user in fleet.users(ref)] for ref in fleet.refs()}


def check(
    before: list[str], after: list[str], got: list[str], outcome: WalkOutcome, shifts: int
) -> None:
    """Exactly once, or said to have failed, to have drifted or to have fallen short."""
    assert max(Counter(got).values(), default=1) == 1
    assert outcome.items == len(got)
    assert not (outcome.error and outcome.complete)
    assert shifts or outcome.error or (got == before and outcome.complete)
    # A row may slip over the edge between two pages, unseen: one at every second edge at most,
    # where pages from before a shift and from after it take turns.
    lost = set(before) & set(after) - set(got)
    assert len(lost) <= shifts * (len(before) // PAGE // 2 + 1) or outcome.error
    assert not lost or outcome.drifted or not outcome.complete
    assert set(got) <= set(before) | set(after) | {each for each in got if "drift" in each}


async def test_nothing_is_lost_without_a_word(chaos_seed: int) -> None:
    """Every user of every tenant arrives exactly once, or the tenant's outcome says why not."""
    async with emulator_of(chaos_seed) as emulator:
        before = users_of(emulator.fleet)
        got: Emails = {tenant: [] for tenant in before}
        async with AvePointClient(
            emulator.credential, environment=emulator.environment, retry=PATIENT
        ) as client:
            across = client.protected_users_across(before, on_error="skip")
            async with across as fleet:
                async for tenant, user in fleet:
                    got[tenant].append(user.email)
            stats = client.stats
        after = users_of(emulator.fleet)
        assert fleet.outcomes.keys() == before.keys()
        shifts = Counter(TenantRef(*edit.ref) for edit in emulator.edits)
        for tenant, outcome in fleet.outcomes.items():
            check(before[tenant], after[tenant], got[tenant], outcome, shifts[tenant])
        assert len(fleet.failures) <= len(before) // 10
        assert (stats.in_flight, stats.waiting) == (0, 0)
        assert stats.retries > 0


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each seed."""
    rounds: Any = metafunc.config.getoption("--chaos-rounds")
    metafunc.parametrize("chaos_seed", range(rounds))
