"""A run as metrics: Prometheus' text format, for the textfile collector of node_exporter."""

from datetime import datetime

from avepoint_async.errors import ConfigurationError
from avepoint_async.snapshots.run import Run


def metrics(run: Run, *, last_complete: datetime | None = None) -> str:
    """The counts of a sealed run in Prometheus' text format; write it to a ``.prom`` file.

    Args:
        run: the latest sealed run.
        last_complete: when the last complete run was sealed, if that is not this one; None: the
            metric is left out where this run is not complete, and an alert on its age stays quiet.

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
    summary = run.summary
    users = Gauge(
        "avepoint_users",
        "Users by module and by whether it protects them; unknown is not listed.",
        ["module", "state"],
        registry=registry,
    )
    for module, coverage in {"mailbox": summary.mailbox, "onedrive": summary.onedrive}.items():
        users.labels(module, "protected").set(coverage.protected)
        users.labels(module, "unprotected").set(coverage.unprotected)
        users.labels(module, "unknown").set(coverage.unknown)
    tenants = Gauge(
        "avepoint_tenants", "Tenants by how they were read.", ["state"], registry=registry
    )
    for state, count in summary.states.items():
        tenants.labels(state).set(count)
    values = {
        "avepoint_read_ok": ("Whether the latest run is complete.", float(run.complete)),
        "avepoint_run_timestamp_seconds": (
            "When the latest run was sealed.",
            run.finished_at.timestamp(),
        ),
        "avepoint_run_duration_seconds": (
            "From the begin of the latest run to its seal, pauses among them.",
            (run.finished_at - run.started_at).total_seconds(),
        ),
        "avepoint_run_requests": ("Requests sent, retries included.", summary.requests),
        "avepoint_run_refused": ("Requests refused with 429 or 503.", summary.throttled),
    }
    success = run.finished_at if run.complete else last_complete
    if success is not None:
        text = "When the last complete run was sealed."
        values["avepoint_last_success_timestamp_seconds"] = (text, success.timestamp())
    for name, (text, value) in values.items():
        Gauge(name, text, registry=registry).set(value)
    return generate_latest(registry).decode()
