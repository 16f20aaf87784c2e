"""Nights that were taken from a service, compared from their files."""

from pathlib import Path

import pytest

from avepoint_async.refs import TenantRef
from avepoint_async.report.page import write_report
from avepoint_async.resources.protected_users import Module
from avepoint_async.snapshots.as_of import as_of
from avepoint_async.snapshots.compare.change import ChangeKind
from avepoint_async.snapshots.compare.diff import compare
from avepoint_async.snapshots.compare.gaps import gaps
from avepoint_async.snapshots.errors import SnapshotError
from avepoint_async.snapshots.history import History
from avepoint_async.snapshots.run import Run
from avepoint_async.testing import Emulator, Fault, Fleet, User
from tests.conftest import new_client
from tests.snapshots.nights import Nights

CONTOSO, FABRIKAM, NORTHWIND = ("contoso", "main"), ("fabrikam", "main"), ("northwind", "main")
ZOE = User("zoe@fabrikam.com", modules=((0, False), (2, True)))


@pytest.fixture
async def nights(tmp_path: Path) -> tuple[Run, Run]:
    """Two nights: meanwhile one tenant is edited, one refuses to be read, one leaves."""
    fleet = Fleet.of({CONTOSO: 250, FABRIKAM: 120, NORTHWIND: 3})
    history = History(tmp_path / "night")
    async with Emulator(fleet=fleet) as emulator, new_client(emulator) as client:
        first = await history.take(client)
        lost, gone = fleet.users(FABRIKAM)[0], fleet.users(FABRIKAM)[110]
        fleet.replace(FABRIKAM, 0, User(lost.email, lost.display_name, ((0, False), (2, True))))
        fleet.remove(FABRIKAM, 110)
        fleet.insert(FABRIKAM, 60, ZOE)
        fleet.remove_customer(2)
        emulator.script(Fault.status(403), tenant=CONTOSO, times=None)
        second = await history.take(client)
    assert gone.email not in {user.email for user in fleet.users(FABRIKAM)}
    return first, second


async def test_the_changes_between_two_nights(nights: tuple[Run, Run]) -> None:
    """Exactly what was edited; the tenant that could not be read is unknown, not empty."""
    diff = compare(*nights)
    changes = {(each.kind, each.tenant.customer_id): each for each in diff.changes()}
    assert diff.counts == {
        ChangeKind.LOST_PROTECTION: 1,
        ChangeKind.GONE: 1,
        ChangeKind.APPEARED: 1,
        ChangeKind.TENANT_GONE: 1,
    }
    assert changes[ChangeKind.LOST_PROTECTION, "fabrikam"].module is Module.MAILBOX
    assert changes[ChangeKind.APPEARED, "fabrikam"].email == ZOE.email
    assert changes[ChangeKind.APPEARED, "fabrikam"].unprotected
    assert (ChangeKind.TENANT_GONE, "northwind") in changes
    (reason,) = diff.unknown.values()
    assert reason.startswith("not read in the later run: PermissionDeniedError 403: ")
    assert len(diff.warnings) == 1


async def test_the_newest_answers_of_two_nights(nights: tuple[Run, Run]) -> None:
    """The tenant that refused is carried from the first night."""
    first, second = nights
    answers = as_of(nights, second.finished_at)
    assert {ref: answer.run for ref, answer in answers.items()} == {
        TenantRef(*CONTOSO): first,
        TenantRef(*FABRIKAM): second,
    }


async def test_gaps_of_a_night(nights: tuple[Run, Run]) -> None:
    """Who is licensed and unprotected, and who may be where nobody could read."""
    found = gaps(nights[1], [ZOE.email, "nobody@contoso.com"])
    assert (found.unprotected, found.missing) == ((ZOE.email,), ("nobody@contoso.com",))
    assert list(found.unread) == [TenantRef(*CONTOSO)]


async def test_the_report_on_two_nights(nights: tuple[Run, Run], tmp_path: Path) -> None:
    """The page tells the tenant that refused, and counts it as it was last read."""
    write_report(Nights(nights), tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "PermissionDeniedError 403: " in text
    assert ": 250 users." in text


async def test_the_report_on_a_history(tmp_path: Path) -> None:
    """A history can be handed over as it is."""
    history = History(tmp_path / "night")
    async with Emulator(fleet=Fleet.of({CONTOSO: 3})) as emulator, new_client(emulator) as client:
        run = await history.take(client)
    write_report(history, tmp_path / "report.html")
    assert run.id in (tmp_path / "report.html").read_text(encoding="utf-8")


async def test_nights_of_other_filters(tmp_path: Path) -> None:
    """Customers that a night was not asked for have not left; nor have the tenants of a shard."""
    history = History(tmp_path / "night")
    fleet = Fleet.of({CONTOSO: 2, FABRIKAM: 1})
    async with Emulator(fleet=fleet) as emulator, new_client(emulator) as client:
        whole = await history.take(client)
        some = [
            await history.take(client, customer_ids="contoso"),
            await history.take(client, tenants=[CONTOSO]),
            await history.take(client, shard=(1, 2)),
            await history.take(client, shard=(2, 2)),
        ]
        again = await history.take(client)
    assert [list(history.diff(whole, each).changes()) for each in some] == [[], [], [], []]
    assert [list(history.diff(each, whole).changes()) for each in some] == [[], [], [], []]
    assert not history.diff(whole, again).warnings
    (some[0].path / "run.json").write_bytes(b"\xff")
    with pytest.raises(SnapshotError, match=r"the settings of .* cannot be read"):
        history.diff(whole, some[0].id)
