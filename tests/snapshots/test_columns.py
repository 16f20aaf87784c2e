"""Users as columns say the same as users as rows."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from avepoint_async import Module, ModuleStatus, ProtectedUser
from avepoint_async.snapshots.columns import AnswerColumns

NOW = datetime(2026, 11, 25, 2, 0, 0, 123456, tzinfo=UTC)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
users = st.builds(
    ProtectedUser,
    text,
    st.none() | text,
    st.lists(
        st.builds(ModuleStatus, st.sampled_from([0, 2, 7, 9, -1]).map(Module), st.booleans()),
        max_size=5,
    ).map(tuple),
    st.none() | text,
)


@given(st.lists(st.tuples(st.lists(users, max_size=4), st.integers(1, 9)), max_size=4))
def test_columns_say_what_as_row_says(pages: list[tuple[list[ProtectedUser], int]]) -> None:
    """Whatever modules are listed, and how often, a row is that of `as_row`, page by page."""
    columns = AnswerColumns()
    for page_users, page in pages:
        columns.extend(page_users, page, NOW)
    expected = [
        {name: value for name, value in user.as_row().items() if name[:3] not in {"cus", "ten"}}
        | {"page": page, "observed_at": NOW}
        for page_users, page in pages
        for user in page_users
    ]
    assert columns.batch().to_pylist() == expected
    assert len(columns) == len(expected)
