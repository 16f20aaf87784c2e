"""The source of tenants: read lazily, each pair once, and closed when it is left."""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import aclosing
from typing import Any

import pytest

from avepoint_async import CustomerRef, TenantRef
from avepoint_async.errors import ConfigurationError
from avepoint_async.paging.source import (
    TenantLike,
    as_customer,
    as_tenant,
    check_source,
    each_once,
    iterate,
)
from tests.virtual_time import VirtualLoop, run

A, B, C = (TenantRef("c", name) for name in "abc")
MIXED: list[TenantLike] = [A, ("c", "b"), ("c", "a"), B, C, ("c", "c")]


class BrokenError(Exception):
    """What a source may raise."""


class Counted:
    """A source that is an iterator of its own and has no way to be closed.

    Attributes:
        read: how many items were taken.
    """

    def __init__(self) -> None:
        self.read = 0

    def __aiter__(self) -> "Counted":
        return self

    async def __anext__(self) -> tuple[str, str]:
        self.read += 1
        return "c", str(self.read)


def generator(items: Iterable[Any], log: list[str]) -> Iterator[Any]:
    """The items one by one; writes down when it is closed."""
    try:
        yield from items
    finally:
        log.append("closed")


async def async_generator(items: Iterable[Any], log: list[str]) -> AsyncIterator[Any]:
    """The same, asynchronously."""
    try:
        for item in items:
            yield item
    finally:
        log.append("closed")


async def read(source: Any, seen: list[TenantRef] | None = None) -> list[TenantRef]:
    """All that the source has; written down in ``seen`` as it comes."""
    seen = [] if seen is None else seen
    async with aclosing(each_once(iterate(source), as_tenant)) as tenants:
        async for tenant in tenants:
            seen.append(tenant)
    return seen


@pytest.mark.parametrize("kind", [list, tuple, iter, dict.fromkeys])
async def test_each_pair_once(kind: Any) -> None:
    """References and tuples are the same tenants, in the order of their first mention."""
    assert await read(kind(MIXED)) == [A, B, C]


@pytest.mark.parametrize("kind", [generator, async_generator])
async def test_a_generator_is_closed_at_its_end(kind: Any) -> None:
    """Its `finally` has run by the time the last tenant was read."""
    log = list[str]()
    assert await read(kind(MIXED, log)) == [A, B, C]
    assert log == ["closed"]


@pytest.mark.parametrize("kind", [generator, async_generator])
async def test_a_generator_is_closed_when_it_is_left(kind: Any) -> None:
    """Its `finally` has run by the time its reader is closed."""
    log = list[str]()
    async with aclosing(each_once(iterate(kind(MIXED, log)), as_tenant)) as tenants:
        assert await anext(tenants) == A
        assert not log
    assert log == ["closed"]


@pytest.mark.parametrize("kind", [generator, async_generator])
async def test_what_a_source_raises_is_left_as_it_is(kind: Any) -> None:
    """The very exception comes out, after what stood before it."""
    boom = BrokenError("boom")

    def items() -> Iterator[TenantLike]:
        yield A
        raise boom

    log, seen = list[str](), list[TenantRef]()
    with pytest.raises(BrokenError) as caught:
        await read(kind(items(), log), seen)
    assert caught.value is boom
    assert (seen, log) == ([A], ["closed"])


async def test_a_source_is_read_lazily() -> None:
    """No item is read before it is asked for, and one that cannot be closed is just left."""
    source = Counted()
    async with aclosing(each_once(iterate(source), as_tenant)) as tenants:
        assert source.read == 0
        assert await anext(tenants) == TenantRef("c", "1")
        assert source.read == 1


def test_repetitions_cost_no_time() -> None:
    """A pair that comes again is passed over in a turn of the loop, so that others come to run."""

    async def repeat(loop: VirtualLoop) -> None:
        begun, turns = loop.time(), loop.turns
        assert await read([A] * 100) == [A]
        assert loop.time() == begun
        assert loop.turns - turns >= 99

    run(repeat)


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("ab", "got str"),
        (b"ab", "got bytes"),
        (None, "got NoneType"),
        (7, "got int"),
        ((), "got tuple"),
        (("c",), "got tuple"),
        (("c", "t", "u"), "got tuple"),
        (A.customer_id, "tenants[3] must be a TenantRef or a (customer_id, tenant_id) tuple; got"),
        (["c", "t"], "got list"),
        ({"customer_id": "c", "tenant_id": "t"}, "got dict"),
        (("", "t"), "customer_id must be"),
        (("c", " "), "tenant_id must be"),
        (("c", ".."), "tenant_id must be"),
        (("c", None), "tenant_id must be"),
        ((1, "t"), "customer_id must be"),
        ((b"c", "t"), "customer_id must be"),
    ],
)
def test_an_item_that_is_no_pair(item: object, said: str) -> None:
    """The error names the place in the source, and what stands there."""
    with pytest.raises(ConfigurationError) as caught:
        as_tenant(item, 3)
    assert str(caught.value).startswith("tenants[3]")
    assert said in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("item", "kind"), [(("c", "t"), "tuple"), (None, "NoneType"), (7, "int"), (A, "TenantRef")]
)
def test_an_item_that_is_no_customer(item: object, kind: str) -> None:
    """The error names the place in the source, and what stands there."""
    with pytest.raises(ConfigurationError) as caught:
        as_customer(item, 3)
    assert str(caught.value) == f"customers[3] must be a CustomerRef or an id; got {kind}"


@pytest.mark.parametrize("item", ["c", CustomerRef("c")])
def test_an_item_that_is_a_customer(item: object) -> None:
    """An id is as good as a reference."""
    assert as_customer(item, 3) == CustomerRef("c")


async def test_the_place_of_an_item_counts_repetitions() -> None:
    """Items are counted as they stand in the source, also those that are left out."""
    items: list[Any] = [A, A, B, "nonsense"]
    with pytest.raises(ConfigurationError, match=r"tenants\[3\]"):
        await read(items)


@pytest.mark.parametrize("source", [None, 7, "c/t", "", A, object(), read])
def test_what_is_no_source(source: object) -> None:
    """What cannot be iterated, or is a string, is refused by its type."""
    with pytest.raises(ConfigurationError) as caught:
        check_source(source)
    assert str(caught.value) == (
        "tenants must be an iterable or an async iterable of TenantRef or of "
        f"(customer_id, tenant_id) pairs; got {type(source).__name__}"
    )


@pytest.mark.parametrize("source", [[], (), {A}, {A: 1}, iter([A]), Counted()])
def test_what_is_a_source(source: object) -> None:
    """Anything that can be iterated, in one way or the other."""
    check_source(source)
