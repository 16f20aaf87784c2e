"""Lists of numbers that answer without a network, and a fan-out of them in simulated time."""

import heapq
from collections import deque
from collections.abc import Callable, Mapping

import attrs
from avepoint_async.decode import Reply
from avepoint_async.endpoints import Endpoint
from avepoint_async.models import TenantRef
from avepoint_async.paging.listing import Listing
from avepoint_async.paging.strand import Strand
from avepoint_async.transport.retry import RetryPolicy

from avepoint_async.auth.credentials import ClientSecret
from avepoint_async.auth.environment import Environment
from avepoint_async.errors import AvePointError, NotFoundError
from avepoint_async.paging.page import Page, PageRequest
from avepoint_async.paging.schedule import Schedule
from avepoint_async.transport.session import SessionManager
from avepoint_async.transport.throttle import Throttle

Result = Reply[int] | AvePointError
Job = tuple[Strand[int], PageRequest]


@attrs.frozen(kw_only=True)
class Numbers:
    """A list on some server.

    Attributes:
        rows: how many numbers it has.
        size: rows per page.
        claims: the total told with each page, by page, and from the last of them on; None: none.
        fails: pages that come back as an error.
        stuck_at: from this page on the server repeats it.
    """

    rows: int
    size: int = 1
    claims: tuple[int | None, ...] = (None,)
    fails: frozenset[int] = frozenset()
    stuck_at: int | None = None

    @classmethod
    def honest(cls, rows: int, size: int = 1) -> "Numbers":
        """A list that tells its true total."""
        return cls(rows=rows, size=size, claims=(rows,))

    def reply(self, request: PageRequest) -> Result:
        """What comes back for one page."""
        index = request.index
        if index in self.fails:
            return NotFoundError(f"no page {index}", status=404)
        at = index if self.stuck_at is None else min(index, self.stuck_at)
        start = (at - 1) * self.size
        items = tuple(range(self.rows)[start : start + self.size])
        claim = self.claims[min(index, len(self.claims)) - 1]
        return Reply(items, index, self.size, claim)

    def strand(self, name: str = "t") -> Strand[int]:
        """A strand that walks it."""
        tenant = TenantRef("c", name)
        return Strand(tenant, listing(tenant, self.size))

    def walked(self) -> list[Page[int] | AvePointError]:
        """What a walk of one page after another comes to; an error is its last."""
        walk, results = self.strand().walk, list[Page[int] | AvePointError]()
        while walk.can_ask:
            result = self.reply(walk.ask())
            try:
                results.append(result if isinstance(result, AvePointError) else walk.accept(result))
            except AvePointError as error:
                results.append(error)
            if isinstance(results[-1], AvePointError):
                break
        return results


def listing(tenant: TenantRef, size: int) -> Listing[int]:
    """A recipe for walks over numbers; nothing is ever sent by it."""
    session = SessionManager(
        credential=ClientSecret(client_id="id", client_secret="secret"),
        environment=Environment.COMMERCIAL,
        throttle=Throttle(concurrency=1),
        policy=RetryPolicy(),
    )
    endpoint = Endpoint(path="/", scopes=frozenset(), record=int, identity=lambda number: number)
    return Listing(session=session, endpoint=endpoint, tenant=tenant, size=size)


class Simulation:
    """A fan-out whose requests take simulated time and whose consumer takes none.

    Args:
        lists: the tenants in the order of the source.
        width: requests in flight at most.
        latency: units of time of a request for a page of a tenant.

    Attributes:
        now: units of time passed.
        requests: the requests in the order in which they were sent.
        ended: when each tenant ended.
        idle: units of time of slots that were free while there was something to ask for.
    """

    def __init__(
        self,
        lists: Mapping[str, Numbers],
        *,
        width: int,
        latency: Callable[[str, int], float] = lambda _name, _page: 1.0,
    ) -> None:
        self.now = self.idle = 0.0
        self.requests: list[tuple[str, int]] = []
        self.ended: dict[str, float] = {}
        self._lists = lists
        self._latency = latency
        self._width = width
        self._tasks = width + max(2, width // 2)
        self.window = 4 * self._tasks
        self.schedule: Schedule[int] = Schedule(turns=width, window=self.window)
        self._supply = deque(lists[name].strand(name) for name in lists)
        self._open: list[Strand[int]] = []
        self._queue: deque[Job] = deque()
        self._sent: list[tuple[float, int, Job]] = []

    def run(self) -> float:
        """Let it run to its end; the time that it took."""
        self._pump()
        while self._sent:
            then, self.now = self.now, self._sent[0][0]
            if self._supply or any(strand.can_ask for strand in self._open):
                self.idle += (self._width - len(self._sent)) * (self.now - then)
            self._finish(heapq.heappop(self._sent)[2])
            self._pump()
        return self.now

    def _finish(self, job: Job) -> None:
        strand, request = job
        name = strand.tenant.tenant_id
        settled = strand.settle(request.index, self._lists[name].reply(request))
        self.schedule.consumed(strand, settled.dropped + len(settled.leaving))
        if strand in self._open and strand.ended:
            self._open.remove(strand)
            self.ended[name] = self.now

    def _pump(self) -> None:
        while len(self._queue) + len(self._sent) < self._tasks and (job := self._next()):
            self._queue.append(job)
        while self._queue and len(self._sent) < self._width:
            self._send(self._queue.popleft())

    def _next(self) -> Job | None:
        job = None if self._may_open() else self.schedule.next()
        if job is not None or not self._may_open():
            return job
        self._open.append(self._supply.popleft())
        return self.schedule.open(self._open[-1])

    def _may_open(self) -> bool:
        return bool(self._supply) and self.schedule.wants_tenant

    def _send(self, job: Job) -> None:
        name, page = job[0].tenant.tenant_id, job[1].index
        self.requests.append((name, page))
        ready = self.now + self._latency(name, page)
        heapq.heappush(self._sent, (ready, len(self.requests), job))
