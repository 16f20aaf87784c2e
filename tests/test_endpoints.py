"""The endpoints, held against the service's documents."""

from urllib.parse import unquote

import pytest
from avepoint_async.endpoints import CUSTOMERS, PROTECTED_USERS, Endpoint
from avepoint_async.models import Customer, ProtectedUser, Tenant
from hypothesis import example, given
from hypothesis import strategies as st
from yarl import URL

# word for word from the documents
USERS_PATH = (
    "/partner/external/v3/general/customers/{customerId}/tenants/{tenantId}"
    "/cloud-backup-m365/users/batch"
)
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
def test_each_endpoint_asks_for_its_own_scope(endpoint: Endpoint[object], scope: str) -> None:
    """A scope that the app was not granted would refuse the whole token."""
    assert endpoint.scopes == {scope}


def test_the_paths_are_the_documented_ones() -> None:
    """Nothing is added, left out or spelled otherwise."""
    path = PROTECTED_USERS.path_for(customer_id="C", tenant_id="T")
    assert path == USERS_PATH.format(customerId="C", tenantId="T")
    assert CUSTOMERS.path_for() == "/partner/external/v3/general/customers/batch"


def test_records_are_those_of_the_endpoint() -> None:
    """Each endpoint says what its items are."""
    assert (PROTECTED_USERS.record, CUSTOMERS.record) == (ProtectedUser, Customer)


@given(IDS, IDS)
@example("a/b", "../../x")
@example("a?b#c", "%2e%2e")
@example("a b+c", "{tenant_id}")
@example("ü", "\r\nX: y")
def test_an_id_stays_in_its_segment(customer: str, tenant: str) -> None:
    """Whatever an id holds, it is one segment of the path, and the service reads it back."""
    path = PROTECTED_USERS.path_for(customer_id=customer, tenant_id=tenant)
    url = URL(f"https://graph.example{path}?pageIndex=1", encoded=True)
    segments = url.raw_path.split("/")
    assert url.raw_path == path
    assert path.isascii()
    assert len(segments) == USERS_PATH.count("/") + 1
    assert (unquote(segments[6]), unquote(segments[8])) == (customer, tenant)


def test_users_are_told_apart_by_address_and_id() -> None:
    """Two users may share an address, or, in revisions without ids, have none but it."""
    users = [
        ProtectedUser("a@x.example", "A", (), "1"),
        ProtectedUser("a@x.example", "A", (), "2"),
        ProtectedUser("b@x.example", "A", (), "1"),
        ProtectedUser("a@x.example", "A", ()),
    ]
    assert len(set(map(PROTECTED_USERS.identity, users))) == 4
    renamed = ProtectedUser("a@x.example", "Another name", (), "1")
    assert PROTECTED_USERS.identity(renamed) == PROTECTED_USERS.identity(users[0])
    rooms = [ProtectedUser("N/A", name, ()) for name in ("Room 1", "Room 2")]
    assert len(set(map(PROTECTED_USERS.identity, rooms))) == 2
    assert PROTECTED_USERS.hint is not None
    assert PROTECTED_USERS.hint(renamed) == PROTECTED_USERS.hint(users[0])


def test_customers_are_told_apart_by_id() -> None:
    """What else a customer has may change while the list is walked."""
    one = Customer("c", "C", None, None, None, None, ())
    same = Customer("c", "D", None, None, None, None, (Tenant("t"),))
    other = Customer("d", "C", None, None, None, None, ())
    assert CUSTOMERS.identity(one) == CUSTOMERS.identity(same) != CUSTOMERS.identity(other)
