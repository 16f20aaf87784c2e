"""What the service let through lately, and the refusals that came one after another."""

from collections import deque

import attrs

# Refusals in a row that hold everybody; three of four, for answers overtake each other.
_ROW, _SHORT_ROW, _DENSITY = 4, 2, 0.75

# Seconds over which deliveries are averaged, how many there must be, and how many are remembered.
_WINDOW, _LEAST, _MEMORY = 2.0, 10, 4000

_INSTANT = 0.001

# The rate of before is worth so many sends when a rate is measured, fewer where it is slow and
# nothing is refused at random; and it is taken for a little less.
_PRIOR, _LEAST_PRIOR, _PRIOR_SHARE = 20.0, 2.0, 0.95

# In noise refusals come over so long a time that the rate has grown meanwhile: a cut takes it
# down to this share of what it is now, at most.
_DEEPEST_IN_NOISE = 0.6


class Delivery:
    """When sends were let through.

    Attributes:
        total: how many there were.
    """

    def __init__(self) -> None:
        self.total = 0
        self._times: deque[float] = deque(maxlen=_MEMORY)

    def add(self, now: float) -> None:
        """One more was let through."""
        self.total += 1
        self._times.append(now)

    def recent(self, now: float) -> float:
        """How many were let through a second, lately; at least one was."""
        count, oldest = 0, now
        for time in reversed(self._times):
            if now - time > _WINDOW and count >= _LEAST:
                break
            count, oldest = count + 1, time
        whole = now - self._times[0] > _WINDOW and count > _LEAST
        return count / max(now - oldest, _WINDOW if whole else _INSTANT)


@attrs.define
class Row:
    """Refusals of one send after another, counted by their stamps and not by their answers.

    Attributes:
        length: refusals in it.
        start: the stamp of the first.
    """

    length: int = 0
    start: int = 0

    def add(self, stamp: int) -> None:
        """Count the refusal of this stamp: it goes on with the row, or begins one."""
        self.length += 1
        if self.length == 1 or self.length < _DENSITY * (stamp - self.start + 1):
            self.length, self.start = 1, stamp

    def is_long(self, *, known_slow: bool) -> bool:
        """Whether nothing is let through any more; two refusals say so of a slow service."""
        return self.length >= (_SHORT_ROW if known_slow else _ROW)


@attrs.frozen
class Cluster:
    """The refusals since the bucket of them was last empty.

    The gateway's own bucket is empty then, too: what it lets through from there on is its rate,
    whatever its burst.

    Attributes:
        began_at: the time of the first.
        sends: how many sends there were before.
        rate: requests per second at the time.
        refused: the refusals after the first.
    """

    began_at: float
    sends: int
    rate: float
    refused: int = 0

    def accepted_rate(self, now: float, sends: int, *, rate: float, noisy: bool) -> float:
        """What was let through a second, and no more than the rate of now.

        The rate of before counts, too, and more in noise.
        """
        prior = _PRIOR if noisy else min(_PRIOR, max(_LEAST_PRIOR, _PRIOR_SHARE * self.rate))
        accepted = sends - self.sends - self.refused
        seconds = now - self.began_at + prior / (_PRIOR_SHARE * self.rate)
        least = _DEEPEST_IN_NOISE * rate if noisy else 0.0
        return min(rate, max(least, (accepted + prior) / seconds))
