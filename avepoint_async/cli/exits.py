"""How a command ends: exit statuses, the one line that is said of an error, Ctrl-C and SIGTERM.

What each status means stands here; which one a command ends with is decided in the command.
"""

import asyncio
import errno
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial, singledispatch
from typing import Any, ParamSpec, TypeAlias

import typer

from avepoint_async import AvePointError, ConfigurationError
from avepoint_async.cli.causes import explained
from avepoint_async.cli.console import PROGRAM, ClosedStream, complain, flush_all

logger = logging.getLogger(__name__)

P = ParamSpec("P")

DONE = 0
FAILED = 1
WRONG_USE = 2
INCOMPLETE = 3
RUN_AGAIN = 75
INTERRUPTED = 130
TERMINATED = 143

Job: TypeAlias = Callable[[], int]
"""What a command is to do, once its arguments are known to be right; returns the exit status."""


class TerminatedError(Exception):
    """Raised where SIGTERM ended the work, after the work has cleaned up."""


def job(work: Callable[P, Coroutine[Any, Any, int]], *args: P.args, **kwargs: P.kwargs) -> Job:
    """The job that runs a coroutine function to its end, with these arguments."""
    return partial(_run, lambda: work(*args, **kwargs))


def _run(work: Callable[[], Coroutine[Any, Any, int]]) -> int:
    return asyncio.run(_until_terminated(work()))


async def _until_terminated(work: Coroutine[Any, Any, int]) -> int:
    """Cancel the work on SIGTERM, as asyncio itself does on Ctrl-C.

    Raises:
        TerminatedError: SIGTERM came, and the work has ended.
    """
    task, terminated = asyncio.ensure_future(work), asyncio.Event()

    def terminate() -> None:
        terminated.set()
        task.cancel()

    # Windows has no such handlers, and only the main thread may set one.
    with suppress(NotImplementedError, RuntimeError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminate)
    try:
        return await task
    except asyncio.CancelledError:
        if terminated.is_set():
            raise TerminatedError from None
        raise


def guard(work: Job) -> int:
    """Do the work and return its exit status; an error becomes a status and a line."""
    try:
        try:
            return work()
        finally:
            # What was lost is an error, and is told as one.
            sys.stdout.flush()
            _check_nothing_lost()
    except KeyboardInterrupt:
        return INTERRUPTED
    except (Exception, SystemExit) as error:  # noqa: BLE001  # nobody is shown a traceback
        return status_of(error)
    finally:
        flush_all()


def _check_nothing_lost() -> None:
    if isinstance(sys.stdout, ClosedStream) and sys.stdout.getvalue():
        raise stdout_closed()


def stdout_closed() -> OSError:
    """The error for data that has no way out."""
    return OSError(errno.EBADF, "stdout is closed, and there is data to write")


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
def _(_error: TerminatedError) -> int:
    return TERMINATED


@status_of.register
def _(error: AvePointError) -> int:
    complain(explained(error))
    return FAILED


@status_of.register
def _(error: ConfigurationError) -> int:
    complain(str(error))
    return WRONG_USE


@status_of.register
def _(error: OSError) -> int:
    where = f"{os.fspath(error.filename)}: " if isinstance(error.filename, str) else ""
    complain(f"the system refused: {where}{error.strerror or error}")
    return FAILED


@status_of.register
def _(_error: BrokenPipeError) -> int:
    # The reader has what it wanted.
    return DONE


@status_of.register
def _(error: SystemExit) -> int:
    # Whoever printed the help text may have met a closed pipe, and ended on its own account.
    closed = isinstance(error.__context__, BrokenPipeError)
    return DONE if closed else int(error.code or 0)


@status_of.register
def _(error: typer.TyperException) -> int:
    context = getattr(error, "ctx", None)
    where = context.command_path if context else PROGRAM
    complain(f"{error.format_message()} (see `{where} --help`)")
    return WRONG_USE
