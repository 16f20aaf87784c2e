"""What a tester orders of an emulator in JSON, from the command line or another process.

An order has a name and members, ``{"chaos": {"reset": 0.1}}``; the members are the arguments of
what the order stands for, and are checked against its signature.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar, cast, get_type_hints

import attrs
import msgspec

from avepoint_async.testing.chaos import Chaos
from avepoint_async.testing.delivery import JSON_TYPE
from avepoint_async.testing.dialect import Dialect
from avepoint_async.testing.drift import Drift
from avepoint_async.testing.edits import EDITS, ref_of
from avepoint_async.testing.emulator import Emulator
from avepoint_async.testing.faults import Fault
from avepoint_async.testing.identity import Tokens
from avepoint_async.testing.journal import Kind
from avepoint_async.testing.latency import Latency
from avepoint_async.testing.limits import RateLimit
from avepoint_async.testing.outages import Outage, Refusals, Silence, Trouble

T = TypeVar("T")
Members = Mapping[str, Any]


class OrderError(ValueError):
    """Raised for an order that is unknown, or whose members make no sense; says which and why."""


async def carry_out(emulator: Emulator, orders: object) -> None:
    """Carry out orders, one after another; an order's members may be a list of them.

    Raises:
        OrderError: the first that cannot be carried out; those before it are.
    """
    if not isinstance(orders, dict):
        raise OrderError(f"orders are an object of names and members: {orders!r} is none")
    for name, members in cast("dict[str, Any]", orders).items():
        order = ORDERS.get(name)
        if order is None:
            raise OrderError(f"there is no order {name!r}; there are: {', '.join(ORDERS)}")
        several = cast("list[object]", members) if isinstance(members, list) else [members]
        for each in several:
            await _carry_out_one(name, order, emulator, each)


async def _carry_out_one(
    name: str, order: Callable[[Emulator, Members], object], emulator: Emulator, members: object
) -> None:
    if not isinstance(members, dict):
        raise OrderError(f"{name}: the members are an object: {members!r} is none")
    try:
        result = order(emulator, cast("Members", members))
        if inspect.isawaitable(result):
            await result
    except (ValueError, TypeError, LookupError, OverflowError) as error:
        raise OrderError(f"{name}: {error}") from error


def _made(make: Callable[..., T], members: Members, *given: object) -> T:
    """Call ``make`` with ``given`` and with members that fit its signature.

    Raises:
        ValueError: a member is missing, unknown, or of another type.
    """
    hints = get_type_hints(vars(make)["__init__"] if isinstance(make, type) else make)
    parameters = [*inspect.signature(make).parameters.values()][len(given) :]
    fields: list[tuple[str, Any, Any]] = [
        (each.name, hints[each.name], msgspec.NODEFAULT if each.default is each.empty else None)
        for each in parameters
    ]
    schema = msgspec.defstruct("members", fields, forbid_unknown_fields=True, kw_only=True)
    read = msgspec.convert(dict(members), schema)
    return make(*given, **{name: getattr(read, name) for name in members})


# Settings.


def _dialect(emulator: Emulator, members: Members) -> None:
    bases: dict[str, Callable[[], Dialect]] = {
        "default": Dialect,
        "seed": Dialect.seed,
        "seed_sample": Dialect.seed_sample,
        "tables": Dialect.tables,
        "bare_list": Dialect.bare_list,
        "current": Dialect.current,
    }
    base = members.get("base", "default")
    if base not in bases:
        raise ValueError(f"base must be one of {', '.join(bases)}: {base!r} is not")
    changes = {name: value for name, value in members.items() if name != "base"}
    own = _made(Dialect, changes)
    read = {name: getattr(own, name) for name in changes}
    emulator.dialect = attrs.evolve(bases[base](), **read)


def _tokens(emulator: Emulator, members: Members) -> None:
    read = _made(Tokens, members)
    changes = {name: getattr(read, name) for name in members}
    emulator.tokens = attrs.evolve(emulator.tokens, **changes)


def _latency(
    seconds: float | None = None,
    low: float | None = None,
    high: float | None = None,
    median: float | None = None,
    sigma: float = 0.5,
) -> Latency | None:
    if median is not None:
        return Latency.lognormal(median, sigma)
    if low is not None and high is not None:
        return Latency.uniform(low, high)
    return Latency.constant(seconds) if seconds else None


def _rate_limit(
    rate: float | None = None,
    burst: float = 1,
    limit: int | None = None,
    period: float = 1.0,
    retry_after: float | str | None = None,
    status: int = 429,
) -> RateLimit:
    if rate is not None:
        return RateLimit.bucket(rate, burst, retry_after=retry_after, status=status)
    if limit is None:
        raise ValueError("a rate, or a limit of each period, is needed")
    return RateLimit.window(limit, period, retry_after=retry_after, status=status)


def _quota(emulator: Emulator, members: Members) -> None:
    ref = ref_of(emulator, members.get("customer"), members.get("tenant"))
    own = {name: each for name, each in members.items() if name not in {"customer", "tenant"}}
    emulator.quotas = {**emulator.quotas, ref: _made(_rate_limit, own)}


def _trouble(make: Callable[..., Trouble]) -> Callable[[Emulator, Members], None]:
    def add(emulator: Emulator, members: Members) -> None:
        emulator.troubles = (*emulator.troubles, _made(make, members))

    return add


def _setting(name: str, make: Callable[..., object]) -> Callable[[Emulator, Members], None]:
    def assign(emulator: Emulator, members: Members) -> None:
        setattr(emulator, name, _made(make, members) if members else None)

    return assign


def _calm(emulator: Emulator) -> None:
    """Take back every trouble, limit and fault."""
    emulator.troubles, emulator.quotas, emulator.rate_limit = (), {}, None
    emulator.chaos = emulator.drift = emulator.latency = None
    emulator.clear_script()


# Faults.


def _body(text: str, status: int = 200, content_type: str = JSON_TYPE) -> Fault:
    return Fault.body(text.encode(), status=status, content_type=content_type)


_FAULTS: Mapping[str, Callable[..., Fault]] = {
    "status": Fault.status,
    "body": _body,
    "redirect": Fault.redirect,
    "reset": Fault.reset,
    "cut": Fault.cut,
    "wrong_length": Fault.wrong_length,
    "trickle": Fault.trickle,
    "bad_gzip": Fault.bad_gzip,
    "huge": Fault.huge,
    "stall": Fault.stall,
    "delay": Fault.delay,
}
_WHOM = ("kind", "customer", "tenant", "page", "times")


def _script(emulator: Emulator, members: Members) -> None:
    fault = str(members.get("fault"))
    if fault not in _FAULTS:
        raise ValueError(f"fault must be one of {', '.join(_FAULTS)}: {fault!r} is not")
    own = {name: each for name, each in members.items() if name not in {"fault", *_WHOM}}
    whom = {name: each for name, each in members.items() if name in _WHOM}
    _made(_scripted, whom, emulator, _made(_FAULTS[fault], own))


def _scripted(
    emulator: Emulator,
    fault: Fault,
    kind: Kind | None = "users",
    customer: str | None = None,
    tenant: str | None = None,
    page: int | None = None,
    times: int | None = 1,
) -> None:
    ref = None if tenant is None else ref_of(emulator, customer, tenant)
    emulator.script(fault, kind=kind, tenant=ref, page=page, times=times)


# When it answers.


def _hold(emulator: Emulator, kinds: list[Kind] | None = None) -> None:
    emulator.hold(*kinds or ())


def _release(emulator: Emulator, count: int | None = None) -> None:
    emulator.release(count)


async def _wait(
    emulator: Emulator,
    arrived: int | None = None,
    kind: Kind | None = None,
    idle: int | None = None,
) -> None:
    if arrived is not None:
        await emulator.arrived(arrived, kind)
    if idle is not None:
        await emulator.idle(idle)


def _revoke_tokens(emulator: Emulator) -> None:
    emulator.revoke_tokens()


def _drop_connections(emulator: Emulator) -> None:
    emulator.drop_connections()


def _act(act: Callable[..., Awaitable[None] | None]) -> Callable[[Emulator, Members], object]:
    return lambda emulator, members: _made(act, members, emulator)


ORDERS: Mapping[str, Callable[[Emulator, Members], object]] = {
    "dialect": _dialect,
    "tokens": _tokens,
    "latency": _setting("latency", _latency),
    "rate_limit": _setting("rate_limit", _rate_limit),
    "quota": _quota,
    "refuse": _trouble(Refusals),
    "outage": _trouble(Outage),
    "silence": _trouble(Silence),
    "chaos": _setting("chaos", Chaos),
    "drift": _setting("drift", Drift),
    "calm": _act(_calm),
    "script": _script,
    **{name: _act(edit) for name, edit in EDITS.items()},
    "hold": _act(_hold),
    "release": _act(_release),
    "wait": _act(_wait),
    "revoke_tokens": _act(_revoke_tokens),
    "drop_connections": _act(_drop_connections),
}
