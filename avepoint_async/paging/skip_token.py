"""Lists in which each reply gives the token that asks for the next page. Pure.

The token is the service's own place in the list, which does not shift when rows come and go. So
one pass is enough, and a total is no more than a hint. A token is opaque: it is sent back as it
came, percent-encoded.
"""

from datetime import datetime
from typing import TypeVar
from urllib.parse import quote

import attrs

from avepoint_async.errors import PaginationError
from avepoint_async.paging.page import Page, PageRequest
from avepoint_async.paging.page_walk import PageWalk, WalkSettings
from avepoint_async.wire.envelope import Envelope, Reply

T = TypeVar("T")


@attrs.frozen
class SkipToken:
    """Pages are asked for one after another, each by the token of the one before.

    Attributes:
        page_size: rows to ask for per page; the service requires the number.
    """

    page_size: int = 1000

    def query(self, request: PageRequest, envelope: Envelope) -> str:
        """The query string that asks for a page."""
        query = f"{envelope.size}={request.size}"
        if request.token is None:
            return query
        return f"{query}&{envelope.token}={quote(request.token, safe='')}"

    def begin(self, settings: WalkSettings[T]) -> "SkipTokenWalk[T]":
        """A new walk, at its start."""
        return SkipTokenWalk(settings)


class SkipTokenWalk(PageWalk[T]):
    """Walks until a reply has no token."""

    def __init__(self, settings: WalkSettings[T]) -> None:
        super().__init__(settings)
        self._index = 1
        self._asked = False
        self._token: str | None = None
        self._tokens: set[int] = set()

    @property
    def can_ask(self) -> bool:
        """Whether the token of the next page is known, and not used yet."""
        return not self.over and not self._asked

    @property
    def expected(self) -> tuple[int, int]:
        """Pass and index of the page that ``accept`` takes next."""
        return 1, self._index

    def ask(self) -> PageRequest:
        """The next page to ask for; only while ``can_ask``."""
        self._asked = True
        return PageRequest(self._index, self._settings.size, token=self._token)

    def ask_again(self) -> None:
        """Go on with the page that is expected."""
        self._asked = False

    def end_after(self, request: PageRequest) -> None:
        """Nothing is asked for ahead of its time."""

    def accept(self, reply: Reply[T], received_at: datetime) -> Page[T] | None:
        """Take the reply to the expected page.

        Raises:
            PaginationError: a token comes a second time.
        """
        index, token = self._index, reply.paging.token
        if token is not None:
            if hash(token) in self._tokens:
                message = f"page {index} gives a token that was used before: no progress"
                raise PaginationError(message, page_index=index)
            self._tokens.add(hash(token))
        repeats = self._sightings.counts.repeats
        fresh, _ = self._sightings.take(index, reply.items)
        self._duplicates += self._sightings.counts.repeats - repeats
        self._unreadable += len(reply.unreadable)
        self._total = reply.paging.total
        self._index, self._asked, self._token = index + 1, False, token
        self.over = token is None
        self._complete = not self._unreadable
        size = reply.paging.size or self._settings.size
        return self._hand_out(fresh, index, size, self._total, received_at)
