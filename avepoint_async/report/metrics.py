"""A run as metrics: Prometheus' text format, for the textfile collector of node_exporter."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import attrs
import msgspec

from avepoint_async.errors import ConfigurationError
from avepoint_async.report.coverage import Coverage
from avepoint_async.resources.protected_users import Module

if TYPE_CHECKING:
    from avepoint_async.snapshots.run import Run

_MODULES = {"mailbox": Module.MAILBOX, "onedrive": Module.ONEDRIVE}


@attrs.frozen(kw_only=True)
class RunCounts:
    """What a run came to, whether it was streamed or sealed.

    Attributes:
        users: how many users were read, by module (``mailbox``, ``onedrive``) and by its state
            (``protected``, ``unprotected``, ``unknown``: not listed).
        states: how many tenants are in each state.
        complete: whether every tenant was read, and the list of them was whole.
        finished_at: when it ended.
        seconds: how long it took, pauses included.
        requests: requests sent, retries included.
        throttled: requests that were refused with 429 or 503.
        last_complete: when the last complete run ended, if that is not this one; None: the metric
            is left out where this run is not complete, and an alert on its age stays quiet.
    """

    users: Mapping[str, Mapping[str, int]]
    states: Mapping[str, int]
    complete: bool
    finished_at: datetime
    seconds: float
    requests: int
    throttled: int
    last_complete: datetime | None = None

    @classmethod
    def of(cls, run: "Run", *, last_complete: datetime | None = None) -> "RunCounts":
        """The counts of a sealed run; for ``last_complete`` see the class."""
        summary = run.summary
        modules = {"mailbox": summary.mailbox, "onedrive": summary.onedrive}
        return cls(
            users={name: msgspec.structs.asdict(each) for name, each in modules.items()},
            states=summary.states,
            complete=run.complete,
            finished_at=run.finished_at,
            seconds=(run.finished_at - run.started_at).total_seconds(),
            requests=summary.requests,
            throttled=summary.throttled,
            last_complete=last_complete,
        )


def users_by_module(coverage: Coverage) -> dict[str, dict[str, int]]:
    """The users of a coverage as `RunCounts` wants them."""
    return {
        name: {
            "protected": coverage.shares[module].protected,
            "unprotected": coverage.shares[module].unprotected,
            "unknown": coverage.unknown(module),
        }
        for name, module in _MODULES.items()
    }


def prometheus_text(run: RunCounts) -> bytes:
    """The counts as text, for a ``.prom`` file; each metric comes with its help.

    Raises:
        ConfigurationError: prometheus-client is not installed.
    """
    try:
        from prometheus_client import (  # noqa: PLC0415  # of the extra
            CollectorRegistry,
            Gauge,
            generate_latest,
        )
    except ImportError as error:
        message = "metrics need: pip install 'avepoint-async[snapshots]'"
        raise ConfigurationError(message) from error

    registry = CollectorRegistry()
    users = Gauge(
        "avepoint_users",
        "Users by module and by whether it protects them; unknown is not listed.",
        ["module", "state"],
        registry=registry,
    )
    for module, counts in run.users.items():
        for state, count in counts.items():
            users.labels(module, state).set(count)
    tenants = Gauge(
        "avepoint_tenants", "Tenants by how they were read.", ["state"], registry=registry
    )
    for state, count in run.states.items():
        tenants.labels(state).set(count)
    values: dict[str, tuple[str, float]] = {
        "avepoint_read_ok": ("Whether the latest run is complete.", run.complete),
        "avepoint_run_timestamp_seconds": (
            "When the latest run ended.",
            run.finished_at.timestamp(),
        ),
        "avepoint_run_duration_seconds": (
            "How long the latest run took, pauses included.",
            run.seconds,
        ),
        "avepoint_run_requests": ("Requests sent, retries included.", run.requests),
        "avepoint_run_refused": ("Requests refused with 429 or 503.", run.throttled),
    }
    success = run.finished_at if run.complete else run.last_complete
    if success is not None:
        text = "When the last complete run ended."
        values["avepoint_last_success_timestamp_seconds"] = (text, success.timestamp())
    for name, (text, value) in values.items():
        Gauge(name, text, registry=registry).set(value)
    return generate_latest(registry)
