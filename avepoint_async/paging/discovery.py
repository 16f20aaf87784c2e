"""Which tenants are there: every pair of every customer, read lazily."""

import logging
from collections.abc import AsyncGenerator, Iterable

from avepoint_async.errors import ConfigurationError, one_line
from avepoint_async.models import Customer, TenantRef
from avepoint_async.paging.pager import Pager

logger = logging.getLogger(__name__)


async def pairs_of(
    customers: Pager[Customer], asked_for: Iterable[str] = ()
) -> AsyncGenerator[TenantRef]:
    """The tenants of each customer, in order.

    Logged are a tenant that no request could name, and a customer that was asked for and is not
    there.
    """
    missing = {each.casefold(): each for each in asked_for}
    async for customer in customers:
        missing.pop(customer.id.casefold(), None)
        for tenant in customer.tenants:
            try:
                pair = TenantRef(customer.id, tenant.id)
            except ConfigurationError as error:
                # The service's mistake, and one tenant's: the others are not to suffer from it.
                logger.warning("a tenant of %r is left out: %s", customer.organization, error)
            else:
                yield pair
    for each in missing.values():
        logger.warning("customer %s is not among those that the app may see", one_line(each))
