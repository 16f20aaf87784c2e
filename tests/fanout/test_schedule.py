"""Which page of which tenant is asked for next: real fan-outs, in virtual time."""

import asyncio
import random
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avepoint_async.errors import ResponseError
from tests.fanout.virtual import Ran, VirtualService, fan_out, idle, shuffled
from tests.virtual_time import VirtualLoop, run

WIDTH = 16

Draw = Callable[[random.Random], float]


@settings(max_examples=40)
@given(
    st.lists(st.integers(0, 30), max_size=12),
    st.integers(1, 5),
    st.integers(0, 30),
    st.randoms(use_true_random=False),
)
def test_every_row_arrives_once(sizes: list[int], width: int, off: int, rng: random.Random) -> None:
    """Whatever the sizes, the totals and the times: nothing is stuck, repeated or lost."""
    lists = {str(place): rows for place, rows in enumerate(sizes)}
    offs = dict.fromkeys(lists, off)
    ran = fan_out(lists, width=width, total_off=offs, latency=lambda _tenant, _page: rng.random())
    assert ran.got == {name: list(range(rows)) for name, rows in lists.items()}
    assert ran.service.peak <= width
    assert ran.fleet.complete == (off == 0 or not lists)


@settings(max_examples=40)
@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=12),
    st.integers(1, 5),
    st.randoms(use_true_random=False),
)
def test_no_page_is_asked_for_twice_or_in_vain(
    sizes: list[int], width: int, rng: random.Random
) -> None:
    """Beside honest totals each page is asked for once."""
    lists = {str(place): rows for place, rows in enumerate(sizes)}
    ran = fan_out(lists, width=width, latency=lambda _tenant, _page: rng.random())
    for name, rows in lists.items():
        pages = sorted(page for tenant, page in ran.asked if tenant == name)
        assert pages == list(range(1, max(1, rows) + 1))


def zipf(*, tenants: int = 200, largest: int = 400) -> list[int]:
    """The pages of tenants of which each is the largest divided by its rank."""
    return [max(1, round(largest / rank)) for rank in range(1, tenants + 1)]


def placed(order: str) -> dict[str, int]:
    """The tenants with the giant first, last, or anywhere; a tenant's name is its rank."""
    sizes = {str(rank): pages for rank, pages in enumerate(zipf())}
    if order == "last":
        return dict(reversed(sizes.items()))
    return shuffled(sizes) if order == "anywhere" else sizes


@pytest.mark.parametrize("order", ["first", "last", "anywhere"])
def test_makespan(order: str) -> None:
    """With every request as long as the next, no slot is ever idle while there is work."""
    ran = fan_out(placed(order), width=WIDTH)
    assert ran.seconds <= sum(zipf()) / WIDTH + 2
    assert idle(ran.service, WIDTH) <= WIDTH
    assert len(ran.asked) == sum(zipf())
    assert ran.service.peak == WIDTH


@pytest.mark.parametrize(
    ("draw", "bound"),
    [
        pytest.param(lambda rng: rng.uniform(0.5, 1.5), 1.02, id="uniform"),
        pytest.param(lambda rng: rng.lognormvariate(0, 0.5), 1.03, id="lognormal"),
        pytest.param(lambda rng: rng.lognormvariate(0, 1), 1.06, id="wide lognormal"),
        pytest.param(lambda rng: rng.paretovariate(1.5), 1.19, id="Pareto"),
        pytest.param(lambda rng: 20 if rng.random() < 0.02 else 1, 1.15, id="one in fifty sticks"),
    ],
)
def test_makespan_with_a_tail(draw: Draw, bound: float) -> None:
    """Requests that take many times longer than others leave the makespan near the ideal."""
    rng, drawn = random.Random(7), list[float]()

    def latency(_tenant: str, _page: int) -> float:
        drawn.append(draw(rng))
        return drawn[-1]

    ran = fan_out(placed("anywhere"), width=WIDTH, latency=latency)
    assert ran.seconds <= bound * (sum(drawn) / WIDTH + 2)


def places(ran: Ran, giants: set[str]) -> list[int]:
    """Where among all requests those stand that are for no giant."""
    return [place for place, (name, _) in enumerate(ran.asked) if name not in giants]


