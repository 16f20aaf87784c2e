"""What each customer bought: seats, capacity, expiry.

Source: AvePoint Graph API, *Get all services*.
"""

from datetime import datetime
from operator import attrgetter

import attrs

from avepoint_async.paging.endpoint import Endpoint
from avepoint_async.wire.rows import SIDE


@attrs.frozen(kw_only=True)
class Subscription:
    """One subscription of a customer; a service may come several times.

    Attributes:
        service: the service's name, such as "Cloud Backup for Microsoft 365".
        subscription_model: how it is counted.
        purchased_user_seats: seats bought.
        purchased_units: units bought, as text.
        microsoft_license_assigned: Microsoft's own licences that are assigned.
        microsoft_license_available: Microsoft's own licences that there are.
        purchased_capacity: capacity bought, as text such as "1044 GB" or "0/1 GB".
        protected_capacity: capacity in use, as text with its unit.
        storage: where the data is kept.
        retention: how long it is kept.
        consumed_storage: storage in use, as text with its unit.
        expiration_date: when it ends.
        change: how the seats changed since the first day of the month, as text.
        source: how it was bought.
        payment_type: how it is paid.
        subscription_name: its name (Fly alone).
        package: its package (Cloud Backup for Microsoft 365 alone).
        contract_end_date: when the contract ends.

    All but the service are None where the service has no value, or nonsense.

    Source: AvePoint Graph API, *Get all services*.
    """

    service: str
    subscription_model: str | None = attrs.field(default=None, metadata=SIDE)
    purchased_user_seats: int | None = attrs.field(default=None, metadata=SIDE)
    purchased_units: str | None = attrs.field(default=None, metadata=SIDE)
    microsoft_license_assigned: int | None = attrs.field(default=None, metadata=SIDE)
    microsoft_license_available: int | None = attrs.field(default=None, metadata=SIDE)
    purchased_capacity: str | None = attrs.field(default=None, metadata=SIDE)
    protected_capacity: str | None = attrs.field(default=None, metadata=SIDE)
    storage: str | None = attrs.field(default=None, metadata=SIDE)
    retention: str | None = attrs.field(default=None, metadata=SIDE)
    consumed_storage: str | None = attrs.field(default=None, metadata=SIDE)
    expiration_date: datetime | None = attrs.field(default=None, metadata=SIDE)
    change: str | None = attrs.field(default=None, metadata=SIDE)
    source: str | None = attrs.field(default=None, metadata=SIDE)
    payment_type: str | None = attrs.field(default=None, metadata=SIDE)
    subscription_name: str | None = attrs.field(default=None, metadata=SIDE)
    package: str | None = attrs.field(default=None, metadata=SIDE)
    contract_end_date: datetime | None = attrs.field(default=None, metadata=SIDE)


@attrs.frozen(kw_only=True)
class CustomerSubscriptions:
    """One customer with its subscriptions.

    Attributes:
        customer_id: the customer's id.
        organization: the customer's name; None where the service has none.
        customer: the address of the customer's owner; None where the service has none.
        products: what the customer bought.

    Source: AvePoint Graph API, *Get all services*.
    """

    customer_id: str
    organization: str | None = None
    customer: str | None = None
    products: tuple[Subscription, ...] = ()


SUBSCRIPTIONS = Endpoint(
    path="/partner/external/v3/general/customers/services/batch",
    scopes=frozenset({"elements.license.read.all"}),
    record=CustomerSubscriptions,
    identity=attrgetter("customer_id"),
)
