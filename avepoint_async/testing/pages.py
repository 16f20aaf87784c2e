"""Answers one page: reads the query and the filter, cuts the page, and encodes it."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

import attrs
import orjson

from avepoint_async.testing.answers import Refusal
from avepoint_async.testing.bounds import AT_LEAST_ONE, COUNT
from avepoint_async.testing.dialect import Dialect
from avepoint_async.testing.fleet import Fleet
from avepoint_async.testing.spelling import PagePlace, Speller

T = TypeVar("T")

_CacheKey = tuple[tuple[str, str], int, int, int]


@attrs.frozen
class PageLimits:
    """Page sizes of the service: the largest, and the one used when none is asked for."""

    page_size_limit: int = attrs.field(default=100, validator=AT_LEAST_ONE)
    default_page_size: int = attrs.field(default=50, validator=AT_LEAST_ONE)


class Pages:
    """The pages of a fleet in one dialect.

    Pages of a whole tenant are kept encoded, ``capacity`` of them at most; an edit of the tenant
    makes them new.
    """

    def __init__(self, fleet: Fleet, dialect: Dialect, limits: PageLimits, capacity: int) -> None:
        COUNT.check("page_cache", capacity)
        self._fleet = fleet
        self.dialect = dialect
        self._limits = limits
        self._capacity = capacity
        self._speller = Speller(dialect)
        self._encoded: OrderedDict[_CacheKey, bytes] = OrderedDict()

    def users(self, ref: tuple[str, str], query: Mapping[str, str], body: bytes) -> bytes:
        """The body of one page of users/batch.

        Raises:
            Refusal: 404 for an unknown tenant, 400 for a query or a body that cannot be read.
        """
        index, size = read_query(query, self._limits.default_page_size)
        filters = self._read_filters(body, {"email": _string, "userEmails": _strings})
        roster = self._fleet.roster(ref)
        if roster is None:
            raise Refusal(404, "The tenant of this customer was not found.", "tenantId")
        if filters:
            wanted = frozenset[str].intersection(*filters.values())
            return self._page(roster.matching(wanted), self._speller.user, index, size)
        key = (ref, roster.version, index, size)
        known = self._encoded.get(key)
        if known is None:
            known = self._page(roster.users, self._speller.user, index, size)
            self._keep(key, known)
        else:
            self._encoded.move_to_end(key)
        return known

    def customers(self, query: Mapping[str, str], body: bytes) -> bytes:
        """The body of one page of customers/batch.

        Raises:
            Refusal: 400 for a query or a body that cannot be read.
        """
        index, size = read_query(query, self._limits.default_page_size)
        filters = self._read_filters(body, {"customerIds": _strings})
        customers = self._fleet.customers()
        for wanted in filters.values():
            customers = [found for found in customers if found.id.lower() in wanted]
        return self._page(customers, self._speller.customer, index, size)

    def _keep(self, key: _CacheKey, body: bytes) -> None:
        self._encoded[key] = body
        if len(self._encoded) > self._capacity:
            self._encoded.popitem(last=False)

    def _page(
        self, rows: Sequence[T], spell: Callable[[T], Mapping[str, Any]], index: int, size: int
    ) -> bytes:
        dialect, limit = self.dialect, self._limits.page_size_limit
        if size > limit and dialect.oversize == "refuse":
            raise Refusal(400, f"pageSize must not be greater than {limit}.", "pageSize")
        served = min(size, limit)
        last = max(1, -(-len(rows) // served))
        at = 1 if dialect.ignores_page_index else index
        if dialect.repeats_last_page:
            at = min(at, last)
        start = (at - 1) * served
        shown = [spell(row) for row in rows[start : start + served]]
        if dialect.short:
            del shown[-dialect.short :]
        place = PagePlace(index, at, size, served, len(rows))
        return self._speller.page(shown, place)

    def _read_filters(
        self, body: bytes, readers: Mapping[str, Callable[[str, object], frozenset[str]]]
    ) -> dict[str, frozenset[str]]:
        """The filters that the body sets and the dialect honours, in lower case."""
        try:
            content = orjson.loads(body)
        except orjson.JSONDecodeError:
            content = None
        if not isinstance(content, dict):
            raise Refusal(400, "The request body is not a JSON object.")
        members = cast("dict[str, object]", content)
        wanted = {
            name: read(name, members[name])
            for name, read in readers.items()
            if name in self.dialect.filters and members.get(name) is not None
        }
        return {name: values for name, values in wanted.items() if values}


def read_query(query: Mapping[str, str], default_size: int) -> tuple[int, int]:
    """Page index and page size of a query; 1 and ``default_size`` where it has none.

    Raises:
        Refusal: 400 for anything but digits, and for zero.
    """
    return _count(query, "pageIndex", 1), _count(query, "pageSize", default_size)


def _count(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    # Ten digits: what does not fit the service's integer is refused like a word.
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or not int(text):
        raise Refusal(400, f"{name} must be an integer greater than 0.", name)
    return int(text)


def _string(name: str, value: object) -> frozenset[str]:
    if not isinstance(value, str):
        raise Refusal(400, f"{name} must be a string.", name)
    return frozenset([value.lower()] if value else [])


def _strings(name: str, value: object) -> frozenset[str]:
    items = cast("list[object]", value) if isinstance(value, list) else [None]
    if not all(isinstance(item, str) for item in items):
        raise Refusal(400, f"{name} must be a list of strings.", name)
    return frozenset(str(item).lower() for item in items)
