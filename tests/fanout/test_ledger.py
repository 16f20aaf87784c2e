"""What a fan-out tells of itself."""

import pickle

import attrs
import pytest
from avepoint_async.models import TenantRef
from avepoint_async.paging.ledger import Ledger
from avepoint_async.transport.lane import Tally

from avepoint_async.errors import NotFoundError, TenantFailuresError
from avepoint_async.paging.outcome import Progress, TenantOutcome
from avepoint_async.paging.page import Page
from avepoint_async.paging.walk import PageWalk
from tests.fanout.lists import Numbers

A, B = TenantRef("c", "a"), TenantRef("c", "b")


def accepted(numbers: Numbers) -> tuple[PageWalk[int], list[Page[int]]]:
    """A walk to its end, and its pages."""
    walk = numbers.strand().walk
    pages = list[Page[int]]()
    while walk.can_ask:
        reply = numbers.reply(walk.ask())
        assert not isinstance(reply, Exception)
        pages.append(walk.accept(reply))
    return walk, pages


def test_a_tenant_that_was_started() -> None:
    """It has an outcome at once, with nothing in it."""
    ledger = Ledger()
    ledger.start(A)
    assert dict(ledger.outcomes) == {A: TenantOutcome()}
    assert ledger.failures == {}
    assert ledger.progress(Tally()) == Progress(tenants_started=1)


def test_a_tenant_that_was_delivered() -> None:
    """Users and pages add up, and with the last page the tenant is finished."""
    ledger = Ledger()
    ledger.start(A)
    walk, pages = accepted(Numbers(rows=5, size=2, claims=(5,)))
    for page in pages[:-1]:
        ledger.deliver(A, page, walk)
    assert ledger.outcomes[A] == TenantOutcome(users=4, pages=2, total_count=5)
    assert ledger.progress(Tally()).tenants_finished == 0
    ledger.deliver(A, pages[-1], walk)
    assert ledger.outcomes[A] == TenantOutcome(users=5, pages=3, total_count=5, complete=True)
    assert ledger.progress(Tally(requests=4, retries=1, throttled=1)) == Progress(
        tenants_started=1,
        tenants_finished=1,
        pages=3,
        users=5,
        requests=4,
        retries=1,
        throttled=1,
    )


def test_a_tenant_that_fell_short() -> None:
    """Fewer rows than promised: finished, but not complete; another total was a drift."""
    ledger = Ledger()
    ledger.start(A)
    walk, pages = accepted(Numbers(rows=2, claims=(3, 4)))
    for page in pages:
        ledger.deliver(A, page, walk)
    assert ledger.outcomes[A] == TenantOutcome(users=2, pages=3, total_count=4, drifted=1)
    assert ledger.progress(Tally()).tenants_finished == 1


def test_a_tenant_that_failed() -> None:
    """What was delivered before stays in the outcome, and it counts as failed, not as finished."""
    ledger = Ledger()
    error = NotFoundError("gone", status=404)
    ledger.start(A)
    ledger.start(B)
    walk, pages = accepted(Numbers.honest(3))
    ledger.deliver(A, pages[0], walk)
    ledger.fail(A, error)
    assert ledger.failures == {A: TenantOutcome(users=1, pages=1, total_count=3, error=error)}
    progress = ledger.progress(Tally())
    assert (progress.tenants_started, progress.tenants_failed) == (2, 1)
    assert progress.tenants_finished == 0


def test_outcomes_cannot_be_changed_from_outside() -> None:
    """They are a view that grows, in the order of the start, and hold frozen records."""
    ledger = Ledger()
    view = ledger.outcomes
    ledger.start(B)
    ledger.start(A)
    assert list(view) == [B, A]
    with pytest.raises(TypeError):
        view[A] = TenantOutcome()  # type: ignore[index]  # what is refused
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        view[A].users = 7  # type: ignore[misc]  # what is refused


def test_failures_survive_pickling() -> None:
    """What a nightly job sends home tells the same there."""
    error = NotFoundError("gone", status=404, customer_id="c", tenant_id="a", page_index=2)
    failed = TenantFailuresError(failures={A: TenantOutcome(users=1, pages=1, error=error)})
    copy = pickle.loads(pickle.dumps(failed))
    assert str(copy) == str(failed) == "1 tenant failed: 1 NotFoundError"
    again = copy.failures[A]
    assert attrs.evolve(again, error=None) == TenantOutcome(users=1, pages=1)
    assert (type(again.error), str(again.error)) == (NotFoundError, str(error))
