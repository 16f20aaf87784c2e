"""Contestants measured side by side: many short rounds, each in turn, never one after another."""

import gc
import time
from collections.abc import Callable, Mapping, Sequence

import attrs


@attrs.frozen
class Cost:
    """Seconds that a piece of work took: of this process's processor time, and of the clock."""

    cpu: float
    wall: float


def interleave(
    contestants: Mapping[str, Callable[[], int]], *, rounds: int, expected: int
) -> dict[str, list[Cost]]:
    """What each contestant cost in each round.

    One round before them warms everything up and is not counted. Every other round goes
    backwards, so that a machine that slows down favours nobody.

    Args:
        contestants: the work by name; each returns how many users it saw.
        rounds: how many rounds count.
        expected: how many users each must see; one that sees another number did other work.
    """
    costs: dict[str, list[Cost]] = {name: [] for name in contestants}
    for number in range(rounds + 1):
        for name, work in list(contestants.items())[:: -1 if number % 2 else 1]:
            cost = measure(work, expected)
            if number:
                costs[name].append(cost)
    return costs


def measure(work: Callable[[], int], expected: int) -> Cost:
    """Do the work once, with nobody else's garbage to collect.

    Raises:
        ValueError: it saw another number of users than it should have.
    """
    gc.collect()
    cpu, wall = time.process_time(), time.perf_counter()
    users = work()
    cost = Cost(time.process_time() - cpu, time.perf_counter() - wall)
    if users != expected:
        message = f"{users} users were seen, not {expected}: the work was not done"
        raise ValueError(message)
    return cost


def cpu(costs: Sequence[Cost]) -> list[float]:
    """The processor seconds of each round."""
    return [cost.cpu for cost in costs]


def wall(costs: Sequence[Cost]) -> list[float]:
    """The clock's seconds of each round."""
    return [cost.wall for cost in costs]


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Round by round, ours over theirs."""
    return [one / other for one, other in zip(ours, theirs, strict=True)]
