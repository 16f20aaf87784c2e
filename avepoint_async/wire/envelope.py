"""Where a reply keeps its items and what it says of its paging."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Generic, NoReturn, TypeVar, cast

import attrs
import msgspec

from avepoint_async.errors import ResponseError
from avepoint_async.wire.names import MISSING, NO_VALUE, find
from avepoint_async.wire.values import MOST, UnreadableError, boolean, integer, kind, string

T = TypeVar("T")


@attrs.frozen
class Envelope:
    """The names that a reply uses around its items, and a request around its page.

    What a reply says of its paging stands in ``metadata`` or, in some replies, beside the items.

    Attributes:
        items: the array of items.
        metadata: the object with what follows.
        index: the page, from 1.
        size: rows per page.
        total: rows of the whole list.
        token: what asks for the page after this one, in lists of that kind.
        more: whether a page comes after this one, in lists of that kind.
    """

    items: str = "data"
    metadata: str = "metadata"
    index: str = "pageIndex"
    size: str = "pageSize"
    total: str = "totalCount"
    token: str = "skipToken"  # noqa: S105  # a wire name
    more: str = "hasNextPage"


@attrs.frozen(kw_only=True)
class PagingFacts:
    """What a reply says of its paging, None where it says nothing.

    Attributes:
        index: the page that it is.
        size: rows per page.
        total: rows of the whole list.
        token: what asks for the next page.
        more: whether a page comes after it.
    """

    index: int | None = None
    size: int | None = None
    total: int | None = None
    token: str | None = None
    more: bool | None = None


@attrs.frozen
class Reply(Generic[T]):
    """One decoded answer.

    Attributes:
        items: its items, those left out that could not be read.
        paging: what it says of its paging.
        unreadable: rows that could not be read, each as its path and what is wrong.
    """

    items: tuple[T, ...]
    paging: PagingFacts = PagingFacts()
    unreadable: tuple[str, ...] = ()


class EnvelopeReader:
    """Finds items and paging in a parsed document, whatever the case of its keys."""

    def __init__(self, envelope: Envelope) -> None:
        self._envelope = envelope

    def items(self, document: object) -> tuple[list[object], str]:
        """The rows, and the path to them; a bare array is the rows themselves.

        Raises:
            ResponseError: there are none.
        """
        if isinstance(document, list):  # an early revision had no envelope
            rows = cast("list[object]", document)
            return rows, "$"
        if not isinstance(document, dict):
            refuse("$", f"expected an object or an array, got {kind(document)}")
        path = f"$.{self._envelope.items}"
        reply = cast("dict[str, Any]", document)
        found = find(reply, (self._envelope.items,))
        if found is MISSING:
            refuse(path, "missing")
        if found is None:
            return [], path
        if not isinstance(found, list):
            refuse(path, f"expected an array, got {kind(found)}")
        rows = cast("list[object]", found)
        return rows, path

    def paging(self, document: object) -> PagingFacts:
        """What the document says of its paging.

        Raises:
            ResponseError: it says something that is no such thing.
        """
        if not isinstance(document, dict):
            return PagingFacts()
        names = self._envelope
        reply = cast("dict[str, Any]", document)
        where = f"$.{names.metadata}"
        metadata = find(reply, (names.metadata,))
        if metadata in (MISSING, None):
            where, metadata = "$", reply
        if not isinstance(metadata, dict):
            refuse(where, f"expected an object, got {kind(metadata)}")
        facts = cast("dict[str, Any]", metadata)
        return PagingFacts(
            index=_fact(facts, names.index, where, _count),
            size=_fact(facts, names.size, where, _count) or None,
            total=_fact(facts, names.total, where, _count),
            token=_fact(facts, names.token, where, string) or None,
            more=_fact(facts, names.more, where, boolean),
        )


class MetadataReader:
    """Reads the JSON of a page's metadata: fast if it holds what it usually does, and no more."""

    def __init__(self, envelope: Envelope) -> None:
        self._envelope = envelope
        self._reader = EnvelopeReader(envelope)
        names = {"index": envelope.index, "size": envelope.size, "total": envelope.total}
        count = Annotated[int, msgspec.Meta(ge=0, le=MOST)]
        usual = msgspec.defstruct(
            "Facts", [(name, count) for name in names], rename=names, forbid_unknown_fields=True
        )
        self._usual = msgspec.json.Decoder(usual)

    def read(self, raw: bytes) -> PagingFacts | None:
        """The facts; None if they stand elsewhere.

        Raises:
            ResponseError: they are no such thing.
        """
        try:
            facts: Any = self._usual.decode(raw)
        except msgspec.ValidationError:
            metadata: object = msgspec.json.decode(raw)
            if not isinstance(metadata, dict):
                return None
            members = cast("object", metadata)
            return self._reader.paging({self._envelope.metadata: members})
        return PagingFacts(index=facts.index, size=facts.size or None, total=facts.total)


def _fact(
    facts: Mapping[str, Any], name: str, where: str, read: Callable[[Any, Any], T]
) -> T | None:
    """What is said under this name; None where nothing is."""
    raw = find(facts, (name,))
    if raw in (MISSING, None, NO_VALUE):
        return None
    try:
        return read(raw, None)
    except UnreadableError as error:
        refuse(f"{where}.{name}", error.why)


def _count(raw: object, _: object) -> int:
    count = integer(raw, int)
    if count < 0:
        why = f"expected 0 or more, got {count}"
        raise UnreadableError(why)
    return count


def refuse(path: str, why: str) -> NoReturn:
    """Raise the error for a reply that is not what was promised."""
    message = f"{path}: {why}"
    raise ResponseError(message, path=path) from None
