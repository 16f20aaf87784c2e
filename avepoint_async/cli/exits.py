"""Exit statuses: what each way to end means, and the one line that is said of it on stderr."""

import logging
import sys
from collections.abc import Callable
from functools import singledispatch

import typer

from avepoint_async import AvePointError, ConfigurationError
from avepoint_async.cli.streams import PROGRAM, complain, settle

logger = logging.getLogger(__name__)

FINE = 0
FAILED = 1
WRONG_USE = 2
INTERRUPTED = 130

# What typer raises for a wrong argument; of that family it exports this member alone.
_UsageError: type[Exception] = typer.BadParameter.mro()[1]


def guard(work: Callable[[], int]) -> int:
    """Do the work and return its exit status; an error becomes a status and a line."""
    try:
        try:
            return work()
        finally:
            # What was lost is an error, and is told as one.
            sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except (Exception, SystemExit) as error:  # noqa: BLE001  # nobody is shown a traceback
        return status_of(error)
    finally:
        settle()


@singledispatch
def status_of(error: BaseException) -> int:
    """The exit status of a run that ended with this error, of which one line is said."""
    # A person can do nothing about it but report it, and then its traceback is needed.
    logger.debug("the whole story", exc_info=error)
    complain(
        f"a defect of this program, {type(error).__name__}: {error}; "
        f"run it again as `{PROGRAM} -vv …` for the whole story"
    )
    return FAILED


@status_of.register
def _(error: AvePointError) -> int:
    complain(str(error))
    return FAILED


@status_of.register
def _(error: ConfigurationError) -> int:
    complain(str(error))
    return WRONG_USE


@status_of.register
def _(error: OSError) -> int:
    complain(f"the system refused: {error.strerror or error}")
    return FAILED


@status_of.register
def _(_error: BrokenPipeError) -> int:
    # The reader has what it wanted.
    return FINE


@status_of.register
def _(error: SystemExit) -> int:
    # Whoever printed the help text may have met a closed pipe, and ended on its own account.
    closed = isinstance(error.__context__, BrokenPipeError)
    return FINE if closed else int(error.code or 0)


@status_of.register(_UsageError)
def _(error: typer.BadParameter) -> int:
    where = error.ctx.command_path if error.ctx else PROGRAM
    complain(f"{error.format_message()} (see `{where} --help`)")
    return WRONG_USE
