"""How the emulated service spells its answers, and which of its known quirks it has."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, cast

import attrs
import msgspec

from avepoint_async.testing.journal import Kind
from avepoint_async.testing.records import Customer, Modules, User

EchoedIndex = Literal["served", "asked", "absent", "wrong"]
EchoedSize = Literal["served", "asked", "absent"] | int
Total = Literal["honest", "page", "so_far"] | int
DateForm = Literal["iso", "iso7", "dashes", "slashes", "epoch"]


_FILTERS = frozenset(
    ["email", "userEmails", "customerIds", "tenantIds", "userIds", "jobType", "jobModule"]
)


def _names(names: Iterable[str]) -> frozenset[str]:
    return frozenset(names)


@attrs.frozen(kw_only=True)
class Dialect:
    """The wire spelling of one revision of the service, honest or not.

    Attributes:
        envelope: ``object`` for ``{data, metadata}``, ``bare`` for a list alone.
        data_key, metadata_key: the spelling of the envelope's two keys.
        module_key, protected_key: ``module`` or ``Module``, ``isProtected`` or ``IsProtected``.
        user_id_key: ``id``, ``userId``, or None: the user's id is not sent.
        numbers_as_strings: ``"250"`` for ``250``, everywhere.
        thousands: ``"1,250"`` for ``"1250"``, where the service sends numbers as strings.
        null_text: sent in the place of null strings, such as ``N/A``.
        null_lists: an empty list is sent as null: ``data``, ``moduleStatus``, ``tenants``.
        byte_order_mark: every JSON body starts with one, of tokens and refusals, too.
        spelling: where the documents contradict themselves on a value: as their ``sample`` or as
            their ``table`` has it; of all endpoints but users and customers.
        keys: of rows of the same endpoints: ``camel`` as documented, ``pascal`` or ``lower``.
        dates: the form of every date; by default each field's own. ``iso7`` has a fraction of
            seven digits, ``dashes`` is MM-DD-YYYYTHH:MM:SSZ, ``slashes`` MM/DD/YYYYTHH:MM:SSZ,
            ``epoch`` milliseconds since 1970.
        total: the ``totalCount``: ``honest``, the rows of this ``page``, the rows up to here
            (``so_far``), or a fixed number.
        total_off: added to it; below zero it claims too few.
        total_kinds: the endpoints whose total lies as the two above say; None for all.
        total_sent: whether there is a ``totalCount`` at all.
        echoed_index: the ``pageIndex`` of the reply: of the page ``served`` (``asked`` differs
            where the next two quirks serve another), ``absent``, or ``wrong`` (one too many).
        ignores_page_index: every page is the first.
        repeats_last_page: past the end stands the last page again, not an empty one.
        echoed_size: the ``pageSize`` of the reply: ``served`` (after the clamp), ``asked``,
            ``absent``, or a fixed number.
        oversize: a page size over the limit is clamped (``clamp``) or a 400 (``refuse``).
        short: rows that every page lacks at its end, lost for good.
        no_more: the skip token after the last page: ``null``, ``empty`` or ``absent``.
        repeats_token: every page ends in the same skip token, and the walk never ends.
        filters: the filters of the body that are honoured; others are ignored.
        errors: bodies of error answers: ``full``, ``brief``, or a gateway's ``html``.
    """

    envelope: Literal["object", "bare"] = "object"
    data_key: str = "data"
    metadata_key: str = "metadata"
    module_key: str = "module"
    protected_key: str = "isProtected"
    user_id_key: str | None = "userId"
    numbers_as_strings: bool = False
    thousands: bool = False
    null_text: str | None = None
    null_lists: bool = False
    byte_order_mark: bool = False
    spelling: Literal["sample", "table"] = "sample"
    keys: Literal["camel", "pascal", "lower"] = "camel"
    dates: DateForm | None = None
    total: Total = "honest"
    total_off: int = 0
    total_kinds: Collection[Kind] | None = None
    total_sent: bool = True
    echoed_index: EchoedIndex = "served"
    ignores_page_index: bool = False
    repeats_last_page: bool = False
    echoed_size: EchoedSize = "served"
    oversize: Literal["clamp", "refuse"] = "clamp"
    short: int = attrs.field(default=0, validator=attrs.validators.ge(0))
    no_more: Literal["null", "empty", "absent"] = "null"
    repeats_token: bool = False
    filters: Collection[str] = attrs.field(default=_FILTERS, converter=_names)
    errors: Literal["full", "brief", "html"] = "full"

    @classmethod
    def seed(cls, **changes: Any) -> "Dialect":
        """The first published revision: no user id, the filter is ``email``."""
        return attrs.evolve(cls(user_id_key=None, filters=_FILTERS - {"userEmails"}), **changes)

    @classmethod
    def seed_sample(cls) -> "Dialect":
        """The sample of the first document: it promises one user more than it sends."""
        return cls.seed(total_off=1, echoed_size=50)

    @classmethod
    def tables(cls, **changes: Any) -> "Dialect":
        """As the documents' tables spell it, which their samples contradict."""
        tables: dict[str, Any] = {
            "module_key": "Module",
            "protected_key": "IsProtected",
            "spelling": "table",
        }
        return cls.seed(**tables | changes)

    @classmethod
    def bare_list(cls, **changes: Any) -> "Dialect":
        """An early revision: a list without an envelope, and so without a total."""
        return cls.seed(envelope="bare", **changes)

    @classmethod
    def current(cls, **changes: Any) -> "Dialect":
        """The revision of August 2026: ``userId``, the filter is ``userEmails``."""
        return attrs.evolve(cls(filters=_FILTERS - {"email"}), **changes)


