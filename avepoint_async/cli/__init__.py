"""The command line: ``avepoint-async`` runs `main`.

It is a user of the library like any other: it takes the public names and nothing else. Its own
two dependencies come with ``pip install "avepoint-async[cli]"``, and without them `main` says so.
"""

import sys
from collections.abc import Sequence

__all__ = ["main"]

_EXTRA = {"rich", "typer"}
_MISSING = (
    "avepoint-async: the command line needs typer and rich: "
    'install them with pip install "avepoint-async[cli]"\n'
)

try:
    from avepoint_async.cli.app import run
except ModuleNotFoundError as _error:
    if str(_error.name).partition(".")[0] not in _EXTRA:
        raise

    def run(arguments: Sequence[str]) -> int:  # noqa: ARG001  # in place of the real one
        """Say what to install."""
        sys.stderr.write(_MISSING)
        return 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    Args:
        arguments: what follows the program's name; None: that of this process.

    Returns:
        0 fine, also if the reader of a pipe went away; 1 an error of the service or on the way
        to it; 2 a setting or argument that is wrong or missing; 130 interrupted.
    """
    return run(sys.argv[1:] if arguments is None else arguments)
