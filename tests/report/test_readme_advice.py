"""What an error and the page advise is what the README advises."""

import traceback

import pytest

import avepoint_async
from avepoint_async import (
    AuthenticationError,
    AvePointError,
    PermissionDeniedError,
    TransportError,
)
from tests.readme import names, table


def test_the_readme_and_the_errors_say_the_same() -> None:
    """For each error, word for word."""
    rows = {names(error)[0]: advice for error, _, advice in table("error")}
    errors = {name: getattr(avepoint_async, name) for name in rows}
    assert {name: each.advice for name, each in errors.items()} == rows


@pytest.mark.parametrize("error", [AuthenticationError, TransportError, PermissionDeniedError])
def test_a_traceback_tells_what_to_do(error: type[AvePointError]) -> None:
    """What the service or the way to it is to blame for carries the advice as a note."""
    told = "".join(traceback.format_exception_only(error("it broke")))
    assert told.endswith(f"it broke\n{error.advice}\n")


def test_every_error_has_its_row() -> None:
    """No public error is without advice of its own; the base stands above the table."""
    public = {name for name in avepoint_async.__all__ if name.endswith("Error")}
    assert public - {row for cells in table("error") for row in names(cells[0])} == {
        AvePointError.__name__
    }
