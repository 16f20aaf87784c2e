"""The partner's customers with their tenants, and the tenants of all of them to fan out over.

Source: AvePoint Graph API, *Get customers*.
"""

import logging
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from operator import attrgetter
from typing import Self

import attrs

from avepoint_async.errors import ConfigurationError, one_line
from avepoint_async.paging.endpoint import Endpoint
from avepoint_async.paging.errors import IncompleteError
from avepoint_async.paging.outcome import WalkOutcome
from avepoint_async.paging.pager import Pager
from avepoint_async.refs import CustomerRef, TenantRef
from avepoint_async.wire.rows import SIDE

logger = logging.getLogger(__name__)


@attrs.frozen
class Tenant:
    """One Microsoft 365 tenant of a customer.

    Attributes:
        id: the tenant's id.
        name: the tenant's name; None where the service has none.

    Source: AvePoint Graph API, *Get customers*.
    """

    id: str
    name: str | None = attrs.field(default=None, metadata=SIDE)


@attrs.frozen
class Customer:
    """One customer of the partner.

    Attributes:
        id: the customer's id.
        organization: the customer's name.
        owner_email: the address of the customer's owner.
        job_status: 0 N/A, 1 working, 2 failed, 3 waiting for configuration, 4 multiple issues
            found, 5 finished with exception, 6 no backup updates.
        country_or_region: the customer's country or region.
        management_mode: 0 by customer, 1 by partner, 2 to be configured.
        tenants: the customer's Microsoft 365 tenants.

    All but the id and the tenants are None where the service has no value, or nonsense.

    Source: AvePoint Graph API, *Get customers*.
    """

    id: str
    organization: str | None = attrs.field(metadata=SIDE)
    owner_email: str | None = attrs.field(metadata=SIDE)
    job_status: int | None = attrs.field(metadata=SIDE)
    country_or_region: str | None = attrs.field(metadata=SIDE)
    management_mode: int | None = attrs.field(metadata=SIDE)
    tenants: tuple[Tenant, ...]

    @property
    def ref(self) -> CustomerRef:
        """The customer's reference, for a fan-out over customers.

        Raises:
            ConfigurationError: the service gave an id that no request could name.
        """
        return CustomerRef(self.id, self.organization)


CUSTOMERS = Endpoint(
    path="/partner/external/v3/general/customers/batch",
    scopes=frozenset({"elements.customers.read.all"}),
    record=Customer,
    identity=attrgetter("id"),
)


class Tenants(AsyncIterable[TenantRef]):
    """Every tenant of every customer, read lazily: a recipe that can be iterated again.

    ::

        tenants = client.tenants()
        async for tenant in tenants:
            ...
        print(tenants.outcome)

    Attributes:
        outcome: how the latest walk over the customers stands; before the first, nothing.
    """

    def __init__(self, customers: Pager[Customer], asked_for: Iterable[str] = ()) -> None:
        self._customers = customers
        self._asked_for = tuple(asked_for)
        self._latest: TenantIterator | None = None

    def __repr__(self) -> str:
        return f"Tenants({self._customers!r})"

    @property
    def outcome(self) -> WalkOutcome:
        """How the latest walk over the customers stands."""
        return self._latest.outcome if self._latest else WalkOutcome()

    def __aiter__(self) -> "TenantIterator":
        self._latest = TenantIterator(self._customers, self._asked_for)
        return self._latest


class TenantIterator(AsyncIterator[TenantRef]):
    """One walk over the customers, which gives their tenants in order.

    Logged are a tenant that no request could name, and a customer that was asked for and is not
    there; either makes the outcome incomplete.
    """

    def __init__(self, customers: Pager[Customer], asked_for: Iterable[str]) -> None:
        self._walk = customers.walk()
        self._missing = {each.strip().casefold(): each for each in asked_for}
        self._tenants: deque[TenantRef] = deque()
        self._left_out = 0

    @property
    def outcome(self) -> WalkOutcome:
        """How the walk stands."""
        outcome = self._walk.outcome
        if not self._left_out:
            return outcome
        unreadable = outcome.unreadable + self._left_out
        return attrs.evolve(outcome, complete=False, unreadable=unreadable)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> TenantRef:
        while not self._tenants:
            try:
                customer = await anext(self._walk)
            except (StopAsyncIteration, IncompleteError):
                self._tell_missing()
                raise
            self._missing.pop(customer.id.strip().casefold(), None)
            self._tenants.extend(self._refs_of(customer))
        return self._tenants.popleft()

    def _refs_of(self, customer: Customer) -> list[TenantRef]:
        refs: list[TenantRef] = []
        for tenant in customer.tenants:
            try:
                ref = TenantRef(customer.id, tenant.id, customer.organization, tenant.name)
            except ConfigurationError as error:
                # The service's mistake, and one tenant's: the others are not to suffer from it.
                name = one_line(customer.organization or customer.id)
                logger.warning("a tenant of %s is left out: %s", name, error)
                self._left_out += 1
            else:
                refs.append(ref)
        return refs

    def _tell_missing(self) -> None:
        while self._missing:
            _, missing = self._missing.popitem()
            self._left_out += 1
            logger.warning("customer %s is not among those that the app may see", one_line(missing))

    async def aclose(self) -> None:
        """End the walk here."""
        self._tenants.clear()
        await self._walk.aclose()
