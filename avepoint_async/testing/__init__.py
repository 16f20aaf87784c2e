"""An emulator of the service, for tests without an account.

It listens on this machine, and shares no code with the client: what it says comes from the
service's documents alone.
"""

from avepoint_async.testing.chaos import Chaos
from avepoint_async.testing.dialect import Dialect
from avepoint_async.testing.drift import Drift, Edit
from avepoint_async.testing.emulator import Emulator
from avepoint_async.testing.faults import Fault
from avepoint_async.testing.fleet import Fleet
from avepoint_async.testing.journal import Kind, Recorded
from avepoint_async.testing.latency import Latency
from avepoint_async.testing.limits import RateLimit
from avepoint_async.testing.records import Customer, Ref, Tenant, User
from avepoint_async.testing.threaded import ThreadedEmulator
from avepoint_async.testing.tokens import CUSTOMERS_SCOPE, USERS_SCOPE, ExpiresIn, Tokens

__all__ = [
    "CUSTOMERS_SCOPE",
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
    "RateLimit",
    "Recorded",
    "Ref",
    "Tenant",
    "ThreadedEmulator",
    "Tokens",
    "User",
]
