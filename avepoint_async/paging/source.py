"""The source of a fan-out: read lazily, each reference once, and closed when it is left.

Lists are opened in its order. When the next one is opened is decided in `paging.schedule`.
"""

import asyncio
from collections import deque
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Generator,
    Iterable,
)
from contextlib import aclosing
from typing import Any, Generic, TypeAlias, TypeGuard, TypeVar, cast

from avepoint_async.errors import ConfigurationError
from avepoint_async.paging.errors import IncompleteError
from avepoint_async.paging.outcome import WalkOutcome
from avepoint_async.paging.pager import Pager
from avepoint_async.refs import CustomerRef, TenantRef

RefT = TypeVar("RefT")

TenantLike: TypeAlias = TenantRef | tuple[str, str]
CustomerLike: TypeAlias = CustomerRef | str
TenantSource: TypeAlias = Iterable[TenantLike] | AsyncIterable[TenantLike]
CustomerSource: TypeAlias = Iterable[CustomerLike] | AsyncIterable[CustomerLike]


def check_source(source: object) -> None:
    """Refuse what is no source of references.

    Raises:
        ConfigurationError: it can be iterated in neither way, is a string, or is a pager.
    """
    if isinstance(source, Pager):
        message = (
            "tenants is a pager of records: hand in client.tenants(), or an iterable of TenantRef"
        )
        raise ConfigurationError(message)
    if isinstance(source, str) or not isinstance(source, Iterable | AsyncIterable):
        message = (
            "tenants must be an iterable or an async iterable of TenantRef or of "
            f"(customer_id, tenant_id) pairs; got {type(source).__name__}"
        )
        raise ConfigurationError(message)


def as_tenant(item: object, position: int) -> TenantRef:
    """The tenant that an item of the source names; ``position`` from 0 is for the error.

    Raises:
        ConfigurationError: it names none.
    """
    if isinstance(item, TenantRef):
        return item
    if not _is_pair(item):
        message = (
            f"tenants[{position}] must be a TenantRef or a (customer_id, tenant_id) tuple; "
            f"got {type(item).__name__}"
        )
        raise ConfigurationError(message)
    try:
        return TenantRef(*item)
    except ConfigurationError as error:
        message = f"tenants[{position}]: {error}"
        raise ConfigurationError(message) from None


def as_customer(item: object, position: int) -> CustomerRef:
    """The customer that an item of the source names; ``position`` from 0 is for the error.

    Raises:
        ConfigurationError: it names none.
    """
    if isinstance(item, CustomerRef):
        return item
    if not isinstance(item, str):
        message = f"customers[{position}] must be a CustomerRef or an id; got {type(item).__name__}"
        raise ConfigurationError(message)
    return CustomerRef(item)


def _is_pair(item: object) -> TypeGuard[tuple[str, str]]:
    return isinstance(item, tuple) and len(cast("tuple[object, ...]", item)) == 2


class ReadAhead(Generic[RefT]):
    """Reads the references of a source, a little ahead of what is needed.

    Args:
        source: gives the references, or what names them; closed at its end.
        as_ref: the reference that an item names.
        most: references to hold at most.
        on_read: called with each that was read.

    Attributes:
        waiting: references that were read and not taken yet.
        ended: whether it was read to its end.
        incomplete: raised by a source that tells at its end that it was incomplete.

    Raises:
        ConfigurationError: it is no source of references.
    """

    def __init__(
        self,
        source: Iterable[Any] | AsyncIterable[Any],
        as_ref: Callable[[object, int], RefT],
        *,
        most: int,
        on_read: Callable[[], None],
    ) -> None:
        check_source(source)
        self.waiting: deque[RefT] = deque()
        self.incomplete: IncompleteError | None = None
        self._source = source
        self._as_ref = as_ref
        self._most = most
        self._on_read = on_read
        self._items: AsyncIterator[Any] | None = None
        self._taken = asyncio.Event()
        self.ended = self._stopped = False

    @property
    def exhausted(self) -> bool:
        """Whether it was read to its end, and each reference taken."""
        return self.ended and not self.waiting

    @property
    def outcome(self) -> WalkOutcome | None:
        """How whole the list behind it is; None if the source cannot tell."""
        outcome = getattr(self._items, "outcome", None)
        return outcome if isinstance(outcome, WalkOutcome) else None

    @property
    def whole(self) -> bool:
        """Whether it is exhausted, and nothing tells that it lacks a reference."""
        outcome = self.outcome
        has_all = self.incomplete is None and (outcome is None or outcome.complete)
        return self.exhausted and has_all

    def take(self) -> RefT:
        """The next reference; only while some are waiting."""
        self._taken.set()
        return self.waiting.popleft()

    def stop(self) -> None:
        """Read no more."""
        self._stopped = True
        self._taken.set()

    async def read(self) -> None:
        """Read the source to its end, as references are taken.

        Raises:
            ConfigurationError: an item is no reference.
            Exception: whatever the source raises, as it is.
        """
        self._items = iterate(self._source)
        try:
            async with aclosing(each_once(self._items, self._as_ref)) as refs:
                async for ref in refs:
                    self.waiting.append(ref)
                    self._on_read()
                    while len(self.waiting) >= self._most and not self._stopped:
                        self._taken.clear()
                        await self._taken.wait()
                    if self._stopped:  # though the source swallowed the cancellation
                        return
        except IncompleteError as error:
            # The source was read to its end all the same: its tenants are delivered first.
            self.incomplete = error
        self.ended = True


async def each_once(
    items: AsyncIterator[Any], as_ref: Callable[[object, int], RefT]
) -> AsyncGenerator[RefT]:
    """The references of a source, one that comes again left out; closes the source at its end.

    Raises:
        ConfigurationError: an item is no reference.
        Exception: whatever the source raises, as it is.
    """
    seen: set[RefT] = set()
    position = 0
    try:
        async for item in items:
            ref = as_ref(item, position)
            position += 1
            if ref in seen:
                await asyncio.sleep(0)  # a source may repeat itself for ever
                continue
            seen.add(ref)
            yield ref
    finally:
        close = getattr(items, "aclose", None)
        if close is not None:
            await close()


def iterate(source: Iterable[Any] | AsyncIterable[Any]) -> AsyncIterator[Any]:
    """An asynchronous iterator over either kind of source."""
    return aiter(source) if isinstance(source, AsyncIterable) else _as_async(source)


async def _as_async(source: Iterable[Any]) -> AsyncGenerator[Any]:
    items = iter(source)
    try:
        for item in items:
            yield item
    finally:
        if isinstance(items, Generator):
            cast("Generator[Any]", items).close()
