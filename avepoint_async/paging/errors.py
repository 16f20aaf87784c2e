"""The two errors that carry outcomes; `avepoint_async.errors` draws the tree of all errors."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from avepoint_async.errors import AvePointError
from avepoint_async.paging.outcome import WalkOutcome

_MOST_NAMED = 3


class IncompleteError(AvePointError):
    """Raised at the end of a walk that is incomplete, if the client is strict.

    Everything that was shown had been delivered before.

    Attributes:
        outcome: how the walk ended.
    """

    advice = "run it again; see *What complete means*"

    def __init__(
        self, message: str = "", *, outcome: WalkOutcome | None = None, **where: Any
    ) -> None:
        super().__init__(message, **where)
        self.outcome = outcome or WalkOutcome()


class TenantFailuresError(AvePointError):
    """Raised at the end of a fan-out in which tenants failed; the others arrived whole.

    Attributes:
        failures: the outcome of each failed tenant, by its reference.
    """

    advice = "read each outcome's `.error`"

    def __init__(
        self, message: str = "", *, failures: Mapping[Any, WalkOutcome] | None = None
    ) -> None:
        self.failures: dict[Any, WalkOutcome] = dict(failures or {})
        super().__init__(message or self._summary())

    def _summary(self) -> str:
        kinds = Counter(type(outcome.error).__name__ for outcome in self.failures.values())
        counts = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
        noun = "tenant" if len(self.failures) == 1 else "tenants"
        first = "; ".join(str(each.error) for each in [*self.failures.values()][:_MOST_NAMED])
        others = len(self.failures) - _MOST_NAMED
        more = f"; and {others} more" if others > 0 else ""
        return f"{len(self.failures)} {noun} failed: {counts}: {first}{more}"
