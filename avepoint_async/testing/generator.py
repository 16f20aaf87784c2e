"""Users, names and sizes from numbers: the same seed gives the same fleet on every machine.

Nothing is stored. A user is computed from the tenant's seed and the user's place in it, so a
tenant of a million users costs no memory.
"""

import math
import random
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Literal, overload

from avepoint_async.testing.records import MAILBOX, ONEDRIVE, Customer, Modules, Tenant, User

Sizes = Literal["skewed", "zipf", "equal"]

_MASK = (1 << 64) - 1

_NUMBERED = re.compile(r"[^@]*?(\d{1,15})@")

_BLOCK = 256

_GIVEN = (
    *("Ada", "Amir", "Anaïs", "Björn", "Chloé", "Dmitri", "Elif", "Fatima"),
    *("Grace", "Hana", "Ines", "Jürgen", "Kwame", "Lars", "Mei", "Nuno"),
    *("Olga", "Priya", "Quentin", "Rosa", "Søren", "Tariq", "Uma", "Viktor"),
    *("Wanda", "Ximena", "Yusuf", "Zoë", "Alan", "Barbara", "Carlos", "Dana"),
)
_FAMILY = (
    *("Almeida", "Bauer", "Castro", "Dubois", "Eriksen", "Fischer", "Garcia", "Hansen"),
    *("Ito", "Jensen", "Kowalski", "Lindqvist", "Müller", "Nakamura", "Okafor", "Peña"),
    *("Quispe", "Rossi", "Šimić", "Takahashi", "Ueda", "Visser", "Weiß", "Xu"),
    *("Yilmaz", "Zhang", "Ångström", "Brown", "Cohen", "Dvořák", "Estévez", "Fournier"),
)
_ASCII = str.maketrans("ïöéüøëñšćåřá", "ioeuoenscara") | {ord("ß"): "ss"}
_NAMES = tuple(f"{given} {family}" for given in _GIVEN for family in _FAMILY)
# Capitals stay in the first part: addresses are compared without regard to case.
_ADDRESSES = tuple(
    f"{given}.{family.lower()}".translate(_ASCII) for given in _GIVEN for family in _FAMILY
)

# Most users have both, some only a mailbox, a few neither, and some are listed without OneDrive.
_MODULES: tuple[Modules, ...] = (
    *[((MAILBOX, True), (ONEDRIVE, True))] * 44,
    *[((MAILBOX, True), (ONEDRIVE, False))] * 10,
    *[((MAILBOX, False), (ONEDRIVE, False))] * 6,
    *[((MAILBOX, False), (ONEDRIVE, True))] * 2,
    *[((MAILBOX, True),)] * 2,
)
_COUNTRIES = ("Germany", "France", "Japan", "United States", "Brazil", "Norway", None, "Türkiye")


def mix(number: int) -> int:
    """64 bits in which every bit depends on every bit of ``number`` (the SplitMix64 finaliser)."""
    number = (number * 0x9E3779B97F4A7C15) & _MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & _MASK
    return number ^ (number >> 31)


def seed_of(*parts: object) -> int:
    """A seed from any printable parts; unlike ``hash`` the same in every process."""
    text = "\x00".join(map(str, parts)).encode()
    return mix(zlib.crc32(text) << 32 | zlib.adler32(text))


def uuid_of(bits: int) -> str:
    """The spelling of a version 4 UUID made from 64 mixed bits."""
    high = f"{bits:016x}"
    low = f"{bits * 0xD6E8FEB86659FD93 & _MASK:016x}"
    return f"{high[:8]}-{high[8:12]}-4{high[13:]}-a{low[13:]}-{low[:12]}"


def domain_of(seed: int) -> str:
    """The mail domain of the tenant with this seed."""
    name = _FAMILY[seed & 31].lower().translate(_ASCII)
    return f"{name}{seed >> 5 & 0xFFFF:x}.onmicrosoft.com"


