"""How fast a client may send, found from what the service accepts and refuses; pure.

The service publishes no limit, so the pace starts without one. Once something is refused,
everyone is held, and from then on sends are spaced evenly, at a rate that grows along a `Ramp`
while no ceiling is known, and along a `Plateau` once one was measured.

A measurement takes the gateway for a token bucket: one that held ``burst`` tokens and was empty
``t`` seconds later let ``burst + rate * t`` sends through if it never overflowed, else fewer. So
no stretch of sends before a refusal shows more than the rate, and the steepest shows it.

A hold costs its length, and what it buys is a better measurement. So the surer the ceiling is,
the closer below it the pace stays, and the longer before it looks beyond.
"""

import math
from collections import deque
from itertools import islice

import attrs

# Sends per second after the first hold, for each send of the last full flight that was let
# through: right if the burst is worth a fifth of a second; if not, a ramp makes up for it.
_FIRST_RATE = 5.0

# Seconds in which a ramp doubles. From two octaves below it is at the ceiling in 2.5 seconds, and
# above it a bucket of a tenth of a second lasts for half of one, long enough to measure by.
_DOUBLING = 1.25

_LOWEST_RATE = 0.1  # slower limits are kept by holds alone

# Seconds' worth of sends that a bucket usually holds, for want of having seen it. What was seen
# and is worth nearly a second may be the quota of a window, which is no bucket.
_USUAL_BURST = 0.1
_LONGEST_BURST = 0.75

# Sends remembered: at 100 a second twenty seconds, over which a burst of ten is half a per cent.
_MEMORY = 2000

# How many times its own length the way up to the ceiling takes after a hold: this over the share
# by which the ceiling may be wrong, within bounds; and how many sends it takes for each of these,
# where holds are short. A look beyond comes after about two such ways, so that holds cost between
# 6 and 1 % of the time, and refusals as little of the sends.
_PATIENCE = 1.5
_LEAST_PATIENCE, _MOST_PATIENCE = 8.0, 45.0
_SENDS_PER_PATIENCE = 2.0

# Seconds: however long the holds are, a limit that was lifted is noticed within minutes.
_LONGEST_SPAN = 120.0

# How far below its ceiling a plateau begins, as a share: as far as the ceiling may be wrong.
_LEAST_DEPTH, _MOST_DEPTH = 0.02, 0.5

# A ceiling that is passed by this share without a refusal, and by twice its depth, has moved: a
# ramp begins, which doubles a few times in what was a span.
_DISPROVED = 0.15
_DOUBLINGS_PER_SPAN = 6.0

# Seconds: the first hold without a Retry-After, and where its doubling ends.
_FIRST_HOLD, _LONGEST_HOLD = 0.25, 10.0

# Seconds of lateness made up for. An event loop wakes us a millisecond or two late, and decoding
# a page blocks it for ten; more would be a burst.
_CATCH_UP = 0.02


@attrs.frozen
class Ramp:
    """A rate that doubles again and again, because no ceiling is known."""

    start: float
    doubling: float

    def rate(self, age: float) -> float:
        """Requests per second after ``age`` seconds of use."""
        # A hundred doublings pass any gateway, a thousand the range of a float.
        return self.start * math.exp2(min(age / self.doubling, 100.0))


@attrs.frozen
class Plateau:
    """A rate that rises fast towards a ceiling, stays, and then looks beyond; a cubic curve."""

    ceiling: float
    depth: float
    span: float

    def rate(self, age: float) -> float:
        """Requests per second after ``age`` seconds of use."""
        return self.ceiling * (1 + self.depth * (age / self.span - 1) ** 3)

    def disproved_by(self, rate: float) -> bool:
        """Whether a rate is so far beyond the ceiling that this would have been refused."""
        return rate > self.ceiling * (1 + max(_DISPROVED, 2 * self.depth))


