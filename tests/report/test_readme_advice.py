"""What an error and the page advise is what the README advises."""

import avepoint_async
from avepoint_async import AvePointError
from tests.readme import names, table


def test_the_readme_and_the_errors_say_the_same() -> None:
    """For each error, word for word; a traceback tells it as a note."""
    rows = {names(error)[0]: advice for error, _, advice in table("error")}
    errors = {name: getattr(avepoint_async, name) for name in rows}
    assert {name: each.advice for name, each in errors.items()} == rows
    assert all(each("it broke").__notes__ == [each.advice] for each in errors.values())


def test_every_error_has_its_row() -> None:
    """No public error is without advice of its own; the base stands above the table."""
    public = {name for name in avepoint_async.__all__ if name.endswith("Error")}
    assert public - {row for cells in table("error") for row in names(cells[0])} == {
        AvePointError.__name__
    }
