"""The options of the emulator's command, and the emulator that they describe.

Options that say what shall happen are orders (``orders``): ``--chaos reset=0.1,slow=0.2`` is
``{"chaos": {"reset": 0.1, "slow": 0.2}}``.
"""

import argparse
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar, cast

from avepoint_async.testing.bounds import AT_LEAST_ONE, COUNT, PORT, POSITIVE, SECONDS, Bounds
from avepoint_async.testing.edits import EDITS
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

# Options that are orders: the member that a first word without a key is for, and the help.
_ORDERS: dict[str, tuple[str | None, str]] = {
    "dialect": ("base", "how answers are spelled, such as tables,null_text=N/A"),
    "tokens": (None, "how tokens behave, such as delay=0.4,expires_in=59"),
    "quota": (None, "a limit of one tenant, such as tenant=t1,rate=0.2,retry_after=5"),
    "refuse": (None, "a share of requests, such as share=0.02,status=503"),
    "outage": (None, "a rhythm, such as away=0.4,every=1.6"),
    "chaos": (None, "chances of troubles, such as reset=0.05,slow=0.2,seed=7"),
    "drift": (None, "chances that rows shift, such as insert=0.1,remove=0.1,move=0.1"),
    "fault": ("fault", "met by the next request, such as status,status=503,page=2,times=3"),
    "edit": ("edit", f"of one user: {', '.join(EDITS)}; such as protect,position=0,mailbox=false"),
}


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
    for name, (first, help_text) in _ORDERS.items():
        metavar = "NAME[,KEY=VALUE…]" if first else "KEY=VALUE[,…]"
        read = _spec(first)
        add(f"--{name}", type=read, action="append", default=[], metavar=metavar, help=help_text)
    add("--silence", action="store_true", help="answer no API request, and issue tokens")
    add("--order", type=_json, action="append", default=[], metavar="JSON", help="any order at all")
    add(
        "--tenant",
        type=_tenant,
        action="append",
        default=[],
        metavar="CUSTOMER/TENANT=USERS",
        help="serve this tenant, and no made-up ones",
    )
    add("--control", type=port, help="port on 127.0.0.1 that takes orders by HTTP; 0: any")
    add("--json", action="store_true", help="print the settings as one line of JSON")
    return parser


def emulator_of(options: argparse.Namespace) -> Emulator:
    """The emulator that the options describe.

    Raises:
        ValueError: they make no sense together.
    """
    _check_together(options)
    return Emulator(
        fleet=_fleet(options),
        page_size_limit=options.page_size_limit,
        latency=options.latency,
        rate_limit=_limit(options),
        tokens=Tokens(lifetime=options.token_lifetime),
        seed=options.seed,
        port=options.port,
        page_cache=options.page_cache,
        record=options.control is not None,
    )


def orders_of(options: argparse.Namespace) -> list[object]:
    """What the emulator is to be told before it starts, in the order of the options' names."""
    orders: list[object] = [
        {name: spec}
        for name in _ORDERS
        if name not in {"fault", "edit"}
        for spec in vars(options)[name]
    ]
    orders += [{"script": spec} for spec in options.fault]
    orders += [
        {spec.get("edit"): {key: value for key, value in spec.items() if key != "edit"}}
        for spec in options.edit
    ]
    if options.silence:
        orders.append({"silence": {}})
    return [*orders, *options.order]


def _fleet(options: argparse.Namespace) -> Fleet:
    if options.tenant:
        return Fleet.of(dict(options.tenant))
    return Fleet.generate(
        options.seed,
        options.customers,
        tenants=options.tenants,
        users=options.users,
        sizes=options.sizes or "skewed",
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


def _spec(first: str | None) -> Callable[[str], dict[str, Any]]:
    """Reads the members of an order: pairs of key and value, or a JSON object."""

    def read(text: str) -> dict[str, Any]:
        if text.startswith("{"):
            return _json(text)
        members: dict[str, Any] = {}
        for place, part in enumerate(text.split(",")):
            key, equals, value = part.partition("=")
            if not equals and (place or first is None):
                raise argparse.ArgumentTypeError(f"must be KEY=VALUE: {part!r} is not")
            members |= {key: _value(value)} if equals else {str(first): key}
        return members

    return read


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _json(text: str) -> dict[str, Any]:
    with suppress(ValueError):
        value: object = json.loads(text)
        if isinstance(value, dict):
            return cast("dict[str, Any]", value)
    raise argparse.ArgumentTypeError(f"must be a JSON object: {text!r} is not")


def _tenant(text: str) -> tuple[tuple[str, str], int]:
    ids, _, users = text.rpartition("=")
    customer, _, tenant = ids.partition("/")
    if not (customer and tenant and users.isascii() and users.isdecimal()):
        message = f"must be CUSTOMER/TENANT=USERS, such as contoso/main=250: {text!r} is not"
        raise argparse.ArgumentTypeError(message)
    return (customer, tenant), int(users)
