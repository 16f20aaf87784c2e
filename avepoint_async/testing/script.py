"""Which fault meets which request: written beforehand, or left to seeded chance."""

import random
from collections.abc import Iterable

import attrs

from avepoint_async.testing.faults import Fault
from avepoint_async.testing.journal import Kind, Recorded


@attrs.define
class _Line:
    fault: Fault
    kind: Kind | None
    tenant: tuple[str, str] | None
    page: int | None
    left: float

    def meets(self, recorded: Recorded) -> bool:
        if self.kind != recorded.kind and not (self.kind is None and recorded.kind != "token"):
            return False
        if self.tenant not in (None, (recorded.customer_id, recorded.tenant_id)):
            return False
        # A query without a page index asks for the first.
        return self.page in (None, recorded.page_index or 1)


class Script:
    """Faults in the order written; each request takes the first that is meant for it."""

    def __init__(self) -> None:
        self._lines: list[_Line] = []

    def add(
        self,
        faults: Iterable[Fault],
        kind: Kind | None,
        tenant: tuple[str, str] | None,
        page: int | None,
        times: int | None,
    ) -> None:
        """Write faults at the end; ``times`` of None never runs out."""
        left = float("inf") if times is None else times
        self._lines += [_Line(fault, kind, tenant, page, left) for fault in faults]

    def clear(self) -> None:
        """Forget what is left."""
        self._lines.clear()

    @property
    def left(self) -> float:
        """How many faults are still to come."""
        return sum(line.left for line in self._lines)

    def take(self, recorded: Recorded) -> Fault | None:
        """The fault that this request meets, if one is written for it."""
        for line in self._lines:
            if line.meets(recorded):
                line.left -= 1
                if not line.left:
                    self._lines.remove(line)
                return line.fault
        return None


def _chance(default: float = 0.0) -> float:
    field: float = attrs.field(
        default=default, validator=[attrs.validators.ge(0), attrs.validators.le(1)]
    )
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
    slowness: float = 0.05


class Dice:
    """Draws the troubles of a ``Chaos``."""

    def __init__(self, chaos: Chaos) -> None:
        self._chaos = chaos
        self._rng = random.Random(chaos.seed)
        retry_after = chaos.retry_after
        self._api = [
            (chaos.reset, Fault.reset()),
            (chaos.cut, Fault.cut()),
            (chaos.throttle, Fault.status(429, retry_after=retry_after)),
            (chaos.unavailable, Fault.status(503, retry_after=retry_after)),
            (chaos.error, Fault.status(500)),
            (chaos.bad_gzip, Fault.bad_gzip()),
            (chaos.slow, Fault.delay(chaos.slowness)),
        ]
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
