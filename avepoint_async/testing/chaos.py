"""Faults by chance: how likely each kind is, and which one a request meets.

The kinds are fixed, one chance for each. One status of your choice, by share or by time, is the
business of `testing.outages`.
"""

import random

import attrs

from avepoint_async.testing.bounds import CHANCE, SECONDS
from avepoint_async.testing.faults import Fault
from avepoint_async.testing.journal import Kind


def _chance() -> float:
    field: float = attrs.field(default=0.0, validator=CHANCE)
    return field


@attrs.frozen(kw_only=True)
class Chaos:
    """How likely each fault is, per request; one request meets one at most.

    Attributes:
        seed: the same seed gives the same faults in the same order of requests.
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


class RandomFaults:
    """Draws the faults of a `Chaos`: the same seed gives the same, in the order of requests."""

    def __init__(self, chaos: Chaos) -> None:
        self._chaos = chaos
        self._rng = random.Random(chaos.seed)
        self._api = chaos.faults()
        self._token = [(chaos.token, Fault.status(503))]

    def fault(self, kind: Kind) -> Fault | None:
        """The fault that the next request of this kind meets, if any."""
        drawn = self._rng.random()
        for chance, fault in self._token if kind == "token" else self._api:
            drawn -= chance
            if drawn < 0:
                return fault
        return None

    def expires(self) -> bool:
        """Whether every token stops working now."""
        return self._rng.random() < self._chaos.expire
