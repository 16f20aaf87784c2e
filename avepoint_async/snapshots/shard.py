"""A shard: one of so many runs that share the tenants of a night between them. Pure.

Each process reads the whole list of customers, and asks only the tenants that its shard holds.
`avepoint_async.snapshots.merge` makes one run of all.
"""

import re
from collections.abc import Iterable
from hashlib import blake2b
from typing import NoReturn, cast

import attrs

from avepoint_async.errors import ConfigurationError
from avepoint_async.refs import TenantRef

_TEXT = re.compile(r"(\d{1,6})/(\d{1,6})", re.ASCII)


def _refuse(got: object) -> NoReturn:
    message = f"shard must be a number from 1 and how many there are, as (2, 8); got {got!r}"
    raise ConfigurationError(message)


def _check_whole(_shard: object, field: "attrs.Attribute[int]", value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        _refuse(f"{field.name}={value!r}")


@attrs.frozen
class Shard:
    """Which part of the tenants a run is about.

    The part depends on the ids alone: it is the same on every machine and every night, whatever
    else is in the list.

    Attributes:
        number: of this shard, from 1.
        of: how many there are.

    Raises:
        ConfigurationError: a number that makes no sense.
    """

    number: int = attrs.field(validator=_check_whole)
    of: int = attrs.field(validator=_check_whole)

    def __attrs_post_init__(self) -> None:
        if not 1 <= self.number <= self.of:
            _refuse((self.number, self.of))

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """The shard of a text like ``2/8``.

        Raises:
            ConfigurationError: the text is none.
        """
        found = _TEXT.fullmatch(text)
        if found is None:
            message = f"a shard is its number, a slash and how many there are, as 2/8; got {text!r}"
            raise ConfigurationError(message)
        return cls(int(found[1]), int(found[2]))

    def holds(self, tenant: TenantRef) -> bool:
        """Whether the tenant belongs to this shard."""
        # The length keeps two pairs apart that are one text when joined.
        text = f"{len(tenant.customer_id)}:{tenant.customer_id}{tenant.tenant_id}"
        digest = blake2b(text.encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") % self.of == self.number - 1

    def share(self, tenants: Iterable[TenantRef]) -> list[TenantRef]:
        """Those of the tenants that belong to this shard, in their order."""
        return [each for each in tenants if self.holds(each)]


def as_shard(value: object) -> Shard | None:
    """What a caller hands in: a `Shard`, a pair of numbers such as ``(2, 8)``, or None.

    Raises:
        ConfigurationError: it is none of them.
    """
    if value is None or isinstance(value, Shard):
        return value
    if not isinstance(value, tuple) or len(cast("tuple[object, ...]", value)) != 2:
        _refuse(value)  # pyright: ignore[reportUnknownArgumentType]  # it may be any tuple
    return Shard(*cast("tuple[int, int]", value))
