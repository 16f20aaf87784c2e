"""The records: frozen, portable, and open where the service may grow."""

import copy
import pickle
from collections.abc import Callable

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avepoint_async.refs import TenantRef
from avepoint_async.resources.customers import CUSTOMERS, Customer, Tenant
from avepoint_async.resources.protected_users import (
    PROTECTED_USERS,
    Module,
    ModuleStatus,
    ProtectedUser,
)
from tests.resources.samples import SAMPLES

STATUS = ModuleStatus(Module.MAILBOX, is_protected=True)
USER = ProtectedUser("a@x.example", "A", (STATUS, ModuleStatus(Module(7), is_protected=False)), "1")
RECORDS = [
    STATUS,
    USER,
    Tenant("t", "T"),
    Customer("c", "C", "o@x.example", 5, "Chad", 1, (Tenant("t"),)),
    *[sample.record for sample in SAMPLES.values()],
]
EACH = pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)


@EACH
def test_a_record_cannot_be_changed(record: attrs.AttrsInstance) -> None:
    """Records are frozen and slotted: what was streamed stays what it was."""
    for field in attrs.fields(type(record)):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(record, field.name, None)
    assert not hasattr(record, "__dict__")


@EACH
@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, pickle.loads])
def test_a_record_travels_whole(
    record: attrs.AttrsInstance, way: Callable[[object], object]
) -> None:
    """A copy equals its record, hashes alike, and so does what another process is sent."""
    sent = record if way in (copy.copy, copy.deepcopy) else pickle.dumps(record)
    other = way(sent)
    assert type(other) is type(record)
    assert other == record
    assert hash(other) == hash(record)


def test_the_documented_modules_are_named() -> None:
    """The service documents two modules, 0 and 2."""
    assert {each.name: each.value for each in Module} == {"MAILBOX": 0, "ONEDRIVE": 2}


@given(st.integers().filter(lambda value: value not in (0, 2)))
def test_any_other_module_keeps_its_number(value: int) -> None:
    """A module of tomorrow is data: it equals its number and itself, and survives a pickle."""
    module = Module(value)
    assert type(module) is Module
    assert (module, module.value, hash(module)) == (value, value, hash(value))
    assert module.name == f"MODULE_{value}"
    assert pickle.loads(pickle.dumps(module)) == module
    assert len(Module) == 2


def test_a_user_tells_of_each_module() -> None:
    """True, False, or None where the service does not list the module."""
    assert USER.is_protected(Module.MAILBOX) is True
    assert USER.is_protected(Module(7)) is False
    assert USER.is_protected(Module.ONEDRIVE) is None


def test_unprotected_is_what_is_listed_so() -> None:
    """What is not listed is unknown; of a module that is listed twice, the first entry counts."""
    assert USER.unprotected == (Module(7),)
    twice = (STATUS, ModuleStatus(Module.MAILBOX, is_protected=False))
    assert ProtectedUser("a", None, twice).unprotected == ()
    assert ProtectedUser("a", None, twice[::-1]).unprotected == (Module.MAILBOX,)


def test_a_user_is_one_flat_row() -> None:
    """The schema of every table and file; without a tenant its columns are empty."""
    ref = TenantRef("c", "t", "C", "T")
    both = (*USER.module_status, ModuleStatus(Module(9), is_protected=True))
    assert attrs.evolve(USER, module_status=both).as_row(ref) == {
        "customer_id": "c",
        "customer_name": "C",
        "tenant_id": "t",
        "tenant_name": "T",
        "email": "a@x.example",
        "display_name": "A",
        "id": "1",
        "mailbox": True,
        "onedrive": None,
        "other_modules": "7=false;9=true",
    }
    row = ProtectedUser("a", None, ()).as_row()
    assert list(row) == list(USER.as_row(ref))
    assert {name for name, value in row.items() if value is not None} == {"email"}


def test_users_are_told_apart_by_id_else_by_address_and_name() -> None:
    """Two users may share an address; rooms share a placeholder; an address has no case."""
    identity = PROTECTED_USERS.identity
    assert identity is not None
    users = [
        ProtectedUser("a@x.example", "A", (), "1"),
        ProtectedUser("a@x.example", "A", (), "2"),
        ProtectedUser("a@x.example", "A", ()),
        ProtectedUser("N/A", "Room 1", ()),
        ProtectedUser("N/A", "Room 2", ()),
    ]
    assert len(set(map(identity, users))) == 5
    assert identity(ProtectedUser("b@x.example", "B", (), "1")) == identity(users[0])
    assert identity(ProtectedUser(" A@X.example", "A", ())) == identity(users[2])


def test_customers_are_told_apart_by_id() -> None:
    """What else a customer has may change while the list is walked."""
    identity = CUSTOMERS.identity
    assert identity is not None
    one = Customer("c", "C", None, None, None, None, ())
    assert identity(one) == identity(attrs.evolve(one, organization="D", tenants=(Tenant("t"),)))
    assert identity(one) != identity(attrs.evolve(one, id="d"))
