"""Several endpoints asked of each customer: which customers, and which answers are missing."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

import attrs

from avepoint_async import AvePointClient, Customer, CustomerRef, FanOut, TenantRef
from avepoint_async.cli.causes import explained
from avepoint_async.cli.console import complain
from avepoint_async.cli.customers import ids_of
from avepoint_async.cli.exits import DONE, INCOMPLETE
from avepoint_async.cli.progress import Display, Glimpse, surface, with_pause
from avepoint_async.cli.words import counted, name_of, shortfall
from avepoint_async.resources import Endpoint

T = TypeVar("T")
RefT = TypeVar("RefT", CustomerRef, TenantRef)


@attrs.define
class ByCustomer:
    """The customers that are asked, and whether all that was asked for came.

    Attributes:
        client: whom to ask.
        customers: in the order of the service.
        whole: whether nothing lacks so far.
    """

    client: AvePointClient
    customers: Sequence[Customer]
    whole: bool

    @classmethod
    async def found(cls, client: AvePointClient, wanted: Sequence[str] | None) -> "ByCustomer":
        """All customers, or those that these ids and names mean.

        Raises:
            AvePointError: they cannot be listed.
            typer.BadParameter: one of them is not there.
        """
        walk = client.customers(customer_ids=await ids_of(client, wanted)).walk()
        customers = [each async for each in walk]
        if not walk.outcome.complete:
            complain(f"the list of customers is incomplete: {shortfall(walk.outcome, 'customer')}")
        return cls(client, customers, walk.outcome.complete)

    @property
    def refs(self) -> list[CustomerRef]:
        """The references of the customers."""
        return [each.ref for each in self.customers]

    @property
    def status(self) -> int:
        """The exit status that fits."""
        return DONE if self.whole else INCOMPLETE

    async def lists(
        self, what: str, endpoint: Endpoint[T], refs: Sequence[RefT]
    ) -> dict[RefT, list[T]]:
        """What the endpoint says of each; who could not be read is left out, and named.

        Args:
            what: what is asked for, in words.
            endpoint: of customers or of tenants.
            refs: who is asked.
        """
        found: dict[RefT, list[T]] = {}

        def keep(ref: RefT, items: Sequence[T]) -> None:
            found.setdefault(ref, []).extend(items)

        # It yields references of the kind that it is given, which no overload can say.
        source = cast("Any", refs)
        fleet = cast("FanOut[T, RefT]", self.client.fan_out(endpoint, source, on_error="skip"))
        failed = await self.read(what, fleet, keep)
        return {ref: items for ref, items in found.items() if ref not in failed}

    async def read(
        self,
        what: str,
        fleet: FanOut[T, RefT],
        keep: Callable[[RefT, Sequence[T]], None],
    ) -> set[RefT]:
        """Read a fan-out to its end, shown as it goes; returns those who failed."""

        def look(elapsed: float) -> Glimpse:  # noqa: ARG001  # nothing is told a second
            progress = fleet.progress
            done = progress.tenants_finished + progress.tenants_failed
            glimpse = Glimpse(f"{what}: {done:,} done", counted(progress.requests, "request"))
            held_for = self.client.stats.held_for
            return with_pause(glimpse, held_for, datetime.now(UTC).astimezone())

        async with fleet, Display(look, surface(rows_on_stdout=False)):
            async for ref, page in fleet.pages():
                keep(ref, page.items)
        for ref, outcome in {**fleet.failures, **fleet.incomplete}.items():
            why = explained(outcome.error) if outcome.error else shortfall(outcome, "item")
            complain(f"{name_of(ref)}: {what}: {why}", **attrs.asdict(ref))
        self.whole = self.whole and fleet.complete
        return set(fleet.failures)