def test_a_giant_starves_nobody() -> None:
    """Beside a giant that came first, tenants of one page come through at half the pace."""
    lists = {"giant": 400} | {str(number): 1 for number in range(200)}
    others = places(fan_out(lists, width=4), {"giant"})
    assert max(after - before for before, after in pairwise(others)) <= 4
    assert max(others) <= 420


def test_giants_starve_nobody() -> None:
    """Beside fewer giants than slots, each of the others waits for one page of each giant."""
    giants = {f"giant {number}": 100 for number in range(3)}
    lists = giants | {str(number): 1 for number in range(60)}
    assert max(places(fan_out(lists, width=4), set(giants))) <= 260


def test_open_tenants_take_turns() -> None:
    """Tenants of one size that are open at once get on at one pace: none is walked alone."""
    ran = fan_out(dict.fromkeys("abc", 40), width=3)
    for cut in range(12, len(ran.asked), 12):
        counts = [sum(name == each for each, _ in ran.asked[:cut]) for name in "abc"]
        assert max(counts) - min(counts) <= 5


def test_new_tenants_wait_for_those_that_are_open() -> None:
    """A new tenant is opened when each open one had a page, not before: the open ones come on.

    Else every tenant would be open at once, and each would be complete only at the very end.
    """
    ran = fan_out({f"t{number:02}": 8 for number in range(40)}, width=4)
    ended = sorted(ran.ended.values())
    assert ended[0] <= 0.35 * ran.seconds
    first_pages = [place for place, (_, page) in enumerate(ran.asked) if page == 1]
    assert first_pages[20] >= 0.3 * len(ran.asked)


def test_largest_is_not_left_for_last() -> None:
    """A giant goes on beside the others from the moment that it is open."""
    lists = {"giant": 100} | {str(number): 1 for number in range(100)}
    ran = fan_out(lists, width=4)
    half = ran.asked[: len(ran.asked) // 2]
    assert 40 <= sum(name == "giant" for name, _ in half) <= 60


@pytest.mark.parametrize("count", [1, 4])
def test_a_page_that_does_not_come_holds_up_its_tenant_alone(count: int) -> None:
    """Tenants of one page come through while the pages behind it wait, and nothing is lost."""
    giants = {f"giant {number}": 200 for number in range(count)}
    lists = giants | {str(number): 1 for number in range(200)}

    def latency(tenant: str, page: int) -> float:
        return 1000.0 if tenant in giants and page == 2 else 1.0

    ran = fan_out(lists, width=WIDTH, latency=latency)
    assert ran.ended.keys() == lists.keys()
    assert {name for name, time in ran.ended.items() if time > 500} == giants.keys()


def test_a_giant_is_no_tail() -> None:
    """A giant that comes last has all slots to itself once its first page came."""
    lists = {str(number): 1 for number in range(40)} | {"giant": 400}
    ran = fan_out(lists, width=4)
    assert ran.seconds <= 440 / 4 + 2


def test_a_giant_that_is_walked_again_is_no_tail() -> None:
    """Its second pass runs beside the work of others, and shares their window."""
    lists = {"giant": 200} | {str(number): 1 for number in range(200)}
    ran = fan_out(lists, width=4, total_off={"giant": 1})
    giant = next(out for ref, out in ran.fleet.outcomes.items() if ref.tenant_id == "giant")
    assert giant.passes == 2
    assert ran.seconds <= len(ran.asked) / 4 + 4


def test_an_error_makes_room_for_all_slots() -> None:
    """Pages that waited behind the one that failed are dropped, and each slot has work at once."""

    async def main(loop: VirtualLoop) -> None:
        late = ("a", 2)
        service = VirtualService(
            {"a": 40, "b": 40}, loop, lambda *page: 50.0 if page == late else 1.0
        )
        service.faults[late] = [ResponseError("no list")]
        async with service.fan_out(width=4, on_error="skip") as fleet:
            await anext(fleet.pages())
            await asyncio.sleep(49)
            assert service.in_flight == 1  # all that there is room for waits to be consumed
            await asyncio.sleep(1.5)
            assert service.faults[late] == []
            assert service.in_flight == 4

    run(main)
