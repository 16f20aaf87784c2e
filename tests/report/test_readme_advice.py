"""What the page advises is what the README advises."""

from avepoint_async.report.advice import ADVICE
from tests.readme import names, table


def test_the_readme_and_the_page_say_the_same() -> None:
    """For each error that a tenant may end with, word for word."""
    rows = {names(error)[0]: advice for error, _, advice in table("error")}
    assert {error: rows[error] for error in ADVICE} == ADVICE
    # A tenant's own outcome is none of these.
    assert rows.keys() - ADVICE.keys() <= {"TenantFailuresError", "IncompleteError"}
