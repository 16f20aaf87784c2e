"""Refusals by share, outages, silence and quotas, as a client meets them."""

import asyncio
import re
from collections import Counter
from typing import Any

import aiohttp
import pytest

from avepoint_async.testing import Chaos, Emulator, Fleet, Outage, RateLimit, Refusals, Silence
from tests.testing.raw import talking_to

REF, OTHER = ("c1", "t1"), ("c2", "t2")


class Clock:
    """Seconds that stand still until a test moves them."""

    now = 1000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_share_of_the_requests_is_refused(status: int) -> None:
    """About as many as told, with the status and the header told; tokens are issued as before."""
    trouble = Refusals(0.2, status, retry_after=1)
    async with talking_to(Emulator(fleet={REF: 1}, troubles=[trouble])) as raw:
        replies = [await raw.users(REF) for _ in range(300)]
        assert raw.emulator.refused == 0
    counts = Counter(reply.status for reply in replies)
    assert counts.keys() == {200, status}
    assert 36 <= counts[status] <= 84
    assert {reply.headers.get("Retry-After") for reply in replies} == {None, "1"}


async def test_the_same_seed_refuses_the_same_requests() -> None:
    """A share can be repeated, and differs from seed to seed."""

    async def statuses(seed: int) -> list[int]:
        trouble = Refusals(0.5, seed=seed)
        async with talking_to(Emulator(fleet={REF: 1}, troubles=[trouble])) as raw:
            return [(await raw.users(REF)).status for _ in range(40)]

    assert await statuses(1) == await statuses(1) != await statuses(2)


async def test_a_service_goes_away_in_a_rhythm() -> None:
    """It is away first, then back for the rest of the period, and away again."""
    clock, trouble = Clock(), Outage(0.4, 1.6, retry_after=0)
    emulator = Emulator(fleet={REF: 1}, troubles=[trouble], clock=clock)
    async with talking_to(emulator) as raw:
        seen = list[int]()
        for at in (0.0, 0.39, 0.41, 1.59, 1.61, 1.99, 2.01):
            clock.now = 1000.0 + at
            seen.append((await raw.users(REF)).status)
    assert seen == [503, 503, 200, 200, 503, 503, 200]


async def test_a_service_can_fall_silent() -> None:
    """API requests are accepted and never answered, tokens are issued, and it can recover."""
    async with talking_to(Emulator(fleet={REF: 1})) as raw:
        raw.emulator.troubles = [Silence()]
        asking = asyncio.ensure_future(raw.users(REF))
        await raw.emulator.arrived(1)
        assert (await raw.token()).status == 200
        assert raw.emulator.in_flight == 1
        raw.emulator.troubles = []
        assert (await raw.users(REF)).status == 200
        assert not asking.done()
        raw.emulator.drop_connections()
        with pytest.raises(aiohttp.ClientError):
            await asking


async def test_the_first_trouble_that_applies_is_met() -> None:
    """Several may be set at once, and are told as they were set."""
    troubles = (Refusals(0.0), Refusals(1.0, 500), Outage(1, 1))
    async with talking_to(Emulator(fleet={REF: 1}, troubles=troubles)) as raw:
        assert (await raw.users(REF)).status == 500
        assert raw.emulator.troubles == troubles


async def test_a_tenant_may_have_a_quota_of_its_own() -> None:
    """Its requests are refused when the quota is used up, and those of others are not."""
    clock, quota = Clock(), RateLimit.bucket(0.2, 1, retry_after=5)
    emulator = Emulator(fleet={REF: 1, OTHER: 1}, quotas={REF: quota}, clock=clock)
    async with talking_to(emulator) as raw:
        own = [await raw.users(REF) for _ in range(3)]
        others = [await raw.users(OTHER) for _ in range(3)]
        assert [reply.status for reply in own] == [200, 429, 429]
        assert own[1].headers["Retry-After"] == "5"
        assert {reply.status for reply in others} == {200}
        assert (await raw.customers()).status == 200
        assert emulator.refused == 2
        clock.now += 5
        assert (await raw.users(REF)).status == 200
        emulator.quotas = {}
        assert (emulator.quotas, (await raw.users(REF)).status) == ({}, 200)


async def test_a_quota_stands_beside_the_limit_of_all() -> None:
    """Whichever is used up refuses."""
    limit, quota = RateLimit.bucket(1, 3, status=503), RateLimit.bucket(1, 1)
    emulator = Emulator(
        fleet={REF: 1, OTHER: 1}, rate_limit=limit, quotas={REF: quota}, clock=Clock()
    )
    async with talking_to(emulator) as raw:
        refs = (REF, REF, OTHER, OTHER)
        assert [(await raw.users(ref)).status for ref in refs] == [200, 429, 200, 503]
        assert emulator.rate_limit == limit


async def test_chaos_can_begin_and_end_while_it_runs() -> None:
    """What is set holds from the next request on."""
    async with talking_to(Emulator(fleet={REF: 1})) as raw:
        raw.emulator.chaos = Chaos(error=1.0)
        assert (await raw.users(REF)).status == 500
        assert raw.emulator.chaos == Chaos(error=1.0)
        raw.emulator.chaos = None
        assert (await raw.users(REF)).status == 200


@pytest.mark.parametrize(
    ("reason", "make"),
    [
        ("share must be 0 to 1: 1.5 is not", lambda: Refusals(1.5)),
        ("status must be an error status, 400 to 599: 200 is not", lambda: Refusals(0.1, 200)),
        ("away must be finite and not negative: -1 is not", lambda: Outage(-1, 1)),
        ("every must be finite and above 0: 0 is not", lambda: Outage(0, 0)),
        ("every - away must be finite and not negative: -1 is not", lambda: Outage(2, 1)),
        (
            "status must be an error status, 400 to 599: 302 is not",
            lambda: Emulator(fleet=Fleet.of({}), troubles=[Outage(1, 2, 302)]),
        ),
    ],
)
def test_troubles_that_make_no_sense_are_refused(reason: str, make: Any) -> None:
    """A ValueError names the setting, what it may be, and what it was."""
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}$"):
        make()
