"""One list of the API: what to ask for, how to read it, and where an error in it happened."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import attrs
from yarl import URL

from avepoint_async.decode import Reply, decode_page
from avepoint_async.endpoints import Endpoint
from avepoint_async.errors import AvePointError, ResponseError, bare, one_line
from avepoint_async.models import TenantRef
from avepoint_async.paging.page import Page, PageRequest
from avepoint_async.paging.walk import PageWalk
from avepoint_async.transport.call import Call
from avepoint_async.transport.lane import Lane
from avepoint_async.transport.session import SessionManager

logger = logging.getLogger(__name__)

T = TypeVar("T")


# Once for each list and not for each page: encoding costs more than a page's turn.
def _ids_of(listing: "Listing[Any]") -> dict[str, str]:
    return attrs.asdict(listing.tenant) if listing.tenant else {}


def _url_of(listing: "Listing[Any]") -> URL:
    return listing.session.address(listing.endpoint.path_for(**_ids_of(listing)))


@attrs.frozen(kw_only=True)
class Listing(Generic[T]):
    """A recipe for walks: it holds no task, no socket and no state of a walk.

    Attributes:
        session: sends its requests.
        endpoint: what it lists.
        tenant: whose list it is; None where it is the partner's own.
        filter_body: the request body.
        keep: which items are wanted; None: all.
        size: rows to ask for per page.
        start: the first page, from 1.
        lane: the bound and the counters of the fan-out that it belongs to.
    """

    session: SessionManager
    endpoint: Endpoint[T]
    tenant: TenantRef | None = None
    filter_body: bytes = b"{}"
    keep: Callable[[T], bool] | None = None
    size: int = 100
    start: int = 1
    lane: Lane | None = None
    _ids: dict[str, str] = attrs.field(init=False, default=attrs.Factory(_ids_of, takes_self=True))
    _url: URL = attrs.field(init=False, default=attrs.Factory(_url_of, takes_self=True))

    def walk(self) -> PageWalk[T]:
        """A new walk, at its start."""
        return PageWalk(
            size=self.size,
            start=self.start,
            identity=self.endpoint.identity,
            hint=self.endpoint.hint,
            keep=self.keep,
        )

    async def fetch(self, request: PageRequest) -> Reply[T]:
        """Ask for one page and decode it."""
        try:
            body = self._body(request)
            return decode_page(await body, self.endpoint.record, self.endpoint.envelope)
        except ResponseError as error:
            self._locate(error, request.index)
            # The decoder's frames hold the reply, in which a gateway may repeat the token.
            raise bare(error) from None
        except AvePointError as error:
            self._locate(error, request.index)
            raise

    def accept(self, walk: PageWalk[T], reply: Reply[T]) -> Page[T]:
        """Take the reply to the walk's next page; a walk that falls short is logged."""
        index = walk.next_accept
        try:
            page = walk.accept(reply)
        except AvePointError as error:
            self._locate(error, index)
            raise
        if walk.over and not walk.complete:
            self._warn_of_shortfall(walk)
        return page

    async def advance(self, walk: PageWalk[T]) -> Page[T]:
        """The next page of a walk that asks for one page after the other."""
        return self.accept(walk, await self.fetch(walk.ask()))

    async def _body(self, request: PageRequest) -> bytes:
        body = await self.session.send(self._call(request))
        # Who waits for the slot is to send before this page is decoded, which takes a while.
        await asyncio.sleep(0)
        return body

    def _call(self, request: PageRequest) -> Call:
        return Call(
            url=self._url,
            query=self.endpoint.envelope.query(request.index, request.size),
            body=self.filter_body,
            scopes=self.endpoint.scopes,
            lane=self.lane,
            about={**self._ids, "page_index": request.index},
        )

    def _locate(self, error: AvePointError, index: int) -> None:
        if error.fatal:  # about no tenant: it would happen to any
            return
        error.page_index = index
        if self.tenant is not None:
            error.customer_id, error.tenant_id = self.tenant.customer_id, self.tenant.tenant_id

    def _warn_of_shortfall(self, walk: PageWalk[T]) -> None:
        what = self.endpoint.record.__name__
        if self.tenant is not None:
            what = f"customer {self.tenant.customer_id}, tenant {self.tenant.tenant_id}"
        logger.warning(
            "%s: the service promised %s items and showed %s",
            *(one_line(what), walk.total_count, walk.seen),
        )
