"""What makes a service slow or unreliable: latency, chance, refusals, outages, silence.

The same seed gives the same troubles in the same order of requests. The time of a request is a
parameter, in seconds, so that a tester's clock decides.
"""

import random
from collections.abc import Callable, Iterable

import attrs

from avepoint_async.testing.bounds import CHANCE, ERROR_STATUS, POSITIVE, SECONDS
from avepoint_async.testing.faults import Fault
from avepoint_async.testing.journal import Kind


@attrs.frozen
class Latency:
    """Seconds per API request, drawn anew for each from a seeded generator.

    Attributes:
        draw: one delay in seconds from the emulator's generator.

    Raises:
        ValueError: a time that is negative or not finite, or bounds the wrong way round.
    """

    draw: Callable[[random.Random], float]

    @classmethod
    def constant(cls, seconds: float) -> "Latency":
        """Always the same."""
        SECONDS.check("latency", seconds)
        return cls(lambda _rng: seconds)

    @classmethod
    def uniform(cls, low: float, high: float) -> "Latency":
        """Anything from ``low`` to ``high`` seconds, all equally likely."""
        SECONDS.check("low", low)
        SECONDS.check("high - low", high - low)
        return cls(lambda rng: rng.uniform(low, high))

    @classmethod
    def lognormal(cls, median: float, sigma: float = 0.5) -> "Latency":
        """As a busy service does: half under ``median`` seconds, a tail that grows with sigma."""
        SECONDS.check("median", median)
        SECONDS.check("sigma", sigma)
        return cls(lambda rng: median * rng.lognormvariate(0.0, sigma))


@attrs.frozen
class Refusals:
    """A share of the API requests is refused, however fast or slow they come.

    Attributes:
        share: 0 to 1.
        status: the status of a refusal, such as 503, 429 or 500.
        retry_after: the Retry-After header; None for none.
        seed: the same seed refuses the same requests, by order of arrival.

    Raises:
        ValueError: a share outside 0 to 1, or a status that refuses nothing.
    """

    share: float = attrs.field(validator=CHANCE)
    status: int = attrs.field(default=503, validator=ERROR_STATUS)
    retry_after: float | str | None = None
    seed: int = 0


@attrs.frozen
class Outage:
    """The service is away for the first ``away`` seconds of every ``every`` seconds.

    The rhythm begins when the emulator is made, or when its troubles are set.

    Attributes:
        away: seconds in which every API request is refused.
        every: seconds from the start of one outage to that of the next.
        status: the status of a refusal.
        retry_after: the Retry-After header; None for none.

    Raises:
        ValueError: a time that makes no sense, or an outage longer than its rhythm.
    """

    away: float = attrs.field(validator=SECONDS)
    every: float = attrs.field(validator=POSITIVE)
    status: int = attrs.field(default=503, validator=ERROR_STATUS)
    retry_after: float | str | None = None

    def __attrs_post_init__(self) -> None:
        SECONDS.check("every - away", self.every - self.away)


@attrs.frozen
class Silence:
    """API requests are accepted and never answered; tokens are issued as before."""


Trouble = Refusals | Outage | Silence


class Troubles:
    """Decides which API request meets which trouble; the first that applies is met.

    Attributes:
        settings: the troubles, in order.
    """

    def __init__(self, settings: Iterable[Trouble], now: float) -> None:
        self.settings = tuple(settings)
        self._since = now
        self._meet = [self._meeting(trouble) for trouble in self.settings]

    def fault(self, now: float) -> Fault | None:
        """The trouble that an API request at ``now`` meets, if any."""
        elapsed = now - self._since
        return next((fault for meet in self._meet if (fault := meet(elapsed))), None)

    def _meeting(self, trouble: Trouble) -> Callable[[float], Fault | None]:
        match trouble:
            case Refusals(share, status, retry_after, seed):
                rng, refusal = random.Random(seed), Fault.status(status, retry_after=retry_after)
                return lambda _elapsed: refusal if rng.random() < share else None
            case Outage(away, every, status, retry_after):
                refusal = Fault.status(status, retry_after=retry_after)
                return lambda elapsed: refusal if elapsed % every < away else None
            case _:
                silence = Fault.stall()
                return lambda _elapsed: silence


def _chance() -> float:
    field: float = attrs.field(default=0.0, validator=CHANCE)
    return field


@attrs.frozen(kw_only=True)
class Chaos:
    """How likely each trouble is, per request; one request meets one at most.

    Attributes:
        seed: the same seed gives the same troubles in the same order of requests.
        reset: a TCP reset.
        cut: a body cut off.
        throttle: a 429, with ``retry_after``.
        unavailable: a 503, with ``retry_after``.
        error: a 500.
        bad_gzip: a body that cannot be unpacked.
        slow: the true answer, ``slowness`` seconds late.
        expire: every token issued so far stops working, just before the request is checked.
        token: the token address answers 503; of token requests, not of API requests.
        retry_after: the Retry-After header of the refusals; None for none.
        slowness: seconds.

    Raises:
        ValueError: a chance outside 0 to 1, or chances that add up to more than 1, or a
            negative time.
    """

    seed: int = 0
    reset: float = _chance()
    cut: float = _chance()
    throttle: float = _chance()
    unavailable: float = _chance()
    error: float = _chance()
    bad_gzip: float = _chance()
    slow: float = _chance()
    expire: float = _chance()
    token: float = _chance()
    retry_after: float | str | None = None
    slowness: float = attrs.field(default=0.05, validator=SECONDS)

    def __attrs_post_init__(self) -> None:
        if sum(chance for chance, _ in self.faults()) > 1:
            message = "the chances of one request add up to more than 1"
            raise ValueError(message)

    def faults(self) -> list[tuple[float, Fault]]:
        """What an API request may meet, and how likely."""
        return [
            (self.reset, Fault.reset()),
            (self.cut, Fault.cut()),
            (self.throttle, Fault.status(429, retry_after=self.retry_after)),
            (self.unavailable, Fault.status(503, retry_after=self.retry_after)),
            (self.error, Fault.status(500)),
            (self.bad_gzip, Fault.bad_gzip()),
            (self.slow, Fault.delay(self.slowness)),
        ]


class Dice:
    """Draws the troubles of a ``Chaos``."""

    def __init__(self, chaos: Chaos) -> None:
        self._chaos = chaos
        self._rng = random.Random(chaos.seed)
        self._api = chaos.faults()
        self._token = [(chaos.token, Fault.status(503))]

    def fault(self, kind: Kind) -> Fault | None:
        """The trouble that the next request of this kind meets, if any."""
        drawn = self._rng.random()
        for chance, fault in self._token if kind == "token" else self._api:
            drawn -= chance
            if drawn < 0:
                return fault
        return None

    def expires(self) -> bool:
        """Whether every token stops working now."""
        return self._rng.random() < self._chaos.expire
