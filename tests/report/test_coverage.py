"""Counting protected users, from objects, from Arrow batches, and over nights."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avepoint_async.refs import TenantRef
from avepoint_async.report.arrow_counts import count_batches, coverage_by_tenant
from avepoint_async.report.coverage import Coverage, Share
from avepoint_async.report.trend import add_up, trend
from avepoint_async.resources.protected_users import Module, ModuleStatus, ProtectedUser
from tests.snapshots.nights import Summary, Tenant, User, night

STATES = st.sampled_from([None, False, True])
USERS = st.lists(st.tuples(STATES, STATES, STATES), max_size=30)
States = tuple[bool | None, bool | None, bool | None]
SEVEN = Module(7)


def an_object(states: States) -> ProtectedUser:
    """A user as the service tells it; None: the module is not listed."""
    modules = zip((Module.MAILBOX, Module.ONEDRIVE, SEVEN), states, strict=True)
    listed = tuple(ModuleStatus(each, is_protected=s) for each, s in modules if s is not None)
    return ProtectedUser("a@b", None, listed)


def a_row(states: States) -> User:
    """The same user as a run holds it."""
    mailbox, onedrive, seven = states
    other = None if seven is None else f"7={str(seven).lower()}"
    return User(email="a@b", mailbox=mailbox, onedrive=onedrive, other_modules=other)


@given(USERS)
def test_each_user_counts_once(users: list[States]) -> None:
    """Protected, unprotected and unknown are told apart for each module, and add up."""
    coverage = Coverage()
    coverage.count(map(an_object, users))
    assert coverage.users == len(users)
    modules = (Module.MAILBOX, Module.ONEDRIVE, SEVEN)
    for module, states in zip(modules, zip(*users, strict=True), strict=False):
        share = coverage.shares.get(module, Share())
        assert share.protected == states.count(True)
        assert share.unprotected == states.count(False)
        assert coverage.unknown(module) == states.count(None)
    assert coverage.gap == sum(each.count(False) for each in users)
    assert (coverage.gap == 0) == (not coverage.gaps)


@given(USERS, st.integers(1, 7))
def test_rows_and_objects_count_alike(users: list[States], size: int) -> None:
    """A run counted by columns shows what its users counted one by one would show."""
    one_by_one = Coverage()
    one_by_one.count(map(an_object, users))
    told = night({("c", "t"): [a_row(each) for each in users]}, batch_rows=size)
    assert coverage_by_tenant(told).get(TenantRef("c", "t"), Coverage()) == one_by_one


@given(USERS, st.integers(0, 30))
def test_parts_add_up(users: list[States], cut: int) -> None:
    """It makes no difference whether users are counted together or in two parts."""
    whole, first, second = Coverage(), Coverage(), Coverage()
    whole.count(map(an_object, users))
    first.count(map(an_object, users[:cut]))
    second.count(map(an_object, users[cut:]))
    assert add_up([first, second]) == whole


def test_many_modules_in_one_text() -> None:
    """Each part of the column of other modules counts for its module, in order of number."""
    text, flag = pa.string(), pa.bool_()
    batch = pa.RecordBatch.from_arrays(
        [
            pa.array(["c"] * 3, text),
            pa.array(["t"] * 3, text),
            pa.nulls(3, flag),
            pa.nulls(3, flag),
            pa.array(["9=true;7=false", "7=true", None], text),
        ],
        names=["customer_id", "tenant_id", "mailbox", "onedrive", "other_modules"],
    )
    (coverage,) = count_batches([batch]).values()
    listed = {
        int(module): (each.protected, each.listed) for module, each in coverage.shares.items()
    }
    assert list(listed.items()) == [(0, (0, 0)), (2, (0, 0)), (7, (1, 2)), (9, (1, 1))]


@pytest.mark.parametrize(
    ("share", "percent"), [(Share(999, 1000), 99), (Share(7, 7), 100), (Share(), None)]
)
def test_a_hundred_percent_means_all(share: Share, percent: int | None) -> None:
    """Rounding up would hide the one who is missing; nothing listed is no percentage."""
    assert share.percent == percent


def test_a_night_that_failed_does_not_dent_the_trend() -> None:
    """A tenant counts as it was last read, as long as it stands in the roster."""
    kept, left, new = ("a", "t"), ("b", "t"), ("c", "t")
    failed = Tenant(users=[User(email="1@x", mailbox=False)], state="failed")
    points = list(
        trend(
            [
                night({kept: [User(email="1@x"), User(email="2@x")], left: [User(email="3@x")]}),
                night({kept: failed, left: [User(email="3@x")], new: failed}, day=1),
                night({kept: failed, new: [User(email="4@x", mailbox=False)]}, day=2),
            ]
        )
    )
    assert [point.total.users for point in points] == [3, 3, 3]
    assert [point.total.mailbox.unprotected for point in points] == [0, 0, 1]
    assert [(point.carried, point.unread) for point in points] == [(0, 0), (1, 1), (1, 0)]
    assert TenantRef(*left) not in points[-1].tenants


def test_a_tenant_without_users_is_known() -> None:
    """An empty list is an answer: nobody is there, and nothing is unknown."""
    (point,) = trend([night({("a", "t"): []}, summary=Summary())])
    assert point.tenants == {TenantRef("a", "t"): Coverage()}
