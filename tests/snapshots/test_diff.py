"""Comparing two nights, rule by rule."""

import attrs
import pytest

from avepoint_async.refs import TenantRef
from avepoint_async.resources.protected_users import Module
from avepoint_async.snapshots.compare.change import Change, ChangeKind
from avepoint_async.snapshots.compare.diff import compare
from avepoint_async.snapshots.compare.per_tenant import by_tenant
from tests.snapshots.nights import Night, Place, Summary, Tenant, User, night

HERE: Place = ("contoso", "main")
REF = TenantRef(*HERE)
ADA = User(email="ada@contoso.com", display_name="Ada Byron", id="1")
BOB = User(email="bob@contoso.com", id="2", mailbox=False, onedrive=None, other_modules="7=true")


def told(before: Night, after: Night) -> list[tuple[str, str | None, object, object]]:
    """The changes between two nights: kind, address, before, after."""
    changes = compare(before, after).changes()
    return [(each.kind.value, each.email, each.before, each.after) for each in changes]


def of_users(before: list[User], after: list[User]) -> list[tuple[str, str | None, object, object]]:
    """The changes between two lists of one tenant, both complete."""
    return told(night({HERE: before}), night({HERE: after}, day=1))


def test_who_comes_and_who_goes() -> None:
    """A user that is in one run only has appeared or is gone, told with the modules listed."""
    modules = "mailbox=false;7=true"
    assert of_users([ADA], [ADA, BOB]) == [("appeared", BOB.email, None, modules)]
    assert of_users([ADA, BOB], [ADA]) == [("gone", BOB.email, modules, None)]


def test_a_user_without_any_module() -> None:
    """Of a user for whom no module is listed nothing is told."""
    bare = User(email="x@y", mailbox=None, onedrive=None)
    assert of_users([], [bare]) == [("appeared", "x@y", None, None)]


def test_each_module_that_changes_is_a_change() -> None:
    """Lost, gained, newly listed and no longer listed, for known and for other modules."""
    before = User(email="a@b", mailbox=True, onedrive=False, other_modules="7=true;9=false")
    after = User(email="a@b", mailbox=False, onedrive=None, other_modules="5=true;9=true")
    diff = compare(night({HERE: [before]}), night({HERE: [after]}, day=1))
    assert [(each.kind, each.module, each.before, each.after) for each in diff.changes()] == [
        (ChangeKind.LOST_PROTECTION, Module.MAILBOX, True, False),
        (ChangeKind.NO_LONGER_LISTED, Module.ONEDRIVE, False, None),
        (ChangeKind.NEWLY_LISTED, Module(5), None, True),
        (ChangeKind.NO_LONGER_LISTED, Module(7), True, None),
        (ChangeKind.GAINED_PROTECTION, Module(9), False, True),
    ]
    assert diff.counts[ChangeKind.NO_LONGER_LISTED] == 2


def test_a_renamed_user_is_told_once() -> None:
    """With an id, another address or another name is the same user; both are told in one change."""
    wed = User(email="ada.l@contoso.com", display_name="Ada Lovelace", id="1")
    names = ("Ada Byron <ada@contoso.com>", "Ada Lovelace <ada.l@contoso.com>")
    assert of_users([ADA, BOB], [wed, BOB]) == [("renamed", wed.email, *names)]
    nameless = User(email="ada@contoso.com", id="1")
    assert of_users([ADA], [nameless]) == [("renamed", ADA.email, names[0], ADA.email)]


def test_an_address_in_other_case_is_the_same() -> None:
    """The service spells addresses in any case, and that is no news; nor is any script's case."""
    for one, other in [("ada@x.com", "ADA@X.COM"), ("Σόφος@x.com", "σόφοσ@X.com")]:
        assert of_users([User(email=one)], [User(email=other)]) == []


def test_the_day_the_service_adds_ids() -> None:
    """Addresses are compared where a row lacks an id on either side, so nobody is gone and new."""
    old = [User(email="a@b"), User(email="c@d")]
    for ids in [("1", "2"), ("1", None), ("1", "")]:
        new = [User(email=old[i].email, id=ids[i]) for i in range(2)]
        assert of_users(old, new) == []
        assert of_users(new, old) == []


