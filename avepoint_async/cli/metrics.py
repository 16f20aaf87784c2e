"""Counts of a run in Prometheus' text format, for the textfile collector of node_exporter."""

from collections.abc import Mapping
from datetime import datetime

import attrs
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from avepoint_async import Module
from avepoint_async.report.coverage import Coverage

_MODULES = {"mailbox": Module.MAILBOX, "onedrive": Module.ONEDRIVE}


@attrs.frozen(kw_only=True)
class RunCounts:
    """What a run came to.

    Attributes:
        coverage: of all users that were read.
        states: how many tenants are in each state.
        complete: whether every tenant was read, and the list of them was whole.
        finished_at: when it ended.
        seconds: how long it took.
        requests: requests sent, retries included.
        refused: requests that were refused with 429 or 503.
    """

    coverage: Coverage
    states: Mapping[str, int]
    complete: bool
    finished_at: datetime
    seconds: float
    requests: int
    refused: int


def metrics(run: RunCounts) -> bytes:
    """The counts as text; the name and the help of each metric stand in it."""
    registry = CollectorRegistry()
    users = Gauge(
        "avepoint_users",
        "Users by module and by whether it protects them; unknown is not listed.",
        ["module", "state"],
        registry=registry,
    )
    for name, module in _MODULES.items():
        share = run.coverage.shares[module]
        users.labels(name, "protected").set(share.protected)
        users.labels(name, "unprotected").set(share.unprotected)
        users.labels(name, "unknown").set(run.coverage.unknown(module))
    tenants = Gauge(
        "avepoint_tenants", "Tenants by how they were read.", ["state"], registry=registry
    )
    for state, count in run.states.items():
        tenants.labels(state).set(count)
    finished = run.finished_at.timestamp()
    values: dict[str, tuple[str, float]] = {
        "avepoint_read_ok": ("Whether the latest run is complete.", run.complete),
        "avepoint_run_timestamp_seconds": ("When the latest run ended.", finished),
        "avepoint_run_duration_seconds": ("How long the latest run took.", run.seconds),
        "avepoint_run_requests": ("Requests sent, retries included.", run.requests),
        "avepoint_run_refused": ("Requests refused with 429 or 503.", run.refused),
    }
    if run.complete:
        text = "When the last complete run ended."
        values["avepoint_last_success_timestamp_seconds"] = (text, finished)
    for name, (text, value) in values.items():
        Gauge(name, text, registry=registry).set(value)
    return generate_latest(registry)
