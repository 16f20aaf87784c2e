"""Lists whose pages are numbered, and which may change while they are walked. Pure.

A pass asks for each page once. It ends at an empty page, or at a short page that meets the total.
Rows that come, go or move while a pass goes on leave signs: two different totals, the same item
twice, or items that do not add up to the total. A pass without a sign is believed. Otherwise the
list is walked again, ``max_passes`` times in all at most, and only what was not delivered yet is
handed out.

Why that is safe: if each position was read once, all totals were T and T distinct items were
shown, then what was shown is the list, in whatever order the pages came. It needs that rows and
total of one answer are of one moment, and that no row goes while another comes between the same
two answers.
"""

from datetime import datetime
from typing import TypeAlias, TypeVar

import attrs

from avepoint_async.errors import PaginationError
from avepoint_async.paging.page import Page, PageRequest
from avepoint_async.paging.page_walk import PageWalk, WalkSettings
from avepoint_async.wire.envelope import Envelope, PagingFacts, Reply

T = TypeVar("T")


@attrs.frozen
class Numbered:
    """Pages are asked for by their number, ``pageIndex`` and ``pageSize``; many at once."""

    def query(self, request: PageRequest, envelope: Envelope) -> str:
        """The query string that asks for a page."""
        return f"{envelope.index}={request.index}&{envelope.size}={request.size}"

    def begin(self, settings: "WalkSettings[T]") -> "NumberedWalk[T]":
        """A new walk, at its start."""
        return NumberedWalk(settings)


_Picture: TypeAlias = tuple[int, int, int | None]
"""What a pass showed: a fingerprint of its rows by page, their number, and the total."""

_MOST_REPEATS = 100
"""Times in a row that a page may repeat the one before while the list changes."""

_MOST_SHORT_REPEATS = 3
"""The same for a page that is not full, while nothing else changes."""


@attrs.define
class _Pass:
    """One pass over the list: the page that comes next, and what its answers have told so far."""

    next_ask: int
    next_accept: int
    horizon: int
    limit: int | None = None
    total: int | None = None
    total_changed: bool = False
    full_end: bool = False
    marks_before: tuple[int, ...] = ()
    repeated: int = 0


