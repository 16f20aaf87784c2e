"""Which tenants are there: every pair of every customer, read lazily."""

import logging
from collections.abc import AsyncGenerator

from avepoint_async.errors import ConfigurationError
from avepoint_async.models import Customer, TenantRef
from avepoint_async.paging.pager import Pager

logger = logging.getLogger(__name__)


async def pairs_of(customers: Pager[Customer]) -> AsyncGenerator[TenantRef]:
    """The tenants of each customer, in order; one that no request could name is logged."""
    async for customer in customers:
        for tenant in customer.tenants:
            try:
                pair = TenantRef(customer.id, tenant.id)
            except ConfigurationError as error:
                # The service's mistake, and one tenant's: the others are not to suffer from it.
                logger.warning("a tenant of %r is left out: %s", customer.organization, error)
            else:
                yield pair
