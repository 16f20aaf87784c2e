"""How many users of a tenant are protected: counts, and the users themselves not kept."""

from collections.abc import Iterable

import attrs

from avepoint_async import Module, ProtectedUser


@attrs.define
class Share:
    """Counts of one module.

    Attributes:
        protected: users whose module is protected.
        listed: users for whom the service lists the module.
    """

    protected: int = 0
    listed: int = 0

    @property
    def percent(self) -> int | None:
        """Protected of a hundred listed, rounded down, so that 100 is all; None if none is."""
        return 100 * self.protected // self.listed if self.listed else None

    def count(self, protected: bool | None) -> None:  # noqa: FBT001  # a value, no switch
        """Count one user's module; None: it is not listed."""
        self.protected += protected is True
        self.listed += protected is not None

    def add(self, other: "Share") -> None:
        """Count what another share counted."""
        self.protected += other.protected
        self.listed += other.listed


@attrs.define
class Coverage:
    """Counts of one tenant, or of many.

    Attributes:
        users: users in all.
        mailbox: of their mailboxes.
        onedrive: of their OneDrives.
    """

    users: int = 0
    mailbox: Share = attrs.field(factory=Share)
    onedrive: Share = attrs.field(factory=Share)

    def count(self, users: Iterable[ProtectedUser]) -> None:
        """Count users."""
        for user in users:
            self.users += 1
            self.mailbox.count(user.is_protected(Module.MAILBOX))
            self.onedrive.count(user.is_protected(Module.ONEDRIVE))

    def add(self, other: "Coverage") -> None:
        """Count what was counted elsewhere."""
        self.users += other.users
        self.mailbox.add(other.mailbox)
        self.onedrive.add(other.onedrive)
