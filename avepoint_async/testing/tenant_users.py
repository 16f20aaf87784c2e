"""The users of one tenant: as made up or listed, as edited, and counted by what is protected."""

from collections import Counter
from collections.abc import Collection, Sequence
from itertools import count

import attrs

from avepoint_async.testing.generator import GeneratedUsers
from avepoint_async.testing.records import User

_VERSIONS = count(1)


def next_version() -> int:
    """A number that no content of any tenant had before."""
    return next(_VERSIONS)


@attrs.frozen
class Tally:
    """How many users a tenant lists and protects.

    Attributes:
        listed, protected: by module number.
        users: users of whom at least one module is protected.
    """

    listed: Counter[int]
    protected: Counter[int]
    users: int


class TenantUsers:
    """The users of one tenant.

    Attributes:
        version: another number after every edit, so that pages made before it are told apart.
    """

    __slots__ = ("_edited", "_given", "_tally", "version")

    def __init__(self, users: Sequence[User]) -> None:
        self._given = users
        self._edited: list[User] | None = None
        self._tally: tuple[int, Tally] | None = None
        self.version = next_version()

    @property
    def users(self) -> Sequence[User]:
        """The users as they are now."""
        return self._given if self._edited is None else self._edited

    @property
    def tally(self) -> Tally:
        """The users as they are now, counted."""
        if self._tally is None or self._tally[0] != self.version:
            self._tally = (self.version, _counted(self.users))
        return self._tally[1]

    def matching(self, emails: Collection[str]) -> Sequence[User]:
        """The users with one of these addresses (given in lower case), in their order."""
        users = self.users
        if isinstance(users, GeneratedUsers):
            users = users.candidates(emails)
        return [user for user in users if user.email.lower() in emails]

    # Another thread may be reading: what is new is there before its version says so.

    def insert(self, position: int, user: User) -> None:
        """Put ``user`` before the one at ``position``; later users move one place on."""
        self._editable().insert(position, user)
        self.version = next_version()

    def remove(self, position: int) -> User:
        """Take the user at ``position`` away; later users move one place back."""
        user = self._editable().pop(position)
        self.version = next_version()
        return user

    def move(self, position: int, target: int) -> User:
        """Take the user at ``position`` out, and put it where it then stands at ``target``."""
        users = [*self.users]
        user = users.pop(position)
        users.insert(target, user)
        self._edited = users
        self.version = next_version()
        return user

    def replace(self, position: int, user: User) -> User:
        """Put ``user`` in the place of the one at ``position``, who is returned."""
        users = self._editable()
        before, users[position] = users[position], user
        self.version = next_version()
        return before

    def _editable(self) -> list[User]:
        # A copy: neither the tester's own list nor a computed one can be changed.
        if self._edited is None:
            self._edited = [*self._given]
        return self._edited


def _counted(users: Sequence[User]) -> Tally:
    # Users share a handful of combinations.
    combinations = Counter(user.modules for user in users)
    tally = Tally(Counter(), Counter(), 0)
    protected_users = 0
    for modules, number in combinations.items():
        for module, protected in modules:
            tally.listed[module] += number
            tally.protected[module] += number * protected
        protected_users += number * any(protected for _, protected in modules)
    return attrs.evolve(tally, users=protected_users)
