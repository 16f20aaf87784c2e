"""The users of one tenant, computed when asked for or listed by the tester."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import overload

from avepoint_async.testing.generator import users_at
from avepoint_async.testing.records import User

_NUMBERED = re.compile(r"[^@]*?(\d{1,15})@")

_BLOCK = 256


class GeneratedUsers(Sequence[User]):
    """Users computed from a seed; holds none of them."""

    __slots__ = ("_seed", "_size")

    def __init__(self, seed: int, size: int) -> None:
        self._seed = seed
        self._size = size

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[User]:
        for start in range(0, self._size, _BLOCK):
            yield from self[start : start + _BLOCK]

    @overload
    def __getitem__(self, place: int) -> User:  # noqa: D418  # a body of dots counts as not run
        """One user."""

    @overload
    def __getitem__(self, place: slice) -> list[User]:  # noqa: D418  # likewise
        """Some of them."""

    def __getitem__(self, place: int | slice) -> User | list[User]:
        places = range(self._size)[place]
        if isinstance(places, int):
            return users_at(self._seed, [places])[0]
        return users_at(self._seed, places)

    def candidates(self, emails: Iterable[str]) -> list[User]:
        """The only users who can have these addresses: each ends in its user's place."""
        found = {int(match[1]) for match in map(_NUMBERED.match, emails) if match}
        return users_at(self._seed, sorted(index for index in found if index < self._size))


class Roster:
    """The users of one tenant, and how often they were edited.

    Attributes:
        version: grows with every edit, so that pages made before it are told apart.
    """

    __slots__ = ("_edited", "_given", "version")

    def __init__(self, users: Sequence[User]) -> None:
        self._given = users
        self._edited: list[User] | None = None
        self.version = 0

    @property
    def users(self) -> Sequence[User]:
        """The users as they are now."""
        return self._given if self._edited is None else self._edited

    def matching(self, emails: Collection[str]) -> Sequence[User]:
        """The users with one of these addresses (given in lower case), in their order."""
        users = self.users
        if isinstance(users, GeneratedUsers):
            users = users.candidates(emails)
        return [user for user in users if user.email.lower() in emails]

    def insert(self, position: int, user: User) -> None:
        """Put ``user`` before the one at ``position``; later users move one place on."""
        self._editable().insert(position, user)

    def remove(self, position: int) -> User:
        """Take the user at ``position`` away; later users move one place back."""
        return self._editable().pop(position)

    def _editable(self) -> list[User]:
        # A copy: neither the tester's own list nor a computed one can be changed.
        if self._edited is None:
            self._edited = list(self._given)
        self.version += 1
        return self._edited
