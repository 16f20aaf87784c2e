"""The app registration and the tokens that the emulated identity service knows."""

from collections.abc import Collection, Iterable
from enum import Enum
from typing import Any

import attrs

from avepoint_async.testing.bounds import POSITIVE, SECONDS

USERS_SCOPE = "elements.cbprotected.read.all"
CUSTOMERS_SCOPE = "elements.customers.read.all"


def _names(names: Iterable[str]) -> frozenset[str]:
    return frozenset(names)


class ExpiresIn(Enum):
    """What stands in the reply as ``expires_in``, if not a value of the tester's own."""

    HONEST = "the true lifetime"
    ABSENT = "no such member"


@attrs.frozen(kw_only=True)
class Tokens:
    """One app registration and how its tokens behave.

    Attributes:
        lifetime: seconds a token is really accepted, on the emulator's clock; above 0.
        delay: seconds the token address takes to answer.
        expires_in: what the reply claims: ``ExpiresIn.HONEST``, ``ExpiresIn.ABSENT``, or any
            value that JSON has, however absurd.
        client_id, client_secret: the credentials that are accepted.
        certificate: PEM of a certificate whose RS256 assertions are accepted too.
        granted_scopes: the scopes the app was granted; asking for another one fails whole.
        invalid_client_status: the status for refused credentials: 400 or 401.

    Raises:
        ValueError: a lifetime that is not above 0, a negative delay, another status.
    """

    lifetime: float = attrs.field(default=3600.0, validator=POSITIVE)
    delay: float = attrs.field(default=0.0, validator=SECONDS)
    expires_in: Any = ExpiresIn.HONEST
    client_id: str = "emulated-client"
    client_secret: str = attrs.field(default="emulated-secret", repr=False)
    certificate: bytes | None = attrs.field(default=None, repr=False)
    granted_scopes: Collection[str] = attrs.field(
        default=(USERS_SCOPE, CUSTOMERS_SCOPE), converter=_names
    )
    invalid_client_status: int = attrs.field(
        default=400, validator=attrs.validators.in_((400, 401))
    )
