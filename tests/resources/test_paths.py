"""An id stays in its segment of the path."""

from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from yarl import URL

from avepoint_async.resources.customers import CUSTOMERS
from avepoint_async.resources.protected_users import PROTECTED_USERS

USERS_PATH = "/partner/external/v3/general/customers/{}/tenants/{}/cloud-backup-m365/users/batch"
IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(
    lambda text: text not in {".", ".."}
)


@pytest.mark.parametrize(
    ("endpoint", "scope"),
    [
        (PROTECTED_USERS, "elements.cbprotected.read.all"),
        (CUSTOMERS, "elements.customers.read.all"),
    ],
)
def test_each_endpoint_asks_for_its_own_scope(endpoint: object, scope: str) -> None:
    """A scope that the app was not granted would refuse the whole token."""
    assert getattr(endpoint, "scopes", None) == {scope}


def test_the_paths_are_the_documented_ones() -> None:
    """Nothing is added, left out or spelled otherwise."""
    ids = {"customer_id": "C", "tenant_id": "T"}
    assert PROTECTED_USERS.path_for(ids) == USERS_PATH.format("C", "T")
    assert CUSTOMERS.path_for({}) == "/partner/external/v3/general/customers/batch"


@given(IDS, IDS)
@example("a/b", "../../x")
@example("a?b#c", "%2e%2e")
@example("a b+c", "{tenant_id}")
@example("ü", "\r\nX: y")
def test_an_id_stays_in_its_segment(customer: str, tenant: str) -> None:
    """Whatever an id holds, it is one segment of the path, and the service reads it back."""
    path = PROTECTED_USERS.path_for({"customer_id": customer, "tenant_id": tenant})
    url = URL(f"https://graph.example{path}?pageIndex=1", encoded=True)
    segments = url.raw_path.split("/")
    assert url.raw_path == path
    assert path.isascii()
    assert len(segments) == USERS_PATH.count("/") + 1
    assert (unquote(segments[6]), unquote(segments[8])) == (customer, tenant)