@attrs.frozen
class Either:
    """A value that the documents spell in two ways: in a sample, and in a table."""

    sample: Any
    table: Any


@attrs.frozen
class Digits:
    """A number that the service sends as a string, with ``unit`` after it."""

    number: int
    unit: str = ""


@attrs.frozen
class When:
    """A moment, and the form in which the service sends it."""

    at: datetime
    form: DateForm = "iso"


NOT_AVAILABLE = Either("N/A", None)
"""What stands for null in samples."""


class Speller:
    """Spells rows in one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._modules: dict[Modules, list[dict[str, Any]]] = {}

    def user(self, user: User) -> Mapping[str, Any]:
        """One row of users/batch."""
        if user.wire is not None:
            return user.wire
        row: dict[str, Any] = {
            "email": user.email,
            "displayName": user.display_name or self.dialect.null_text,
            "moduleStatus": self._spelled(user.modules),
        }
        if self.dialect.user_id_key is not None:
            row[self.dialect.user_id_key] = user.id or self.dialect.null_text
        return row

    def customer(self, customer: Customer) -> Mapping[str, Any]:
        """One row of customers/batch."""
        null = self.dialect.null_text
        return {
            "id": customer.id,
            "organization": customer.organization or null,
            "ownerEmail": customer.owner_email or null,
            "jobStatus": self.number(customer.job_status),
            "countryOrRegion": customer.country_or_region or null,
            "managementMode": self.number(customer.management_mode),
            "tenants": self.listed(
                [{"id": tenant.id, "name": tenant.name or null} for tenant in customer.tenants]
            ),
        }

    def value(self, value: Any) -> Any:
        """Anything of which the rows of the other endpoints are made."""
        if isinstance(value, Either):
            return self.value(value.table if self.dialect.spelling == "table" else value.sample)
        if isinstance(value, dict):
            members = cast("dict[str, Any]", value)
            return {self._key(name): self.value(each) for name, each in members.items()}
        if isinstance(value, list):
            return self.listed([*map(self.value, cast("list[object]", value))])
        return self._scalar(value)

    def _scalar(self, value: Any) -> Any:
        match value:
            case Digits(number, unit):
                return (f"{number:,}" if self.dialect.thousands else str(number)) + unit
            case When(at, form):
                return self._moment(at, self.dialect.dates or form)
            case None:
                return self.dialect.null_text
            case bool() | str():
                return value
            case _:
                return self.number(value)

    def number(self, value: int) -> int | str:
        """A number as it is or as a string."""
        if not self.dialect.numbers_as_strings:
            return value
        return f"{value:,}" if self.dialect.thousands else str(value)

    def listed(self, rows: Sequence[Any]) -> Sequence[Any] | None:
        """A list, or null for an empty one."""
        return None if self.dialect.null_lists and not rows else rows

    def total(self, kind: Kind, honest: int, shown: int, reached: int) -> dict[str, int | str]:
        """The ``totalCount`` of a page with ``shown`` rows that ends at row ``reached``."""
        dialect = self.dialect
        if not dialect.total_sent:
            return {}
        lies = dialect.total_kinds is None or kind in dialect.total_kinds
        if not lies:
            return {"totalCount": self.number(honest)}
        known = {"honest": honest, "page": shown, "so_far": reached}
        claimed = dialect.total if isinstance(dialect.total, int) else known[dialect.total]
        return {"totalCount": self.number(max(0, claimed + dialect.total_off))}

    def _spelled(self, modules: Modules) -> Sequence[Any] | None:
        # Users share a handful of combinations, so each is made once.
        known = self._modules.get(modules)
        if known is None:
            dialect = self.dialect
            known = self._modules[modules] = [
                {dialect.module_key: self.number(module), dialect.protected_key: protected}
                for module, protected in modules
            ]
        return self.listed(known)

    def _key(self, name: str) -> str:
        if self.dialect.keys == "pascal":
            return name[:1].upper() + name[1:]
        return name.lower() if self.dialect.keys == "lower" else name

    def _moment(self, at: datetime, form: DateForm) -> str | int:
        if form == "epoch":
            return self.number(int(at.timestamp()) * 1000)
        patterns = {
            "iso": "%Y-%m-%dT%H:%M:%SZ",
            "iso7": "%Y-%m-%dT%H:%M:%S.%f0Z",
            "dashes": "%m-%d-%YT%H:%M:%SZ",
            "slashes": "%m/%d/%YT%H:%M:%SZ",
        }
        return at.strftime(patterns[form])


def encode(value: Any) -> bytes:
    """Any value as JSON, lone surrogates included."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return json.dumps(value).encode()
