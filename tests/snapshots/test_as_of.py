"""The newest answer of each tenant, and its age."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avepoint_async.refs import TenantRef
from avepoint_async.snapshots.as_of import as_of
from tests.snapshots.nights import FIRST, Night, Tenant, User, night

REF = TenantRef("contoso", "main")
DAY = timedelta(days=1)
MORNING = FIRST + timedelta(hours=6)


def history(states: Sequence[str | None]) -> list[Night]:
    """One night for each state of one tenant; None: it is not in the roster."""
    return [
        night({("contoso", "main"): Tenant(state=state)} if state else {}, day=day)
        for day, state in enumerate(states)
    ]


def test_a_tenant_that_failed_is_carried_from_the_last_night_that_read_it() -> None:
    """Its answer is that of the older run, with its age, and the nights without one are counted."""
    runs = history(["complete", "drifted", "failed", "short"])
    answer = as_of(runs, MORNING + 3 * DAY)[REF]
    assert answer.run is runs[1]
    assert answer.entry is not None
    assert answer.entry.state == "drifted"
    assert answer.newest.state == "short"
    assert answer.age == 2 * DAY + MORNING - runs[0].finished_at
    assert answer.unread_since == runs[2].started_at


def test_the_moment_decides_which_runs_count() -> None:
    """A run that was sealed later is not known yet, and before the first nothing is."""
    runs = history(["complete", "failed"])
    answer = as_of(runs, MORNING)[REF]
    assert (answer.run, answer.unread_since) == (runs[0], None)
    assert as_of(runs, FIRST) == {}


def test_the_age_is_that_of_the_answer() -> None:
    """Where the tenant's last answer came before the run was sealed, its own time counts."""
    told_at = FIRST + timedelta(minutes=5)
    tenant = Tenant(users=[User(email="a@b")], finished_at=told_at)
    answer = as_of([night({("contoso", "main"): tenant})], MORNING)[REF]
    assert answer.age == MORNING - told_at


def test_names_are_those_of_the_newest_roster() -> None:
    """A customer that was renamed is told by its new name."""
    runs = [
        night({("contoso", "main"): Tenant(customer_name=name, state=state)}, day=day)
        for day, (name, state) in enumerate([("Old", "complete"), ("New", "failed")])
    ]
    (answer,) = as_of(runs, MORNING + DAY).values()
    assert answer.tenant.customer_name == "New"


def test_a_moment_without_a_zone_is_refused() -> None:
    """The ages would be wrong by hours."""
    with pytest.raises(ValueError, match="needs a time zone"):
        as_of([], datetime(2026, 11, 1))  # noqa: DTZ001  # the mistake that is refused


@given(st.lists(st.sampled_from(["complete", "drifted", "short", "failed", None]), max_size=8))
def test_any_history_of_a_tenant(states: list[str | None]) -> None:
    """The newest whole answer, whatever came between; no answer for who left the roster."""
    runs = history(states)
    answers = as_of(runs, datetime(2027, 1, 1, tzinfo=UTC))
    if not states or states[-1] is None:
        assert answers == {}
        return
    whole = [
        run for run, state in zip(runs, states, strict=True) if state in {"complete", "drifted"}
    ]
    answer = answers[REF]
    assert answer.run is (whole[-1] if whole else None)
    assert (answer.age is None) == (answer.entry is None) == (not whole)
    assert (answer.unread_since is None) == (states[-1] in {"complete", "drifted"})
