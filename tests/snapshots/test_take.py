"""What a snapshot holds, what it goes on with, and what is told of tenants that failed."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from avepoint_async import (
    ConfigurationError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
    TenantRef,
)
from avepoint_async.errors import AuthenticationError
from avepoint_async.snapshots import TakeProgress
from avepoint_async.snapshots.layout import partial_folder
from avepoint_async.snapshots.settings import read_settings, write_settings
from avepoint_async.testing import Customer, Dialect, Fault, Fleet, Tenant, Tokens, User
from tests.snapshots.conftest import Night, Serve, emails, small_fleet, states

T3 = ("c2", "t3")


async def test_a_run_holds_what_the_service_has(night: Night) -> None:
    """Every user of every tenant is there once, in the order of the list, and the run is whole."""
    run = await night.take()
    fleet = night.emulator.fleet
    expected = {ref: [user.email for user in fleet.users(ref)] for ref in fleet.refs()}
    assert emails(run) == {tuple(ref): them for ref, them in expected.items() if them}
    assert run.complete
    assert run.summary.users == 373
    assert run.summary.pages == 1 + 1 + 3 + 2
    assert run.summary.states == {
        "complete": 4,
        "short": 0,
        "drifted": 0,
        "failed": 0,
        "unasked": 0,
    }
    assert run.summary.processes == 1
    assert run.started_at < run.finished_at
    assert repr(run) == (f"Run({run.id!r}, Summary(373 users of 4 tenants: 4 complete))")


async def test_rows_are_those_of_as_row(serve: Serve) -> None:
    """A row has the columns of `as_row` without the names, and when the answer came."""
    user = User("a@x.com", "A", ((0, True), (2, False), (7, True), (9, False)), id="1")
    night = await serve(Fleet.of({("c", "t"): [user, User("b@x.com", None, ())]}))
    before = datetime.now(UTC)
    run = await night.take()
    rows = [row for batch in run.users() for row in batch.to_pylist()]
    told = [
        each.as_row(TenantRef("c", "t")) async for each in night.client.protected_users("c", "t")
    ]
    for row, expected in zip(rows, told, strict=True):
        assert before <= row.pop("observed_at") <= run.finished_at
        assert row.pop("page") == 1
        assert row == {k: v for k, v in expected.items() if not k.endswith("_name") or k[0] == "d"}
    assert rows[0]["other_modules"] == "7=true;9=false"


async def test_customers_are_kept_as_they_were(serve: Serve) -> None:
    """Each customer stands in the run as discovery described it; names are on the tenants."""
    customer = Customer("c", "Contoso", "o@x.com", 1, "Japan", 1, (Tenant("t", "Main"),))
    night = await serve(Fleet.of({("c", "t"): 1}, customers=[customer]))
    run = await night.take()
    assert run.customers().to_pylist() == [
        {
            "customer_id": "c",
            "organization": "Contoso",
            "owner_email": "o@x.com",
            "country_or_region": "Japan",
            "job_status": 1,
            "management_mode": 1,
            "tenants": 1,
        }
    ]
    (tenant,) = run.outcomes
    assert (tenant.customer_name, tenant.tenant_name) == ("Contoso", "Main")


async def test_a_refused_tenant_is_a_state(night: Night) -> None:
    """A tenant that the app may not see fails by itself; class, status and request id are kept."""
    night.emulator.script(Fault.status(403), tenant=T3, times=None)
    run = await night.take()
    assert not run.complete
    assert states(run) == {
        "t1": "complete",
        "t2": "complete",
        "t3": "failed",
        "t4": "complete",
    }
    outcome = run.outcomes[TenantRef(*T3)]
    assert isinstance(outcome.error, PermissionDeniedError)
    assert outcome.error.status == 403
    assert outcome.error.request_id in {each.request_id for each in night.emulator.requests}
    assert outcome.error.tenant_id == "t3"
    assert not outcome.complete
    assert run.summary.states["failed"] == 1


async def test_a_failure_that_passes_is_looked_at_again(night: Night) -> None:
    """A tenant that fails once with a 503 is whole in the end, and has been tried twice."""
    night.emulator.script(Fault.status(503), tenant=T3)
    run = await night.take()
    assert run.complete
    assert run.outcomes[TenantRef(*T3)].tries == 2
    assert emails(run)[T3] == [user.email for user in night.emulator.fleet.users(T3)]


async def test_what_came_before_a_failure_is_kept(night: Night) -> None:
    """The rows of a failed tenant are those that came before it failed, as its row says."""
    night.emulator.script(Fault.status(500), tenant=T3, page=3, times=None)
    run = await night.take()
    error = run.outcomes[TenantRef(*T3)].error
    assert isinstance(error, ServerError)
    row = next(row for row in run.tenants().to_pylist() if row["tenant_id"] == "t3")
    assert row["state"] == "failed"
    assert row["users"] == len(emails(run)[T3])
    assert emails(run)[T3] == [u.email for u in night.emulator.fleet.users(T3)][: row["users"]]


async def test_a_short_list_is_short(serve: Serve) -> None:
    """A list that holds fewer rows than it promises is told apart from a failure."""
    night = await serve(small_fleet(), dialect=Dialect(total_off=5))
    run = await night.take()
    assert not run.complete
    assert set(states(run).values()) <= {"short", "complete"}
    assert run.summary.states["short"] >= 1


async def test_a_number_beyond_all_tables_costs_one_tenant(serve: Serve) -> None:
    """A total of more than 64 bits is that tenant's failure; the run is sealed with the others."""
    fleet = Fleet.of({("c", "t1"): 3, ("c", "t2"): 2})
    fleet.insert_customer(0, Customer("d", job_status=2**63))
    night = await serve(fleet)
    body = b'{"data": [], "metadata": {"totalCount": 9223372036854775808}}'
    night.emulator.script(Fault.body(body), tenant=("c", "t1"))
    run = await night.take()
    assert states(run) == {"t1": "failed", "t2": "complete"}
    (outcome,) = (each for each in run.outcomes.values() if each.error)
    assert "$.metadata.totalCount: expected a whole number of 64 bits" in str(outcome.error)


