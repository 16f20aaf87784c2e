"""What the emulated service holds: users, tenants and customers.

These records are the emulator's own. A test compares them with what the library makes of an
answer, so the two must not come from the same code.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

import attrs

MAILBOX = 0
ONEDRIVE = 2

Modules = tuple[tuple[int, bool], ...]


class Ref(NamedTuple):
    """One tenant of one customer; equal to the plain tuple of its ids."""

    customer_id: str
    tenant_id: str


# Without slots a frozen record is built three times faster, and pages build hundreds.
@attrs.frozen(slots=False)
class User:
    """One user of one tenant.

    Attributes:
        email: the mail address, as the service spells it.
        display_name: the name; None is sent as null.
        modules: pairs of module number and whether it is protected, in the order sent.
        id: the user's id; sent where the dialect has a key for it.
        wire: the row to send as it stands, whatever the dialect; for rows that no server should
            send.
    """

    email: str
    display_name: str | None = None
    modules: Modules = ((MAILBOX, True), (ONEDRIVE, True))
    id: str | None = None
    wire: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, source: "User | Mapping[str, Any] | str") -> "User":
        """A user from a user, from a bare mail address, or from a row to be sent as it stands."""
        given: object = source
        if isinstance(given, User):
            return given
        if isinstance(given, str):
            return cls(given)
        if not isinstance(given, Mapping):
            message = f"a user is a User, a mail address or a mapping: {given!r} is none of these"
            raise TypeError(message)
        row = cast("Mapping[str, Any]", given)
        email = row.get("email")
        return cls(email if isinstance(email, str) else "", wire=dict(row))

    def is_protected(self, module: int) -> bool | None:
        """Whether ``module`` is protected; None if it is not listed."""
        return dict(self.modules).get(module)


@attrs.frozen
class Tenant:
    """One tenant as its customer lists it; a name of None is sent as null."""

    id: str
    name: str | None = None


@attrs.frozen
class Customer:
    """One customer, with the values that customers/batch sends.

    Attributes:
        id: the customer's id.
        organization: the customer's name.
        owner_email: the owner's address.
        job_status: 0 to 6.
        country_or_region: a country's name.
        management_mode: 0 to 2.
        tenants: the customer's tenants, in the order sent.
    """

    id: str
    organization: str | None = None
    owner_email: str | None = None
    job_status: int = 5
    country_or_region: str | None = None
    management_mode: int = 1
    tenants: tuple[Tenant, ...] = ()
