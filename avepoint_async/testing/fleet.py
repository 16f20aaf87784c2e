"""The customers, tenants and users that the emulated service holds."""

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, cast

from avepoint_async.testing.bounds import AT_LEAST_ONE, COUNT
from avepoint_async.testing.generator import (
    GeneratedUsers,
    Sizes,
    customer_of,
    seed_of,
    tenant_counts,
    tenant_sizes,
    uuid_of,
)
from avepoint_async.testing.records import MAILBOX, ONEDRIVE, Customer, Ref, User
from avepoint_async.testing.tenant_users import TenantUsers, next_version

TenantContent = int | Iterable[User | Mapping[str, Any] | str]


class Fleet:
    """What the emulator serves; made by ``of``, ``generate`` or ``seed_sample``.

    Tenants that are given by a number compute their users when they are asked for, always the
    same ones. The first edit of such a tenant turns it into a list.

    Attributes:
        version: another number after every edit.
    """

    def __init__(self, by_tenant: Mapping[Ref, TenantUsers], customers: Iterable[Customer]) -> None:
        self._tenants = dict(by_tenant)
        self._customers = list(customers)
        self._owned: dict[str, list[Ref]] | None = None
        self.version = next_version()

    @classmethod
    def of(
        cls,
        tenants: Mapping[tuple[str, str], TenantContent],
        *,
        customers: Iterable[Customer] = (),
    ) -> "Fleet":
        """A fleet of these tenants, by ``(customer_id, tenant_id)``.

        A tenant's content is a number of users to be made up, or the users themselves: each a
        ``User``, a mail address, or a mapping that is sent as it stands, whatever the dialect.
        Customers that are not given are made up from the ids.
        """
        by_tenant = {
            _ref(ref): TenantUsers(_users(ref, content)) for ref, content in tenants.items()
        }
        known = {customer.id: customer for customer in customers}
        for customer_id, tenant_ids in _grouped(by_tenant).items():
            known.setdefault(customer_id, customer_of(customer_id, tenant_ids))
        return cls(by_tenant, known.values())

    @classmethod
    def accept(cls, source: "Fleet | Mapping[tuple[str, str], TenantContent] | None") -> "Fleet":
        """A fleet as it is, a mapping as ``of`` takes it, or twenty made-up customers for None.

        Raises:
            TypeError: it is nothing of these, or no mapping of pairs of ids.
        """
        return cls.generate() if source is None else cls._accepted(source)

    @classmethod
    def _accepted(cls, source: Any) -> "Fleet":
        if isinstance(source, Fleet):
            return source
        if isinstance(source, Mapping):
            return cls.of(cast("Mapping[tuple[str, str], TenantContent]", source))
        message = (
            "fleet must be a Fleet, or a mapping of (customer_id, tenant_id) to users: "
            f"{source!r} is neither"
        )
        raise TypeError(message)

    @classmethod
    def generate(
        cls,
        seed: int = 0,
        customers: int = 20,
        *,
        tenants: int | None = None,
        users: int | None = None,
        sizes: Sizes = "skewed",
        largest: int = 40_000,
    ) -> "Fleet":
        """A made-up fleet, the same for the same arguments.

        Args:
            seed: any integer.
            customers: how many customers.
            tenants: how many tenants in all; None gives each customer 1 to 12, mostly few.
            users: how many users in all; None lets every tenant's size fall as real ones do,
                from none to tens of thousands.
            sizes: how that total is shared: ``skewed`` (log-normal), ``zipf`` or ``equal``.
            largest: without a total, no tenant has more users than this.

        Raises:
            ValueError: a count below zero, no customers, or users without a tenant.
        """
        AT_LEAST_ONE.check("customers", customers)
        for name, count in {"tenants": tenants, "users": users, "largest": largest}.items():
            COUNT.check(name, count or 0)
        if users and tenants == 0:
            raise ValueError(f"{users} users need at least 1 tenant")
        rng = random.Random(seed_of("fleet", seed))
        counts = tenant_counts(rng, customers, tenants)
        made = iter(tenant_sizes(rng, sum(counts), users, sizes, largest))
        by_tenant: dict[Ref, TenantUsers] = {}
        owners: list[Customer] = []
        for place, count in enumerate(counts):
            customer_id = uuid_of(seed_of(seed, place))
            tenant_ids = [uuid_of(seed_of(seed, place, number)) for number in range(count)]
            owners.append(customer_of(customer_id, tenant_ids))
            for tenant_id in tenant_ids:
                ref = Ref(customer_id, tenant_id)
                by_tenant[ref] = TenantUsers(GeneratedUsers(seed_of(*ref), next(made)))
        return cls(by_tenant, owners)

    @classmethod
    def seed_sample(cls) -> "Fleet":
        """The one user of the service's documented sample; see ``Dialect.seed_sample``."""
        user = User(
            "admin@M365****.onmicrosoft.com", "M365****", ((MAILBOX, False), (ONEDRIVE, True))
        )
        return cls.of({("sample-customer", "sample-tenant"): [user]})

    # What it holds.

    def refs(self) -> list[Ref]:
        """Every tenant, in the order given or made."""
        return list(self._tenants)

    def customers(self) -> list[Customer]:
        """Every customer, in the order sent."""
        return list(self._customers)

    def users(self, ref: tuple[str, str]) -> Sequence[User]:
        """The users of a tenant as they are now, in the order sent; computed when read.

        Raises:
            KeyError: the fleet has no such tenant.
        """
        return self._tenants[Ref(*ref)].users

    def matching(self, ref: tuple[str, str], emails: Collection[str]) -> Sequence[User]:
        """The users of a tenant with one of these addresses (given in lower case), in order."""
        return self._tenants[Ref(*ref)].matching(emails)

    @property
    def user_count(self) -> int:
        """How many users the whole fleet has now."""
        return sum(len(users.users) for users in self._tenants.values())

    def tenant_users(self, ref: tuple[str, str]) -> TenantUsers | None:
        """The users of a tenant; None for a tenant that the fleet does not have."""
        return self._tenants.get(Ref(*ref))

    def tenants_of(self, customer_id: str) -> list[tuple[Ref, TenantUsers]] | None:
        """The tenants of a customer with their users; None for an unknown customer."""
        if self._owned is None:
            self._owned = {customer.id: list[Ref]() for customer in self._customers}
            for ref in self._tenants:
                self._owned.setdefault(ref.customer_id, []).append(ref)
        owned = self._owned.get(customer_id)
        return None if owned is None else [(ref, self._tenants[ref]) for ref in owned]

    # Edits, at any time. Positions count from 0 and follow Python's lists.

    def insert(
        self, ref: tuple[str, str], position: int, user: User | Mapping[str, Any] | str
    ) -> None:
        """Put a user into a tenant before ``position``; later ones move one on."""
        self._tenants[Ref(*ref)].insert(position, User.of(user))
        self.version = next_version()

    def remove(self, ref: tuple[str, str], position: int) -> User:
        """Take the user at ``position`` out of a tenant; later ones move one back."""
        user = self._tenants[Ref(*ref)].remove(position)
        self.version = next_version()
        return user

    def move(self, ref: tuple[str, str], position: int, target: int) -> User:
        """Take the user at ``position`` out, and put it where it then stands at ``target``."""
        user = self._tenants[Ref(*ref)].move(position, target)
        self.version = next_version()
        return user

    def replace(
        self, ref: tuple[str, str], position: int, user: User | Mapping[str, Any] | str
    ) -> User:
        """Put a user in the place of the one at ``position``, who is returned."""
        before = self._tenants[Ref(*ref)].replace(position, User.of(user))
        self.version = next_version()
        return before

    def insert_customer(
        self,
        position: int,
        customer: Customer,
        users: Mapping[str, TenantContent] | None = None,
    ) -> None:
        """Put a customer into the list before ``position``, with its tenants.

        Args:
            position: where.
            customer: the customer.
            users: what its tenants hold, by the tenant's id, as `of` takes it; others are empty.

        Raises:
            ValueError: there is such a customer.
        """
        if any(known.id == customer.id for known in self._customers):
            raise ValueError(f"the fleet has a customer {customer.id!r} already")
        self._customers.insert(position, customer)
        for tenant in customer.tenants:
            ref = Ref(customer.id, tenant.id)
            self._tenants[ref] = TenantUsers(_users(ref, (users or {}).get(tenant.id, 0)))
        self._change()

    def remove_customer(self, position: int) -> Customer:
        """Take the customer at ``position`` out of the list, with all its tenants."""
        customer = self._customers.pop(position)
        self._tenants = {
            ref: users for ref, users in self._tenants.items() if ref.customer_id != customer.id
        }
        self._change()
        return customer

    def move_customer(self, position: int, target: int) -> Customer:
        """Take the customer at ``position`` out, and put it where it then stands at ``target``."""
        customer = self._customers.pop(position)
        self._customers.insert(target, customer)
        self._change()
        return customer

    def _change(self) -> None:
        self._owned = None
        self.version = next_version()


def _ref(key: object) -> Ref:
    match key:
        case (str(customer_id), str(tenant_id)):
            return Ref(customer_id, tenant_id)
        case _:
            message = f"a tenant is named by a pair (customer_id, tenant_id): {key!r} is none"
            raise TypeError(message)


def _users(ref: tuple[str, str], content: Any) -> Sequence[User]:
    if isinstance(content, int):
        if content < 0:
            message = f"tenant {ref} cannot have {content} users"
            raise ValueError(message)
        return GeneratedUsers(seed_of(*ref), content)
    if isinstance(content, str | Mapping) or not isinstance(content, Iterable):
        message = (
            f"the users of tenant {tuple(ref)} must be a number or a list: {content!r} is neither"
        )
        raise TypeError(message)
    return [User.of(user) for user in cast("Iterable[User]", content)]


def _grouped(refs: Iterable[Ref]) -> dict[str, list[str]]:
    tenants: dict[str, list[str]] = {}
    for customer_id, tenant_id in refs:
        tenants.setdefault(customer_id, []).append(tenant_id)
    return tenants
