"""The options of the emulator's command, and the emulator that they describe."""

import argparse
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from avepoint_async.testing.bounds import AT_LEAST_ONE, COUNT, PORT, POSITIVE, SECONDS, Bounds
from avepoint_async.testing.emulator import Emulator
from avepoint_async.testing.fleet import Fleet
from avepoint_async.testing.identity import Tokens
from avepoint_async.testing.limits import RateLimit

Number = TypeVar("Number", int, float)

# What says nothing without another option, and why.
_NEEDED = (
    ("sizes", "users", "it tells how that number is shared out"),
    ("burst", "rate_limit", "it is a part of the limit"),
    ("retry_after", "rate_limit", "without a limit nothing is refused"),
)


def parser_of(program: str) -> argparse.ArgumentParser:
    """The parser for the command of this name."""
    parser = argparse.ArgumentParser(
        prog=program, description="Emulate the service on this machine until interrupted."
    )
    add = parser.add_argument
    port, count, positive = _read(int, PORT), _read(int, COUNT), _read(float, POSITIVE)
    at_least_one, seconds = _read(int, AT_LEAST_ONE), _read(float, SECONDS)
    add("--port", type=port, default=0, help="port on 127.0.0.1; 0 takes any free one")
    add("--seed", type=int, default=0, help="of the made-up fleet")
    add("--customers", type=at_least_one, default=20, help="how many customers")
    add("--tenants", type=count, help="tenants in all; by default 1 to 12 for each customer")
    add("--users", type=count, help="users in all; by default as real tenants have")
    add("--sizes", choices=["skewed", "zipf", "equal"], help="shares of --users; else skewed")
    add("--page-size-limit", type=at_least_one, default=100, help="the largest page")
    add("--page-cache", type=count, default=2048, help="encoded pages kept")
    add("--latency", type=seconds, default=0.0, help="seconds for each API request")
    add("--rate-limit", type=positive, help="API requests a second; by default no limit")
    add(
        "--burst", type=_read(float, AT_LEAST_ONE), help="let through at once after a pause; else 1"
    )
    add("--retry-after", help="the header of a refusal")
    add("--token-lifetime", type=positive, default=3600.0, help="seconds")
    add("--json", action="store_true", help="print the settings as one line of JSON")
    return parser


def emulator_of(options: argparse.Namespace) -> Emulator:
    """The emulator that the options describe.

    Raises:
        ValueError: they make no sense together.
    """
    _check_together(options)
    fleet = Fleet.generate(
        options.seed,
        options.customers,
        tenants=options.tenants,
        users=options.users,
        sizes=options.sizes or "skewed",
    )
    return Emulator(
        fleet=fleet,
        page_size_limit=options.page_size_limit,
        latency=options.latency,
        rate_limit=_limit(options),
        tokens=Tokens(lifetime=options.token_lifetime),
        seed=options.seed,
        port=options.port,
        page_cache=options.page_cache,
        record=False,
    )


def _check_together(options: argparse.Namespace) -> None:
    for name, needed, reason in _NEEDED:
        if getattr(options, name) is not None and getattr(options, needed) is None:
            raise ValueError(f"{_spelled(name)} needs {_spelled(needed)}: {reason}")


def _limit(options: argparse.Namespace) -> RateLimit | None:
    if options.rate_limit is None:
        return None
    return RateLimit.bucket(options.rate_limit, options.burst or 1, retry_after=options.retry_after)


def _read(kind: type[Number], bounds: Bounds) -> Callable[[str], Number]:
    """Reads the text of an option, and says what it must be if it is not."""
    called = {int: "a whole number", float: "a number"}[kind]

    def read(text: str) -> Number:
        with suppress(ValueError):
            number = kind(text)
            if bounds.fits(number):
                return number
        raise argparse.ArgumentTypeError(f"must be {called}, {bounds.what}: {text!r} is not")

    return read


def _spelled(name: str) -> str:
    return f"--{name.replace('_', '-')}"
