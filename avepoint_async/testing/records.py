"""What the emulated service holds: users, tenants and customers.

These records are the emulator's own. A test compares them with what the library makes of an
answer, so the two must not come from the same code.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar, cast, overload

import attrs

Source = TypeVar("Source")
Row = TypeVar("Row")

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
        if isinstance(source, str):
            return cls(source)
        return source if isinstance(source, User) else cls._of_row(source)

    @classmethod
    def _of_row(cls, row: Any) -> "User":
        if not isinstance(row, Mapping):
            message = f"a user is a User, a mail address or a mapping: {row!r} is none of these"
            raise TypeError(message)
        sent = dict(cast("Mapping[str, Any]", row))
        email, statuses = sent.get("email"), sent.get("moduleStatus")
        return cls(
            email if isinstance(email, str) else "",
            modules=_modules(statuses) if isinstance(statuses, list) else (),
            wire=sent,
        )

    def is_protected(self, module: int) -> bool | None:
        """Whether ``module`` is protected; None if it is not listed."""
        return dict(self.modules).get(module)


def _modules(statuses: Any) -> Modules:
    """The modules that can be read of a row as it is sent."""
    found: list[tuple[int, bool]] = []
    for status in statuses:
        match status:
            case {"module": int(module), "isProtected": bool(protected)}:
                found.append((module, protected))
            case {"Module": int(module), "IsProtected": bool(protected)}:
                found.append((module, protected))
            case _:
                pass
    return tuple(found)


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


@attrs.frozen
class Asked:
    """Whom a request asks about.

    Attributes:
        parameters: what stands in the path, by name, decoded.
        filters: what the body asks for, by name, in lower case.
    """

    parameters: Mapping[str, str]
    filters: Mapping[str, frozenset[str]]

    @property
    def customer(self) -> str:
        """The customer's id in the path."""
        return self.parameters["customer"]

    @property
    def ref(self) -> Ref:
        """The tenant in the path."""
        return Ref(self.customer, self.parameters["tenant"])

    def wants(self, name: str, value: str) -> bool:
        """Whether the filter of this name lets ``value`` pass; without one all pass."""
        return name not in self.filters or value.lower() in self.filters[name]


class Made(Sequence[Row], Generic[Source, Row]):
    """Rows that are made from their source when they are read."""

    def __init__(self, source: Sequence[Source], make: Callable[[Source], Row]) -> None:
        self._source = source
        self._make = make

    def __len__(self) -> int:
        return len(self._source)

    @overload
    def __getitem__(self, place: int) -> Row:  # noqa: D418  a body of dots counts as not run
        """One row."""

    @overload
    def __getitem__(self, place: slice) -> list[Row]:  # noqa: D418  likewise
        """Some of them."""

    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        if isinstance(place, slice):
            return [self._make(each) for each in self._source[place]]
        return self._make(self._source[place])
