"""An emulator of the service, for tests without an account.

It listens on this machine, and shares no code with the client: what it says comes from the
service's documents alone.
"""

from .dialect import Dialect
from .drift import Drift, Edit
from .emulator import Emulator
from .faults import Fault
from .fleet import Fleet
from .journal import Recorded
from .latency import Latency
from .limits import RateLimit
from .records import Customer, Ref, Tenant, User
from .script import Chaos
from .tokens import CUSTOMERS_SCOPE, USERS_SCOPE, ExpiresIn, Tokens

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
    "Latency",
    "RateLimit",
    "Recorded",
    "Ref",
    "Tenant",
    "Tokens",
    "User",
]