def test_of_a_user_who_stands_twice_the_later_row_counts() -> None:
    """The later page is the newer answer."""
    stale = User(email="A@b", mailbox=False)
    fresh = User(email="a@b", mailbox=True)
    assert of_users([fresh], [stale, fresh]) == []
    assert of_users([stale, fresh], [fresh]) == []
    assert of_users([fresh], [fresh, stale]) == [("lost_protection", "A@b", True, False)]


def test_a_list_that_moved_proves_nobody_gone() -> None:
    """Who is missing in a drifted list is perhaps gone; what the list shows is still compared."""
    after = Tenant(users=[User(email="c@d", mailbox=False)], state="drifted")
    before = night({HERE: [User(email="a@b"), User(email="c@d")]})
    assert told(before, night({HERE: after}, day=1)) == [
        ("perhaps_gone", "a@b", "mailbox=true;onedrive=true", None),
        ("lost_protection", "c@d", True, False),
    ]


@pytest.mark.parametrize(
    ("tenant", "why"),
    [
        (
            Tenant(state="failed", error="PermissionDeniedError", status=403, message="no access"),
            "PermissionDeniedError 403: no access",
        ),
        (Tenant(state="failed"), "failed: no message"),
        (Tenant(state="short", total_count=1200), "the service showed 0 users of 1,200"),
        (Tenant(state="short"), "the service showed 0 users of an unknown number"),
        (Tenant(state="short", unreadable=3), "3 rows of the service's answer could not be read"),
        (Tenant(state="unasked"), "it was not asked"),
    ],
)
def test_a_tenant_that_is_not_whole_is_unknown(tenant: Tenant, why: str) -> None:
    """Its users are neither gone nor new, and the reason is told with the side it stands on."""
    whole, other = night({HERE: [ADA]}), night({HERE: tenant}, day=1)
    later, earlier = compare(whole, other), compare(other, whole)
    assert list(later.changes()) == list(earlier.changes()) == []
    assert later.unknown == {REF: f"not read in the later run: {why}"}
    assert earlier.unknown == {REF: f"not read in the earlier run: {why}"}


def test_a_tenant_that_comes_or_goes_is_one_change() -> None:
    """Its users are not told one by one; one that came and failed is unknown as well."""
    other: Place = ("fabrikam", "main")
    small, large = night({HERE: [ADA]}), night({HERE: [ADA], other: Tenant(users=[BOB])}, day=1)
    assert told(small, large) == [("tenant_new", None, None, None)]
    assert told(large, small) == [("tenant_gone", None, None, None)]
    failed = compare(small, night({HERE: [ADA], other: Tenant(state="failed")}))
    assert [each.kind for each in failed.changes()] == [ChangeKind.TENANT_NEW]
    assert list(failed.unknown) == [TenantRef(*other)]


def test_a_roster_that_is_not_whole_proves_no_tenant_gone_or_new() -> None:
    """A tenant that is missing in such a roster is unknown, and there is a warning."""
    part = Summary(roster_complete=False)
    one, both = {HERE: [ADA]}, {HERE: [ADA], ("fabrikam", "main"): [BOB]}
    later = compare(night(both), night(one, summary=part))
    earlier = compare(night(one, summary=part), night(both))
    other = TenantRef("fabrikam", "main")
    assert list(later.changes()) == list(earlier.changes()) == []
    assert later.unknown == {other: "not in the later list of tenants, which is not whole"}
    assert earlier.unknown == {other: "not in the earlier list of tenants, which is not whole"}
    assert later.warnings
    assert not earlier.warnings


def test_runs_of_two_questions_prove_no_tenant_gone_or_new() -> None:
    """A tenant that one of the runs was not asked for is unknown; those in both are compared."""
    all_of_them = night({HERE: [ADA], ("fabrikam", "main"): [BOB]})
    filtered = night({HERE: [ADA, BOB]}, day=1, asked_for="contoso")
    other = TenantRef("fabrikam", "main")
    later, earlier = compare(all_of_them, filtered), compare(filtered, all_of_them)
    assert later.counts == {ChangeKind.APPEARED: 1}
    assert earlier.counts == {ChangeKind.GONE: 1}
    why = "list of tenants, which was asked for others"
    assert later.unknown == {other: f"not in the later {why}"}
    assert earlier.unknown == {other: f"not in the earlier {why}"}
    assert [len(each.warnings) for each in (later, earlier)] == [1, 1]


