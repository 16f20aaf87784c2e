"""One page: what is asked for, and what is handed to the caller."""

from datetime import datetime
from typing import Generic, TypeVar

import attrs

T = TypeVar("T")


@attrs.frozen
class PageRequest:
    """Asks for one page.

    Attributes:
        index: the page, from 1.
        size: rows per page; the server may clamp it.
        number: the pass over the list that it belongs to, from 1.
        token: what the page before gave to ask for this one, in lists of that kind.
    """

    index: int
    size: int
    number: int = 1
    token: str | None = None


@attrs.frozen
class Page(Generic[T]):
    """One page of a walk, in its order.

    Attributes:
        items: what the page holds and was not delivered before.
        index: the page, from 1.
        size: rows per page that the server used.
        total_count: rows that the server promised with this page; None if it promised none.
        last: whether the walk ends here.
        received_at: when its answer came, in UTC.
    """

    items: tuple[T, ...]
    index: int
    size: int
    total_count: int | None
    last: bool
    received_at: datetime