@attrs.frozen
class Burst:
    """Sends let through out of idleness, and the seconds over which they may have been spread."""

    accepted: int
    blur: float

    def tells(self, accepted: int, seconds: float) -> bool:
        """Whether it may be taken out of ``accepted`` sends in ``seconds``, to leave a rate."""
        more = accepted - self.accepted
        worth = self.accepted * seconds / more if more > 0 else math.inf
        return self.blur / 2 < worth < _LONGEST_BURST and self.blur < seconds / 2


class Stretch:
    """The sends between two holds; a stamp is the number of a send."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.refused: set[int] = set()
        self._times: deque[float] = deque(maxlen=_MEMORY)

    def sent(self, now: float) -> None:
        """Remember when the next send went; the oldest is forgotten."""
        self._times.append(now)

    def accepted(self, start: int, end: int) -> int:
        """How many of the sends from one stamp up to another were let through."""
        return end - start - sum(start <= stamp < end for stamp in self.refused)

    def before_refusal(self, sends: int) -> tuple[list[float], float]:
        """The times of the sends let through before the last that was refused, and its time."""
        oldest = sends - len(self._times)
        known = list(islice(self._times, max(0, max(self.refused) + 1 - oldest)))
        times = [time for stamp, time in enumerate(known, oldest) if stamp not in self.refused]
        return times, known[-1] if known else -math.inf


def steepest(times: list[float], end: float, *, burst: int, pause: float) -> tuple[float, int]:
    """The highest rate that any stretch until ``end`` shows, and the sends it is counted from.

    Each is taken for shorter by ``burst`` sends, and for longer by ``pause`` seconds.
    """
    # Short stretches say more of the burst than of the rate.
    least = min(len(times), 2 * burst + 4)
    best = (0.0, 1)
    for number, time in enumerate(reversed(times), 1):
        if number >= least and end - time + pause > 0:
            # Half a send more: what was left in the bucket was less than a token.
            best = max(best, ((number + 0.5 - burst) / (end - time + pause), number))
    return best


class Pace:
    """The rate, the number in flight and the holds of one client.

    Args:
        slots: sends in flight at most.
        top: requests per second that are never passed; None: as many as are accepted.

    Attributes:
        free: whether nothing limits the rate: no top, and nothing refused yet.
        limit: slots to be granted now.
        held_until: the time before which nothing is sent.
        sends: the number of sends so far.

    """

    def __init__(self, *, slots: int, top: float | None = None) -> None:
        self.free = top is None
        self.limit = slots
        self.held_until = -math.inf
        self.sends = 0
        self._slots = slots
        self._top = math.inf if top is None else top
        self._curve: Ramp | Plateau | None = None if top is None else Ramp(top, _DOUBLING)
        self._age = 0.0
        self._next_at = self._last_at = -math.inf
        self._opened = (0, -math.inf)
        self._burst = Burst(accepted=0, blur=math.inf)
        self._stretch = Stretch(first=0)
        self._hold = _FIRST_HOLD
        self._refused_at: float | None = None
        self._refused_last = -math.inf

    @property
    def rate(self) -> float:
        """Requests per second now; infinite if nothing limits them."""
        return min(self._curve.rate(self._age), self._top) if self._curve else self._top

    def delay(self, now: float) -> float:
        """Seconds until the next send may go; not above 0 if it may now."""
        return max(self.held_until, self._next_at) - now

    def opened(self, now: float) -> None:
        """The next send goes out of idleness, and may be the first of a burst."""
        self._opened = (self.sends, now)

    def sent(self, now: float, *, held_back: bool) -> int:
        """Count a send, which had or had not to wait for its time; gives its stamp."""
        if self._refused_at is not None:
            self._resume(now, hold=self.held_until - self._refused_at)
        self._advance(now, held_back=held_back)
        return self.sent_freely()

    def sent_freely(self) -> int:
        """Count a send while the pace is free; gives its stamp."""
        self.sends += 1
        return self.sends - 1

    def accepted(self, stamp: int) -> None:
        """The service took the send of this stamp."""
        if self._refused_at is None and stamp >= self._stretch.first:
            self._hold = _FIRST_HOLD
            self.limit = min(self._slots, self.limit + 1)

    def refused(self, retry_after: float | None, stamp: int, now: float) -> None:
        """The service refused the send of this stamp; it said how long to wait, or did not."""
        self.held_until = max(self.held_until, now + (retry_after or 0.0))
        if stamp < self._stretch.first:
            # Sent before the last hold, which was the answer to it.
            return
        if self._refused_at is None:
            self._refused_at = now
            self.held_until = max(self.held_until, now + self._hold)
            self._hold = min(2 * self._hold, _LONGEST_HOLD)
            self.limit = max(1, self.limit // 2)
            self.free = False
        self._refused_last = now
        self._stretch.refused.add(stamp)

    def _advance(self, now: float, *, held_back: bool) -> None:
        rate = self.rate
        # Only the time in which the rate was the bound tells anything of it.
        if held_back:
            self._age += now - self._last_at
        self._last_at = now
        self._next_at = max(self._next_at, now - self._catch_up(rate)) + 1 / rate
        self._stretch.sent(now)
        curve = self._curve
        if isinstance(curve, Plateau) and curve.disproved_by(rate):
            self._curve = Ramp(rate, max(_DOUBLING, curve.span / _DOUBLINGS_PER_SPAN))
            self._age = 0.0

    def _catch_up(self, rate: float) -> float:
        # Half of what the bucket holds: late sends are not to be refused for coming together.
        spare = (self._burst.accepted - 1) / 2 if self._burst.accepted else 1.0
        return min(_CATCH_UP, spare / rate)

    def _resume(self, now: float, *, hold: float) -> None:
        self._curve = self._next_curve(self._curve, hold) if self._curve else self._first_curve()
        self._stretch = Stretch(first=self.sends)
        self._age = 0.0
        self._next_at = self._last_at = now
        self._refused_at = None

    def _first_curve(self) -> Ramp:
        first, opened_at = self._opened
        accepted = self._stretch.accepted(first, self.sends)
        self._burst = Burst(accepted=accepted, blur=self._refused_last - opened_at)
        # Two, because what was answered at once has made room for more in the last.
        flight = self._stretch.accepted(max(first, self.sends - 2 * self._slots), self.sends)
        return Ramp(_FIRST_RATE * max(1, min(self._slots, flight)), _DOUBLING)

    def _next_curve(self, curve: Ramp | Plateau, hold: float) -> Ramp | Plateau:
        times, end = self._stretch.before_refusal(self.sends)
        if not times:
            # Nothing went through since the last hold: that was too short, and tells no rate.
            return curve
        ceiling, doubt = self._measure(times, end)
        ceiling = max(_LOWEST_RATE, ceiling)
        patience = min(_MOST_PATIENCE, max(_LEAST_PATIENCE, _PATIENCE / doubt))
        span = max(hold * patience, _SENDS_PER_PATIENCE * patience / ceiling)
        depth = min(_MOST_DEPTH, max(_LEAST_DEPTH, doubt))
        return Plateau(ceiling, depth, min(_LONGEST_SPAN, span))

    def _measure(self, times: list[float], end: float) -> tuple[float, float]:
        """The ceiling, and the share of it by which that may be wrong."""
        burst = self._burst
        if burst.tells(len(times), end - times[0]):
            # Meanwhile the bucket was filling: for half of the blur, give or take as much.
            gained_in = burst.blur / 2
            rate, number = steepest(times, end, burst=burst.accepted, pause=-gained_in)
            gained = rate * gained_in
            slack = 0.5 + 0.05 * burst.accepted + gained
            return rate, slack / (number - burst.accepted + gained)
        rate, number = steepest(times, end, burst=0, pause=_USUAL_BURST)
        if rate * _USUAL_BURST < 1:
            # No bucket holds less than one.
            rate, number = steepest(times, end, burst=1, pause=0.0)
        return rate, (0.5 + rate * _USUAL_BURST / 2) / number