class NumberedWalk(PageWalk[T]):
    """Walks a numbered list until a pass shows no sign of change."""

    def __init__(self, settings: WalkSettings[T]) -> None:
        super().__init__(settings)
        start = settings.start
        self._size = self._size_before = settings.size
        self._countable = True
        self._pass = _Pass(start, start, horizon=start)
        self._before: _Picture | None = None
        self._was_short = False

    @property
    def can_ask(self) -> bool:
        """Whether a page is known to be still to come that was not yet asked for."""
        now = self._pass
        last = now.horizon if now.limit is None else min(now.horizon, now.limit)
        return not self.over and now.next_ask <= last

    @property
    def expected(self) -> tuple[int, int]:
        """Pass and index of the page that ``accept`` takes next."""
        return self._passes, self._pass.next_accept

    def ask(self) -> PageRequest:
        """The next page to ask for; only while ``can_ask``."""
        # Always the size first asked for: a server that clamps it, clamps it each time alike.
        request = PageRequest(self._pass.next_ask, self._settings.size, self._passes)
        self._pass.next_ask += 1
        return request

    def ask_again(self) -> None:
        """Go on with the page that is expected."""
        self._pass.next_ask = self._pass.next_accept
        self._pass.limit = None

    def end_after(self, request: PageRequest) -> None:
        """Ask for no page beyond this one in its pass."""
        if request.number == self._passes:
            limit = self._pass.limit
            self._pass.limit = request.index if limit is None else min(limit, request.index)

    def accept(self, reply: Reply[T], received_at: datetime) -> Page[T] | None:
        """Take the reply to the expected page.

        Raises:
            PaginationError: the server answers with another page than the one asked for, with
                the same page again, or with pages of another size.
        """
        index = self._pass.next_accept
        facts = reply.paging
        if facts.index is not None and facts.index != index:
            message = f"asked for page {index}, the server answered with page {facts.index}"
            raise PaginationError(message, page_index=index)
        self._follow_total(facts.total)
        rows = len(reply.items) + len(reply.unreadable)
        if index == self._settings.start:
            self._learn_size(rows, reply)
        counts = self._sightings.counts
        repeats = counts.repeats
        fresh, marks = self._sightings.take(index, reply.items)
        self._duplicates += counts.repeats - repeats
        self._check_advance(index, rows, marks)
        self._check_size(index, rows, reply)
        if reply.unreadable:
            self._note_unreadable(len(reply.unreadable))
        self._pass.next_accept += 1
        promised = self._promised()
        if self._ends_pass(rows, promised, facts):
            self._end_pass(promised)
        else:
            self._pass.horizon = self._horizon(index, promised)
        size = facts.size or self._size
        return self._hand_out(fresh, index, size, self._total, received_at)

    def _note_unreadable(self, count: int) -> None:
        """A row that cannot be read was shown, all the same."""
        self._sightings.counts.rows += count
        self._sightings.counts.distinct += count
        self._unreadable += count

    def _follow_total(self, total: int | None) -> None:
        if total is None:
            return
        if self._pass.total is not None and total != self._pass.total:
            self._pass.total_changed = True
            self._drifted += 1
        self._pass.total = self._total = total

    def _learn_size(self, rows: int, reply: Reply[T]) -> None:
        size = self._size = self._size_before = max(reply.paging.size or self._settings.size, rows)
        if self._settings.start == 1:
            return
        # A later page that is short may be a clamped one: what is before it cannot be counted.
        ends = (self._settings.start - 1) * size + rows == reply.paging.total
        self._countable = not rows or rows >= size or ends

    def _check_advance(self, index: int, rows: int, marks: tuple[int, ...]) -> None:
        """A full page that repeats the one before, while nothing changes, is no progress.

        Any other page that repeats is a sign of change, as long as it does not go on for ever.
        """
        now = self._pass
        before, now.marks_before = now.marks_before, marks
        if not marks or marks[0] not in before or {*marks} != {*before}:
            now.repeated = 0
            return
        now.repeated += 1
        if now.total_changed or self._may_be_equal_rows(marks):
            bound = _MOST_REPEATS
        else:
            bound = 1 if rows >= self._size else _MOST_SHORT_REPEATS
        if now.repeated >= bound:
            message = f"page {index} repeats page {index - 1}: the server does not advance"
            raise PaginationError(message, page_index=index)

    def _may_be_equal_rows(self, marks: tuple[int, ...]) -> bool:
        """Whether the rows may be different ones that look alike, as far as the total tells."""
        counts, promised = self._sightings.counts, self._promised()
        alike = len({*marks}) == 1 and (counts.keyless or counts.makeshift)
        return bool(alike) and promised is not None and counts.rows <= promised

    def _check_size(self, index: int, rows: int, reply: Reply[T]) -> None:
        """Pages of two sizes do not line up: rows between them would be lost unseen.

        A smaller page may be the last, and echo the rows that it has: the one after it tells.
        Where a total changed the list did, and the next pass tells.
        """
        size = max(reply.paging.size or self._size, rows)
        before, self._size_before = self._size_before, size
        if self._pass.total_changed:
            return
        if rows and before < self._size:
            message = f"pages of {self._size} rows became pages of {before} at page {index - 1}"
        elif size > self._size and self._promised() != self._sightings.counts.rows:
            message = f"pages of {self._size} rows became pages of {size} at page {index}"
        else:
            return
        raise PaginationError(message, page_index=index)

    def _promised(self) -> int | None:
        """The rows promised from the first page of this walk on; None without a usable total."""
        total = self._pass.total
        if total is None or not self._countable:
            return None
        rows = max(0, total - (self._settings.start - 1) * self._size)
        return rows if rows >= self._sightings.counts.rows else None

    def _horizon(self, index: int, promised: int | None) -> int:
        """How far the pages reach that are surely still to come."""
        missing = 1 if promised is None else promised - self._sightings.counts.rows
        return index + max(1, -(-missing // self._size))

    def _ends_pass(self, rows: int, promised: int | None, facts: PagingFacts) -> bool:  # noqa: ARG002  # other kinds look at them
        now, counts, habits = self._pass, self._sightings.counts, self._settings.habits
        meets_total = promised == counts.rows
        if not rows:
            if now.full_end and meets_total:
                habits.met_empty_after_full()
            return True
        # A total lower than what was shown is none, unless rows that were shown twice exceed it.
        has_low_total = promised is None and now.total is not None and self._countable
        if has_low_total and not now.total_changed and not counts.repeats:
            habits.met_low_total()
        now.full_end = meets_total and rows >= self._size
        return meets_total and (rows < self._size or habits.trusts_full_end)

    def _end_pass(self, promised: int | None) -> None:
        """Believe the pass, give up, or begin the next one."""
        counts, habits = self._sightings.counts, self._settings.habits
        picture = (counts.fingerprint, counts.rows, self._pass.total)
        changed = self._pass.total_changed or counts.repeats > 0
        short = promised is not None and counts.distinct < promised
        proved = promised is not None and not counts.keyless
        if not self._pass.total_changed and self._before == picture:
            self._finish(whole=promised is None or counts.rows == promised)
        elif proved and not changed and not short:
            self._finish(whole=True)
        elif self._passes >= self._settings.max_passes or (
            proved and short and not changed and habits.expects_short
        ):
            self._finish(whole=False)
        else:
            if proved and short and not changed and not self._was_short:
                habits.walks_short_again()
                self._was_short = True
            self._begin_pass(picture)

    def _finish(self, *, whole: bool) -> None:
        self.over = True
        self._complete = whole and not self._unreadable
        if whole and self._was_short:
            self._settings.habits.met_whole_after_short()

    def _begin_pass(self, picture: _Picture) -> None:
        self._before = picture
        last = self._pass.next_accept - 1
        start = self._settings.start
        self._passes += 1
        self._unreadable = 0
        self._sightings.begin_pass()
        # As far as the last pass reached; whatever is beyond is looked for as it shows.
        self._pass = _Pass(start, start, horizon=max(start, last))
