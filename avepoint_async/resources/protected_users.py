"""The users of one tenant, and which of their modules are protected.

Source: AvePoint Graph API, *Get customer tenant protected user status*.
"""

from collections.abc import Callable, Hashable

import attrs
import msgspec

from avepoint_async.paging.endpoint import Endpoint
from avepoint_async.refs import TenantRef
from avepoint_async.resources.filters import MAX_FILTER, keep_those
from avepoint_async.resources.module_text import write_modules
from avepoint_async.wire.values import OpenEnum


class Module(OpenEnum):
    """A part of Microsoft 365 that is backed up per user.

    Open: an integer that is not named here becomes an unnamed member that keeps its value, so
    that a module the service adds tomorrow is data and not an error.

    Source: AvePoint Graph API, *Get customer tenant protected user status*.
    """

    MAILBOX = 0
    ONEDRIVE = 2


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


@attrs.frozen
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

    @property
    def unprotected(self) -> tuple[Module, ...]:
        """The modules that the service lists as not protected; one not listed is unknown."""
        listed = dict.fromkeys(status.module for status in self.module_status)
        return tuple(module for module in listed if self.is_protected(module) is False)

    def as_row(self, tenant: TenantRef | None = None) -> dict[str, str | bool | None]:
        """The user as one flat row: the schema of every table, file and frame.

        Args:
            tenant: whose user it is; None leaves the columns of customer and tenant empty.

        Returns:
            ``customer_id customer_name tenant_id tenant_name email display_name id mailbox
            onedrive other_modules``. The modules are booleans, None where the service does not
            list one; ``other_modules`` is text like ``7=true;9=false``, or None.
        """
        return {
            "customer_id": tenant.customer_id if tenant else None,
            "customer_name": tenant.customer_name if tenant else None,
            "tenant_id": tenant.tenant_id if tenant else None,
            "tenant_name": tenant.tenant_name if tenant else None,
            "email": self.email,
            "display_name": self.display_name,
            "id": self.id,
            "mailbox": self.is_protected(Module.MAILBOX),
            "onedrive": self.is_protected(Module.ONEDRIVE),
            "other_modules": self._other_modules(),
        }

    def _other_modules(self) -> str | None:
        others: dict[int, bool] = {}  # of a module listed twice the first counts
        for status in self.module_status:
            if int(status.module) not in (Module.MAILBOX, Module.ONEDRIVE):
                others.setdefault(int(status.module), status.is_protected)
        return write_modules(others.items())


def identity_of(user: ProtectedUser) -> Hashable:
    """The id where there is one, else address and name: rooms may share a placeholder address.

    None for a user who has none of them.
    """
    if user.id:
        return user.id
    address = user.email.strip().casefold()
    return (address, user.display_name) if address or user.display_name else None


PROTECTED_USERS = Endpoint(
    path="/partner/external/v3/general/customers/{customer_id}/tenants/{tenant_id}"
    "/cloud-backup-m365/users/batch",
    scopes=frozenset({"elements.cbprotected.read.all"}),
    record=ProtectedUser,
    names={"id": ("id", "userId")},  # the later name is the second
    identity=identity_of,
)


def users_filter(emails: tuple[str, ...]) -> bytes:
    """The request body that asks for some users; ``{}`` where the service cannot be asked.

    One address goes under both names that the service has had for it; more than a hundred are
    not sent at all.
    """
    if not emails or len(emails) > MAX_FILTER:
        return b"{}"
    single = {"email": emails[0]} if len(emails) == 1 else {}
    return msgspec.json.encode({**single, "userEmails": emails})


def keep_users(emails: tuple[str, ...]) -> Callable[[ProtectedUser], bool] | None:
    """Which users were asked for, by their addresses; None: all of them."""
    return keep_those(emails, _email_of)


def _email_of(user: ProtectedUser) -> str:
    return user.email
