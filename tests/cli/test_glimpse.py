"""How far a run is, in words."""

from datetime import UTC, datetime

import attrs
import pytest

from avepoint_async import Progress, Stats
from avepoint_async.cli.progress import (
    Glimpse,
    fleet_glimpse,
    tenant_glimpse,
    waiting_glimpse,
    with_pause,
)
from avepoint_async.cli.words import counted, duration, per_second

HALF_WAY = Progress(
    tenants_started=7,
    tenants_finished=4,
    tenants_failed=1,
    pages=1200,
    items=100_001,
    requests=1300,
    retries=1,
)


@pytest.mark.parametrize(
    ("number", "noun", "words"),
    [
        (0, "user", "0 users"),
        (1, "retry", "1 retry"),
        (2, "retry", "2 retries"),
        (12_345, "page", "12,345 pages"),
    ],
)
def test_nouns_follow_their_number(number: int, noun: str, words: str) -> None:
    """One user, two users; large numbers are grouped."""
    assert counted(number, noun) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0:00"), (7.9, "0:07"), (754, "12:34"), (3723, "1:02:03")]
)
def test_durations_read_like_a_clock(seconds: float, words: str) -> None:
    """Minutes and seconds, and hours only where there are any."""
    assert duration(seconds) == words


def test_no_rate_is_made_up_from_a_moment() -> None:
    """The first instant would give an absurd rate, or a division by zero."""
    assert per_second(100, 0.0) == "0 users/s"
    assert per_second(100, 0.5) == "200 users/s"


def test_a_fleet_of_unknown_size_has_no_bar() -> None:
    """Tenants are found while the others are streamed, so nobody knows how many there are."""
    assert fleet_glimpse(HALF_WAY, 10.0) == Glimpse(
        "5 tenants done, 2 under way",
        "1 failed, 1,200 pages, 100,001 users, 10,000 users/s, 1 retry",
        None,
    )


def test_a_fleet_of_known_size_has_one() -> None:
    """A failed tenant is settled, too."""
    assert fleet_glimpse(HALF_WAY, 10.0, 10).headline == "5 of 10 tenants"
    assert fleet_glimpse(HALF_WAY, 10.0, 10).done == 0.5


def test_no_failure_is_not_worth_a_word() -> None:
    """The display tells failures only where there are any."""
    assert "failed" not in fleet_glimpse(Progress(), 1.0).details


def test_a_second_look_is_told() -> None:
    """Who sees the end come nearer, and then not, learns why."""
    again = attrs.evolve(HALF_WAY, tenants_retried=3)
    assert fleet_glimpse(again, 10.0, 10).headline == "5 of 10 tenants, a second look at 3 tenants"


STATS = Stats(
    requests=0,
    retries=0,
    throttled=0,
    refreshes=1,
    received_bytes=0,
    in_flight=0,
    waiting=1,
    pace=None,
    held_for=0.0,
)


def test_before_the_first_tenant_it_tells_what_is_waited_for() -> None:
    """A token first, then the list of customers, with the tries that it took so far."""
    assert waiting_glimpse(STATS) == Glimpse("waiting for a token", "no request yet")
    again = attrs.evolve(STATS, requests=2, retries=1)
    assert waiting_glimpse(again) == Glimpse(
        "waiting for the list of customers", "2 requests, 1 retry"
    )


def test_one_tenant_tells_its_users() -> None:
    """Of one tenant the users are what matters, and their total once it is known."""
    assert tenant_glimpse(HALF_WAY, 10.0, None).headline == "100,001 users"
    assert tenant_glimpse(HALF_WAY, 10.0, None).done is None
    assert tenant_glimpse(HALF_WAY, 10.0, 200_002).headline == "100,001 of 200,002 users"
    assert tenant_glimpse(HALF_WAY, 10.0, 200_002).done == 0.5


def test_more_than_promised_is_no_more_than_all() -> None:
    """A tenant may grow while it is walked; its bar does not."""
    assert tenant_glimpse(HALF_WAY, 10.0, 50).done == 1.0


def test_a_pause_of_the_service_is_told_with_its_end() -> None:
    """While everything waits because the service said so, the time at which it goes on is told."""
    glimpse, now = (
        Glimpse("5 tenants done", "9 pages", 0.5),
        datetime(2026, 1, 2, 3, 12, 5, tzinfo=UTC),
    )
    held = with_pause(glimpse, 35.2, now)
    assert held == Glimpse("5 tenants done, paused by the service until 03:12:40", "9 pages", 0.5)
    assert with_pause(glimpse, 0.0, now) is glimpse
