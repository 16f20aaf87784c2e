"""Runs the emulator until it is interrupted, for programs in any language.

::

    python -m avepoint_async.testing --port 8080 --customers 20 --seed 1

It prints the settings to export, and ends quietly on Ctrl-C.
"""

import asyncio
import json
import shlex
import sys
from collections.abc import Sequence
from contextlib import suppress

from avepoint_async.testing.emulator import Emulator
from avepoint_async.testing.options import emulator_of, parser_of


def main(
    arguments: Sequence[str] | None = None, *, program: str = "python -m avepoint_async.testing"
) -> int:
    """Run the command, ``program`` by name, until an interrupt, which is status 0.

    Raises:
        SystemExit: 2 for wrong options, 1 for a port that cannot be had.
    """
    parser = parser_of(program)
    options = parser.parse_args(arguments)
    try:
        emulator = emulator_of(options)
    except ValueError as error:
        parser.error(str(error))
    with suppress(KeyboardInterrupt):
        try:
            asyncio.run(_serve(emulator, as_json=options.json))
        except OSError as error:
            parser.exit(1, f"{parser.prog}: port {options.port}: {error.strerror}\n")
    return 0


async def _serve(emulator: Emulator, *, as_json: bool) -> None:
    async with emulator:
        sys.stdout.write(_as_json(emulator) if as_json else _as_shell(emulator))
        # Another process may be waiting for the address.
        sys.stdout.flush()
        await asyncio.get_running_loop().create_future()


def _as_shell(emulator: Emulator) -> str:
    settings = emulator.settings.items()
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in settings)


def _as_json(emulator: Emulator) -> str:
    fleet = emulator.fleet
    sizes = {
        "customers": len(fleet.customers()),
        "tenants": len(fleet.refs()),
        "users": fleet.user_count,
    }
    return json.dumps(emulator.settings | sizes) + "\n"


if __name__ == "__main__":
    sys.exit(main())
