"""What is left to chance: troubles, shifting rows, latency; each the same for the same seed."""

import asyncio
import random
from collections import Counter
from typing import Any

import aiohttp
import pytest

from avepoint_async.testing import Chaos, Drift, Emulator, Fleet, Latency
from avepoint_async.testing.chaos import RandomFaults
from tests.testing.raw import talking_to

REF = ("c1", "t1")


def test_troubles_are_as_likely_as_told() -> None:
    """Each comes with its own chance, and most requests meet none."""
    chances = {"reset": 0.05, "cut": 0.04, "throttle": 0.03, "unavailable": 0.02, "error": 0.1}
    random_faults = RandomFaults(Chaos(seed=1, bad_gzip=0.06, slow=0.07, **chances))
    drawn = Counter(fault.name for _ in range(20_000) if (fault := random_faults.fault("users")))
    wanted = {
        "reset": 0.05,
        "cut after 20 bytes": 0.04,
        "status 429": 0.03,
        "status 503": 0.02,
        "status 500": 0.1,
        "bad gzip": 0.06,
        "delay 0.05 s": 0.07,
    }
    assert drawn.keys() == wanted.keys()
    assert all(abs(drawn[name] / 20_000 - chance) < 0.01 for name, chance in wanted.items())


def test_the_same_seed_gives_the_same_troubles() -> None:
    """Chaos can be repeated, and differs from seed to seed."""

    def drawn(seed: int) -> list[bool]:
        random_faults = RandomFaults(Chaos(seed=seed, error=0.5))
        return [random_faults.fault("users") is None for _ in range(64)]

    assert drawn(1) == drawn(1) != drawn(2)


@pytest.mark.parametrize("chances", [{"reset": -0.1}, {"cut": 1.1}, {"reset": 0.6, "error": 0.6}])
def test_chances_are_chances(chances: dict[str, Any]) -> None:
    """Between 0 and 1, and together no more than 1."""
    with pytest.raises(ValueError, match=r"must be|add up"):
        Chaos(**chances)


async def test_troubles_meet_real_requests() -> None:
    """A throttle with its header; token requests have a chance of their own."""
    chaos = Chaos(throttle=1.0, retry_after=3)
    async with talking_to(Emulator(fleet=Fleet.of({REF: 1}), chaos=chaos)) as raw:
        reply = await raw.users(REF)
        assert (reply.status, reply.headers["Retry-After"]) == (429, "3")
    failing = Emulator(fleet=Fleet.of({REF: 1}), chaos=Chaos(token=1.0))
    async with failing, aiohttp.ClientSession() as http:
        async with http.post(failing.environment.token_url) as response:
            assert response.status == 503
        async with http.post(failing.url) as response:
            assert response.status == 404


async def test_tokens_may_expire_at_any_moment() -> None:
    """The request at which it happens is the first to be refused."""
    async with talking_to(Emulator(fleet=Fleet.of({REF: 1}), chaos=Chaos(expire=1.0))) as raw:
        assert (await raw.users(REF)).status == 401


async def test_rows_shift_while_a_tenant_is_walked() -> None:
    """Before each page someone may come, go or move, and every shift is told."""
    fleet = Fleet.of({REF: 20, ("c2", "t2"): 3})
    before = [user.email for user in fleet.users(REF)]
    drift = Drift(seed=4, insert=0.5, remove=0.5, move=0.5)
    async with talking_to(Emulator(fleet=fleet, drift=drift)) as raw:
        for index in range(1, 9):
            assert (await raw.users(REF, pageIndex=index, pageSize=5)).status == 200
        edits = raw.emulator.edits
    kinds = {edit.kind for edit in edits}
    for edit in edits:
        if edit.kind != "insert":
            assert before.pop(edit.position) == edit.user.email
        if edit.kind != "remove":
            place = edit.position if edit.target is None else edit.target
            before.insert(place, edit.user.email)
    assert kinds == {"insert", "remove", "move"}
    assert {edit.ref for edit in edits} == {REF}
    assert [user.email for user in fleet.users(REF)] == before


async def test_drift_can_begin_and_end_while_it_runs() -> None:
    """What is set holds from the next page on, and what was shifted before stays told."""
    async with talking_to(Emulator(fleet={REF: 2})) as raw:
        raw.emulator.drift = Drift(insert=1.0)
        assert len((await raw.users(REF)).emails) == 3
        raw.emulator.drift = None
        assert (raw.emulator.drift, len((await raw.users(REF)).emails)) == (None, 3)
        assert [edit.kind for edit in raw.emulator.edits] == ["insert"]


async def test_drift_leaves_strangers_and_empty_tenants_alone() -> None:
    """Nobody can leave an empty tenant, and an unknown one is still not found."""
    shifting = Emulator(fleet=Fleet.of({REF: 0}), drift=Drift(remove=1.0, move=1.0))
    async with talking_to(shifting) as raw:
        assert (await raw.users(REF)).status == 200
        assert (await raw.users(("c1", "unknown"))).status == 404
        assert raw.emulator.edits == []


async def test_without_drift_nothing_shifts() -> None:
    """There are no edits to tell of."""
    async with talking_to(Emulator(fleet=Fleet.of({REF: 1}))) as raw:
        await raw.users(REF)
        assert raw.emulator.edits == []


def test_latencies_are_drawn_from_their_distribution() -> None:
    """Constant, uniform within its bounds, log-normal around its median."""
    rng = random.Random(5)
    assert {Latency.constant(2.0).draw(rng) for _ in range(9)} == {2.0}
    uniform = [Latency.uniform(1, 3).draw(rng) for _ in range(999)]
    assert 1 <= min(uniform) < 1.1
    assert 2.9 < max(uniform) <= 3
    skewed = sorted(Latency.lognormal(2.0, 0.5).draw(rng) for _ in range(999))
    assert 1.8 < skewed[499] < 2.2
    assert skewed[-1] > 5


async def test_latency_holds_back_pages_and_not_refusals() -> None:
    """A page takes its time, a 401 does not, and settings may change while it runs."""
    async with talking_to(Emulator(fleet=Fleet.of({REF: 1}), latency=0.001)) as raw:
        assert raw.emulator.latency is not None
        assert (await raw.users(REF)).status == 200
        raw.emulator.latency = Latency.constant(3600)
        slow = asyncio.ensure_future(raw.users(REF))
        await raw.emulator.arrived(2)
        assert (await raw.users(REF, bearer="unknown")).status == 401
        assert not slow.done()
        raw.emulator.latency = 0
        assert raw.emulator.latency is None
        assert (await raw.users(REF)).status == 200
        slow.cancel()
        await raw.emulator.idle()
