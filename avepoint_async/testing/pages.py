"""Answers one page: reads the query and the filter, cuts the page, and encodes it."""

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar, cast

import attrs
import msgspec

from avepoint_async.testing.bounds import AT_LEAST_ONE, COUNT
from avepoint_async.testing.delivery import Refusal
from avepoint_async.testing.dialect import Dialect, Speller, encode
from avepoint_async.testing.endpoints import Endpoint, Paging
from avepoint_async.testing.fleet import Fleet
from avepoint_async.testing.journal import Kind, Recorded
from avepoint_async.testing.records import Asked

T = TypeVar("T")

Rows = Mapping[Kind, Sequence[Mapping[str, Any]]]

_LISTINGS = 8
_LARGEST_TOKEN_PAGE = 1000
_PLACE = re.compile(r"\|(\d{1,18}) ")


@attrs.frozen
class PageLimits:
    """Page sizes of the service: the largest, and the one used when none is asked for."""

    page_size_limit: int = attrs.field(default=100, validator=AT_LEAST_ONE)
    default_page_size: int = attrs.field(default=50, validator=AT_LEAST_ONE)


class Pages:
    """The pages of a fleet in one dialect.

    Pages without a filter are kept encoded, ``capacity`` of them at most; an edit of what they
    show makes them new.

    Attributes:
        rows: rows to be sent as they stand in the place of an endpoint's own, by its kind.
    """

    def __init__(
        self, fleet: Fleet, dialect: Dialect, limits: PageLimits, capacity: int, rows: Rows
    ) -> None:
        COUNT.check("page_cache", capacity)
        self.dialect = dialect
        self.rows = rows
        self._fleet = fleet
        self._limits = limits
        self._speller = Speller(dialect)
        self._encoded = _Recent[bytes](capacity)
        self._listings = _Recent[Sequence[Any]](_LISTINGS)
        self._cuts: Mapping[Paging, Callable[[Endpoint, Sequence[Any], Mapping[str, str]], Any]] = {
            "index": self._by_index,
            "token": self._by_token,
            "has_next": self._has_next,
            "none": self._whole,
        }

    def body(self, endpoint: Endpoint, recorded: Recorded) -> bytes:
        """The body of the answer to one request.

        Raises:
            Refusal: 404 for a customer, tenant or job that is unknown, 400 for a query or a body
                that cannot be read.
        """
        filters = _read_filters(endpoint, recorded.body, self.dialect)
        asked = Asked(recorded.parameters, filters)
        key = (endpoint.kind, *recorded.parameters.items(), self._version(asked))
        if filters:
            return self._made(endpoint, asked, recorded.query)
        page = (*key, *recorded.query.items())
        return self._encoded.take(
            page, lambda: self._made(endpoint, asked, recorded.query, listing=key)
        )

    def _made(
        self,
        endpoint: Endpoint,
        asked: Asked,
        query: Mapping[str, str],
        listing: tuple[object, ...] | None = None,
    ) -> bytes:
        def rows() -> Sequence[Any]:
            return endpoint.rows(self._fleet, asked)

        own = self.rows.get(endpoint.kind)
        if own is not None:
            found: Sequence[Any] = own
        else:
            found = self._listings.take(listing, rows) if listing else rows()
        return encode(self._cuts[endpoint.paging](endpoint, found, query))

    def _version(self, asked: Asked) -> int:
        customer, tenant = asked.parameters.get("customer"), asked.parameters.get("tenant")
        if customer is None:
            return self._fleet.version
        if tenant is not None:
            users = self._fleet.tenant_users((customer, tenant))
            if users is None:
                raise Refusal(404, "The tenant of this customer was not found.", "tenantId")
            return users.version
        if self._fleet.tenants_of(customer) is None:
            raise Refusal(404, "The customer was not found.", "customerId")
        return self._fleet.version

    def _spelled(self, endpoint: Endpoint, rows: Sequence[Any]) -> list[Any]:
        if endpoint.kind in self.rows:
            return list(rows)
        return [endpoint.spell(self._speller, row) for row in rows]

    def _size(self, query: Mapping[str, str], default: int, limit: int) -> tuple[int, int]:
        """The page size asked for, and the one served."""
        asked = _count(query, "pageSize", default)
        if asked > limit and self.dialect.oversize == "refuse":
            raise Refusal(400, f"pageSize must not be greater than {limit}.", "pageSize")
        return asked, min(asked, limit)

    def _by_index(self, endpoint: Endpoint, rows: Sequence[Any], query: Mapping[str, str]) -> Any:
        dialect, limits, speller = self.dialect, self._limits, self._speller
        index = _count(query, "pageIndex", 1)
        size, served = self._size(query, limits.default_page_size, limits.page_size_limit)
        at = 1 if dialect.ignores_page_index else index
        if dialect.repeats_last_page:
            at = min(at, max(1, -(-len(rows) // served)))
        start = (at - 1) * served
        shown = self._spelled(endpoint, rows[start : start + served])
        if dialect.short:
            del shown[-dialect.short :]
        if dialect.envelope == "bare":
            return shown
        sizes = {"asked": size, "served": served}
        indices = {"asked": index, "served": at, "wrong": index + 1}
        metadata: dict[str, Any] = {}
        if dialect.echoed_index != "absent":
            metadata["pageIndex"] = speller.number(indices[dialect.echoed_index])
        if dialect.echoed_size != "absent":
            echoed = dialect.echoed_size
            metadata["pageSize"] = speller.number(
                echoed if isinstance(echoed, int) else sizes[echoed]
            )
        metadata |= speller.total(endpoint.kind, len(rows), len(shown), start + len(shown))
        return {dialect.data_key: speller.listed(shown), dialect.metadata_key: metadata}

    def _by_token(self, endpoint: Endpoint, rows: Sequence[Any], query: Mapping[str, str]) -> Any:
        dialect, speller = self.dialect, self._speller
        if "pageSize" not in query:
            raise Refusal(400, "pageSize is required.", "pageSize")
        _, served = self._size(query, 0, _LARGEST_TOKEN_PAGE)
        start = _place(query.get("skipToken", ""))
        end = start + served
        shown = self._spelled(endpoint, rows[start:end])
        metadata: dict[str, Any] = {}
        if end < len(rows) or dialect.repeats_token:
            metadata["skipToken"] = _token(served if dialect.repeats_token else end)
        elif dialect.no_more != "absent":
            metadata["skipToken"] = "" if dialect.no_more == "empty" else None
        metadata |= speller.total(endpoint.kind, len(rows), len(shown), start + len(shown))
        return {dialect.data_key: speller.listed(shown), dialect.metadata_key: metadata}

    def _has_next(self, endpoint: Endpoint, rows: Sequence[Any], query: Mapping[str, str]) -> Any:
        limits, speller = self._limits, self._speller
        index = _count(query, "pageIndex", 1)
        _, served = self._size(query, limits.default_page_size, limits.page_size_limit)
        start = (index - 1) * served
        shown = self._spelled(endpoint, rows[start : start + served])
        total = speller.total(endpoint.kind, len(rows), len(shown), start + len(shown))
        has_next = start + served < len(rows)
        return {"hasNextPage": has_next, **total, endpoint.items: speller.listed(shown)}

    def _whole(self, endpoint: Endpoint, rows: Sequence[Any], _query: Mapping[str, str]) -> Any:
        shown = self._spelled(endpoint, rows)
        return shown if endpoint.items else shown[0]


class _Recent(Generic[T]):
    """What was made lately, up to ``capacity`` of it."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._kept: OrderedDict[object, T] = OrderedDict()

    def take(self, key: object, make: Callable[[], T]) -> T:
        """What is kept under ``key``; made and kept if it is not there."""
        known = self._kept.get(key)
        if known is None:
            known = self._kept[key] = make()
            if len(self._kept) > self._capacity:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return known


def _token(start: int) -> str:
    # As awkward as those of the service, which holds what a query would take for its own.
    return f"2!16!+/%2B=:|{start} of & more%"


def _place(token: str) -> int:
    if not token:
        return 0
    found = _PLACE.search(token)
    if found is None or token != _token(int(found[1])):
        raise Refusal(400, "skipToken is not one that this service has issued.", "skipToken")
    return int(found[1])


def _count(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    # Ten digits: what does not fit the service's integer is refused like a word.
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or not int(text):
        raise Refusal(400, f"{name} must be an integer greater than 0.", name)
    return int(text)


def _read_filters(
    endpoint: Endpoint, body: bytes, dialect: Dialect
) -> Mapping[str, frozenset[str]]:
    """The filters that the body sets and the dialect honours, in lower case."""
    if endpoint.method == "GET":
        return {}
    try:
        content = msgspec.json.decode(body)
    except msgspec.DecodeError:
        content = None
    if not isinstance(content, dict):
        raise Refusal(400, "The request body is not a JSON object.")
    members = cast("dict[str, object]", content)
    wanted = {
        name: read(name, members[name])
        for name, read in endpoint.filters.items()
        if name in dialect.filters and members.get(name) is not None
    }
    return {name: values for name, values in wanted.items() if values}