async def test_a_strict_client_changes_nothing(serve: Serve) -> None:
    """With a strict client a short list stays a short list, and is no failure."""
    night = await serve(small_fleet(), dialect=Dialect(total_off=5), client={"strict": True})
    run = await night.take(tenants=[T3])
    assert states(run) == {"t3": "short"}
    assert run.summary.users == 250
    assert run.outcomes[TenantRef(*T3)].items == 250


async def test_only_these_tenants(night: Night) -> None:
    """Tenants that the caller names are asked, in a run without discovery and customers."""
    run = await night.take(tenants=[T3, TenantRef("c3", "t4", "Three", "Four"), T3])
    assert list(emails(run)) == [T3, ("c3", "t4")]
    assert run.complete
    assert run.customers().num_rows == 0
    assert [each.customer_name for each in run.outcomes] == [None, "Three"]
    assert not any(each.kind == "customers" for each in night.emulator.requests)


async def test_tenants_from_an_async_source(night: Night) -> None:
    """The tenants may come from `client.tenants()`, as they may in a fan-out."""
    run = await night.take(tenants=night.client.tenants(customer_ids="c2"))
    assert list(emails(run)) == [T3]


async def test_only_these_customers(night: Night) -> None:
    """With a filter only those customers are asked."""
    run = await night.take(customer_ids=["c1", "c3"])
    assert sorted(states(run)) == ["t1", "t2", "t4"]
    assert run.customers()["customer_id"].to_pylist() == ["c1", "c3"]


async def test_a_customer_that_is_not_there_makes_it_incomplete(night: Night) -> None:
    """A customer of the filter that is not there is no error, but the run is not whole."""
    run = await night.take(customer_ids=["c1", "nobody"])
    assert not run.complete
    assert not run.summary.roster_complete


async def test_a_service_without_customers(serve: Serve) -> None:
    """A partner without customers has a run: whole and empty."""
    run = await (await serve(Fleet.of({}))).take()
    assert run.complete
    assert list(run.users()) == []
    assert run.tenants().num_rows == 0
    assert run.verify() == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"tenants": [T3], "customer_ids": "c1"}, "two ways"),
        ({"commit_every": 0}, "commit_every"),
        ({"max_age": timedelta(0)}, "max_age"),
        ({"tenants": ["t"]}, r"tenants\[0\]"),
        ({"tenants": 3}, "tenants"),
    ],
)
async def test_arguments_are_checked_first(
    night: Night, options: dict[str, object], words: str
) -> None:
    """Arguments that make no sense are refused before anything is sent or written."""
    with pytest.raises(ConfigurationError, match=words):
        await night.take(**options)
    assert night.emulator.requests == []
    assert not night.history.path.exists()


async def test_progress(night: Night) -> None:
    """Whoever waits is told how far it is, at the begin and at the end."""
    news: list[TakeProgress] = []
    run = await night.take(on_progress=news.append)
    assert news[0].tenants == 0
    last = news[-1]
    assert (last.run_id, last.resumed, last.roster_read) == (run.id, False, True)
    assert (last.tenants, last.tenants_done, last.tenants_failed) == (4, 4, 0)
    assert (last.users, last.pages) == (373, 7)
    assert last.commits >= 1


