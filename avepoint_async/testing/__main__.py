"""Runs the emulator until it is interrupted, for programs in any language.

::

    python -m avepoint_async.testing --port 8080 --customers 20 --seed 1

It prints the settings to export, and ends quietly on Ctrl-C.
"""

import argparse
import asyncio
import json
import shlex
import sys
from collections.abc import Sequence
from contextlib import suppress

from avepoint_async.testing.emulator import Emulator
from avepoint_async.testing.fleet import Fleet
from avepoint_async.testing.limits import RateLimit
from avepoint_async.testing.tokens import Tokens


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command until an interrupt, which is status 0.

    Raises:
        SystemExit: 2 for wrong options, 1 for a port that cannot be had.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        emulator = _emulator(options)
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


def _emulator(options: argparse.Namespace) -> Emulator:
    fleet = Fleet.generate(
        options.seed,
        options.customers,
        tenants=options.tenants,
        users=options.users,
        sizes=options.sizes,
    )
    limit = (
        RateLimit.bucket(options.rate_limit, options.burst, retry_after=options.retry_after)
        if options.rate_limit
        else None
    )
    return Emulator(
        fleet=fleet,
        page_size_limit=options.page_size_limit,
        latency=options.latency,
        rate_limit=limit,
        tokens=Tokens(lifetime=options.token_lifetime),
        seed=options.seed,
        port=options.port,
        page_cache=options.page_cache,
        record=False,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m avepoint_async.testing",
        description="Emulate the service on this machine until interrupted.",
    )
    add = parser.add_argument
    add("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes any free one")
    add("--seed", type=int, default=0, help="of the made-up fleet")
    add("--customers", type=int, default=20, help="how many customers")
    add("--tenants", type=int, help="tenants in all; by default 1 to 12 for each customer")
    add("--users", type=int, help="users in all; by default as real tenants have")
    add("--sizes", choices=["skewed", "zipf", "equal"], default="skewed", help="shares of --users")
    add("--page-size-limit", type=int, default=100, help="the largest page")
    add("--page-cache", type=int, default=2048, help="encoded pages kept")
    add("--latency", type=float, default=0.0, help="seconds for each API request")
    add("--rate-limit", type=float, help="API requests a second")
    add("--burst", type=float, default=1.0, help="requests let through at once after a pause")
    add("--retry-after", help="the header of a refusal")
    add("--token-lifetime", type=float, default=3600.0, help="seconds")
    add("--json", action="store_true", help="print the settings as one line of JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
