"""How many refusals are more than chance: the statistics behind the pace.

Both tests are Page's CUSUM (1954), written as a leaky bucket: each refusal adds one, each send
leaks the share of refusals that is tolerated, and a level above a bound says that the share
has risen. gRPC's retry throttling and Finagle's retry budgets are such buckets, too.
"""

import math

import attrs

from avepoint_async.transport.comparison import Comparison

# The share of refusals that is tolerated: a little, and twice the noise, up to a bound. Behind a
# limit that is shared the others' refusals look like noise, and the bound is what keeps all of
# them from driving each other up: they settle about three per cent above it.
_LEAST_TOLERATED, _MOST_TOLERATED = 0.005, 0.035
_TIMES_NOISE = 2.0

# Where a lower rate was no help, more is tolerated: the share and a half, up to another bound.
_MOST_OF_ALL, _TIMES_SHARE = 0.065, 1.5

# Noise is believed to be about one per cent until so many sends have said otherwise; and how many
# sends are remembered.
_FIRST_REFUSED, _FIRST_SENDS = 1.0, 80.0
_MEMORY = 600.0
_NOISY = 0.02

# Sends without a refusal after which it is no chance that none came, without noise and with it.
_CALM, _CALM_IN_NOISE = 20, 40


@attrs.define
class Bucket:
    """A leaky bucket of refusals.

    Attributes:
        level: how many refusals there are beyond what leaked away.
        filled_at: the number of sends when something was last added.
    """

    level: float = 0.0
    filled_at: int = 0

    def add(self, sends: int, leak: float) -> bool:
        """Add a refusal, after ``sends`` sends in all; gives whether the bucket was empty."""
        left = max(0.0, self.level - (sends - self.filled_at) * leak)
        self.level, self.filled_at = left + 1, sends
        return not left

    def empty(self, sends: int) -> None:
        """Forget what was counted."""
        self.level, self.filled_at = 0.0, sends


@attrs.define
class Noise:
    """The share of refusals where the rate is surely not their cause.

    It is counted below the rate that was let through before: what is refused there, is refused
    at random, or because of others.

    Attributes:
        most: the share that is tolerated at most.
    """

    _sends: float = _FIRST_SENDS
    _refused: float = _FIRST_REFUSED
    most: float = _MOST_TOLERATED

    @property
    def share(self) -> float:
        """Refusals per send, as far as is known."""
        return self._refused / self._sends

    @property
    def is_proven(self) -> bool:
        """Whether there is so much of it that a refusal or two say nothing of a limit."""
        return self.share > _NOISY

    @property
    def calm(self) -> int:
        """How many sends without a refusal are no chance."""
        return _CALM_IN_NOISE if self.is_proven else _CALM

    @property
    def tolerated(self) -> float:
        """The share of refusals that is no sign of a limit."""
        return min(self.most, _LEAST_TOLERATED + _TIMES_NOISE * self.share)

    def sent(self) -> None:
        """Count a send; what is long ago counts half."""
        self._sends += 1
        if self._sends > _MEMORY:
            self._sends /= 2
            self._refused /= 2

    def refused(self) -> None:
        """One of these sends was refused."""
        self._refused += 1


# Refusals beyond the tolerated ones that are a sign of a limit: where the rate is about that of
# the ceiling, while the rate doubles, and where there is noise. Where less than a few are sent a
# second, one is a sign unless there is noise, for refusals weigh more there.
_AT_CEILING, _ON_RAMP, _WITH_NOISE, _MOST = 2.0, 4.0, 5.0, 10.0
_FEW_A_SECOND, _FEWER_A_SECOND, _RAMP_IS_FAST = 10.0, 4.0, 50.0

# Where more than this is sent a second, chance has more tries to look like a limit.
_MANY_A_SECOND = 100.0

# Sends since a cut after which noise is believed to be that of others: sooner, the ceiling may
# have been too high.
_LEAST_SENDS = 10

# Refusals beyond a quarter of the sends: every second send of a slow client, for example.
_GROSS_LEAK = 0.25
_GROSS_WITH_NOISE = 1.9


class Surplus:
    """Whether more is refused than chance explains.

    One bucket tells a small rise of the share after many refusals, the other a great rise after
    a few.

    Attributes:
        noise: what chance explains.
    """

    def __init__(self) -> None:
        self.noise = Noise()
        self._small, self._gross = Bucket(), Bucket()
        self._noise_before = Noise()
        self._most = _WITH_NOISE
        self._comparison = Comparison()
        self._begun_at = self._refused = 0

    def add(self, sends: int) -> bool:
        """Count a refusal, after ``sends`` sends; gives whether it is the first of a cluster."""
        self._refused += 1
        self._gross.add(sends, _GROSS_LEAK)
        return self._small.add(sends, self.noise.tolerated)

    def is_too_much(self, base: float) -> bool:
        """Whether the share of refusals has risen, at about ``base`` sends a second."""
        if self.noise.is_proven:
            most = _GROSS_WITH_NOISE + max(0.0, math.log10(base / _MANY_A_SECOND))
        else:
            most = 1 + math.log10(max(2.5, base))
        return self._small.level > self._most or self._gross.level > most

    def begin(self, sends: int) -> None:
        """Begin to count anew, with another ceiling."""
        self._noise_before = attrs.evolve(self.noise)
        self._begun_at, self._refused = sends, 0
        self.empty(sends)

    def disproved(self, rate: float, sends: int, *, ramp: bool) -> float | None:
        """Gives the rate that did not cause the refusals, if going slower made them no fewer."""
        refused, sends = self._refused, sends - self._begun_at
        rate_before = self._comparison.cut(rate, sends=sends, refused=refused, ramp=ramp)
        if rate_before:
            share = min(_MOST_OF_ALL, _TIMES_SHARE * refused / sends)
            self.noise.most = max(self.noise.most, share)
        return rate_before

    def shows_others(self, sends: int) -> bool:
        """Whether so much is refused below the ceiling that others may well share the limit."""
        return self.noise.is_proven and sends - self._begun_at >= _LEAST_SENDS

    def disown_noise(self) -> None:
        """What was refused below the ceiling was no noise, for the ceiling was too high."""
        self.noise = attrs.evolve(self._noise_before, most=self.noise.most)

    def empty(self, sends: int) -> None:
        """Forget the refusals that were counted."""
        self._small.empty(sends)
        self._gross.empty(sends)

    def expect_noise(self, base: float, rate: float) -> None:
        """Ask for more refusals from now on: some come where the rate is not their cause."""
        if self.noise.is_proven:
            doublings = max(0.0, math.log2(base / _MANY_A_SECOND))
            self._most = min(_MOST, _WITH_NOISE + doublings)
        else:
            self._most = min(_WITH_NOISE, rate / _FEWER_A_SECOND)

    def expect_ceiling(self, rate: float) -> None:
        """Take a few refusals for a ceiling from now on."""
        few = self.noise.is_proven or rate > _AT_CEILING * _FEW_A_SECOND
        self._most = _AT_CEILING if few else rate / _FEW_A_SECOND

    def expect_more(self, rate: float) -> None:
        """Ask for a little more from now on: a ramp that ends too early costs much time."""
        fast = self.noise.is_proven or rate > _RAMP_IS_FAST
        self._most = _ON_RAMP if fast else min(_ON_RAMP, rate / _FEW_A_SECOND)
