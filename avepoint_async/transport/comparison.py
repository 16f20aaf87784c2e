"""Whether refusals became fewer as the rate fell; pure.

If the share of refusals stays when the rate is cut to less than half, the rate is not its cause.
(The Eifel algorithm, RFC 4015, asks that of a timeout; this asks it of a series of cuts.)
"""

import attrs

# Refusals between two cuts that make their share worth comparing.
_LEAST_REFUSED = 4

# The rate has fallen far when it is divided by this, in several cuts: a single one may have
# met a limit, or others at the limit, after it had looked too far beyond.
_FAR, _LEAST_CUTS = 2.5, 5

# The share at the lower rate is the same if it is at least this part of the one at the higher
# rate, and no more than this multiple: then the service refuses more for another reason.
_SAME, _MORE = 0.6, 2.5


@attrs.frozen
class _Reference:
    rate: float
    share: float


@attrs.define
class Comparison:
    """The share of refusals at the highest rate of a series of cuts, beside that of the last."""

    _reference: _Reference | None = None
    _cuts: int = 0

    def cut(self, rate: float, *, sends: int, refused: int, ramp: bool) -> float | None:
        """A rate is about to be cut; gives the rate that this shows to be no cause, if any.

        Args:
            rate: requests per second.
            sends: how many there were since the last cut.
            refused: how many of them were refused.
            ramp: whether the rate doubled again and again, so that no share belongs to it.
        """
        if refused < _LEAST_REFUSED:
            return None
        share, reference = refused / sends, self._reference
        if not reference or rate >= reference.rate or share > _MORE * reference.share:
            self._reference, self._cuts = (None if ramp else _Reference(rate, share)), 0
            return None
        self._cuts += 1
        far = self._cuts >= _LEAST_CUTS and rate * _FAR <= reference.rate
        if not far or share < _SAME * reference.share:
            return None
        self._reference = None
        return reference.rate
