"""Replies that are no list: one object, or a bare array. Pure."""

from datetime import datetime
from typing import TypeVar

import attrs

from avepoint_async.paging.page import Page, PageRequest
from avepoint_async.paging.page_walk import PageWalk, WalkSettings
from avepoint_async.wire.envelope import Envelope, Reply

T = TypeVar("T")


@attrs.frozen
class Single:
    """One request, and its reply is the whole answer."""

    def query(self, _request: PageRequest, _envelope: Envelope) -> str:
        """Nothing is asked for by page."""
        return ""

    def begin(self, settings: WalkSettings[T]) -> "SingleWalk[T]":
        """A new walk, at its start."""
        return SingleWalk(settings)


class SingleWalk(PageWalk[T]):
    """Asks once."""

    _asked = False

    @property
    def can_ask(self) -> bool:
        """Whether it was not asked yet."""
        return not self._asked

    @property
    def expected(self) -> tuple[int, int]:
        """The one page."""
        return 1, 1

    def ask(self) -> PageRequest:
        """The one request."""
        self._asked = True
        return PageRequest(1, self._settings.size)

    def ask_again(self) -> None:
        """Ask once more."""
        self._asked = False

    def end_after(self, request: PageRequest) -> None:
        """Nothing is asked for ahead of its time."""

    def accept(self, reply: Reply[T], received_at: datetime) -> Page[T] | None:
        """Take the reply."""
        self.over = self._complete = True
        count = len(reply.items)
        return self._hand_out(reply.items, 1, count, None, received_at)
