"""What an endpoint of the API is: where it stands, what it needs, what it gives, how it pages."""

import re
import string
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import cached_property
from typing import Any, Generic, TypeAlias, TypeVar
from urllib.parse import quote

import attrs
import msgspec

from avepoint_async.errors import ConfigurationError
from avepoint_async.paging.has_next import HasNext
from avepoint_async.paging.numbered import Numbered
from avepoint_async.paging.single import Single
from avepoint_async.paging.skip_token import SkipToken
from avepoint_async.refs import CustomerRef, TenantRef, check_id
from avepoint_async.wire.decoder import Decoder
from avepoint_async.wire.envelope import Envelope
from avepoint_async.wire.rows import check_record

T = TypeVar("T")

Body: TypeAlias = bytes | Mapping[str, Any] | None
"""The JSON body of a request: an object, or encoded already; None: the empty object."""

Paging: TypeAlias = Numbered | SkipToken | HasNext | Single


def _is_record(_endpoint: object, _field: object, value: Any) -> None:
    if not isinstance(value, type) or not attrs.has(value):
        message = f"record must be an attrs class; got {value!r}"
        raise ConfigurationError(message)
    check_record(value)


def _as_scopes(scopes: Iterable[str]) -> frozenset[str]:
    return frozenset(scopes)


def _is_path(_endpoint: object, _field: object, value: Any) -> None:
    if not isinstance(value, str) or not value.startswith("/"):
        message = f"path must begin with a slash; got {value!r}"
        raise ConfigurationError(message)


@attrs.frozen(kw_only=True, slots=False, eq=False)
class Endpoint(Generic[T]):
    """One endpoint of the API, generic in the record that its rows become.

    Attributes:
        path: the path from the root of the API, with a ``{name}`` for each id.
        record: a frozen attrs class whose fields are the wire names in snake case.
        scopes: what a token must be granted; only these are asked for, since one scope that the
            app was not granted refuses the whole token.
        method: ``POST`` or ``GET``.
        paging: how its pages are asked for: `Numbered`, `SkipToken`, `HasNext` or `Single`.
        envelope: where a reply keeps its items and its paging.
        names: wire names by field, one or several, where they are not the field in camel case.
        identity: tells by a key when two rows are the same one. None: rows have no key, none is
            ever dropped, and change is told by the totals alone. A row whose key is None or empty
            has none. A key that is a tuple is a makeshift, by whose first member alone a changed
            row is recognised.

    Raises:
        ConfigurationError: the path does not begin with a slash, or the record is no attrs class,
            or has a field of a type that no reply is read as.
    """

    path: str = attrs.field(validator=_is_path)
    record: type[T] = attrs.field(validator=_is_record)
    scopes: frozenset[str] = attrs.field(converter=_as_scopes)
    method: str = "POST"
    paging: Paging = attrs.field(factory=Numbered)
    envelope: Envelope = attrs.field(factory=Envelope)
    names: Mapping[str, str | tuple[str, ...]] = attrs.field(factory=dict[str, str])
    identity: Callable[[T], Hashable] | None = None

    @cached_property
    def decoder(self) -> Decoder[T]:
        """Decodes its replies; made once."""
        return Decoder(self.record, self.names, self.envelope)

    @cached_property
    def placeholders(self) -> tuple[str, ...]:
        """The names of the ids in its path, in order."""
        return tuple(name for _, name, _, _ in string.Formatter().parse(self.path) if name)

    @cached_property
    def title(self) -> str:
        """What errors and logs call its list, such as "customer list"."""
        words = re.findall(r"[A-Z][a-z0-9]*", self.record.__name__)
        return f"{' '.join(words).lower()} list"

    def path_for(self, ids: Mapping[str, str]) -> str:
        """The path with each id percent-encoded as one segment."""
        return self.path.format_map({name: quote(value, safe="") for name, value in ids.items()})

    def name_ids(self, ids: Iterable[str | TenantRef | CustomerRef]) -> dict[str, str]:
        """The ids of its path, by name; a reference stands for its own.

        Raises:
            ConfigurationError: there are too few or too many, or one cannot be sent.
        """
        values: list[str] = []
        for each in ids:
            if isinstance(each, TenantRef):
                values += (each.customer_id, each.tenant_id)
            else:
                values.append(each.customer_id if isinstance(each, CustomerRef) else each)
        if len(values) != len(self.placeholders):
            message = f"{self.title}: needs {', '.join(self.placeholders) or 'no ids'}; got {ids!r}"
            raise ConfigurationError(message)
        named = dict(zip(self.placeholders, values, strict=True))
        for name, value in named.items():
            check_id(name, value)
        return named

    def encode(self, body: Body) -> bytes | None:
        """The body of its requests; None for a GET, which has none.

        Raises:
            ConfigurationError: there is one for a GET.
        """
        if self.method != "GET":
            return body if isinstance(body, bytes) else msgspec.json.encode(body or {})
        if body:
            message = f"{self.title}: it is asked with GET, which has no body"
            raise ConfigurationError(message)
        return None
