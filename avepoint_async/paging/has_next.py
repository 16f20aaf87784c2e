"""Numbered lists whose replies say themselves whether a page follows. Pure."""

from typing import TypeVar

import attrs

from avepoint_async.paging.numbered import Numbered, NumberedWalk
from avepoint_async.paging.page_walk import WalkSettings
from avepoint_async.wire.envelope import Reply

T = TypeVar("T")


@attrs.frozen
class HasNext(Numbered):
    """Pages are asked for by their number, one after another, while ``hasNextPage`` is true."""

    def begin(self, settings: WalkSettings[T]) -> "HasNextWalk[T]":
        """A new walk, at its start."""
        return HasNextWalk(settings)


class HasNextWalk(NumberedWalk[T]):
    """Walks on while a reply says that another page follows; a total is checked as anywhere."""

    def _ends_pass(self, rows: int, reply: Reply[T]) -> bool:
        if reply.paging.more is None:
            return super()._ends_pass(rows, reply)
        return not rows or not reply.paging.more

    def _look_ahead(self, index: int) -> None:
        self._pass.horizon = index + 1

    def _begin_pass(self, picture: tuple[int, int, int | None]) -> None:
        super()._begin_pass(picture)
        self._pass.horizon = self._settings.start