async def test_what_the_callback_raises_ends_it(night: Night) -> None:
    """An error of the caller's own callback comes out as it is, and the run can go on."""

    def fail(_: TakeProgress) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        await night.take(on_progress=fail)
    assert night.history.unfinished()
    assert (await night.take()).complete


async def interrupted(night: Night, tenant: str = "t3") -> None:
    """Take a snapshot that is cancelled when all but one tenant are through."""
    # Its second page is never answered.
    night.emulator.script(Fault.delay(3600), tenant=("c2", tenant), page=2)
    done = asyncio.Event()

    def tell(progress: TakeProgress) -> None:
        if progress.tenants_done == 3 and progress.commits:
            done.set()

    task = asyncio.create_task(night.take(commit_every=0.05, on_progress=tell))
    await done.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    night.emulator.clear_script()


async def test_resumes(night: Night) -> None:
    """A run that was cancelled goes on: nobody who was through is asked again."""
    await interrupted(night)
    unfinished = night.history.unfinished()
    assert night.history.runs() == []
    assert night.history.latest() is None
    before = len(night.asked)
    news: list[TakeProgress] = []
    run = await night.take(on_progress=news.append)
    assert run.id == unfinished
    assert night.history.unfinished() is None
    assert {tenant for tenant, _ in night.asked[before:]} == {"t3"}
    assert (news[0].resumed, news[0].tenants_done) == (True, 3)
    assert (news[-1].tenants_done, news[-1].users) == (4, 373)
    assert run.complete
    assert run.summary.processes == 2
    assert emails(run)[T3] == [user.email for user in night.emulator.fleet.users(T3)]
    assert run.outcomes[TenantRef(*T3)].tries == 2


async def test_discovery_is_not_repeated(night: Night) -> None:
    """Once the list of customers was read to its end, going on does not read it again."""
    await interrupted(night)
    before = sum(each.kind == "customers" for each in night.emulator.requests)
    await night.take()
    assert sum(each.kind == "customers" for each in night.emulator.requests) == before


async def test_a_discovery_that_failed_is_repeated(night: Night) -> None:
    """If the list of customers cannot be read, the run stays unfinished and the error is raised."""
    night.emulator.script(Fault.status(404), kind="customers")
    with pytest.raises(NotFoundError):
        await night.take()
    assert night.history.runs() == []
    unfinished = night.history.unfinished()
    run = await night.take()
    assert run.id == unfinished
    assert run.complete


async def test_refused_credentials_leave_it_unfinished(night: Night) -> None:
    """An error that no tenant could survive is raised, and what was committed stays."""
    night.emulator.hold("users")

    async def refuse() -> None:
        await night.emulator.arrived(2, "users")
        night.emulator.tokens = Tokens(client_secret="another")
        night.emulator.revoke_tokens()
        night.emulator.script(Fault.status(401), times=None)
        night.emulator.release()

    refusing = asyncio.create_task(refuse())
    with pytest.raises(AuthenticationError):
        await night.take()
    await refusing
    assert night.history.unfinished()


async def test_other_arguments_are_another_run(night: Night) -> None:
    """Another filter neither goes on with an unfinished run nor disturbs it."""
    await interrupted(night)
    unfinished = night.history.unfinished()
    other = await night.take(customer_ids="c1")
    assert other.id != unfinished
    assert night.history.unfinished() == unfinished
    assert (await night.take()).id == unfinished


async def test_not_resuming_gives_it_up(night: Night) -> None:
    """Without resuming, what was committed is sealed as it is, and a new run begins."""
    await interrupted(night)
    unfinished = night.history.unfinished()
    run = await night.take(resume=False)
    first, second = night.history.runs()
    assert first.id == unfinished
    assert second.id == run.id
    assert first.summary.stopped
    assert not first.complete
    assert states(first)["t3"] == "unasked"
    assert first.outcomes[TenantRef(*T3)].pages == 0
    assert sorted(emails(first)) == [("c1", "t1"), ("c3", "t4")]
    assert first.verify() == []


async def test_nothing_is_kept_of_a_run_without_a_tenant(night: Night) -> None:
    """A run that is given up before any tenant was through is removed."""
    night.emulator.script(Fault.status(404), kind="customers")
    with pytest.raises(NotFoundError):
        await night.take()
    run = await night.take(resume=False)
    assert [each.id for each in night.history.runs()] == [run.id]
    assert night.history.unfinished() is None


async def test_an_old_run_is_given_up(night: Night) -> None:
    """A run that began longer ago than `max_age` is not gone on with: days would mix."""
    await interrupted(night)
    unfinished = night.history.unfinished()
    assert unfinished
    run = await night.take(max_age=timedelta(microseconds=1))
    assert [each.id for each in night.history.runs()] == [unfinished, run.id]


