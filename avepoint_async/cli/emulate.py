"""``avepoint-async emulate``: the emulator as a process of its own."""

import runpy
import sys

import typer

from avepoint_async.cli.exits import FINE
from avepoint_async.cli.options import Job
from avepoint_async.cli.streams import PROGRAM

PASSED_ON = {
    "allow_extra_args": True,
    "ignore_unknown_options": True,
    "help_option_names": list[str](),
}
"""What typer must know of the command: that its arguments are none of typer's business."""


def emulate(context: typer.Context) -> Job:
    """Run the emulator of the service until Ctrl-C, for tests in any language.

    It prints the settings to export. This is `python -m avepoint_async.testing`, and takes the
    same options: `avepoint-async emulate --help` lists them.
    """
    arguments = list(context.args)

    def run() -> int:
        sys.argv[:] = [f"{PROGRAM} emulate", *arguments]
        runpy.run_module("avepoint_async.testing", run_name="__main__", alter_sys=True)
        return FINE

    return run
