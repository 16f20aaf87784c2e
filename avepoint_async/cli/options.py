"""The options that commands share."""

import inspect
from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from avepoint_async.cli.console import LogFormat, show_more


class RowFormat(StrEnum):
    """How rows are written for programs."""

    JSONL = "jsonl"
    CSV = "csv"


class Format(StrEnum):
    """How rows are written: as a table to look at, or for programs."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"


class OnError(StrEnum):
    """What becomes of a run in which a tenant fails."""

    DEFER = "defer"
    SKIP = "skip"
    RAISE = "raise"


Verbose = Annotated[
    int,
    typer.Option(
        "--verbose",
        "-v",
        count=True,
        show_default=False,
        metavar="",
        help="Tell on stderr what goes on, such as each retry; -vv all that is logged.",
    ),
]
LogFormatOption = Annotated[
    LogFormat, typer.Option("--log-format", help="How lines on stderr are written.")
]
Concurrency = Annotated[int, typer.Option(min=1, metavar="N", help="Requests in flight at most.")]
MaxRate = Annotated[
    float | None,
    typer.Option(
        "--max-requests-per-second",
        metavar="N",
        help="A ceiling on the pace; by default as fast as the service allows.",
        show_default=False,
    ),
]
Deadline = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        help="How long one call is tried, retries included; 120 by default.",
        show_default=False,
    ),
]
PageSize = Annotated[
    int,
    typer.Option(min=1, metavar="N", help="Users per request; the service takes 100 at most."),
]
OutputFile = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write to this file instead of stdout: whole, or not at all.",
        show_default=False,
    ),
]
ReportFile = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="FILE",
        help="Write what became of each tenant to this file, as JSON.",
        show_default=False,
    ),
]
MetricsFile = Annotated[
    Path | None,
    typer.Option(
        "--metrics",
        metavar="FILE",
        help="Write counts to this file, in Prometheus' text format.",
        show_default=False,
    ),
]
Customers = Annotated[
    list[str] | None,
    typer.Option(
        "--customer",
        metavar="ID|NAME",
        help="Only this customer; may be given again.",
        show_default=False,
    ),
]
FormatOption = Annotated[
    Format, typer.Option("--format", "-f", help="A table to look at, or rows for a program.")
]
Raw = Annotated[
    bool,
    typer.Option(
        "--raw",
        help="In CSV, leave values as they are. By default one that a spreadsheet would take for "
        "a formula gets a ' before it.",
    ),
]


def with_logging(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command with the options ``--verbose`` and ``--log-format``, which take effect first."""

    @wraps(command)
    def wrapped(
        *args: Any, verbose: int = 0, log_format: LogFormat = LogFormat.TEXT, **kwargs: Any
    ) -> Any:
        show_more(verbose, log_format)
        return command(*args, **kwargs)

    added = {"verbose": (Verbose, 0), "log_format": (LogFormatOption, LogFormat.TEXT)}
    signature = inspect.signature(command)
    parameters = [
        *signature.parameters.values(),
        *(
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
            )
            for name, (annotation, default) in added.items()
        ),
    ]
    # What typer reads.
    vars(wrapped)["__signature__"] = signature.replace(parameters=parameters)
    annotations = {name: annotation for name, (annotation, _) in added.items()}
    wrapped.__annotations__ = {**command.__annotations__, **annotations}
    return wrapped
