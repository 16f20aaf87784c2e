"""What a fan-out has delivered so far, reference by reference."""

from typing import Any, Generic, TypeVar

import attrs

from avepoint_async.errors import AvePointError
from avepoint_async.paging.ordering import OrderedPages
from avepoint_async.paging.outcome import Progress, WalkOutcome
from avepoint_async.paging.page import Page
from avepoint_async.transport.quota import Tally

RefT = TypeVar("RefT")


class Outcomes(Generic[RefT]):
    """Records each page and each failure as it is delivered.

    Attributes:
        all: the outcome of each reference that was started, in the order of the source.
    """

    def __init__(self) -> None:
        self.all: dict[RefT, WalkOutcome] = {}
        self._finished = self._failed = self._retried = self._pages = self._items = 0

    @property
    def failures(self) -> dict[RefT, WalkOutcome]:
        """Those with an error."""
        return {ref: each for ref, each in self.all.items() if each.error is not None}

    @property
    def incomplete(self) -> dict[RefT, WalkOutcome]:
        """Those without an error that are not complete."""
        return {
            ref: each for ref, each in self.all.items() if each.error is None and not each.complete
        }

    def start(self, ref: RefT) -> None:
        """A page of it is asked for."""
        self.all[ref] = WalkOutcome()

    def deliver(
        self, pages: OrderedPages[RefT, Any], page: Page[Any], error: AvePointError | None
    ) -> None:
        """A page of it is handed to the caller; with the last one perhaps comes an error."""
        before, walk = self.all[pages.ref], pages.outcome(error)
        self._pages += 1
        self._items += len(page.items)
        self._finished += page.last and error is None
        self._failed += error is not None
        # The walk may be ahead of the caller.
        self.all[pages.ref] = attrs.evolve(
            walk,
            items=before.items + len(page.items),
            pages=before.pages + 1,
            total_count=page.total_count,
            complete=page.last and walk.complete,
        )

    def fail(self, pages: OrderedPages[RefT, Any], error: AvePointError) -> None:
        """It failed; what was delivered of it stays."""
        self._failed += 1
        before = self.all[pages.ref]
        self.all[pages.ref] = attrs.evolve(before, error=error)

    def try_again(self, pages: OrderedPages[RefT, Any]) -> None:
        """It is tried once more."""
        self._failed -= 1
        self._retried += 1
        before = self.all[pages.ref]
        self.all[pages.ref] = attrs.evolve(before, tries=before.tries + 1, error=None)

    def progress(self, tally: Tally) -> Progress:
        """The counts of now."""
        return Progress(
            tenants_started=len(self.all),
            tenants_finished=self._finished,
            tenants_failed=self._failed,
            tenants_retried=self._retried,
            pages=self._pages,
            items=self._items,
            **attrs.asdict(tally),
        )
