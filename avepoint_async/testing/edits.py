"""Edits of an emulator's fleet as another process may order them.

Positions count from 0. Without a customer and a tenant an edit is of the first tenant there is.
"""

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import msgspec

from avepoint_async.testing.emulator import Emulator
from avepoint_async.testing.records import MAILBOX, ONEDRIVE, Customer, Ref, User


def ref_of(emulator: Emulator, customer: str | None, tenant: str | None) -> Ref:
    """The first tenant with these ids; None stands for any."""
    for ref in emulator.fleet.refs():
        if customer in (None, ref.customer_id) and tenant in (None, ref.tenant_id):
            return ref
    raise ValueError(f"the fleet has no tenant {tenant!r} of a customer {customer!r}")


def insert(
    emulator: Emulator,
    user: str | dict[str, Any],
    position: int = 0,
    customer: str | None = None,
    tenant: str | None = None,
) -> None:
    """Put a user into a tenant."""
    emulator.fleet.insert(ref_of(emulator, customer, tenant), position, _user(user))


def remove(
    emulator: Emulator, position: int, customer: str | None = None, tenant: str | None = None
) -> None:
    """Take a user out of a tenant."""
    emulator.fleet.remove(ref_of(emulator, customer, tenant), position)


def move(
    emulator: Emulator,
    position: int,
    target: int,
    customer: str | None = None,
    tenant: str | None = None,
) -> None:
    """Take a user out and put it in where it then stands at ``target``."""
    emulator.fleet.move(ref_of(emulator, customer, tenant), position, target)


def replace(
    emulator: Emulator,
    position: int,
    user: str | dict[str, Any],
    customer: str | None = None,
    tenant: str | None = None,
) -> None:
    """Put a user in the place of another."""
    emulator.fleet.replace(ref_of(emulator, customer, tenant), position, _user(user))


def protect(
    emulator: Emulator,
    position: int,
    mailbox: bool | None = None,  # noqa: FBT001  given by name
    onedrive: bool | None = None,  # noqa: FBT001  likewise
    customer: str | None = None,
    tenant: str | None = None,
) -> None:
    """Change which modules of a user are protected."""
    ref = ref_of(emulator, customer, tenant)
    user = emulator.fleet.users(ref)[position]
    told = {MAILBOX: mailbox, ONEDRIVE: onedrive}
    wanted = dict(user.modules) | {each: flag for each, flag in told.items() if flag is not None}
    emulator.fleet.replace(ref, position, attrs.evolve(user, modules=tuple(wanted.items())))


def _user(user: str | dict[str, Any]) -> User | Mapping[str, Any] | str:
    """An address, the fields of a `User`, or a row that is sent as it stands."""
    fields = {field.name for field in attrs.fields(User)}
    if isinstance(user, dict) and user.keys() <= fields:
        return msgspec.convert(user, User)
    return user


def insert_customer(
    emulator: Emulator,
    customer: Customer,
    position: int = 0,
    users: dict[str, int | list[str | dict[str, Any]]] | None = None,
) -> None:
    """Put a customer into the list, and what its tenants hold."""
    emulator.fleet.insert_customer(position, customer, users)


def remove_customer(emulator: Emulator, position: int) -> None:
    """Take a customer out of the list."""
    emulator.fleet.remove_customer(position)


def move_customer(emulator: Emulator, position: int, target: int) -> None:
    """Move a customer within the list."""
    emulator.fleet.move_customer(position, target)


EDITS: Mapping[str, Callable[..., None]] = {
    "insert": insert,
    "remove": remove,
    "move": move,
    "replace": replace,
    "protect": protect,
    "insert_customer": insert_customer,
    "remove_customer": remove_customer,
    "move_customer": move_customer,
}