@pytest.mark.parametrize(("gone", "warned"), [(1, False), (2, True), (20, True)])
def test_a_tenth_of_the_roster_gone_at_once_is_a_warning(gone: int, warned: bool) -> None:
    """An app registration that lost its permission looks just like customers who left."""
    places: list[Place] = [(f"customer-{number:02}", "main") for number in range(20)]
    diff = compare(night(dict.fromkeys(places, ())), night(dict.fromkeys(places[gone:], ()), day=1))
    assert diff.counts == {ChangeKind.TENANT_GONE: gone}
    assert [f"{gone} of 20 tenants" in each for each in diff.warnings] == [True] * warned


def test_changes_carry_the_names_of_customer_and_tenant() -> None:
    """Names take no part in comparing, and are told as the newest roster has them."""
    before = night({HERE: Tenant(users=[ADA], customer_name="Old")})
    after = Tenant(customer_name="Contoso", tenant_name="contoso.onmicrosoft.com")
    (change,) = compare(before, night({HERE: after}, day=1)).changes()
    assert (change.tenant.customer_name, change.tenant.tenant_name) == (
        "Contoso",
        "contoso.onmicrosoft.com",
    )
    (gone,) = compare(before, night({}, day=1)).changes()
    assert gone.tenant.customer_name == "Old"


def test_batches_may_end_anywhere() -> None:
    """A tenant's rows may be spread over batches, and a batch hold many tenants."""
    lists = {
        ("c", f"t{number}"): [User(email=f"{place}@x") for place in range(number)]
        for number in range(5)
    }
    edited = lists | {("c", "t4"): [User(email="9@x"), *lists["c", "t4"][1:]]}
    for size in (1, 3, 7, 100):
        diff = compare(night(lists, batch_rows=2), night(edited, day=1, batch_rows=size))
        assert {(each.kind, each.email) for each in diff.changes()} == {
            (ChangeKind.GONE, "0@x"),
            (ChangeKind.APPEARED, "9@x"),
        }


def test_a_batch_may_be_empty() -> None:
    """A file without a row gives a batch without a row, and no tenant."""
    full = night({HERE: [ADA]}).rows.to_batches()[0]
    assert list(by_tenant([full.slice(1)])) == []
    assert [ref for ref, _ in by_tenant([full.slice(1), full, full.slice(1)])] == [REF]


def test_unsorted_users_are_refused() -> None:
    """A run that is out of order would show users as gone who are there."""
    sorted_night = night({("a", "t"): [ADA], ("b", "t"): [ADA]})
    broken = attrs.evolve(sorted_night, rows=sorted_night.rows.take([1, 0]))
    with pytest.raises(ValueError, match="sorted by customer and tenant"):
        list(compare(sorted_night, broken).changes())


@pytest.mark.parametrize(
    ("change", "exposed"),
    [
        (Change(kind=ChangeKind.APPEARED, tenant=REF, after="mailbox=true;7=false"), True),
        (Change(kind=ChangeKind.APPEARED, tenant=REF), False),
        (Change(kind=ChangeKind.LOST_PROTECTION, tenant=REF, after=False), True),
        (Change(kind=ChangeKind.NEWLY_LISTED, tenant=REF, after=True), False),
        (Change(kind=ChangeKind.GONE, tenant=REF, before="mailbox=false"), False),
    ],
)
def test_which_changes_leave_a_user_unprotected(change: Change, exposed: bool) -> None:
    """New users are looked at, too: who is new and unprotected is the question of the morning."""
    assert change.unprotected is exposed


def test_a_diff_names_its_runs() -> None:
    """The repr tells which nights are compared."""
    assert repr(compare(night({}), night({}, day=1))) == (
        "<Diff 20261101T020000Z → 20261102T020000Z>"
    )
