"""Fan-outs in virtual time: the real `FanOut`, and a service that answers without a network.

What stands in for the transport takes a slot of the fan-out, waits, and answers.
"""

import random
from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import attrs
import msgspec
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from avepoint_async import TenantRef
from avepoint_async.errors import AvePointError
from avepoint_async.exchange.answer import Answer
from avepoint_async.paging.endpoint import Endpoint
from avepoint_async.paging.fanout import FanOut
from avepoint_async.paging.habits import Habits
from avepoint_async.paging.query import Query
from avepoint_async.paging.source import as_tenant
from avepoint_async.transport.call import Call
from avepoint_async.transport.quota import Quota
from tests.virtual_time import VirtualLoop, run

NOON = datetime(2026, 8, 1, 12, tzinfo=UTC)


@attrs.frozen
class Row:
    """One row of a list."""

    id: int


ROWS = Endpoint(
    path="/customers/{customer_id}/tenants/{tenant_id}/rows",
    record=Row,
    scopes=frozenset({"rows"}),
    identity=lambda row: row.id,
)


@attrs.frozen
class Sent:
    """One request: whose page it asked for, when it was sent and when answered."""

    tenant: str
    page: int
    at: float
    until: float


@attrs.define
class VirtualService:
    """Answers for the lists of tenants, each after a while of virtual time.

    Attributes:
        lists: how many rows each tenant has.
        loop: whose clock counts.
        latency: seconds that a page of a tenant takes.
        total_off: what is added to the honest totals of a tenant.
        faults: the errors that the next requests for a page of a tenant come to.
        requests: the requests, as they were answered.
        in_flight: requests that were sent and not answered.
        peak: the most of them.
    """

    lists: Mapping[str, int]
    loop: VirtualLoop
    latency: Callable[[str, int], float] = lambda _tenant, _page: 1.0
    total_off: Mapping[str, int] = attrs.field(factory=dict[str, int])
    faults: dict[tuple[str, int], list[AvePointError]] = attrs.field(
        factory=dict[tuple[str, int], list[AvePointError]]
    )
    requests: list[Sent] = attrs.field(factory=list[Sent], init=False)
    sent: list[tuple[str, int]] = attrs.field(factory=list[tuple[str, int]], init=False)
    in_flight: int = attrs.field(default=0, init=False)
    peak: int = attrs.field(default=0, init=False)

    def address(self, path: str) -> URL:
        """The address of a path."""
        return URL(f"https://graph.example{path}")

    async def send(self, call: Call) -> Answer:
        """One page, in a slot of its fan-out."""
        assert call.quota is not None
        async with call.quota.slots:
            call.quota.tally.requests += 1
            self.in_flight += 1
            self.peak = max(self.peak, self.in_flight)
            try:
                return await self._answer(call)
            finally:
                self.in_flight -= 1

    async def _answer(self, call: Call) -> Answer:
        tenant = call.about["tenant_id"]
        asked = URL(f"?{call.query}").query
        index, size = int(asked["pageIndex"]), int(asked["pageSize"])
        begun = self.loop.time()
        self.sent.append((tenant, index))
        seconds = self.latency(tenant, index)
        until = self.loop.create_future()
        timer = self.loop.call_later(seconds, until.set_result, None)
        try:
            await until
        finally:
            timer.cancel()
        self.requests.append(Sent(tenant, index, begun, self.loop.time()))
        faults = self.faults.get((tenant, index))
        if faults:
            raise faults.pop(0)
        rows = self.lists[tenant]
        shown = range((index - 1) * size, min(rows, index * size))
        total = rows + self.total_off.get(tenant, 0)
        metadata = {"pageIndex": index, "pageSize": size, "totalCount": total}
        body = msgspec.json.encode({"data": [{"id": n} for n in shown], "metadata": metadata})
        return Answer(200, CIMultiDictProxy(CIMultiDict[str]()), body, NOON)

    def fan_out(
        self,
        source: Iterable[Any] | AsyncIterable[Any] | None = None,
        *,
        width: int = 16,
        on_error: str = "defer",
        size: int = 1,
        habits: Habits | None = None,
    ) -> FanOut[Row]:
        """A fan-out over these tenants, by default over all."""
        habits = habits or trusting()

        def query(ref: TenantRef, quota: Quota) -> Query[Row]:
            return Query(
                session=self,  # type: ignore[arg-type]  # what a query uses of a session
                endpoint=ROWS,
                ids=ROWS.name_ids((ref,)),
                size=size,
                habits=habits,
                quota=quota,
            )

        return FanOut(
            [("c", name) for name in self.lists] if source is None else source,
            as_ref=as_tenant,
            query=query,
            width=width,
            on_error=on_error,
        )


def trusting() -> Habits:
    """What a client has learnt of a service whose totals are right: no page is asked in vain."""
    habits = Habits()
    for _ in range(3):
        habits.met_empty_after_full()
    return habits


@attrs.define
class Ran:
    """A fan-out that was iterated to its end, by a consumer that takes no time.

    Attributes:
        service: the service, with its requests.
        fleet: the fan-out.
        seconds: the time that it took.
        ended: when the last page of each tenant was delivered.
    """

    service: VirtualService
    fleet: FanOut[Row]
    seconds: float = 0.0
    ended: dict[str, float] = attrs.field(factory=dict[str, float])
    got: dict[str, list[int]] = attrs.field(factory=dict[str, list[int]])

    @property
    def asked(self) -> list[tuple[str, int]]:
        """Tenant and page of each request, in the order in which they were sent."""
        return self.service.sent


def fan_out(
    lists: Mapping[str, int],
    *,
    latency: Callable[[str, int], float] = lambda _tenant, _page: 1.0,
    total_off: Mapping[str, int] | None = None,
    **options: Any,
) -> Ran:
    """Fan out over these lists to the end."""

    async def main(loop: VirtualLoop) -> Ran:
        service = VirtualService(lists, loop, latency, total_off or {})
        ran = Ran(service, service.fan_out(**options))
        begun = loop.time()
        async with ran.fleet as fleet:
            async for tenant, page in fleet.pages():
                ran.got.setdefault(tenant.tenant_id, []).extend(row.id for row in page.items)
                if page.last:
                    ran.ended[tenant.tenant_id] = loop.time() - begun
        ran.seconds = loop.time() - begun
        return ran

    # Not in debug mode, which takes ten times the time: these are thousands of requests.
    return run(main, debug=False)


def idle(service: VirtualService, width: int) -> float:
    """Slot-seconds in which a slot was free before the last request was sent."""
    last = max(each.at for each in service.requests)
    begun = min(each.at for each in service.requests)
    busy = sum(min(each.until, last) - each.at for each in service.requests if each.at < last)
    return width * (last - begun) - busy


def shuffled(lists: Mapping[str, int], seed: int = 1) -> dict[str, int]:
    """The same lists in another order."""
    names = list(lists)
    random.Random(seed).shuffle(names)
    return {name: lists[name] for name in names}
