"""The options that commands share, in groups: a parameter that is a group becomes its options."""

import inspect
from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import attrs
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
Raw = Annotated[
    bool,
    typer.Option(
        "--raw",
        metavar="",
        help="In CSV, leave values as they are. By default one that a spreadsheet would take for "
        "a formula gets a ' before it.",
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


@attrs.frozen
class Logging:
    """What is said on stderr; every command has these."""

    verbose: Verbose = 0
    log_format: LogFormatOption = LogFormat.TEXT


@attrs.frozen
class Pace:
    """How fast and how patiently the service is asked."""

    concurrency: Concurrency = 16
    max_requests_per_second: Annotated[
        float | None,
        typer.Option(
            metavar="N",
            help="A ceiling on the pace; by default as fast as the service allows.",
            show_default=False,
        ),
    ] = None
    deadline: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="How long one call is tried, retries included; 120 by default.",
            show_default=False,
        ),
    ] = None


@attrs.frozen
class TableOutput:
    """How rows are written and where to; a table by default."""

    form: Annotated[
        Format, typer.Option("--format", "-f", help="A table to look at, or rows for a program.")
    ] = Format.TABLE
    output: OutputFile = None
    raw: Raw = False


@attrs.frozen
class RowOutput:
    """How rows are written and where to, where there are too many for a table."""

    form: Annotated[RowFormat, typer.Option("--format", "-f", help="How the rows are written.")] = (
        RowFormat.JSONL
    )
    output: OutputFile = None
    raw: Raw = False


@attrs.frozen
class Files:
    """What is written beside the data."""

    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write what became of each tenant to this file, as JSON.",
            show_default=False,
        ),
    ] = None
    metrics: MetricsFile = None


def expanded(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command as typer is to see it.

    In the place of a parameter whose type is a group stand the options of the group. Those of
    `Logging` come last, and take effect before the command runs.
    """
    signature = inspect.signature(command)
    groups = {
        name: parameter.annotation
        for name, parameter in signature.parameters.items()
        if attrs.has(parameter.annotation)
    }

    @wraps(command)
    def wrapped(**given: Any) -> Any:
        def collected(group: type[Any]) -> Any:
            return group(**{each.name: given.pop(each.name) for each in attrs.fields(group)})

        logging: Logging = collected(Logging)
        show_more(logging.verbose, logging.log_format)
        given |= {name: collected(group) for name, group in groups.items()}
        return command(**given)

    parameters = [
        each
        for parameter in signature.parameters.values()
        for each in (_options_of(parameter.annotation) if parameter.name in groups else [parameter])
    ]
    parameters += _options_of(Logging)
    # What typer reads.
    vars(wrapped)["__signature__"] = signature.replace(parameters=parameters)
    wrapped.__annotations__ = {each.name: each.annotation for each in parameters}
    return wrapped


def _options_of(group: type[Any]) -> list[inspect.Parameter]:
    return [
        inspect.Parameter(
            each.name, inspect.Parameter.KEYWORD_ONLY, default=each.default, annotation=each.type
        )
        for each in attrs.fields(group)
    ]
