"""From the body of an answer to its items: fast in the usual spelling, thorough in any other."""

from typing import Any, Generic, TypeVar, cast

from avepoint_async.wire.document import parse
from avepoint_async.wire.envelope import Envelope, EnvelopeReader, Reply, refuse
from avepoint_async.wire.names import Names
from avepoint_async.wire.row_types import serves
from avepoint_async.wire.rows import RowReader
from avepoint_async.wire.typed import TypedReader, UnusualPageError
from avepoint_async.wire.values import UnreadableError

T = TypeVar("T")


class Decoder(Generic[T]):
    """Decodes the replies of one endpoint.

    Args:
        record: the attrs class that each row becomes.
        names: wire names by field, where they are not the field in camel case.
        envelope: where a reply keeps its items and its paging.
    """

    def __init__(self, record: type[T], names: Names, envelope: Envelope) -> None:
        self._rows = RowReader(record, names)
        self._envelope = EnvelopeReader(envelope)
        self._typed: TypedReader[T] | None = None
        if serves(record, names):
            self._typed = TypedReader(record, names, envelope, self._rows)

    def page(self, body: bytes) -> Reply[T]:
        """The reply of a list. A row that cannot be read is left out and told.

        Raises:
            ResponseError: it is not JSON or not what was promised, with its ``path``; or none of
                its rows can be read.
        """
        if self._typed is not None:
            try:
                return self._typed.read(body)
            except UnusualPageError:
                pass
        document = parse(body)
        rows, path = self._envelope.items(document)
        items, unreadable = self._read(rows, path)
        if unreadable and not items:
            refuse(unreadable[0].path, unreadable[0].why)
        problems = tuple(f"{each.path}: {each.why}" for each in unreadable)
        return Reply(tuple(items), self._envelope.paging(document), problems)

    def single(self, body: bytes) -> Reply[T]:
        """The reply that is one object, or a bare array of objects.

        Raises:
            ResponseError: it is not JSON or not what was promised, with its ``path``.
        """
        document = parse(body)
        try:
            if isinstance(document, list):
                rows = cast("list[object]", document)
                items, unreadable = self._read(rows, "$")
                for each in unreadable:
                    raise each
                return Reply(tuple(items))
            return Reply((self._rows.read(document),))
        except UnreadableError as error:
            refuse(f"${error.path.removeprefix('$')}", error.why)

    def _read(self, rows: list[object], path: str) -> tuple[list[Any], list[UnreadableError]]:
        """The rows that can be read, and what is wrong with the others."""
        items: list[Any] = []
        unreadable: list[UnreadableError] = []
        for position, row in enumerate(rows):
            try:
                items.append(self._rows.read(row))
            except UnreadableError as error:
                unreadable.append(error.below(f"{path}[{position}]"))
        return items, unreadable
