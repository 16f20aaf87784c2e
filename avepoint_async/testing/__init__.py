"""An emulator of the service, for tests without an account.

It listens on this machine, and shares no code with the client: what it says comes from the
service's documents alone. A name is loaded when it is first asked for (PEP 562), so that the
pytest plugin costs a suite nothing that does not use it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avepoint_async.testing.chaos import Chaos
    from avepoint_async.testing.dialect import Dialect
    from avepoint_async.testing.drift import Drift, Edit
    from avepoint_async.testing.emulator import Emulator
    from avepoint_async.testing.faults import Fault
    from avepoint_async.testing.fleet import Fleet
    from avepoint_async.testing.identity import (
        COSTS_SCOPE,
        CUSTOMERS_SCOPE,
        DIRECTORY_SCOPE,
        JOBS_SCOPE,
        LICENSE_SCOPE,
        USERS_SCOPE,
        ExpiresIn,
        Tokens,
    )
    from avepoint_async.testing.journal import Kind, Recorded
    from avepoint_async.testing.latency import Latency
    from avepoint_async.testing.limits import RateLimit
    from avepoint_async.testing.outages import Outage, Refusals, Silence, Trouble
    from avepoint_async.testing.records import Customer, Ref, Tenant, User
    from avepoint_async.testing.threaded import ThreadedEmulator

__all__ = [
    "COSTS_SCOPE",
    "CUSTOMERS_SCOPE",
    "DIRECTORY_SCOPE",
    "JOBS_SCOPE",
    "LICENSE_SCOPE",
    "USERS_SCOPE",
    "Chaos",
    "Customer",
    "Dialect",
    "Drift",
    "Edit",
    "Emulator",
    "ExpiresIn",
    "Fault",
    "Fleet",
    "Kind",
    "Latency",
    "Outage",
    "RateLimit",
    "Recorded",
    "Ref",
    "Refusals",
    "Silence",
    "Tenant",
    "ThreadedEmulator",
    "Tokens",
    "Trouble",
    "User",
]

_HOMES = {
    "chaos": ["Chaos"],
    "dialect": ["Dialect"],
    "drift": ["Drift", "Edit"],
    "emulator": ["Emulator"],
    "faults": ["Fault"],
    "fleet": ["Fleet"],
    "identity": [
        "COSTS_SCOPE",
        "CUSTOMERS_SCOPE",
        "DIRECTORY_SCOPE",
        "JOBS_SCOPE",
        "LICENSE_SCOPE",
        "USERS_SCOPE",
        "ExpiresIn",
        "Tokens",
    ],
    "journal": ["Kind", "Recorded"],
    "latency": ["Latency"],
    "limits": ["RateLimit"],
    "outages": ["Outage", "Refusals", "Silence", "Trouble"],
    "records": ["Customer", "Ref", "Tenant", "User"],
    "threaded": ["ThreadedEmulator"],
}


def __getattr__(name: str) -> object:
    for module, names in _HOMES.items():
        if name in names:
            # Kept, so that this is asked once for each name.
            value = globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
            return value
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
