"""Rows that come, go and move while a tenant is walked."""

import random
from itertools import count
from typing import Literal

import attrs

from avepoint_async.testing.bounds import CHANCE
from avepoint_async.testing.fleet import Fleet
from avepoint_async.testing.records import User


@attrs.frozen(kw_only=True)
class Drift:
    """How likely a tenant's rows shift before one of its pages is answered.

    Attributes:
        seed: the same seed gives the same shifts in the same order of requests.
        insert: the chance that a new user appears at a random place.
        remove: the chance that the user at a random place disappears.
        move: the chance that the user at a random place moves to another one.
    """

    seed: int = 0
    insert: float = attrs.field(default=0.0, validator=CHANCE)
    remove: float = attrs.field(default=0.0, validator=CHANCE)
    move: float = attrs.field(default=0.0, validator=CHANCE)


@attrs.frozen
class Edit:
    """One shift: who came, went or moved, and at which place.

    Attributes:
        ref: the tenant.
        kind: ``insert``, ``remove`` or ``move``.
        position: the place from 0; of a user who moved, the one before.
        user: who it was.
        target: the place after, of a user who moved.
    """

    ref: tuple[str, str]
    kind: Literal["insert", "remove", "move"]
    position: int
    user: User
    target: int | None = None


class Drifter:
    """Applies a ``Drift`` to a fleet.

    Attributes:
        drift: the settings.
        edits: every shift so far, in order.
    """

    def __init__(self, drift: Drift, fleet: Fleet, edits: list[Edit]) -> None:
        self.drift = drift
        self.edits = edits
        self._fleet = fleet
        self._rng = random.Random(drift.seed)
        self._numbers = count(1)

    def shift(self, ref: tuple[str, str]) -> None:
        """Perhaps shift the rows of this tenant."""
        if self._fleet.tenant_users(ref) is None:
            return
        if self._rng.random() < self.drift.insert:
            position = self._rng.randint(0, len(self._fleet.users(ref)))
            user = User(f"newcomer{next(self._numbers)}@drift.example", "Newcomer")
            self._fleet.insert(ref, position, user)
            self.edits.append(Edit(ref, "insert", position, user))
        size = len(self._fleet.users(ref))
        if size and self._rng.random() < self.drift.remove:
            position = self._rng.randrange(size)
            user = self._fleet.remove(ref, position)
            self.edits.append(Edit(ref, "remove", position, user))
        size = len(self._fleet.users(ref))
        if size and self._rng.random() < self.drift.move:
            position, target = self._rng.randrange(size), self._rng.randrange(size)
            user = self._fleet.move(ref, position, target)
            self.edits.append(Edit(ref, "move", position, user, target))
