"""How fast a client may send, found from what the service accepts and refuses; pure.

A refusal is no proof of a limit: a gateway refuses at random, is away for a moment, or shares its
limit among many. So a refusal is only counted, and the call that met it waits by itself. Two
patterns are acted upon, each of which says that the rate, or the service, is the cause:

* More is refused than chance explains (`Surplus`). The rate becomes what was let through
  meanwhile, begins a little below it, and grows back along a cubic curve (`Plateau`). If several
  such cuts make the share of refusals no smaller, the rate is not its cause (`Comparison`): they
  are undone, and a larger share is tolerated.
* Nothing is let through any more (`Row`). Everybody is held, one send probes, and the first that
  is accepted gives all slots back. A row soon after the last one halves the rate. A later one is
  pardoned once, then the rate is cut to what came through. If less comes through afterwards, the
  rate was not the cause, but an outage: the cut is undone, and more rows are pardoned.

What this follows, and how:

* The adaptive retry mode of the AWS SDKs and TCP CUBIC (RFC 9438): the curve after a cut.
* TCP Westwood and BBR: a cut goes to what was delivered, so that random losses do not add up.
* The adaptive throttling of the SRE book: accepts against requests are what is looked at.
* gRPC's retry throttling and Finagle's retry budgets: a leaky bucket of refusals.
* The Eifel algorithm (RFC 4015): a cut that turns out to have been for nothing is undone.
* Chiu and Jain (1989), for sharing without words: who sends more is refused and cut more often,
  and all grow by as much.
"""

import math

import attrs

from avepoint_async.transport.curve import UNBOUND, Cut, Plateau, Ramp
from avepoint_async.transport.delivery import Cluster, Delivery, Row
from avepoint_async.transport.hold import Holds
from avepoint_async.transport.surplus import Noise, Surplus

# A ceiling that was passed by this share, and nothing was refused, has moved.
_DISPROVED = 0.15

# A slow ceiling that turns out to be so much lower, as a share, was too high from the beginning.
_SLOW, _TOO_HIGH = 4.0, 0.9

# A row within so many seconds, or accepted sends, of the last hold: the rate is far too high.
_SOON, _FEW = 0.5, 6

# What comes through after a cut, as a share of before, if it was for nothing; rows pardoned then.
_FELL, _MOST_PARDONED, _LEAST_AFTER_HOLD = 0.8, 32, 3.0

# Sends from after a row, under way when it was seen, that lift its hold when they are accepted.
_LIFTS = 4

# Seconds of lateness made up for. An event loop wakes us a millisecond or two late, and decoding
# a page blocks it for ten; more would be a burst.
_CATCH_UP, _MOST_CATCH_UP = 0.01, 0.02


