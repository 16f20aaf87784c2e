"""From the body of an answer to its items: fast where it is spelled as usual, thorough where not."""

from typing import Any, Generic, TypeVar, cast

from avepoint_async.wire.columns import ColumnDecoder, UnusualPageError, serves
from avepoint_async.wire.document import parse
from avepoint_async.wire.envelope import Envelope, Reader, Reply, refuse
from avepoint_async.wire.rows import Names, RowReader, UnreadableRowError

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
        self._reader = Reader(envelope)
        usual = ColumnDecoder(record, names, envelope, self._rows) if serves(record) else None
        self._usual: ColumnDecoder[T] | None = usual

    def page(self, body: bytes) -> Reply[T]:
        """The reply of a list. A row that cannot be read is left out and told.

        Raises:
            ResponseError: it is not JSON or not what was promised, with its ``path``; or none of
                its rows can be read.
        """
        if self._usual is not None:
            try:
                return self._usual.decode(body)
            except UnusualPageError:
                pass
        document = parse(body)
        rows, path = self._reader.items(document)
        items: list[T] = []
        unreadable: list[str] = []
        for position, row in enumerate(rows):
            try:
                items.append(self._rows.read(row))
            except UnreadableRowError as error:
                unreadable.append(f"{path}[{position}]{error.path}: {error.why}")
        if unreadable and not items:
            refuse(*cast("tuple[str, str]", unreadable[0].split(": ", 1)))
        return Reply(tuple(items), self._reader.paging(document), tuple(unreadable))

    def single(self, body: bytes) -> Reply[T]:
        """The reply that is one object, or a bare array with one item or more.

        Raises:
            ResponseError: it is not JSON or not what was promised, with its ``path``.
        """
        document: Any = parse(body)
        places = enumerate(document) if isinstance(document, list) else [(None, document)]
        items: list[T] = []
        for position, row in places:
            path = "$" if position is None else f"$[{position}]"
            try:
                items.append(self._rows.read(row))
            except UnreadableRowError as error:
                refuse(path + error.path, error.why)
        return Reply(tuple(items))
