"""One difference between two runs."""

from enum import StrEnum

import attrs

from avepoint_async.refs import TenantRef
from avepoint_async.resources.protected_users import Module


class ChangeKind(StrEnum):
    """What happened to a user, to one module of a user, or to a tenant.

    Attributes:
        APPEARED: the user was not in the earlier run.
        GONE: the user is not in the later run, and its list stood still.
        PERHAPS_GONE: the user is not in the later run, whose list moved while it was read.
        RENAMED: the same user has another address or another name.
        LOST_PROTECTION: the module was protected and is not.
        GAINED_PROTECTION: the module was not protected and is.
        NEWLY_LISTED: the service lists the module, and did not before.
        NO_LONGER_LISTED: the service listed the module, and does not now: nothing is known of it.
        TENANT_NEW: the tenant was not in the earlier roster. Its users are not told one by one.
        TENANT_GONE: the tenant is not in the later roster. Its users are not told one by one.
    """

    APPEARED = "appeared"
    GONE = "gone"
    PERHAPS_GONE = "perhaps_gone"
    RENAMED = "renamed"
    LOST_PROTECTION = "lost_protection"
    GAINED_PROTECTION = "gained_protection"
    NEWLY_LISTED = "newly_listed"
    NO_LONGER_LISTED = "no_longer_listed"
    TENANT_NEW = "tenant_new"
    TENANT_GONE = "tenant_gone"


@attrs.frozen(kw_only=True)
class Change:
    """One difference between two runs.

    Attributes:
        kind: what happened.
        tenant: where, with the names of customer and tenant.
        email: the user's address, as last spelt; None if the tenant itself changed.
        display_name: the user's name, as last told.
        id: the user's id, as last told.
        module: the module whose protection changed; None for every other change.
        before: how it stood in the earlier run; None if there was nothing.
        after: how it stands in the later run; None if there is nothing.

    ``before`` and ``after`` are booleans for a module, and for a renamed user text like
    ``Ada Byron <ada@contoso.com>``. ``after`` of a user that appeared, and ``before`` of one that
    is gone, tell the modules that were listed, like ``mailbox=false;onedrive=true;7=true``.
    """

    kind: ChangeKind
    tenant: TenantRef
    email: str | None = None
    display_name: str | None = None
    id: str | None = None
    module: Module | None = None
    before: bool | str | None = None
    after: bool | str | None = None

    @property
    def unprotected(self) -> bool:
        """Whether the change left a module of the user listed as not protected."""
        match self.kind:
            case ChangeKind.APPEARED:
                return "=false" in str(self.after)
            case ChangeKind.LOST_PROTECTION | ChangeKind.NEWLY_LISTED:
                return self.after is False
            case _:
                return False
