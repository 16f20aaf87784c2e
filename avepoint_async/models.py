"""What the service tells us, as frozen records."""

from enum import IntEnum
from typing import Self

import attrs

from avepoint_async.arguments import is_unicode
from avepoint_async.errors import ConfigurationError


class Module(IntEnum):
    """A part of Microsoft 365 that is backed up per user.

    Open: an integer that is not named here becomes an unnamed member that keeps its value, so
    that a module the service adds tomorrow is data and not an error.

    Source: AvePoint Graph API, *Get customer tenant protected user status*.
    """

    MAILBOX = 0
    ONEDRIVE = 2

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if isinstance(value, bool) or not isinstance(value, int):
            return None
        value = int(value)
        member = int.__new__(cls, value)
        member._name_ = f"MODULE_{value}"
        member._value_ = value
        return member


@attrs.frozen
class ModuleStatus:
    """Whether one module of one user is protected.

    Attributes:
        module: which part of Microsoft 365.
        is_protected: whether it is backed up.

    Source: AvePoint Graph API, *Get customer tenant protected user status*.
    """

    module: Module
    is_protected: bool


@attrs.frozen(weakref_slot=False)  # of the layout of a plain class, for the decoder's sake
class ProtectedUser:
    """One user of one tenant, and which of their modules are protected.

    Attributes:
        email: the user's address, as the service spells it.
        display_name: the user's name; None where the service has none.
        module_status: one entry for each module that the service lists.
        id: the user's id; None where the service's revision does not send one.

    Source: AvePoint Graph API, *Get customer tenant protected user status*.
    """

    email: str
    display_name: str | None
    module_status: tuple[ModuleStatus, ...]
    id: str | None = None

    def is_protected(self, module: Module) -> bool | None:
        """Whether ``module`` is protected; None if the service does not list it."""
        for status in self.module_status:
            if status.module == module:
                return status.is_protected
        return None


@attrs.frozen
class Tenant:
    """One Microsoft 365 tenant of a customer.

    Attributes:
        id: the tenant's id.
        name: the tenant's name; None where the service has none.

    Source: AvePoint Graph API, *Get customers*.
    """

    id: str
    name: str | None = None


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

    All but the id and the tenants are None where the service has no value.

    Source: AvePoint Graph API, *Get customers*.
    """

    id: str
    organization: str | None
    owner_email: str | None
    job_status: int | None
    country_or_region: str | None
    management_mode: int | None
    tenants: tuple[Tenant, ...]


def _check_id(_ref: object, field: "attrs.Attribute[str]", value: object) -> None:
    # "." and ".." would climb out of their path segment, whatever the encoding.
    if not isinstance(value, str) or not value.strip() or value in {".", ".."}:
        message = f"{field.name} must be a non-empty string, no '.' or '..'; got {value!r}"
        raise ConfigurationError(message)
    if not is_unicode(value):
        message = f"{field.name} holds half a surrogate pair, which cannot be sent; got {value!r}"
        raise ConfigurationError(message)


@attrs.frozen(order=True)
class TenantRef:
    """Names one tenant of one customer; hashable and orderable.

    Raises:
        ConfigurationError: an id that is empty, ``.``, ``..`` or not a string.
    """

    customer_id: str = attrs.field(validator=_check_id)
    tenant_id: str = attrs.field(validator=_check_id)