async def test_an_old_run_of_other_arguments_is_given_up(night: Night) -> None:
    """An unfinished run that nobody will go on with does not stay for ever."""
    await interrupted(night)
    unfinished = night.history.unfinished()
    assert unfinished
    folder = partial_folder(night.history.path, unfinished)
    settings = read_settings(folder)
    write_settings(folder, replace(settings, started_at=settings.started_at - timedelta(days=2)))
    await night.take(customer_ids="c1")
    assert night.history.runs()[0].id == unfinished


@pytest.mark.parametrize("damage", ["no settings", "damaged settings", "no manifest"])
async def test_a_run_that_cannot_be_told_is_left_alone(
    night: Night, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    """A folder without readable settings or manifest is not touched, and that is logged."""
    await interrupted(night)
    unfinished = night.history.unfinished()
    assert unfinished
    folder = partial_folder(night.history.path, unfinished)
    (folder / ("manifest.jsonl" if damage == "no manifest" else "run.json")).unlink()
    if damage == "damaged settings":
        (folder / "run.json").write_text("{")
    run = await night.take()
    assert run.id != unfinished
    assert folder.exists()
    assert "left as it is" in caplog.text


@pytest.mark.parametrize("line", [0, 1, 2])
async def test_a_damaged_line_makes_nobody_else_be_asked(night: Night, line: int) -> None:
    """Who was named is asked again, and nobody else, whichever line tells of them no more."""

    def stop(progress: TakeProgress) -> None:
        if progress.commits:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await night.take(tenants=[T3], commit_every=0.01, on_progress=stop)
    (folder,) = night.history.path.glob("runs/*.partial")
    lines = (folder / "manifest.jsonl").read_bytes().splitlines(keepends=True)
    lines[line] = b"0" + lines[line][1:] if lines[line][:1] != b"0" else b"1" + lines[line][1:]
    (folder / "manifest.jsonl").write_bytes(b"".join(lines))
    run = await night.take(tenants=[T3])
    assert (run.id, states(run)) == (folder.name.removesuffix(".partial"), {"t3": "complete"})
    assert {tenant for tenant, _ in night.asked} == {"t3"}


async def test_what_a_crash_left_is_removed(night: Night) -> None:
    """A segment that no line names, a file half written and a folder half made are removed."""
    await interrupted(night)
    unfinished = night.history.unfinished()
    assert unfinished
    folder = partial_folder(night.history.path, unfinished)
    (folder / "segments" / "000099.arrow").write_bytes(b"an orphan")
    (folder / ".summary.json.tmp").write_bytes(b"{")
    (folder.parent / ".new-20261125T000000Z-0000").mkdir()
    run = await night.take()
    assert run.complete
    assert run.verify() == []
    assert [each.name for each in run.path.parent.glob("*")] == [run.id]
    assert not list(run.path.parent.glob(".*"))


async def test_a_damaged_segment_is_asked_again(
    night: Night, caplog: pytest.LogCaptureFixture
) -> None:
    """Rows that the disk lost before the seal are asked for again, and no others."""
    await interrupted(night)
    unfinished = night.history.unfinished()
    assert unfinished
    segments = sorted(partial_folder(night.history.path, unfinished).glob("segments/*"))
    data = bytearray(segments[0].read_bytes())
    data[len(data) // 2] ^= 1
    segments[0].write_bytes(data)
    segments[-1].unlink()
    run = await night.take()
    assert run.complete
    assert "damaged" in caplog.text
    fleet = night.emulator.fleet
    expected = {tuple(r): [u.email for u in fleet.users(r)] for r in fleet.refs() if fleet.users(r)}
    assert emails(run) == expected


async def test_the_event_loop_goes_on(serve: Serve) -> None:
    """While segments are written, other tasks of the loop get their turn."""
    night = await serve(Fleet.of({("c", "t"): 3000}))
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    run = await night.take()
    task.cancel()
    assert run.summary.users == 3000
    assert turns > run.summary.pages


async def test_coverage(serve: Serve) -> None:
    """Coverage counts protected, unprotected and not listed apart, by module."""
    users = [
        User("a@x.com", "A", ((0, True), (2, False))),
        User("b@x.com", "B", ((0, False),)),
        User("c@x.com", "C", ((2, False), (2, True))),
    ]
    night = await serve(Fleet.of({("c", "t"): users}))
    summary = (await night.take()).summary
    mailbox, onedrive = summary.mailbox, summary.onedrive
    assert (mailbox.protected, mailbox.unprotected, mailbox.unknown) == (1, 1, 1)
    assert (onedrive.protected, onedrive.unprotected, onedrive.unknown) == (0, 2, 1)
