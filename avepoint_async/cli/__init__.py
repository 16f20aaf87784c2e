"""The command line: ``avepoint-async`` runs `main`.

It is a user of the library like any other: it takes the public names and nothing else. Its own
dependencies come with ``pip install "avepoint-async[cli]"``, and without them `main` says so.
"""

import sys
from collections.abc import Sequence
from importlib.util import find_spec

__all__ = ["main"]

_EXTRA = ("prometheus_client", "rich", "typer")
_MISSING = (
    "avepoint-async: the command line needs more packages: "
    'install them with pip install "avepoint-async[cli]"\n'
)

if all(map(find_spec, _EXTRA)):
    from avepoint_async.cli.app import run
else:

    def run(arguments: Sequence[str]) -> int:  # noqa: ARG001  # in place of the real one
        """Say what to install."""
        sys.stderr.write(_MISSING)
        return 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    Args:
        arguments: what follows the program's name; None: that of this process.

    Returns:
        0 done and whole, also if the reader of a pipe went away; 1 it could not be done; 2 a wrong
        setting or argument; 3 done, but not whole; 75 a snapshot is not sealed, run it again; 130
        after Ctrl-C; 143 after SIGTERM.
    """
    return run(sys.argv[1:] if arguments is None else arguments)
