"""``avepoint-async emulate``: the emulator as a process of its own."""

import runpy
from collections.abc import Mapping
from typing import Any

import typer

from avepoint_async.cli.options import Job

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
        emulator: Mapping[str, Any] = runpy.run_module("avepoint_async.testing.__main__")
        status: int = emulator["main"](arguments, program=context.command_path)
        return status

    return run