def users_at(seed: int, places: Iterable[int]) -> list[User]:
    """The users at ``places`` (from 0) of the tenant with this seed; one in 128 has no name."""
    domain, prefix = domain_of(seed), uuid_of(seed)[:24]
    users: list[User] = []
    for index in places:
        bits = mix(seed ^ (index + 1))
        name = bits & 1023
        users.append(
            User(
                f"{_ADDRESSES[name]}{index}@{domain}",
                _NAMES[name] if bits >> 10 & 127 else None,
                _MODULES[bits >> 17 & 63],
                # Twelve digits: half of them chance, half the place, so that no two are equal.
                f"{prefix}{(bits >> 16 & 0xFFFFFF000000) ^ index:012x}",
            )
        )
    return users


class GeneratedUsers(Sequence[User]):
    """Users computed from a seed; holds none of them."""

    __slots__ = ("_seed", "_size")

    def __init__(self, seed: int, size: int) -> None:
        self._seed = seed
        self._size = size

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[User]:
        for start in range(0, self._size, _BLOCK):
            yield from self[start : start + _BLOCK]

    @overload
    def __getitem__(self, place: int) -> User:  # noqa: D418  # a body of dots counts as not run
        """One user."""

    @overload
    def __getitem__(self, place: slice) -> list[User]:  # noqa: D418  # likewise
        """Some of them."""

    def __getitem__(self, place: int | slice) -> User | list[User]:
        places = range(self._size)[place]
        if isinstance(places, int):
            return users_at(self._seed, [places])[0]
        return users_at(self._seed, places)

    def candidates(self, emails: Iterable[str]) -> list[User]:
        """The only users who can have these addresses: each ends in its user's place."""
        found = {int(match[1]) for match in map(_NUMBERED.match, emails) if match}
        return users_at(self._seed, sorted(index for index in found if index < self._size))


def customer_of(customer_id: str, tenant_ids: Sequence[str]) -> Customer:
    """The customer with this id and these tenants; one tenant in eight has no name."""
    bits = seed_of(customer_id)
    family = _FAMILY[bits & 31]
    return Customer(
        customer_id,
        organization=f"{family} {bits >> 5 & 0xFFF}",
        owner_email=f"owner@{domain_of(bits)}",
        job_status=(bits >> 20) % 7,
        country_or_region=_COUNTRIES[bits >> 24 & 7],
        management_mode=(bits >> 28) % 3,
        tenants=tuple(
            Tenant(tenant_id, f"{family} {place}" if seed_of(tenant_id) & 7 else None)
            for place, tenant_id in enumerate(tenant_ids, 1)
        ),
    )


def tenant_counts(rng: random.Random, customers: int, tenants: int | None) -> list[int]:
    """How many tenants each customer has: ``tenants`` in all, or 1 to 12 each, mostly few."""
    if tenants is None:
        return [min(12, 1 + int(rng.expovariate(0.7))) for _ in range(customers)]
    each, rest = divmod(tenants, customers)
    return [each + (place < rest) for place in range(customers)]


def tenant_sizes(
    rng: random.Random, count: int, users: int | None, sizes: Sizes, largest: int
) -> list[int]:
    """How many users each of ``count`` tenants has: ``users`` in all, shared as ``sizes`` says.

    Without a total, sizes fall as real ones do: most tenants have some dozens, a few thousands
    up to ``largest``, one in sixteen none.
    """
    if users is None:
        return [_real_size(rng, largest) for _ in range(count)]
    shared = _share(users, [_weight(rng, sizes, place) for place in range(1, count + 1)])
    rng.shuffle(shared)
    return shared


def _weight(rng: random.Random, sizes: Sizes, place: int) -> float:
    if sizes == "skewed":
        return rng.lognormvariate(0, 1.9)
    return 1 / place if sizes == "zipf" else 1


def _real_size(rng: random.Random, largest: int) -> int:
    size = int(rng.lognormvariate(math.log(70), 1.9))
    return 0 if rng.random() < 1 / 16 else min(size, largest)


def _share(total: int, weights: list[float]) -> list[int]:
    """``total`` cut into whole parts in proportion to ``weights``, nothing lost."""
    reached = list(accumulate(weights, initial=0.0))
    bounds = [round(total * at / reached[-1]) for at in reached] if weights else []
    return [after - before for before, after in pairwise(bounds)]
