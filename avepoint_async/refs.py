"""References to a customer and to a tenant: what a fan-out goes over, and its outcomes' keys."""

import attrs

from avepoint_async.arguments import is_unicode
from avepoint_async.errors import ConfigurationError


def check_id(name: str, value: object) -> None:
    """Refuse an id that no request could carry.

    Raises:
        ConfigurationError: it is empty, ``.``, ``..``, not a string, or half a surrogate pair.
    """
    # "." and ".." would climb out of their path segment, whatever the encoding.
    if not isinstance(value, str) or not value.strip() or value in {".", ".."}:
        message = f"{name} must be a non-empty string, no '.' or '..'; got {value!r}"
        raise ConfigurationError(message)
    if not is_unicode(value):
        message = f"{name} holds half a surrogate pair, which cannot be sent; got {value!r}"
        raise ConfigurationError(message)


def _is_id(_ref: object, field: "attrs.Attribute[str]", value: object) -> None:
    check_id(field.name, value)


@attrs.frozen(order=True)
class CustomerRef:
    """Names one customer; hashable and orderable by its id alone.

    Attributes:
        customer_id: the customer's id.
        customer_name: what people call it; None where nobody said.

    Raises:
        ConfigurationError: an id that is empty, ``.``, ``..`` or not a string.
    """

    customer_id: str = attrs.field(validator=_is_id)
    customer_name: str | None = attrs.field(default=None, eq=False, order=False)


@attrs.frozen(order=True)
class TenantRef:
    """Names one tenant of one customer; hashable and orderable by its two ids alone.

    Attributes:
        customer_id: the customer's id.
        tenant_id: the id of one of its tenants.
        customer_name: what people call the customer; None where nobody said.
        tenant_name: what people call the tenant; None where nobody said.

    Raises:
        ConfigurationError: an id that is empty, ``.``, ``..`` or not a string.
    """

    customer_id: str = attrs.field(validator=_is_id)
    tenant_id: str = attrs.field(validator=_is_id)
    customer_name: str | None = attrs.field(default=None, eq=False, order=False)
    tenant_name: str | None = attrs.field(default=None, eq=False, order=False)
