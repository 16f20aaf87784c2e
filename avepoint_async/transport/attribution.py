"""Whose refusals are whose own: a key, a tenant say, with a quota of its own; pure.

A key that is refused twice without an accepted send in between, while those of others are let
through, is *apart*: its refusals say nothing of the service. It is held alone, one of its sends
probes at a time, and the first that is accepted ends that. (The bulkhead of Hystrix, and the
half-open state of a circuit breaker, for each key.)
"""

from collections import OrderedDict
from collections.abc import Hashable

import attrs

# Refusals of a key, and accepted sends of others meanwhile, that set it apart; and the share of
# refusals among the others beyond which it is the service, and no key, that refuses.
_REFUSALS, _OTHERS, _SHARE = 2, 8, 0.1

# Seconds: the first hold of a key without a Retry-After, and where its doubling ends.
_FIRST_HOLD, _LONGEST_HOLD = 0.5, 20.0

# Keys remembered; the one that was refused least recently is forgotten.
_MEMORY = 1024


@attrs.define
class _Suspect:
    """A key since its first refusal that no accepted send followed.

    Attributes:
        accepted: sends of all that had been accepted before.
        refused: sends of all that had been refused before.
        refusals: its own since then.
        apart: whether it is held alone.
        hold: seconds of its next hold without a Retry-After.
        held_until: the time before which nothing is sent for it.
    """

    accepted: int
    refused: int
    refusals: int = 0
    apart: bool = False
    hold: float = _FIRST_HOLD
    held_until: float = 0.0


class Attribution:
    """Tells the refusals of a key of its own from those that concern everybody."""

    def __init__(self) -> None:
        self._suspects: OrderedDict[Hashable, _Suspect] = OrderedDict()
        self._accepted = self._refused = 0

    def __len__(self) -> int:
        """How many keys are remembered: those refused lately and not accepted since."""
        return len(self._suspects)

    def delay(self, key: Hashable | None, now: float) -> float:
        """Seconds that sends for this key wait, others not; 0 if they need not."""
        suspect = self._suspects.get(key) if self._suspects else None
        return max(0.0, suspect.held_until - now) if suspect and suspect.apart else 0.0

    def sent(self, key: Hashable | None, now: float) -> None:
        """A send for this key goes out: of one that is apart, no other until it is answered."""
        suspect = self._suspects.get(key) if self._suspects else None
        if suspect and suspect.apart:
            suspect.held_until = now + suspect.hold

    def accepted(self, key: Hashable | None) -> bool:
        """The service took a send for this key; gives whether the key was held until now."""
        self._accepted += 1
        suspect = self._suspects.pop(key, None) if self._suspects else None
        return suspect is not None and suspect.apart

    def refused(self, key: Hashable | None, retry_after: float | None, now: float) -> bool:
        """The service refused a send for this key; gives whether that concerns everybody."""
        self._refused += 1
        if key is None:
            return True
        suspect = self._suspects.setdefault(key, _Suspect(self._accepted, self._refused - 1))
        self._suspects.move_to_end(key)
        if len(self._suspects) > _MEMORY:
            self._suspects.popitem(last=False)
        suspect.refusals += 1
        suspect.apart = suspect.apart or self._is_alone(suspect)
        if suspect.apart:
            suspect.held_until = now + max(suspect.hold, retry_after or 0.0)
            suspect.hold = min(2 * suspect.hold, _LONGEST_HOLD)
        return not suspect.apart

    def _is_alone(self, suspect: _Suspect) -> bool:
        accepted = self._accepted - suspect.accepted
        refused = self._refused - suspect.refused - suspect.refusals
        enough = suspect.refusals >= _REFUSALS and accepted >= _OTHERS
        return enough and refused <= _SHARE * (accepted + refused)
