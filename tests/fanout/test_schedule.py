"""Which page of which tenant is asked for next, in simulated time."""

import random
from collections.abc import Callable
from itertools import pairwise

import pytest
from avepoint_async.paging.strand import Strand
from hypothesis import given, settings
from hypothesis import strategies as st

from avepoint_async.paging.schedule import Schedule
from tests.fanout.lists import Job, Numbers, Simulation

WIDTH = 16

Draw = Callable[[random.Random], float]


def asked(jobs: list[Job]) -> list[tuple[str, int]]:
    """Tenant and page of each job."""
    return [(strand.tenant.tenant_id, request.index) for strand, request in jobs]


def known(schedule: Schedule[int], name: str, rows: int) -> Strand[int]:
    """A tenant whose first page came, of one row a page."""
    numbers = Numbers.honest(rows)
    strand = numbers.strand(name)
    _, request = schedule.open(strand)
    schedule.consumed(strand, len(strand.settle(request.index, numbers.reply(request)).leaving))
    return strand


def ask(schedule: Schedule[int], count: int) -> list[Job]:
    """The next jobs of open tenants, ``count`` at most."""
    jobs = [schedule.next() for _ in range(count)]
    return [job for job in jobs if job is not None]


def test_open_tenants_take_turns() -> None:
    """One page each, in a circle, until each has none left."""
    schedule = Schedule[int](turns=9, window=99)
    for name, rows in (("a", 4), ("b", 3), ("c", 2)):
        known(schedule, name, rows)
    turns = asked(ask(schedule, 9))
    assert turns == [("a", 2), ("b", 2), ("c", 2), ("a", 3), ("b", 3), ("a", 4)]


def test_the_source_takes_turns_with_open_tenants() -> None:
    """A new tenant comes after each open one had a page."""
    schedule = Schedule[int](turns=9, window=99)
    wants = [schedule.wants_tenant]
    known(schedule, "a", 9)
    known(schedule, "b", 9)
    for _ in range(3):
        wants.append(schedule.wants_tenant)
        ask(schedule, 1)
    assert wants == [True, False, False, True]


def test_no_new_tenant_while_enough_are_open() -> None:
    """With as many tenants open as may take turns, the source waits until one is asked for all."""
    schedule = Schedule[int](turns=2, window=99)
    known(schedule, "a", 9)
    known(schedule, "b", 2)
    ask(schedule, 2)
    wants = [schedule.wants_tenant]  # b has no page left to ask for
    known(schedule, "c", 9)
    ask(schedule, 5)
    assert [*wants, schedule.wants_tenant] == [True, False]


def test_the_window_bounds_what_is_not_consumed() -> None:
    """No page is asked for without room, neither a new tenant's nor an open one's."""
    schedule = Schedule[int](turns=9, window=6)
    strands = [known(schedule, name, 9) for name in "abc"]
    assert len(ask(schedule, 9)) == 6
    assert (schedule.room, schedule.wants_tenant) == (0, False)
    schedule.consumed(strands[0])
    assert len(ask(schedule, 9)) == 1


@pytest.mark.parametrize(("window", "pages"), [(9, 9), (19, 17), (90, 81)])
def test_a_tenant_alone_leaves_room_in_a_large_window(window: int, pages: int) -> None:
    """A page is asked for while no more than eight are held for each that is left."""
    schedule = Schedule[int](turns=9, window=window)
    strand = known(schedule, "a", 999)
    assert len(ask(schedule, window)) == strand.under_way == pages
    assert schedule.room == window - pages


def test_a_tenant_that_holds_nothing_waits_for_room_too() -> None:
    """A full window is full for everybody, also for one whose pages were all consumed."""
    schedule = Schedule[int](turns=9, window=2)
    known(schedule, "a", 9)
    for name in "bc":
        schedule.open(Numbers.honest(9).strand(name))
    assert schedule.next() is None
    assert schedule.room == 0


def test_a_tenant_that_ended_loses_its_turn() -> None:
    """Pages that turned out not to exist are not asked for, and cost no turn."""
    schedule = Schedule[int](turns=9, window=9)
    numbers = Numbers(rows=2, claims=(9,))
    strand = known(schedule, "a", 9)
    (_, second), (_, third) = ask(schedule, 2)
    strand.settle(second.index, numbers.reply(second))
    strand.settle(third.index, numbers.reply(third))
    assert (strand.has_turn, schedule.wants_tenant) == (True, True)
    assert schedule.next() is None
    assert (strand.has_turn, schedule.wants_tenant) == (False, True)


