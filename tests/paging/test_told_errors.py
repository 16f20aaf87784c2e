"""What the two errors that carry outcomes say, and where they say it."""

import pytest

from avepoint_async import IncompleteError, TenantFailuresError, TenantRef
from avepoint_async.errors import NotFoundError, TransportError
from avepoint_async.paging.outcome import WalkOutcome


def failures(*reasons: str) -> TenantFailuresError:
    """The error of as many tenants; a number is a status, anything else is of the network."""
    outcomes = {
        TenantRef("c", f"t{place}"): WalkOutcome(
            error=NotFoundError(reason) if reason.isdigit() else TransportError(reason)
        )
        for place, reason in enumerate(reasons)
    }
    return TenantFailuresError(failures=outcomes)


@pytest.mark.parametrize(
    ("reasons", "told"),
    [
        (["404"], "1 tenant failed: 1 NotFoundError: 404"),
        (["404", "reset"], "2 tenants failed: 1 NotFoundError, 1 TransportError: 404; reset"),
        (["reset", "404", "405"], "3 tenants failed: 2 NotFoundError, 1 TransportError: "),
        (["1", "2", "3", "4"], "4 tenants failed: 4 NotFoundError: 1; 2; 3; and 1 more"),
        (["1", "2", "3", "4", "5"], "5 tenants failed: 5 NotFoundError: 1; 2; 3; and 2 more"),
    ],
)
def test_failures_are_summed_up(reasons: list[str], told: str) -> None:
    """How many, of which kinds, the first three in full, and how many more there are."""
    assert str(failures(*reasons)).startswith(told)
    assert ("more" in str(failures(*reasons))) is (len(reasons) > 3)


def test_three_failures_are_all_of_them() -> None:
    """No more are announced than there are."""
    assert str(failures("1", "2", "3")).partition(";")[2].startswith(" 2; 3")
    assert str(failures("1", "2", "3")).endswith("3")


def test_failures_may_have_words_of_their_own() -> None:
    """Then those are told, and without any failure there is none."""
    assert str(TenantFailuresError("mine", failures=failures("1").failures)) == "mine"
    assert TenantFailuresError("mine").failures == {}


def test_an_incomplete_list_is_named() -> None:
    """The error tells where it happened, like any other; without an outcome it has an empty one."""
    error = IncompleteError("short", customer_id="c", tenant_id="t", page_index=3)
    assert (error.customer_id, error.tenant_id, error.page_index) == ("c", "t", 3)
    assert error.outcome == WalkOutcome()
    assert str(IncompleteError(outcome=WalkOutcome(items=2))) == str(IncompleteError(""))
