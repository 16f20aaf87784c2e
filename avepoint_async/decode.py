"""What goes over the wire: the one cattrs converter, and every name the service spells.

A reply is parsed by orjson and structured by cattrs, fast path first. Only a reply that the fast
path refuses is structured again in detail, which is slower, reads the rarer spellings, and knows
the path of what is wrong. Strict about types, open about the rest: unknown fields are ignored,
and each spelling that the service is known to use is read.
"""

from collections.abc import Callable
from typing import Any, Generic, NoReturn, TypeVar, cast, get_args, get_type_hints

import attrs
import orjson
from cattrs import ClassValidationError, Converter, IterableValidationError
from cattrs.cols import homogenous_tuple_structure_factory
from cattrs.gen import make_dict_structure_fn, override

from avepoint_async.errors import ResponseError
from avepoint_async.models import Customer, Module, ModuleStatus, ProtectedUser, Tenant
from avepoint_async.strict import NO_VALUE, boolean, integer, kind, mismatch, or_none, string

T = TypeVar("T")

MAX_FILTER = 100
"""Addresses or ids that one request may name; of more, none is sent."""

_RECORDS: tuple[type, ...] = (ModuleStatus, ProtectedUser, Tenant, Customer)

_WIRE_NAMES = {
    "display_name": "displayName",
    "module_status": "moduleStatus",
    "is_protected": "isProtected",
    "owner_email": "ownerEmail",
    "job_status": "jobStatus",
    "country_or_region": "countryOrRegion",
    "management_mode": "managementMode",
}

# The service's tables spell two names in capitals, and a later revision renamed a user's id.
_SPELLINGS: dict[type, dict[str, str]] = {
    ModuleStatus: {"module": "Module", "isProtected": "IsProtected"},
    ProtectedUser: {"id": "userId"},
}


@attrs.frozen
class Envelope:
    """Where a reply keeps its items and its paging, and how a request asks for a page."""

    items: str = "data"
    metadata: str = "metadata"
    index: str = "pageIndex"
    size: str = "pageSize"
    total: str = "totalCount"

    def query(self, index: int, size: int) -> str:
        """The query string that asks for page ``index`` (from 1) of ``size`` rows."""
        return f"{self.index}={index}&{self.size}={size}"


@attrs.frozen
class Reply(Generic[T]):
    """One decoded answer: its items, and what its metadata says, None where it says nothing."""

    items: tuple[T, ...]
    index: int | None = None
    size: int | None = None
    total: int | None = None


def users_filter(emails: tuple[str, ...]) -> bytes:
    """The request body that asks for some users; ``{}`` where the service cannot be asked.

    One address goes under both names that the service has had for it; more than a hundred are
    not sent at all.
    """
    if not emails or len(emails) > MAX_FILTER:
        return b"{}"
    single = {"email": emails[0]} if len(emails) == 1 else {}
    return orjson.dumps({**single, "userEmails": emails})


def customers_filter(customer_ids: tuple[str, ...]) -> bytes:
    """The request body that asks for some customers; ``{}`` where the service cannot be asked."""
    if not customer_ids or len(customer_ids) > MAX_FILTER:
        return b"{}"
    return orjson.dumps({"customerIds": customer_ids})


def decode_page(body: bytes, record: type[T], envelope: Envelope) -> Reply[T]:
    """Decode one answer into a ``Reply`` of ``record``.

    Raises:
        ResponseError: the answer is not JSON, or not what was promised; with its ``path``.
    """
    document: Any = _parse(body)
    if isinstance(document, list):  # an early revision had no envelope
        return Reply(_structure(cast("object", document), record, "$"))
    if not isinstance(document, dict):
        _refuse("$", f"expected an object or an array, got {kind(document)}")
    reply = cast("dict[str, Any]", document)
    if envelope.items not in reply:
        _refuse(f"$.{envelope.items}", "missing")
    items = _structure(reply[envelope.items], record, f"$.{envelope.items}")
    return Reply(items, *_paging(reply.get(envelope.metadata), envelope))


