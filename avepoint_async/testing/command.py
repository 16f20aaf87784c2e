"""The command: runs the emulator until it is interrupted, for programs in any language.

::

    python -m avepoint_async.testing --port 8080 --customers 20 --seed 1

It prints the settings to export, and ends quietly on Ctrl-C.
"""

import asyncio
import json
import shlex
import sys
from collections.abc import Awaitable, Sequence
from contextlib import AsyncExitStack, suppress

from avepoint_async.testing.control import Control
from avepoint_async.testing.emulator import Emulator
from avepoint_async.testing.options import emulator_of, orders_of, parser_of
from avepoint_async.testing.orders import carry_out


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
        asyncio.run(_prepare(emulator, orders_of(options)))
    except (ValueError, TypeError) as error:
        parser.error(str(error))
    with suppress(KeyboardInterrupt):
        try:
            asyncio.run(_serve(emulator, options.port, options.control, as_json=options.json))
        except OSError as error:
            parser.exit(1, f"{parser.prog}: {error.strerror}\n")
    return 0


async def _prepare(emulator: Emulator, orders: list[object]) -> None:
    for order in orders:
        await carry_out(emulator, order)


async def _serve(emulator: Emulator, port: int, control_port: int | None, *, as_json: bool) -> None:
    async with AsyncExitStack() as stack:
        await _opened(port, stack.enter_async_context(emulator))
        settings = emulator.settings
        if control_port is not None:
            control = Control(emulator, control_port)
            await _opened(control_port, control.open())
            stack.push_async_callback(control.close)
            settings["EMULATOR_CONTROL"] = control.url
        sys.stdout.write(_as_json(emulator, settings) if as_json else _as_shell(settings))
        # Another process may be waiting for the address.
        sys.stdout.flush()
        await asyncio.get_running_loop().create_future()


async def _opened(port: int, opening: Awaitable[object]) -> None:
    try:
        await opening
    except OSError as error:
        raise OSError(error.errno, f"port {port}: {error.strerror}") from error


def _as_shell(settings: dict[str, str]) -> str:
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in settings.items())


def _as_json(emulator: Emulator, settings: dict[str, str]) -> str:
    fleet = emulator.fleet
    sizes = {
        "customers": len(fleet.customers()),
        "tenants": len(fleet.refs()),
        "users": fleet.user_count,
    }
    return json.dumps(settings | sizes) + "\n"
