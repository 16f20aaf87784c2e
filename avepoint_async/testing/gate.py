"""Holds answers back until the tester lets them go."""

import asyncio
from collections.abc import Collection

from avepoint_async.testing.bounds import COUNT
from avepoint_async.testing.journal import Kind


class Gate:
    """Open at first; requests of a held kind wait in order of arrival."""

    def __init__(self) -> None:
        self._held: frozenset[Kind] = frozenset()
        self._waiting: list[tuple[Kind, asyncio.Future[None]]] = []

    def hold(self, kinds: Collection[Kind]) -> None:
        """Hold requests of these kinds from now on."""
        self._held |= frozenset(kinds)

    def release(self, count: int | None = None) -> None:
        """Let everyone through and stay open; or only the first ``count``, and stay shut."""
        COUNT.check("count", count or 0)
        if count is None:
            self._held = frozenset()
        for _, future in self._waiting[:count]:
            if not future.done():  # the request went away in this very turn
                future.set_result(None)
        self._waiting = self._waiting[count:] if count is not None else []

    async def pass_through(self, kind: Kind) -> None:
        """Return at once, or when released."""
        if kind not in self._held:
            return
        waiting = (kind, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        try:
            await waiting[1]
        except asyncio.CancelledError:
            # Cancelled in the turn of its release, it is not in the queue any more.
            if waiting in self._waiting:
                self._waiting.remove(waiting)
            raise