def _parse(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        # Of its text nothing: a gateway may show what it was sent.
        kind = "HTML" if body.lstrip().startswith(b"<") else f"{len(body)} bytes"
        message = f"the answer is not JSON: {error.msg} ({kind})"
        raise ResponseError(message) from None


def _paging(raw: object, envelope: Envelope) -> tuple[int | None, int | None, int | None]:
    path = f"$.{envelope.metadata}"
    if raw is None:
        return None, None, None
    if not isinstance(raw, dict):
        _refuse(path, f"expected an object, got {kind(raw)}")
    paging = cast("dict[str, Any]", raw)
    index, size, total = (
        _count(paging.get(name), f"{path}.{name}")
        for name in (envelope.index, envelope.size, envelope.total)
    )
    return index, size or None, total


def _count(raw: object, path: str) -> int | None:
    if raw is None:
        return None
    try:
        count = integer(raw, int)
    except ValueError as error:
        _refuse(path, str(error))
    if count < 0:
        _refuse(path, f"expected 0 or more, got {count}")
    return count


def _structure(rows: object, record: type[T], path: str) -> tuple[T, ...]:
    shape = tuple[record, ...]  # type: ignore[valid-type]  # a shape made at run time, for cattrs
    try:
        return _FAST.structure(rows, shape)
    except (KeyError, TypeError, ValueError, AttributeError):
        pass  # a rarer spelling or a mistake: the detailed way tells which
    try:
        return _DETAILED.structure(rows, shape)
    except (ClassValidationError, IterableValidationError, ValueError) as error:
        _refuse(*_locate(error, path))


def _refuse(path: str, why: str) -> NoReturn:
    message = f"{path}: {why}"
    raise ResponseError(message, path=path) from None


def _locate(error: BaseException, path: str) -> tuple[str, str]:
    """The path of the first thing that is wrong, and what it is."""
    while isinstance(error, ClassValidationError | IterableValidationError):
        error, note = error.group_exceptions()[0][0]
        name = str(getattr(note, "name", ""))
        path += f".{_WIRE_NAMES.get(name, name)}" if name else f"[{getattr(note, 'index', '')}]"
    return path, "missing" if isinstance(error, KeyError) else str(error)


def _converter(*, detailed: bool) -> Converter:
    """The converter of this library: strict primitives, wire names, and nothing coerced."""
    converter = Converter(detailed_validation=detailed)
    converter.register_structure_hook(str, string)
    converter.register_structure_hook(int, integer)
    converter.register_structure_hook(bool, boolean)
    converter.register_structure_hook(Module, lambda raw, _: Module(integer(raw, int)))
    converter.register_structure_hook_func(lambda hint: hint == str | None, or_none(string))
    converter.register_structure_hook_func(lambda hint: hint == int | None, or_none(integer))
    for record in _RECORDS:
        converter.register_structure_hook(record, _record_hook(converter, record))
        _register_rows(converter, record)
    return converter


def _record_hook(converter: Converter, record: type) -> Callable[[Any, Any], Any]:
    hints = get_type_hints(record)
    wire_names = {name: _WIRE_NAMES.get(name, name) for name in hints}
    renames = {name: override(rename=wire) for name, wire in wire_names.items()}
    build = cast(
        "Callable[[Any, Any], Any]",
        make_dict_structure_fn(record, converter, **renames),  # type: ignore[arg-type]  # all keywords are overrides
    )
    absent = {
        wire_names[name]: None for name, hint in hints.items() if type(None) in get_args(hint)
    }
    spellings = _SPELLINGS.get(record, {})

    def hook(raw: object, _: Any) -> Any:
        if not isinstance(raw, dict):
            raise mismatch(raw, "an object")
        row = {**absent, **cast("dict[str, Any]", raw)}
        for name, other in spellings.items():
            if row.get(name) in (None, NO_VALUE) and other in row:
                row[name] = row[other]
        return build(row, record)

    return hook


def _register_rows(converter: Converter, record: type) -> None:
    """Structure ``tuple[record, ...]`` from an array alone; cattrs would take any iterable."""
    shape = tuple[record, ...]  # type: ignore[valid-type]  # a shape made at run time, for cattrs
    build = homogenous_tuple_structure_factory(cast("type", shape), converter)
    nullable = record is Tenant  # a customer that is yet to be configured

    def hook(raw: object, _: Any) -> tuple[Any, ...]:
        if raw is None and nullable:
            return ()
        if not isinstance(raw, list):
            raise mismatch(raw, "an array")
        return cast("tuple[Any, ...]", build(raw, shape))

    converter.register_structure_hook_func(lambda hint: hint == shape, hook)


# The hot path, written by hand: it reads the usual spelling alone and leaves the rest to cattrs.
_TEXT = frozenset({str, type(None)})
_NAME, _MODULES, _IS_PROTECTED = (
    _WIRE_NAMES[field] for field in ("display_name", "module_status", "is_protected")
)
_OTHER_ID = _SPELLINGS[ProtectedUser]["id"]


class _Draft:
    """A user while it is filled: a frozen class checks each assignment, at twice the cost."""

    __slots__ = tuple(field.name for field in attrs.fields(ProtectedUser))

    email: str
    display_name: str | None
    module_status: tuple[ModuleStatus, ...]
    id: str | None


def _fast_users(rows: Any, _: Any) -> tuple[ProtectedUser, ...]:
    if type(rows) is not list:
        raise TypeError
    users: list[Any] = []
    for raw in cast("list[dict[str, Any]]", rows):
        email, name, user_id = raw["email"], raw.get(_NAME), raw.get("id")
        if user_id is None or user_id == NO_VALUE:
            user_id = raw.get(_OTHER_ID)
        if type(email) is not str or type(name) not in _TEXT or type(user_id) not in _TEXT:
            raise TypeError
        user = _Draft()
        user.email = email
        user.display_name = None if name == NO_VALUE else name
        user.module_status = _STATUSES[orjson.dumps(raw[_MODULES])]
        user.id = None if user_id == NO_VALUE else user_id
        user.__class__ = ProtectedUser  # type: ignore[assignment]  # whose layout is the same
        users.append(user)
    return tuple(users)


class _Statuses(dict[bytes, tuple[ModuleStatus, ...]]):
    """What each spelling of a user's modules stands for, read once.

    A million users spell them in a handful of ways. The key is the spelling and not the values,
    of which 1 would pass for true.
    """

    MOST = 1000

    def __missing__(self, spelling: bytes) -> tuple[ModuleStatus, ...]:
        rows = orjson.loads(spelling)
        if type(rows) is not list:
            raise TypeError
        statuses = tuple(map(_fast_status, cast("list[dict[str, Any]]", rows)))
        if len(self) >= self.MOST:
            self.clear()
        if len(spelling) <= self.MOST:
            self[spelling] = statuses
        return statuses


def _fast_status(raw: dict[str, Any]) -> ModuleStatus:
    module, protected = raw["module"], raw[_IS_PROTECTED]
    if type(module) is not int or type(protected) is not bool:
        raise TypeError
    return ModuleStatus(Module(module), protected)


_STATUSES = _Statuses()
_DETAILED = _converter(detailed=True)
_FAST = _converter(detailed=False)
_FAST.register_structure_hook_func(lambda hint: hint == tuple[ProtectedUser, ...], _fast_users)
