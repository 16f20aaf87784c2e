"""The options that commands share, and what they mean."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, TypeAlias

import typer

Job: TypeAlias = Callable[[], int]
"""What a command is to do, once its arguments are known to be right; returns the exit status."""


class RowFormat(StrEnum):
    """How rows are written for machines."""

    JSONL = "jsonl"
    CSV = "csv"


class UserFormat(StrEnum):
    """How users are written."""

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

Concurrency = Annotated[int, typer.Option(min=1, metavar="N", help="Requests in flight at most.")]

PageSize = Annotated[
    int,
    typer.Option(min=1, metavar="N", help="Users per request; the service takes 100 at most."),
]
