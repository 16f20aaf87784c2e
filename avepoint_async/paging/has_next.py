"""Numbered lists whose replies say themselves whether a page follows. Pure."""

from typing import TypeVar

import attrs

from avepoint_async.paging.numbered import Numbered, NumberedWalk
from avepoint_async.paging.page_walk import WalkSettings
from avepoint_async.wire.envelope import PagingFacts

T = TypeVar("T")


@attrs.frozen
class HasNext(Numbered):
    """Pages are asked for by their number, one after another, while ``hasNextPage`` is true."""

    def begin(self, settings: WalkSettings[T]) -> "HasNextWalk[T]":
        """A new walk, at its start."""
        return HasNextWalk(settings)


class HasNextWalk(NumberedWalk[T]):
    """Walks on while a reply says that another page follows; a total is checked as anywhere."""

    def _ends_pass(self, rows: int, promised: int | None, facts: PagingFacts) -> bool:
        if facts.more is None:
            return super()._ends_pass(rows, promised, facts)
        return not rows or not facts.more

    def _horizon(self, index: int, promised: int | None) -> int:  # noqa: ARG002  # what is next
        return index + 1

    def _begin_pass(self, picture: tuple[int, int, int | None]) -> None:
        super()._begin_pass(picture)
        self._pass.horizon = self._settings.start
