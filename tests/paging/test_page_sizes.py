"""How large a page is, and what it means that one is larger or smaller than the others."""

import pytest
from avepoint_async.decode import Reply

from avepoint_async.errors import PaginationError
from tests.paging.model import askable, new_walk, page_of


@pytest.mark.parametrize(("size", "rows"), [(3, ("c", "d")), (2, ("c", "d", "e"))])
def test_pages_of_two_sizes_end_the_walk(size: int, rows: tuple[str, ...]) -> None:
    """Pages that do not line up would lose rows between them unseen."""
    walk = new_walk(2)
    walk.ask()
    walk.accept(page_of("a", "b", total=9))
    told = f"pages of 2 rows became pages of {max(size, len(rows))} at page 2$"
    with pytest.raises(PaginationError, match=told) as caught:
        walk.accept(page_of(*rows, size=size, total=9))
    assert caught.value.page_index == 2


@pytest.mark.parametrize("total", [4, 9])
def test_rows_after_a_smaller_page_end_the_walk(total: int) -> None:
    """A smaller page may be the last of an overclaimed total; with rows after it, it was not."""
    walk = new_walk(2)
    walk.ask()
    walk.accept(page_of("a", "b", total=9))
    walk.accept(page_of("c", size=1, total=9))
    with pytest.raises(PaginationError, match=r"became pages of 1 at page 2$") as caught:
        walk.accept(page_of("d", size=1, total=total))
    assert caught.value.page_index == 3


def test_a_smaller_page_may_be_the_last_of_an_overclaimed_total() -> None:
    """A server may echo the rows of its last page and promise more of them than there are."""
    walk = new_walk(2)
    walk.ask()
    walk.accept(page_of("a", "b", total=6))
    page = walk.accept(page_of("c", size=1, total=6))
    assert (page.items, page.last) == (("c",), False)
    assert walk.accept(page_of(size=0, total=6)).last
    assert (walk.seen, walk.complete) == (3, False)


def test_the_last_page_may_tell_the_size_it_has() -> None:
    """Some servers echo the rows of the last page; nothing comes after it."""
    walk = new_walk(2)
    walk.ask()
    walk.accept(page_of("a", "b", total=3))
    page = walk.accept(page_of("c", size=1, total=3))
    assert (page.last, page.size) == (True, 1)


def test_a_page_without_rows_may_tell_any_size() -> None:
    """The page past the end holds nothing that could be lost."""
    walk = new_walk(2)
    walk.ask()
    walk.accept(page_of("a", "b"))
    assert walk.accept(page_of(size=50)).last


@pytest.mark.parametrize(("told", "used"), [(None, 5), (50, 50), (2, 3)])
def test_the_size_is_the_one_the_server_used(told: int | None, used: int) -> None:
    """The size told counts, or the one asked for; a page that holds more was larger."""
    walk = new_walk(5)
    walk.ask()
    page = walk.accept(Reply(("a", "b", "c"), size=told, total=10 * used + 3))
    assert page.size == (told or used)
    assert len(askable(walk)) == 10
