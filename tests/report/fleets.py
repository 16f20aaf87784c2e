"""Made-up histories of any size, with the troubles of real ones."""

from collections.abc import Iterator
from random import Random
from typing import Any

import attrs

from tests.snapshots.nights import Nights, Place, Tenant, User, night

NAMES = (
    "Contoso Pharmaceuticals",
    "Fabrikam",
    "شركة النخيل للتجارة",
    "Łódź Stal-Bud Sp. z o.o.",
    "Wide World Importers and Exporters of Precision Instruments, Northern Branch Office",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "ירושלים הנדסה בע״מ",
    "東京バックアップ株式会社",
    '<img src=x onerror="alert(1)">',
    "Tailspin Toys & Sons",
)
FAILURES = (
    ("PermissionDeniedError", 403, "the app may not see this customer"),
    ("ServerError", 503, "the service failed over all attempts"),
    ("TransportError", None, "no answer within 30 s"),
)


def fleet(*, tenants: int, nights: int, users: int = 20, seed: int = 1) -> Nights:
    """So many tenants over so many nights, some of whom fail, fall short, come or go."""
    chance = Random(seed)
    lists = {place(number): user_list(chance, number, users) for number in range(tenants)}
    runs = []
    for day in range(nights):
        for key, rows in lists.items():
            lists[key] = list(next_day(chance, rows, key, day))
        told = {
            key: tenant(chance, number, rows, day)
            for number, (key, rows) in enumerate(lists.items())
            if not (number == tenants - 1 and day == 0 < tenants - 1)
        }
        runs.append(night(told, day=day))
    return Nights(runs)


def place(number: int) -> Place:
    """Three tenants to every second customer, and one to the others."""
    group, rest = divmod(number, 4)
    customer = 2 * group + (rest == 3)
    return (
        f"{customer:08x}-0000-4000-8000-000000000000",
        f"{number:08x}-1111-4111-8111-111111111111",
    )


def customer_name(number: int) -> str:
    """A name that occurs once."""
    group, rest = divmod(number, 4)
    customer = 2 * group + (rest == 3)
    name = NAMES[customer % len(NAMES)]
    return name if customer < len(NAMES) else f"{name} {customer}"


def user_list(chance: Random, number: int, users: int) -> list[User]:
    """Users of one tenant; sizes differ widely."""
    size = max(1, round(users * chance.lognormvariate(0, 0.9)))
    return [new_user(chance, f"user{n}@tenant{number}.example") for n in range(size)]


def new_user(chance: Random, email: str) -> User:
    """A user most of whose modules are protected."""
    states = [chance.choices([True, False, None], [90, 6, 4])[0] for _ in range(2)]
    return User(
        email=email, display_name=email.title(), id=email, mailbox=states[0], onedrive=states[1]
    )


def next_day(chance: Random, rows: list[User], key: Place, day: int) -> Iterator[User]:
    """The same users a day later."""
    for row in rows:
        if chance.random() > 0.004:
            lost = chance.random() < 0.008
            gained = row.mailbox is False and chance.random() < 0.15
            yield attrs.evolve(row, mailbox=gained or (row.mailbox and not lost))
    if chance.random() < 0.2:
        yield new_user(chance, f"new{day}@{key[1][:8]}.example")


def tenant(chance: Random, number: int, rows: list[User], day: int) -> Tenant:
    """What a night tells of a tenant; the second never was told, the third not of late."""
    names: dict[str, Any] = {
        "customer_name": customer_name(number),
        "tenant_name": f"tenant{number}.onmicrosoft.com" if number % 5 else None,
    }
    if number == 1 or (number == 2 and day > 0) or chance.random() < 0.004:
        error, status, message = FAILURES[(number - 1) % 3]
        return Tenant(
            state="failed", error=error, status=status, message=message, request_id="7f3a", **names
        )
    if chance.random() < 0.002:
        return Tenant(users=rows[:-1], state="short", total_count=len(rows), **names)
    return Tenant(users=rows, **names)