class Pace:
    """The rate, the number in flight and the holds of one client.

    Args:
        slots: sends in flight at most.
        top: requests per second that are never passed; None: as many as are accepted.

    Attributes:
        limit: slots to be granted now.
        held_until: the time before which nothing is sent.
        sends: the number of sends so far.
    """

    free = False  # every send is told: the first cut is to what was let through

    def __init__(self, *, slots: int, top: float | None = None) -> None:
        self.limit = slots
        self.held_until = -math.inf
        self.sends = 0
        self._slots = slots
        self._top = math.inf if top is None else top
        self._curve: Ramp | Plateau = UNBOUND
        self._age = 0.0
        self._next_at = self._last_at = -math.inf
        self._surplus = Surplus()
        self._delivery = Delivery()
        self._cluster = Cluster(began_at=-math.inf, sends=0, rate=math.inf)
        self._row = Row()
        self._refused_at = 0
        self._noisy = False
        # since the last hold: the time of the first send, its stamp, sends accepted and refused
        self._since: float | None = None
        self._first = self._through = self._refused = 0
        # the holds
        self._undecided = False
        self._held_at = -math.inf
        self._row_end = self._after_row = 0
        self._before_row: tuple[Ramp | Plateau, float] = (UNBOUND, 0.0)
        self._holds = Holds()
        self._cut_after_row: Cut | None = None
        self._pardons, self._pardoned = 1, 0

    @property
    def rate(self) -> float:
        """Requests per second now; infinite if nothing limits them."""
        return min(self._curve.rate(self._age), self._top)

    def delay(self, now: float) -> float:
        """Seconds until the next send may go; not above 0 if it may now."""
        return max(self.held_until, self._next_at) - now

    def sent(self, now: float, *, held_back: bool) -> int:
        """Count a send, which had or had not to wait for its time; gives its stamp."""
        if self._since is None:
            self._since = now
        # Only the time in which the rate was the bound tells anything of it.
        if held_back:
            self._age += now - max(self._last_at, self.held_until)
        self._last_at = now
        rate = self.rate
        late = min(_MOST_CATCH_UP, max(1 / rate, _CATCH_UP))
        self._next_at = max(self._next_at, now - late) + 1 / rate
        curve = self._curve
        if isinstance(curve, Plateau):
            self._look_beyond(curve, rate)
        self.sends += 1
        return self.sends - 1

    def accepted(self, stamp: int) -> None:
        """The service took the send of this stamp."""
        self._delivery.add(self._last_at)
        if self._row_end < stamp < self._first and self.limit == 1:
            self._doubt_row()
        if stamp >= self._first:
            if self._undecided:
                self._decide()
            self._through += 1
            if self._through >= _FEW:
                self._holds.over()
            self.limit = self._slots

    def _doubt_row(self) -> None:
        """A send from after the row was accepted; a few of them say that it was none."""
        self._after_row += 1
        if self._after_row >= _LIFTS:
            self._curve, self._age = self._before_row
            self._undecided = False
            self.held_until = self._next_at = -math.inf
            self.limit = self._slots

    def _decide(self) -> None:
        """The first probe was accepted: were sends of the first flight, too, it met a limit."""
        self._undecided = False
        if self._delivery.total > 1:
            self._settle(Ramp.first(self._slots, slow=self._holds.service_is_slow))

    def unanswered(self, stamp: int) -> None:
        """Nothing was heard of the send of this stamp: that is no reason to go on probing."""
        if stamp >= self._first:
            self.limit = self._slots

    def refused(self, retry_after: float | None, stamp: int, now: float) -> None:
        """The service refused the send of this stamp; it said how long to wait, or did not."""
        asked = retry_after or 0.0
        if stamp < self._first:
            # Sent before the last hold, which was the answer to it.
            if now < self.held_until:
                self.held_until = max(self.held_until, now + asked)
            return
        self._count(stamp, now)
        known_slow = (
            self._holds.service_is_slow and self._through < _FEW and self._curve is not UNBOUND
        )
        if self._row.is_long(known_slow=known_slow) or self.limit == 1 < self._slots:
            if self.limit > 1:
                self._row_end, self._after_row = stamp, 0
                self._before_row = (self._curve, self._age)
            self._hold_all(asked, now)
        elif self._row.length == 1 and self._surplus.is_too_much(self._curve.base):
            self._cut(now)

    def _look_beyond(self, curve: Plateau, rate: float) -> None:
        if curve.is_far_below(self._age):
            self._surplus.noise.sent()
            return
        calm = self.sends - self._refused_at >= self._surplus.noise.calm
        if calm and rate > curve.base * (1 + _DISPROVED):
            self._turn(curve.beyond(rate))
            self._pardoned //= 2

    def _count(self, stamp: int, now: float) -> None:
        if self._surplus.add(self.sends):
            self._cluster = Cluster(now, self.sends, self.rate)
        else:
            self._cluster = attrs.evolve(self._cluster, refused=self._cluster.refused + 1)
        self._refused += 1
        self._refused_at = self.sends
        curve = self._curve
        if isinstance(curve, Plateau) and curve.is_below(self._age):
            if curve.is_far_below(self._age):
                self._surplus.noise.refused()
                if self._surplus.shows_others(self.sends):
                    shared = curve.among_others()
                    self._curve, self._age = shared, self._age * shared.span / curve.span
            self._noisy = True
            self._surplus.expect_noise(curve.base, self.rate)
        elif isinstance(curve, Ramp) and curve is not UNBOUND:
            self._surplus.expect_more(self.rate)
        self._row.add(stamp)

    def _turn(self, curve: Ramp | Plateau) -> None:
        self._curve, self._age = curve, 0.0

    def _settle(self, curve: Ramp | Plateau) -> None:
        """Turn, begin to count anew, and expect what the new curve lets expect."""
        self._turn(curve)
        if isinstance(self._curve, Ramp):
            self._surplus.expect_more(self.rate)
        elif self._noisy:
            self._surplus.expect_noise(self._curve.base, self.rate)
        else:
            self._surplus.expect_ceiling(self.rate)
        self._noisy = False
        self._surplus.begin(self.sends)

    def _slower(self, base: float, *, hold: float = 0.0) -> None:
        """Take a little less than ``base``, and grow back to it."""
        shared = self._surplus.noise.is_proven
        self._settle(Plateau.under(base, noisy=self._noisy, shared=shared, hold=hold))

    def _cut(self, now: float) -> None:
        """Go on with what was let through since refusals began."""
        self._cut_after_row = None
        cluster, curve = self._cluster, self._curve
        if curve is UNBOUND:
            # A handful of answers at the start: no more than a hint.
            accepted = self.sends - cluster.sends - cluster.refused
            seconds = max(now - cluster.began_at, 0.001)
            self._settle(Ramp.at(max(accepted / seconds, Ramp.first(self._slots).base)))
            self._first = self.sends
        elif before := self._surplus.disproved(self.rate, self.sends, ramp=isinstance(curve, Ramp)):
            self._settle(Ramp.at(before))
        else:
            noisy = self._surplus.noise.is_proven
            rate = cluster.accepted_rate(now, self.sends, rate=self.rate, noisy=noisy)
            if rate < min(_SLOW, _TOO_HIGH * curve.base):
                self._surplus.disown_noise()
                self._noisy = False
            self._slower(rate)
        self._last_at = now

    def _hold_all(self, asked: float, now: float) -> None:
        through = self._through
        if self._curve is UNBOUND:
            # Their answers take longer than refusals, and may still be under way.
            sent = self._row.start - self._first
            through = max(0, sent - (self._refused - self._row.length))
        probe_failed = self.limit == 1 < self._slots
        hold = max(self._holds.begin(asked, probe_failed=probe_failed), 1 / self.rate)
        self.held_until = self._next_at = max(self.held_until, now + hold)
        self.limit, self._first, self._row = 1, self.sends, Row()
        self._refused = 0
        self._surplus.empty(self.sends)
        if self._curve is UNBOUND and not self._delivery.total:
            self._undecided = True
        elif through:  # else the first send or a probe was refused, which tells nothing of a rate
            self._judge(now, through, asked=asked, hold=hold)
            self._through, self._since = 0, None
        self._held_at = now

    def _judge(self, now: float, through: int, *, asked: float, hold: float) -> None:
        """Whose doing is it that nothing is let through any more?"""
        rate, recent = self.rate, self._delivery.recent(now)
        since = now if self._since is None else self._since
        cut = self._cut_after_row
        if now - since < _SOON or through < _FEW:
            self._fall(rate, through / (now - self._held_at))
            return
        if cut and not asked and self._in_first_span() and recent < _FELL * cut.delivered:
            self._pardons = self._pardoned = min(_MOST_PARDONED, max(2, 4 * self._pardoned))
            self._turn(cut.curve)
            self._cut_after_row = None
        elif self._curve.is_below(self._age) and not asked:
            pass  # slower than what was let through before, so the rate is not the cause
        elif self._pardons:
            self._pardons -= 1
        elif math.isinf(rate) and recent < (first := Ramp.first(self._slots).base):
            # Little came through behind the holds of the start: no more than a hint.
            self._settle(Ramp.at(first))
        else:
            self._cut_after_row = Cut(Ramp.at(rate), recent)
            least = 0.0 if math.isinf(rate) else rate / _LEAST_AFTER_HOLD
            self._slower(min(rate, max(recent, least)), hold=hold)

    def _in_first_span(self) -> bool:
        return isinstance(self._curve, Plateau) and self._age < self._curve.span

    def _fall(self, rate: float, delivered: float) -> None:
        """The rate is far too high."""
        self._cut_after_row, self._pardons = None, max(1, self._pardons)
        self._surplus.noise = Noise()  # it was measured at a rate that was not below the limit
        first = Ramp.first(self._slots)
        self._settle(first if math.isinf(rate) else self._holds.fall(rate, delivered))
