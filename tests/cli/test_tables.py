"""Tables for people."""

import os
import sys

import pytest

from avepoint_async import Module, ModuleStatus, ProtectedUser, TenantRef
from avepoint_async.cli.coverage_table import COVERAGE_COLUMNS, By, CoverageLine, coverage_table
from avepoint_async.cli.tables import drawn, users_table
from avepoint_async.report.coverage import Coverage, Share


def rows_of(text: str) -> list[list[str]]:
    """The cells of each line that has any."""
    return [line.split() for line in text.split("\n") if line.strip() and line.strip()[0].isalnum()]


def line(
    name: str, coverage: Coverage | None, by: By = By.TENANT, state: str = "complete"
) -> CoverageLine:
    """A row of the table."""
    ref = TenantRef("c", "t", customer_name=name, tenant_name="x")
    return CoverageLine(ref, by, coverage, [state])


def test_the_table_tells_each_tenant_and_all_of_them() -> None:
    """One row for each, with its name, what is unknown apart, and a last one for the sum."""
    lines = [
        line("One", Coverage(2000, Share(1999, 2000), Share(1700, 2000)), By.CUSTOMER),
        line("Two", Coverage(3, Share(1, 3), Share(0, 0)), By.CUSTOMER),
        line("Three", Coverage(), By.CUSTOMER),
    ]
    assert rows_of(drawn(coverage_table(By.CUSTOMER, lines))) == [
        ["Customer", "Users", "Mailbox", "Unknown", "OneDrive", "Unknown"],
        ["One", "2,000", "1,999/2,000", "99%", "-", "1,700/2,000", "85%", "-"],
        ["Two", "3", "1/3", "33%", "-", "-", "3"],
        ["Three", "0", "-", "-", "-", "-"],
        ["3", "customers", "2,003", "2,000/2,003", "99%", "-", "1,700/2,000", "85%", "3"],
    ]


def test_what_is_not_whole_is_marked() -> None:
    """A count of half a tenant looks like any other; the last column tells it."""
    lines = [line("One", Coverage()), line("Two", Coverage(), state="failed")]
    heading, one, two, total = rows_of(drawn(coverage_table(By.TENANT, lines)))
    assert (heading[-1], one[-1], two[-1]) == ("Read", "whole", "failed")
    assert total[:2] == ["2", "tenants"]
    assert total[-3:] == ["1", "not", "whole"]


def test_of_what_was_not_read_nothing_is_counted() -> None:
    """A zero would say that there are no users; nobody knows that of a tenant that failed."""
    failed = line("Two", None, By.CUSTOMER, "failed")
    _, _, two, total = rows_of(
        drawn(coverage_table(By.CUSTOMER, [line("One", Coverage(5), By.CUSTOMER), failed]))
    )
    assert two[:6] == ["Two", "?", "?", "?", "?", "?"]
    assert total[:3] == ["2", "customers", "5"]
    row = failed.as_row()
    assert [row[name] for name in COVERAGE_COLUMNS[4:]] == [None] * 7 + [False]
    failed.add(Coverage(7), "complete")
    assert failed.as_row()["users"] == 7


def test_a_narrow_terminal_cuts_no_number(bare: pytest.MonkeyPatch) -> None:
    """A line may be folded by the terminal; half a number would be a wrong one."""
    share = Share(123_456, 1_234_567)
    leader, follower = os.openpty()
    with os.fdopen(follower, "w", encoding="utf-8") as stream:
        bare.setattr(sys, "stdout", stream)
        bare.setenv("COLUMNS", "30")
        lines = [line("One", Coverage(1_234_567, share, share))]
        text = drawn(coverage_table(By.TENANT, lines))
    os.close(leader)
    assert text.count("123,456/1,234,567") == 4
    assert "…" not in text


def test_users_have_a_column_for_other_modules_only_if_there_are_any() -> None:
    """A column that is empty from top to bottom takes room from the addresses."""
    plain = ProtectedUser("a@b", None, (ModuleStatus(Module.MAILBOX, is_protected=True),))
    other = ProtectedUser("x@y", "X", (ModuleStatus(Module(7), is_protected=True),))
    assert "Other" not in drawn(users_table([plain]))
    assert "7=true" in drawn(users_table([plain, other]))
