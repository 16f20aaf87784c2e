"""Which fault meets which request, written beforehand."""

from collections.abc import Iterable

import attrs

from avepoint_async.testing.bounds import AT_LEAST_ONE
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
        """Write faults at the end; ``times`` of None never runs out.

        Raises:
            ValueError: less than one time, or a page before the first.
        """
        AT_LEAST_ONE.check("times", 1 if times is None else times)
        AT_LEAST_ONE.check("page", 1 if page is None else page)
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
