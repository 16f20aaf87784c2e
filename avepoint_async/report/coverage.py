"""How many users are protected, per module: counts, and the users themselves not kept.

Users that are streamed are counted here, those of a sealed run in ``arrow_counts``.
"""

from collections.abc import Iterable

import attrs

from avepoint_async.resources.protected_users import Module, ProtectedUser


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
    def unprotected(self) -> int:
        """Users whose module is listed as not protected."""
        return self.listed - self.protected

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
        others: of the other modules that the service lists for any of them.
    """

    users: int = 0
    mailbox: Share = attrs.field(factory=Share)
    onedrive: Share = attrs.field(factory=Share)
    others: dict[Module, Share] = attrs.field(factory=dict[Module, Share])

    @property
    def shares(self) -> dict[Module, Share]:
        """The counts of each module: mailbox and OneDrive, then the others by number."""
        others = {module: self.others[module] for module in sorted(self.others)}
        return {Module.MAILBOX: self.mailbox, Module.ONEDRIVE: self.onedrive} | others

    @property
    def gaps(self) -> tuple[Module, ...]:
        """The modules of which a user is not protected."""
        return tuple(module for module, share in self.shares.items() if share.unprotected)

    @property
    def gap(self) -> int:
        """Modules of users that are listed as not protected, added up."""
        return sum(share.unprotected for share in self.shares.values())

    def unknown(self, module: Module) -> int:
        """Users for whom the service does not list the module: neither protected nor not."""
        return self.users - self.shares.get(module, Share()).listed

    def count(self, users: Iterable[ProtectedUser]) -> None:
        """Count users."""
        for user in users:
            self.users += 1
            for module in {status.module for status in user.module_status}:
                self.of(module).count(user.is_protected(module))

    def add(self, other: "Coverage") -> None:
        """Count what was counted elsewhere."""
        self.users += other.users
        for module, share in other.shares.items():
            self.of(module).add(share)

    def of(self, module: Module) -> Share:
        """The counts of one module, to count on; new ones if nobody has it yet."""
        known = {Module.MAILBOX: self.mailbox, Module.ONEDRIVE: self.onedrive}
        return known[module] if module in known else self.others.setdefault(module, Share())


def protected_users(users: Iterable[ProtectedUser]) -> int:
    """How many of the users have a protected module: each of them takes a seat."""
    return sum(any(status.is_protected for status in user.module_status) for user in users)
