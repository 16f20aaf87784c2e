"""The tenants to ask: those that discovery finds, or those that the caller names."""

from collections.abc import Callable, Collection, Iterable

from avepoint_async.paging.pager import Pager
from avepoint_async.paging.source import TenantSource, as_tenant, check_source, iterate
from avepoint_async.refs import TenantRef
from avepoint_async.resources.customers import Customer, TenantIterator
from avepoint_async.snapshots.entries import CustomerSeen, Entry, Given, RosterRead
from avepoint_async.snapshots.shard import Shard


class DiscoveredTenants(TenantIterator):
    """A walk over the customers that notes each, and gives those tenants that are not through.

    Args:
        customers: to be walked.
        asked_for: the ids of the filter, to tell those that are not there.
        note: takes a line for each customer, and one for the end of the list.
        through: tenants that need not be asked again.
        shard: only the tenants of this one are noted and given; None: all.
    """

    def __init__(
        self,
        customers: Pager[Customer],
        asked_for: Iterable[str],
        *,
        note: Callable[[Entry], None],
        through: Collection[TenantRef],
        shard: Shard | None = None,
    ) -> None:
        super().__init__(customers, asked_for)
        self._note = note
        self._through = through
        self._shard = shard

    async def __anext__(self) -> TenantRef:
        try:
            return await super().__anext__()
        except StopAsyncIteration:
            self._note(RosterRead(self.outcome.complete))
            raise

    def _refs_of(self, customer: Customer) -> list[TenantRef]:
        refs = super()._refs_of(customer)
        if self._shard is not None:
            refs = self._shard.share(refs)
        self._note(
            CustomerSeen(
                id=customer.id,
                organization=customer.organization,
                owner_email=customer.owner_email,
                country_or_region=customer.country_or_region,
                job_status=customer.job_status,
                management_mode=customer.management_mode,
                tenants=[(each.tenant_id, each.tenant_name) for each in refs],
            )
        )
        return [each for each in refs if each not in self._through]


async def read_given(source: TenantSource) -> list[TenantRef]:
    """All tenants that the caller names, each once.

    Raises:
        ConfigurationError: it is no source of tenants, or an item is none.
        Exception: what the source raises, as it is.
    """
    check_source(source)
    found: dict[TenantRef, TenantRef] = {}
    position = 0
    async for item in iterate(source):
        tenant = as_tenant(item, position)
        found.setdefault(tenant, tenant)
        position += 1
    return list(found)


def given_line(tenants: Iterable[TenantRef]) -> Given:
    """The manifest's line of the tenants that the caller named."""
    return Given([(e.customer_id, e.tenant_id, e.customer_name, e.tenant_name) for e in tenants])
