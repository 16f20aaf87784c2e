"""What a method of the client takes for a customer or a tenant: ids, references or records."""

from typing import TypeAlias

from avepoint_async.errors import ConfigurationError
from avepoint_async.refs import CustomerRef, TenantRef
from avepoint_async.resources.customers import Customer, Tenant

CustomerLike: TypeAlias = str | Customer | CustomerRef


def tenant_ref(customer: str | Customer | TenantRef, tenant: str | Tenant | None) -> TenantRef:
    """The tenant that the two arguments name.

    Raises:
        ConfigurationError: they name none.
    """
    if isinstance(customer, TenantRef):
        if tenant is not None:
            message = "a TenantRef stands for both ids: leave the second out"
            raise ConfigurationError(message)
        return customer
    if tenant is None:
        message = "tenant_id is missing: give customer_id and tenant_id, or one TenantRef"
        raise ConfigurationError(message)
    return TenantRef(
        customer.id if isinstance(customer, Customer) else customer,
        tenant.id if isinstance(tenant, Tenant) else tenant,
    )


def customer_ref(customer: CustomerLike) -> str | CustomerRef:
    """The customer that the argument names.

    Raises:
        ConfigurationError: the service gave the customer an id that no request could carry.
    """
    return customer.ref if isinstance(customer, Customer) else customer
