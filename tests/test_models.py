"""The records: frozen, portable, and open where the service may grow."""

import copy
import pickle
from collections.abc import Callable
from operator import attrgetter

import attrs
import pytest
from avepoint_async.models import (
    Customer,
    Module,
    ModuleStatus,
    ProtectedUser,
    Tenant,
    TenantRef,
)
from hypothesis import given
from hypothesis import strategies as st

from avepoint_async.errors import ConfigurationError

INTEGERS = st.integers(-(2**63), 2**64)
STATUS = ModuleStatus(Module.MAILBOX, is_protected=True)
USER = ProtectedUser("a@x.example", "A", (STATUS, ModuleStatus(Module(7), is_protected=False)), "1")
RECORDS = [
    STATUS,
    USER,
    Tenant("t", "T"),
    Customer("c", "C", "o@x.example", 5, "Chad", 1, (Tenant("t"),)),
    TenantRef("c", "t"),
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
    assert Module(2) is Module.ONEDRIVE


@given(INTEGERS.filter(lambda value: value not in (0, 2)))
def test_any_other_module_keeps_its_number(value: int) -> None:
    """A module of tomorrow is data: it equals its number and itself, and survives a pickle."""
    module = Module(value)
    assert type(module) is Module
    assert (module, module.value, int(module), hash(module)) == (value, value, value, hash(value))
    assert module == Module(value)
    assert module.name == f"MODULE_{value}"
    assert pickle.loads(pickle.dumps(module)) == module
    assert len(Module) == 2


@pytest.mark.parametrize("value", [True, 1.5, 1.0, "1", "MAILBOX", None])
def test_a_module_is_an_integer(value: object) -> None:
    """What is no integer names no module."""
    with pytest.raises(ValueError, match="is not a valid Module"):
        Module(value)  # type: ignore[arg-type]  # the wrong type is the point


def test_a_user_tells_of_each_module() -> None:
    """True, False, or None where the service does not list the module."""
    assert USER.is_protected(Module.MAILBOX) is True
    assert USER.is_protected(Module(7)) is False
    assert USER.is_protected(Module.ONEDRIVE) is None


def test_a_user_s_id_may_be_missing() -> None:
    """The first revision of the service sends no id, and a tenant's name may be null."""
    assert ProtectedUser("a@x.example", None, ()).id is None
    assert Tenant("t").name is None


@pytest.mark.parametrize("wrong", ["", " ", "\t\n", ".", "..", None, 1, b"id", ["id"], True])
@pytest.mark.parametrize("place", ["customer_id", "tenant_id"])
def test_an_id_that_names_nobody_is_refused(place: str, wrong: object) -> None:
    """Empty, blank, climbing and non-string ids are refused; the message names field and value."""
    ids = {"customer_id": "c", "tenant_id": "t", place: wrong}
    with pytest.raises(ConfigurationError) as caught:
        TenantRef(**ids)  # type: ignore[arg-type]  # the wrong type is the point
    assert place in str(caught.value)
    assert repr(wrong) in str(caught.value)


@pytest.mark.parametrize("odd", ["...", ".x", "a/b", "a b", "%2e%2e", "?", "ü", "N/A"])
def test_an_odd_id_is_an_id(odd: str) -> None:
    """Whatever else a string holds, it may be an id."""
    assert TenantRef(odd, odd) == TenantRef(customer_id=odd, tenant_id=odd)


@given(st.lists(st.builds(TenantRef, *[st.text("ab", min_size=1)] * 2), max_size=20))
def test_tenants_are_ordered_by_customer_then_tenant(refs: list[TenantRef]) -> None:
    """A tenant's name can be sorted, and stand in a set."""
    assert sorted(refs) == sorted(refs, key=attrgetter("customer_id", "tenant_id"))
    assert len(set(refs)) == len({(ref.customer_id, ref.tenant_id) for ref in refs})
