"""Tables for people."""

import os
import sys

import pytest

from avepoint_async import Module, ModuleStatus, ProtectedUser
from avepoint_async.cli.tables import coverage_table, drawn, users_table
from avepoint_async.report.coverage import Coverage, Share


def rows_of(text: str) -> list[list[str]]:
    """The cells of each line that has any."""
    return [line.split() for line in text.split("\n") if line.strip() and line.strip()[0].isalnum()]


def test_the_table_tells_each_tenant_and_all_of_them() -> None:
    """One row for each, with its name, what is unknown apart, and a last one for the sum."""
    lines = [
        ("One", Coverage(2000, Share(1999, 2000), Share(1700, 2000)), None),
        ("Two", Coverage(3, Share(1, 3), Share(0, 0)), None),
        ("Three", Coverage(), None),
    ]
    assert rows_of(drawn(coverage_table("tenant", lines))) == [
        ["Tenant", "Users", "Mailbox", "Unknown", "OneDrive", "Unknown"],
        ["One", "2,000", "1,999/2,000", "99%", "-", "1,700/2,000", "85%", "-"],
        ["Two", "3", "1/3", "33%", "-", "-", "3"],
        ["Three", "0", "-", "-", "-", "-"],
        ["3", "tenants", "2,003", "2,000/2,003", "99%", "-", "1,700/2,000", "85%", "3"],
    ]


def test_what_is_not_whole_is_marked() -> None:
    """A count of half a tenant looks like any other; the last column tells it."""
    lines = [("One", Coverage(), None), ("Two", Coverage(), "failed")]
    heading, one, two, total = rows_of(drawn(coverage_table("customer", lines)))
    assert (heading[-1], one[-1], two[-1]) == ("Read", "whole", "failed")
    assert total[:2] == ["2", "customers"]
    assert total[-3:] == ["1", "not", "whole"]


def test_a_narrow_terminal_cuts_no_number(bare: pytest.MonkeyPatch) -> None:
    """A line may be folded by the terminal; half a number would be a wrong one."""
    share = Share(123_456, 1_234_567)
    leader, follower = os.openpty()
    with os.fdopen(follower, "w", encoding="utf-8") as stream:
        bare.setattr(sys, "stdout", stream)
        bare.setenv("COLUMNS", "30")
        text = drawn(coverage_table("tenant", [("One", Coverage(1_234_567, share, share), None)]))
    os.close(leader)
    assert text.count("123,456/1,234,567") == 4
    assert "…" not in text


def test_users_have_a_column_for_other_modules_only_if_there_are_any() -> None:
    """A column that is empty from top to bottom takes room from the addresses."""
    plain = ProtectedUser("a@b", None, (ModuleStatus(Module.MAILBOX, is_protected=True),))
    other = ProtectedUser("x@y", "X", (ModuleStatus(Module(7), is_protected=True),))
    assert "Other" not in drawn(users_table([plain]))
    assert "7=true" in drawn(users_table([plain, other]))
