"""When the service refuses or ignores API requests: a share of them, in a rhythm, or always.

Each outage has one status, whichever you choose. Several kinds at once, by chance, are the business
of `testing.chaos`; a fault of one request is one of `testing.faults`.

The same seed refuses the same requests, in the order in which they come. The time of a request is
a parameter, in seconds, so that a tester's clock decides.
"""

import random
from collections.abc import Callable, Iterable

import attrs

from avepoint_async.testing.bounds import CHANCE, ERROR_STATUS, POSITIVE, SECONDS
from avepoint_async.testing.faults import Fault


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
