"""A run that is killed goes on: every user once, nothing asked again, nothing left behind."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from signal import SIGKILL
from typing import Any

import attrs
import pytest

from avepoint_async import TenantRef
from avepoint_async.snapshots import History, Run
from avepoint_async.snapshots.layout import partial_folder
from avepoint_async.snapshots.ledger import Ledger
from avepoint_async.snapshots.manifest import read_entries
from avepoint_async.testing import Fleet, ThreadedEmulator
from tests.snapshots import mortal
from tests.snapshots.conftest import emails, files_of
from tests.snapshots.mortal import BEGIN, COMMIT, SEAL, SEALED, Point

# A server that forks: it has imported everything, and holds no thread and no socket of ours.
PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.snapshots.mortal"])


@attrs.define
class Service:
    """A service whose lists change between the processes, and what was seen of it."""

    emulator: ThreadedEmulator
    folder: Path
    versions: dict[tuple[str, str], list[list[str]]] = attrs.field(factory=dict)
    seen: int = 0

    def __attrs_post_init__(self) -> None:
        self.remember()

    def remember(self) -> None:
        """Keep the lists as they are now."""
        for ref in self.emulator.fleet.refs():
            now = [user.email for user in self.emulator.fleet.users(ref)]
            self.versions.setdefault(ref, []).append(now)

    def change(self, seed: int) -> None:
        """Remove users in front of some lists, and add as many behind others."""
        draw = random.Random(seed)
        for ref in draw.sample(self.emulator.fleet.refs(), 6):
            count = len(self.emulator.fleet.users(ref))
            for number in range(min(count, draw.randint(0, 30))):
                self.emulator.fleet.remove(ref, 0)
                if draw.random() < 0.7:
                    end = len(self.emulator.fleet.users(ref))
                    self.emulator.fleet.insert(ref, end, f"new{seed}.{number}@example.com")
        self.remember()

    def start(self, point: Point | None = None) -> ForkServerProcess:
        """Start a process that takes a snapshot."""
        args = (str(self.folder), self.emulator.settings, point)
        process = PROCESSES.Process(target=mortal.take, args=args)
        process.start()
        return process

    def committed(self) -> set[TenantRef]:
        """The tenants whose outcome stands in the unsealed run."""
        run_id = History(self.folder).unfinished()
        if run_id is None:
            return set()
        manifest = partial_folder(self.folder, run_id) / "manifest.jsonl"
        return set(Ledger.of(read_entries(manifest)).settled)

    def news(self) -> Counter[tuple[str | None, str | None]]:
        """How often each tenant was asked since the last call."""
        new, self.seen = self.emulator.requests[self.seen :], len(self.emulator.requests)
        return Counter((e.customer_id, e.tenant_id) for e in new if e.kind == "users")

    def judge(self, run: Run, *, writing: bool = False) -> None:
        """Every tenant is complete, with the users of one of its versions, each once.

        Nothing else is left in the folder, but for the note of a writer that was killed.
        """
        assert run.complete, run.summary
        assert run.verify() == []
        found = emails(run)
        for ref, versions in self.versions.items():
            assert found.get(ref, []) in versions, ref
        left = {path.name for path in files_of(self.folder)} - {*run.summary.files, "summary.json"}
        assert left == {"history.json", "history.lock", *(["writer.json"] if writing else [])}
        assert [each.name for each in (self.folder / "runs").iterdir()] == [run.id]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """Twenty-four tenants with up to some hundred users, answered with a little delay."""
    fleet = Fleet.generate(3, 8, tenants=24, users=2400, sizes="zipf")
    with ThreadedEmulator(fleet=fleet, latency=0.004) as emulator:
        yield Service(emulator, tmp_path / "night")


def finish(service: Service) -> Run:
    """Let a process end the run, unharmed."""
    process = service.start()
    process.join()
    assert process.exitcode == 0
    (run,) = History(service.folder).runs()
    return run


@pytest.mark.parametrize(
    "point",
    [
        *BEGIN,
        *COMMIT,
        *(attrs.evolve(each, number=3) for each in COMMIT),
        *SEAL,
    ],
    ids=str,
)
def test_killed_at_an_exact_point(service: Service, point: Point) -> None:
    """Wherever the process dies, the next one ends the run with every user exactly once."""
    process = service.start(point)
    process.join()
    assert process.exitcode == -SIGKILL, "it did not come to that point"
    before, committed = service.news(), service.committed()
    service.change(1)
    run = finish(service)
    again = service.news()
    for tenant in committed:
        place = tenant.customer_id, tenant.tenant_id
        assert before[place], "what must not be asked again was asked once"
        assert not again[place]
    service.judge(run)


def test_a_kill_in_the_seal_asks_nothing_again(service: Service) -> None:
    """A run all of whose tenants are through is sealed without a single request."""
    for point in SEAL:
        service.start(point).join()
    service.news()
    requests = len(service.emulator.requests)
    run = finish(service)
    assert len(service.emulator.requests) == requests
    service.judge(run)


def test_killed_after_the_last_rename(service: Service) -> None:
    """Once the folder has its name the run is sealed, and another snapshot is another run."""
    service.start(SEALED).join()
    (run,) = History(service.folder).runs()
    service.judge(run, writing=True)
    service.start().join()
    first, _ = History(service.folder).runs()
    assert first.id == run.id


def test_killed_at_random(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """However often it is killed, no tenant that was committed is asked again."""
    kills: Any = request.config.getoption("--kills", 4)
    draw = random.Random(7)
    watched = 0
    # So many that it is not done before the last kill.
    fleet = Fleet.generate(3, 8, tenants=100 * kills, users=3000, sizes="zipf")
    with ThreadedEmulator(fleet=fleet, latency=0.004) as emulator:
        service = Service(emulator, tmp_path / "night")
        committed: set[TenantRef] = set()
        for number in range(kills):
            process = service.start()
            begun = len(emulator.api_requests)
            asyncio.run(emulator.arrived(begun + draw.randint(10, 60)))
            process.kill()
            process.join()
            again = service.news()
            assert not [each for each in committed if again[each.customer_id, each.tenant_id]]
            committed = service.committed()
            watched += len(committed)
            service.change(number)
        run = finish(service)
        again = service.news()
        assert not [each for each in committed if again[each.customer_id, each.tenant_id]]
        assert watched
        service.judge(run)
