"""Rows that come and go while a tenant is walked."""

import random
from itertools import count

import attrs

from avepoint_async.testing.fleet import Fleet
from avepoint_async.testing.records import User

_CHANCE = [attrs.validators.ge(0.0), attrs.validators.le(1.0)]


@attrs.frozen(kw_only=True)
class Drift:
    """How likely a tenant's rows shift before one of its pages is answered.

    Attributes:
        seed: the same seed gives the same shifts in the same order of requests.
        insert: the chance that a new user appears at a random place.
        remove: the chance that the user at a random place disappears.
    """

    seed: int = 0
    insert: float = attrs.field(default=0.0, validator=_CHANCE)
    remove: float = attrs.field(default=0.0, validator=_CHANCE)


@attrs.frozen
class Edit:
    """One shift: who came (``inserted``) or went, where, and at which place from 0."""

    ref: tuple[str, str]
    position: int
    user: User
    inserted: bool


class Drifter:
    """Applies a ``Drift`` to a fleet.

    Attributes:
        edits: every shift so far, in order.
    """

    def __init__(self, drift: Drift, fleet: Fleet) -> None:
        self.edits: list[Edit] = []
        self._drift = drift
        self._fleet = fleet
        self._rng = random.Random(drift.seed)
        self._numbers = count(1)

    def shift(self, ref: tuple[str, str]) -> None:
        """Perhaps shift the rows of this tenant."""
        roster = self._fleet.roster(ref)
        if roster is None:
            return
        if self._rng.random() < self._drift.insert:
            position = self._rng.randint(0, len(roster.users))
            user = User(f"newcomer{next(self._numbers)}@drift.example", "Newcomer")
            roster.insert(position, user)
            self.edits.append(Edit(ref, position, user, inserted=True))
        if roster.users and self._rng.random() < self._drift.remove:
            position = self._rng.randrange(len(roster.users))
            user = roster.remove(position)
            self.edits.append(Edit(ref, position, user, inserted=False))
