"""One page: what is asked for, and what is handed to the caller."""

from typing import Generic, TypeVar

import attrs

T = TypeVar("T")


@attrs.frozen
class PageRequest:
    """Asks for one page.

    Attributes:
        index: the page, from 1.
        size: rows per page; the server may clamp it.
    """

    index: int
    size: int


@attrs.frozen
class Page(Generic[T]):
    """One page of a walk, in its order.

    Attributes:
        items: what the page holds, without what the page before it held already.
        index: the page, from 1.
        size: rows per page that the server used.
        total_count: rows that the server promised with this page; None if it promised none.
        last: whether the walk ends here.
    """

    items: tuple[T, ...]
    index: int
    size: int
    total_count: int | None
    last: bool
