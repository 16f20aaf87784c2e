"""A shard holds its part of the tenants, the same everywhere, and asks nobody else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avepoint_async import ConfigurationError, TenantRef
from avepoint_async.snapshots.layout import partial_folder
from avepoint_async.snapshots.settings import read_settings
from avepoint_async.snapshots.shard import Shard, as_shard
from avepoint_async.testing import Fault, Fleet
from tests.snapshots.conftest import Serve, states

IDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=8)


def sixty() -> Fleet:
    """Sixty tenants of twelve customers, of one to five users."""
    return Fleet.of({(f"c{n // 5:02}", f"t{n:02}"): 1 + n % 5 for n in range(60)})


@given(IDS, IDS, st.integers(1, 40))
def test_each_tenant_belongs_to_one_shard(customer: str, tenant: str, of: int) -> None:
    """Whatever the ids and however many shards, exactly one holds the tenant."""
    ref = TenantRef(customer, tenant)
    assert sum(Shard(number, of).holds(ref) for number in range(1, of + 1)) == 1


def test_a_tenant_keeps_its_shard() -> None:
    """The part follows from the ids alone: the same in every process and every release."""
    refs = [TenantRef(f"customer-{n}", f"tenant-{n}", f"name {n}") for n in range(12)]
    found = [next(k for k in range(1, 5) if Shard(k, 4).holds(ref)) for ref in refs]
    assert found == [1, 2, 4, 1, 1, 2, 2, 4, 1, 1, 3, 3]


def test_ids_that_join_to_the_same_text_are_kept_apart() -> None:
    """The border between the two ids is part of what is hashed."""
    pairs = [("a" * n, "a" * (40 - n)) for n in range(1, 40)]
    holding = {Shard(1, 2).holds(TenantRef(*pair)) for pair in pairs}
    assert holding == {True, False}


def test_shards_are_about_as_large() -> None:
    """Ten thousand tenants on eight shards: none has a tenth more than its part."""
    refs = [TenantRef(f"customer-{n % 700}", f"tenant-{n}") for n in range(10_000)]
    sizes = [len(Shard(number, 8).share(refs)) for number in range(1, 9)]
    assert sum(sizes) == 10_000
    assert max(sizes) <= 1.1 * 10_000 / 8


def test_a_shard_is_read_from_text() -> None:
    """What the command line takes is what a shard says of itself."""
    assert Shard.parse("2/8") == Shard(2, 8)
    assert str(Shard(2, 8)) == "2/8"


@pytest.mark.parametrize("text", ["", "2", "2/", "/8", "2/8/1", "-1/8", "a/b", "2 /8", "²/8"])
def test_text_that_is_no_shard_is_refused(text: str) -> None:
    """The error shows what a shard looks like, and what came."""
    with pytest.raises(ConfigurationError, match=r"as 2/8; got"):
        Shard.parse(text)


@pytest.mark.parametrize("numbers", [(0, 8), (9, 8), (1, 0), (True, 2), (1.0, 2), ("1", 2)])
def test_numbers_that_make_no_sense_are_refused(numbers: Any) -> None:
    """A shard's number is from 1 to how many there are."""
    with pytest.raises(ConfigurationError, match="a number from 1 and how many there are"):
        as_shard(numbers)


@pytest.mark.parametrize("value", ["2/8", 3, (1, 2, 3), []])
def test_what_is_no_shard_is_refused(value: Any) -> None:
    """Only a pair of numbers or a shard stands for one."""
    with pytest.raises(ConfigurationError, match=r"as \(2, 8\); got"):
        as_shard(value)


def test_a_shard_stands_for_itself() -> None:
    """Nothing, a shard and a pair are what a caller may hand in."""
    assert as_shard(None) is None
    assert as_shard(Shard(2, 8)) == as_shard((2, 8)) == Shard(2, 8)


async def test_a_run_of_a_shard_asks_its_tenants_alone(serve: Serve) -> None:
    """Of what discovery finds, only the tenants of the shard are asked and stand in the run."""
    night = await serve(sixty())
    run = await night.take(shard=(2, 8))
    share = {t for c, t in night.emulator.fleet.refs() if Shard(2, 8).holds(TenantRef(c, t))}
    assert 0 < len(share) < 60
    assert states(run) == dict.fromkeys(share, "complete")
    assert {tenant for tenant, _ in night.asked} == share
    assert run.complete
    assert read_settings(run.path).shard == "2/8"


async def test_tenants_that_the_caller_names_are_shared_out_too(serve: Serve) -> None:
    """With ``tenants`` a shard takes its part of them."""
    night = await serve(sixty())
    named = night.emulator.fleet.refs()[:20]
    run = await night.take(tenants=named, shard=Shard(1, 2))
    assert states(run).keys() == {t for c, t in named if Shard(1, 2).holds(TenantRef(c, t))}


async def test_another_shard_does_not_go_on_with_the_run(serve: Serve) -> None:
    """An unfinished run belongs to its shard: another one begins its own."""
    night = await serve(sixty())
    night.emulator.script(Fault.status(401), kind="customers", times=None)
    with pytest.raises(Exception, match="401"):
        await night.take(shard=(1, 4))
    first = night.history.unfinished()
    night.emulator.clear_script()
    run = await night.take(shard=(2, 4))
    assert first is not None
    assert run.id != first
    assert read_settings(partial_folder(night.history.path, first)).shard == "1/4"
    assert (await night.take(shard=(1, 4))).id == first
