"""A run as Prometheus reads it."""

import sys
from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families

from avepoint_async import ConfigurationError
from avepoint_async.report.metrics import RunCounts, prometheus_text
from avepoint_async.testing import Fault, Fleet, User
from tests.snapshots.conftest import Night, Serve


def read(text: bytes) -> dict[tuple[str, ...], float]:
    """Each sample by its name and the values of its labels, as Prometheus' own parser reads it."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


async def test_a_complete_run(serve: Serve) -> None:
    """Users by module and state, tenants by state, and when it was."""
    users = [User("a@x.com", "A", ((0, True),)), User("b@x.com", "B", ((0, False), (2, True)))]
    run = await (await serve(Fleet.of({("c", "t"): users}))).take()
    found = read(prometheus_text(RunCounts.of(run)))
    assert found["avepoint_users", "mailbox", "protected"] == 1
    assert found["avepoint_users", "mailbox", "unprotected"] == 1
    assert found["avepoint_users", "mailbox", "unknown"] == 0
    assert found["avepoint_users", "onedrive", "protected"] == 1
    assert found["avepoint_users", "onedrive", "unknown"] == 1
    assert found["avepoint_tenants", "complete"] == 1
    assert found["avepoint_tenants", "unasked"] == 0
    assert found["avepoint_read_ok",] == 1
    finished = run.finished_at.timestamp()
    assert found["avepoint_run_timestamp_seconds",] == finished
    assert found["avepoint_last_success_timestamp_seconds",] == finished
    assert found["avepoint_run_duration_seconds",] == pytest.approx(
        finished - run.started_at.timestamp(), abs=1e-5
    )
    assert found["avepoint_run_requests",] == 2
    assert found["avepoint_run_refused",] == 0


async def test_a_run_that_is_not_whole(night: Night) -> None:
    """The last success is told only if there was one, and refusals are counted."""
    night.emulator.script(Fault.status(429), tenant=("c2", "t3"))
    night.emulator.script(Fault.status(403), tenant=("c3", "t4"), times=None)
    run = await night.take()
    found = read(prometheus_text(RunCounts.of(run)))
    assert found["avepoint_read_ok",] == 0
    assert found["avepoint_tenants", "failed"] == 1
    assert found["avepoint_run_refused",] == 1
    assert ("avepoint_last_success_timestamp_seconds",) not in found
    success = datetime(2026, 11, 24, tzinfo=UTC)
    found = read(prometheus_text(RunCounts.of(run, last_complete=success)))
    assert found["avepoint_last_success_timestamp_seconds",] == success.timestamp()


async def test_without_prometheus(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without prometheus-client it says what to install."""
    run = await night.take()
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(ConfigurationError, match=r"avepoint-async\[snapshots\]"):
        prometheus_text(RunCounts.of(run))
