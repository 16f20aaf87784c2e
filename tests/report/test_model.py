"""What the page says, gathered from a history."""

from datetime import UTC, datetime

from avepoint_async.report.model import CHANGES, CUSTOMERS, PLACES, TENANTS, UNREAD, Report
from avepoint_async.report.model import build_report as build
from avepoint_async.snapshots.compare.change import ChangeKind
from tests.report.fleets import fleet
from tests.snapshots.nights import FIRST, Nights, Tenant, User, night

NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)
ADA = User(email="ada@x", id="1")


def report_on(*nights: dict[tuple[str, str], Tenant], addresses: bool = False) -> Report:
    """The report after nights of these tenants."""
    runs = [night(tenants, day=day) for day, tenants in enumerate(nights)]
    return build(Nights(runs), NOW, addresses=addresses)


def test_no_night_at_all() -> None:
    """A history without a sealed run has an empty report."""
    report = build(Nights([]), NOW, addresses=False)
    assert report.run is None
    assert report.changes is None
    assert not report.tenants.total
    assert report.coverage.users == 0


def test_a_tenant_that_could_not_be_read() -> None:
    """It is listed with reason, advice and dates, and counts everywhere as it was last read."""
    failed = Tenant(state="failed", error="NotFoundError", status=404, message="no such tenant")
    whole = Tenant(users=[ADA, User(email="bob@x", mailbox=False)], customer_name="Contoso")
    here = ("c", "t")
    report = report_on({here: whole}, {here: failed}, {here: failed})
    (unread,) = report.unread.rows
    assert unread.why == "NotFoundError 404: no such tenant"
    assert unread.advice == "check the ids and the licence"
    assert unread.since is not None
    assert unread.since.day == FIRST.day + 1
    assert unread.read is not None
    assert unread.read.day == FIRST.day
    assert unread.users == 2
    assert (report.coverage.users, report.coverage.gap) == (2, 1)
    (row,) = report.tenants.rows
    assert (row.unread, row.read, row.gap) == (True, unread.read, 1)
    (customer,) = report.customers.rows
    assert (customer.tenant, customer.tenants, customer.unread) == (None, 1, 1)


def test_a_tenant_that_was_never_read() -> None:
    """It has no numbers, and its customer none either."""
    report = report_on({("c", "t"): Tenant(state="unasked")})
    assert [row.coverage for row in (*report.tenants.rows, *report.customers.rows)] == [None, None]
    (unread,) = report.unread.rows
    assert (unread.read, unread.users) == (None, 0)


def test_the_largest_gap_comes_first() -> None:
    """Then the most users, then the name; the largest hole in knowledge first, too."""
    gap = Tenant(users=[User(email="a@x", onedrive=False)])
    many, few, none = Tenant(users=[ADA] * 3), Tenant(users=[ADA]), Tenant(state="failed")
    places = {("c1", "t"): none, ("c2", "t"): few, ("c3", "t"): many, ("c4", "t"): gap}
    report = report_on(places)
    assert [row.customer for row in report.customers.rows] == ["c4", "c3", "c2", "c1"]
    failed = dict.fromkeys(places, none)
    assert [row.tenant.customer_id for row in report_on(places, failed).unread.rows] == [
        "c3",
        "c2",
        "c4",
        "c1",
    ]


def test_what_changed() -> None:
    """Kinds are counted, new users without protection apart, and the worst tenants named."""
    lost = Tenant(users=[User(email="ada@x", id="1", mailbox=False)])
    here, there, other = ("c", "t1"), ("c", "t2"), ("c", "t3")
    new = Tenant(users=[ADA, User(email="new@x", id="2", onedrive=False)])
    plain, down = Tenant(users=[ADA]), Tenant(state="failed")
    before = {here: plain, there: plain, other: plain}
    changes = report_on(before, {here: new, there: lost, other: down}).changes
    assert changes is not None
    assert changes.since == FIRST
    assert changes.counts == {ChangeKind.APPEARED: 1, ChangeKind.LOST_PROTECTION: 1}
    assert changes.exposed == 1
    assert [(p.tenant.tenant_id, p.lost, p.exposed, p.gained) for p in changes.places.rows] == [
        ("t2", 1, 0, 0),
        ("t1", 0, 1, 0),
    ]
    assert changes.unknown == 1
    assert changes.users is None


def test_addresses_only_if_asked_for() -> None:
    """With them, who is left unprotected comes first, and tenants are no users."""
    lost = User(email="ada@x", id="1", mailbox=False)
    before = {("c", "t"): Tenant(users=[ADA, User(email="z@x", id="3", mailbox=False)])}
    gained = User(email="z@x", id="3")
    after = {
        ("c", "t"): Tenant(users=[lost, gained, User(email="new@x", id="2")]),
        ("c", "u"): Tenant(),
    }
    changes = report_on(before, after, addresses=True).changes
    assert changes is not None
    assert changes.users is not None
    assert [(each.kind.value, each.email) for each in changes.users.rows] == [
        ("lost_protection", "ada@x"),
        ("appeared", "new@x"),
        ("gained_protection", "z@x"),
    ]


def test_long_lists_are_cut_and_say_so() -> None:
    """A page of 5,000 tenants is as long as one of some hundreds, and tells how many more."""
    before = {
        (f"c{n:04}", "t"): Tenant(users=[User(email=f"{user}@x") for user in range(3)])
        for n in range(400)
    }
    after = {
        key: Tenant(users=[User(email=f"{user}@x", mailbox=False) for user in range(3)])
        for key in before
    }
    report = report_on(before, after, addresses=True)
    assert report.changes is not None
    assert report.changes.users is not None
    lists = (report.customers, report.tenants, report.changes.places, report.changes.users)
    sizes = [(len(each.rows), each.more) for each in lists]
    whole = [CUSTOMERS, TENANTS, PLACES, CHANGES]
    assert sizes == [(n, total - n) for n, total in zip(whole, (400, 400, 400, 1200), strict=True)]
    failed = report_on(dict.fromkeys(before, Tenant(state="failed")))
    assert (len(failed.unread.rows), failed.unread.more) == (UNREAD, 400 - UNREAD)


def test_thirty_nights_at_most() -> None:
    """The trend shows the last thirty nights, oldest first."""
    report = build(fleet(tenants=2, nights=33, users=2), NOW, addresses=False)
    days = [point.at for point in report.points]
    assert len(days) == 30
    assert days == sorted(days)
    assert report.run is not None
    assert days[-1] == report.run.started_at
