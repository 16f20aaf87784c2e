"""One question to an endpoint: what to ask, how to read it, and where an error happened."""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import attrs

from avepoint_async.errors import AuthenticationError, AvePointError, ResponseError, bare, one_line
from avepoint_async.exchange.answer import Answer
from avepoint_async.paging.endpoint import Endpoint
from avepoint_async.paging.errors import IncompleteError
from avepoint_async.paging.habits import Habits
from avepoint_async.paging.outcome import WalkOutcome
from avepoint_async.paging.page import PageRequest
from avepoint_async.paging.page_walk import DEFAULT_MAX_PASSES, PageWalk, WalkSettings
from avepoint_async.paging.single import Single
from avepoint_async.transport.call import Call
from avepoint_async.transport.quota import Quota
from avepoint_async.transport.session import SessionManager
from avepoint_async.wire.envelope import Reply

logger = logging.getLogger(__name__)

T = TypeVar("T")


# Once for each query and not for each page: encoding costs more than the rest of a request.
def _url_of(query: "Query[Any]") -> str:
    return query.session.address(query.endpoint.path_for(query.ids))


@attrs.frozen(kw_only=True)
class Query(Generic[T]):
    """A recipe for walks: it holds no task, no socket and no state of a walk.

    Attributes:
        session: sends its requests.
        endpoint: what it asks.
        ids: the ids in the endpoint's path, by name.
        body: the JSON body; None for a GET.
        keep: which items are wanted; None: all.
        size: rows to ask for per page.
        start: the first page, from 1.
        habits: what the client has learnt of its lists.
        max_passes: how often a list that changes is walked at most.
        strict: whether an incomplete walk is an error.
        quota: the bound and the counters of the fan-out that it belongs to.
    """

    session: SessionManager
    endpoint: Endpoint[T]
    ids: Mapping[str, str] = attrs.field(factory=dict[str, str])
    body: bytes | None = None
    keep: Callable[[T], bool] | None = None
    size: int = 100
    start: int = 1
    habits: Habits = attrs.field(factory=Habits)
    max_passes: int = DEFAULT_MAX_PASSES
    strict: bool = False
    quota: Quota | None = None
    _url: str = attrs.field(init=False, default=attrs.Factory(_url_of, takes_self=True))

    def begin(self) -> PageWalk[T]:
        """A new walk, at its start."""
        return self.endpoint.paging.begin(
            WalkSettings(
                size=self.size,
                start=self.start,
                identity=self.endpoint.identity,
                keep=self.keep,
                max_passes=self.max_passes,
                habits=self.habits,
            )
        )

    async def send(self, request: PageRequest) -> Answer:
        """Ask for one page.

        Raises:
            AvePointError: what it came to, with the place where it happened.
        """
        try:
            return await self.session.send(self._call(request))
        except AvePointError as error:
            raise self.locate(error, request.index)  # noqa: B904  # the same error, as it came

    def read(self, request: PageRequest, answer: Answer) -> Reply[T]:
        """Decode the answer.

        Raises:
            ResponseError: it is not what was promised, with the place where it happened.
        """
        decoder = self.endpoint.decoder
        is_list = not isinstance(self.endpoint.paging, Single)
        try:
            reply = decoder.page(answer.body) if is_list else decoder.single(answer.body)
        except ResponseError as error:
            # The decoder's frames hold the reply, in which a gateway may repeat the token.
            raise bare(self.locate(error, request.index)) from None
        for problem in reply.unreadable:
            logger.warning("%s: a row is left out: %s", self.place(request.index), problem)
        return reply

    def _call(self, request: PageRequest) -> Call:
        endpoint = self.endpoint
        return Call(
            method=endpoint.method,
            url=self._url,
            query=endpoint.paging.query(request, endpoint.envelope),
            body=self.body,
            scopes=endpoint.scopes,
            quota=self.quota,
            about={**self.ids, "page_index": request.index},
        )

    def locate(self, error: AvePointError, index: int | None) -> AvePointError:
        """The error, which now tells where it happened.

        A fatal error would happen anywhere, and gets no place. A scope that was not granted is
        the exception: another list may need another scope.
        """
        if isinstance(error, AuthenticationError) and error.error == "invalid_scope":
            error.list_name = self.endpoint.title
        elif not error.fatal:
            error.page_index = index
            error.customer_id = self.ids.get("customer_id")
            error.tenant_id = self.ids.get("tenant_id")
            error.list_name = None if self.ids else self.endpoint.title
        return error

    def place(self, index: int | None = None) -> str:
        """What logs call it."""
        return one_line(str(self.locate(AvePointError(""), index))).removesuffix(":")

    def tell(self, outcome: WalkOutcome) -> IncompleteError | None:
        """Log how a walk ended; the error of one that is incomplete, if that is one."""
        if outcome.complete:
            if outcome.passes > 1:
                logger.info(
                    "%s: the list changed or fell short while it was walked; "
                    "after %d passes all of its %d items were delivered",
                    *(self.place(), outcome.passes, outcome.items),
                )
            return None
        message = (
            f"{outcome.items} items were delivered, the service promised {outcome.total_count} "
            f"(passes {outcome.passes}, changed totals {outcome.drifted}, "
            f"repeated rows {outcome.duplicates}, unreadable rows {outcome.unreadable})"
        )
        logger.warning("%s: the list is incomplete: %s", self.place(), message)
        if not self.strict:
            return None
        error = IncompleteError(f"the list is incomplete: {message}", outcome=outcome)
        self.locate(error, None)
        return error
