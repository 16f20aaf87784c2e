"""Counts of protected users, and the tables made of them."""

import os
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avepoint_async import Module, ModuleStatus, ProtectedUser, TenantRef
from avepoint_async.cli.coverage import Coverage, Share
from avepoint_async.cli.tables import coverage_table, drawn, users_table

STATES = st.sampled_from([None, False, True])


def user(mailbox: bool | None, onedrive: bool | None) -> ProtectedUser:
    """A user with these modules; None: the service does not list it."""
    states = {Module.MAILBOX: mailbox, Module.ONEDRIVE: onedrive}
    return ProtectedUser(
        "a@b",
        None,
        tuple(ModuleStatus(m, is_protected=s) for m, s in states.items() if s is not None),
    )


@given(st.lists(st.tuples(STATES, STATES)))
def test_each_user_counts_once(states: list[tuple[bool | None, bool | None]]) -> None:
    """Protected, listed and all users are counted apart, and none of them twice."""
    coverage = Coverage()
    coverage.count(user(*each) for each in states)
    mailboxes = [mailbox for mailbox, _ in states]
    assert coverage.users == len(states)
    assert coverage.mailbox.protected == mailboxes.count(True)
    assert coverage.mailbox.listed == len(states) - mailboxes.count(None)
    assert coverage.onedrive.protected == [onedrive for _, onedrive in states].count(True)


@given(st.lists(st.tuples(STATES, STATES)), st.integers(0, 20))
def test_parts_add_up(states: list[tuple[bool | None, bool | None]], cut: int) -> None:
    """It makes no difference whether users are counted together or in two parts."""
    whole, first, second = Coverage(), Coverage(), Coverage()
    whole.count(user(*each) for each in states)
    first.count(user(*each) for each in states[:cut])
    second.count(user(*each) for each in states[cut:])
    first.add(second)
    assert first == whole


def test_a_hundred_percent_means_all() -> None:
    """999 of 1,000 are 99 %, since rounding up would hide the one who is missing."""
    assert Share(999, 1000).percent == 99
    assert Share(1000, 1000).percent == 100
    assert Share(0, 0).percent is None


def test_the_table_tells_each_tenant_and_all_of_them() -> None:
    """One row for each tenant, with its name, and a last one for the sum."""
    refs = [TenantRef("c", "t1"), TenantRef("c", "t2"), TenantRef("c", "t3")]
    names = dict(zip(refs, ["One", "Two", "Three"], strict=True))
    counts = [
        Coverage(2000, Share(1999, 2000), Share(1700, 2000)),
        Coverage(3, Share(1, 3), Share(0, 0)),
        Coverage(),
    ]
    lines = drawn(coverage_table(dict(zip(refs, counts, strict=True)), names)).split("\n")
    rows = [line.split() for line in lines if line.strip() and line.strip()[0].isalnum()]
    assert rows == [
        ["Tenant", "Users", "Mailbox", "OneDrive"],
        ["One", "2,000", "1,999/2,000", "99%", "1,700/2,000", "85%"],
        ["Two", "3", "1/3", "33%", "-"],
        ["Three", "0", "-", "-"],
        ["3", "tenants", "2,003", "2,000/2,003", "99%", "1,700/2,000", "85%"],
    ]


def test_a_narrow_terminal_cuts_no_number(bare: pytest.MonkeyPatch) -> None:
    """A line may be folded by the terminal; half a number would be a wrong one."""
    ref = TenantRef("c", "t")
    share = Share(123_456, 1_234_567)
    leader, follower = os.openpty()
    with os.fdopen(follower, "w", encoding="utf-8") as stream:
        bare.setattr(sys, "stdout", stream)
        bare.setenv("COLUMNS", "30")
        text = drawn(coverage_table({ref: Coverage(1_234_567, share, share)}, {ref: "One"}))
    os.close(leader)
    assert text.count("123,456/1,234,567") == 4
    assert "…" not in text


def test_users_have_a_column_for_other_modules_only_if_there_are_any() -> None:
    """A column that is empty from top to bottom takes room from the addresses."""
    plain = user(mailbox=True, onedrive=None)
    other = ProtectedUser("x@y", "X", (ModuleStatus(Module(7), is_protected=True),))
    assert "Other" not in drawn(users_table([plain]))
    assert "7=true" in drawn(users_table([plain, other]))