@settings(max_examples=60)
@given(
    st.lists(st.integers(0, 30), max_size=12),
    st.integers(1, 5),
    st.integers(-3, 30),
    st.randoms(use_true_random=False),
)
def test_every_page_is_asked_for_once(
    sizes: list[int], width: int, off: int, rng: random.Random
) -> None:
    """Whatever the sizes, the totals and the times: nothing is stuck, repeated or lost."""
    lists = {
        str(place): Numbers(rows=rows, claims=(max(0, rows + off),))
        for place, rows in enumerate(sizes)
    }
    simulation = Simulation(lists, width=width, latency=lambda _name, _page: rng.random())
    simulation.run()
    assert simulation.ended.keys() == lists.keys()
    assert simulation.schedule.room == simulation.window
    assert len(set(simulation.requests)) == len(simulation.requests)
    for name, numbers in lists.items():
        pages = [page for tenant, page in simulation.requests if tenant == name]
        assert pages == list(range(1, len(pages) + 1))
        assert len(numbers.walked()) <= len(pages) < len(numbers.walked()) + width + 3


def zipf(*, tenants: int = 200, largest: int = 400) -> list[int]:
    """The pages of tenants of which each is the largest divided by its rank."""
    return [max(1, round(largest / rank)) for rank in range(1, tenants + 1)]


def placed(order: str) -> dict[str, Numbers]:
    """The tenants with the giant first, last, or anywhere; a tenant's name is its rank."""
    sizes = list(enumerate(zipf()))
    if order == "last":
        sizes.reverse()
    if order == "anywhere":
        random.Random(1).shuffle(sizes)
    return {str(rank): Numbers.honest(pages) for rank, pages in sizes}


@pytest.mark.parametrize("order", ["first", "last", "anywhere"])
def test_makespan(order: str) -> None:
    """With every request as long as the next, no slot is ever idle while there is work."""
    simulation = Simulation(placed(order), width=WIDTH)
    pages = sum(zipf())
    assert simulation.run() <= pages / WIDTH + 2
    assert simulation.idle == 0
    assert len(simulation.requests) == pages


@pytest.mark.parametrize(
    ("draw", "bound"),
    [
        pytest.param(lambda rng: rng.uniform(0.5, 1.5), 1.02, id="uniform"),
        pytest.param(lambda rng: rng.lognormvariate(0, 0.5), 1.03, id="lognormal"),
        pytest.param(lambda rng: rng.lognormvariate(0, 1), 1.06, id="wide lognormal"),
        pytest.param(lambda rng: rng.paretovariate(1.5), 1.16, id="Pareto"),
        pytest.param(lambda rng: 20 if rng.random() < 0.02 else 1, 1.15, id="one in fifty sticks"),
    ],
)
@pytest.mark.parametrize("order", ["first", "last", "anywhere"])
def test_makespan_with_a_tail(order: str, draw: Draw, bound: float) -> None:
    """Requests that take many times longer than others leave the makespan near the ideal."""
    rng, drawn = random.Random(7), list[float]()

    def latency(_name: str, _page: int) -> float:
        drawn.append(draw(rng))
        return drawn[-1]

    took = Simulation(placed(order), width=WIDTH, latency=latency).run()
    assert took <= bound * (sum(drawn) / WIDTH + 2)


def test_a_giant_starves_nobody() -> None:
    """Beside a giant that came first, tenants of one page come through at half the pace."""
    lists = {"giant": Numbers.honest(400)} | {str(n): Numbers.honest(1) for n in range(200)}
    simulation = Simulation(lists, width=4)
    simulation.run()
    small = [place for place, (name, _) in enumerate(simulation.requests) if name != "giant"]
    assert max(after - before for before, after in pairwise(small)) <= 4
    assert max(small) <= 420


def test_giants_starve_nobody() -> None:
    """Beside fewer giants than slots, each of the others waits for one page of each giant."""
    giants = {f"giant {n}": Numbers.honest(100) for n in range(3)}
    lists = giants | {str(n): Numbers.honest(1) for n in range(60)}
    simulation = Simulation(lists, width=4)
    simulation.run()
    small = [place for place, (name, _) in enumerate(simulation.requests) if name.isdigit()]
    assert max(small) <= 260


@pytest.mark.parametrize("count", [1, 4])
def test_a_page_that_does_not_come_holds_up_its_tenant_alone(count: int) -> None:
    """Tenants of one page come through while the pages behind it wait, and nothing is lost."""
    giants = {f"giant {n}": Numbers.honest(200) for n in range(count)}
    lists = giants | {str(n): Numbers.honest(1) for n in range(200)}

    def latency(name: str, page: int) -> float:
        return 1000.0 if name in giants and page == 2 else 1.0

    simulation = Simulation(lists, width=WIDTH, latency=latency)
    simulation.run()
    assert simulation.ended.keys() == lists.keys()
    assert {name for name, time in simulation.ended.items() if time > 500} == giants.keys()


def test_a_giant_is_no_tail() -> None:
    """A giant that comes last has all slots to itself once its first page came."""
    lists = {str(n): Numbers.honest(1) for n in range(40)} | {"giant": Numbers.honest(400)}
    simulation = Simulation(lists, width=4)
    assert simulation.run() <= 440 / 4 + 2
    assert simulation.idle == 0
