"""Settings that make no sense are refused where they are given, with the reason."""

import re
from collections.abc import Callable
from math import inf, nan
from typing import Any

import attrs
import pytest

from avepoint_async import testing
from avepoint_async.testing import Chaos, Emulator, Fault, Fleet, Latency, RateLimit, Tokens

SMALL = Fleet.of({("c1", "t1"): 3})


def emulator() -> Emulator:
    """One that is not running, for what may be said to it."""
    return Emulator(fleet=SMALL)


REFUSED: dict[str, tuple[Callable[[], object], ...]] = {
    "port must be 0 (any free port) to 65535: -1 is not": (lambda: Emulator(fleet=SMALL, port=-1),),
    "port must be 0 (any free port) to 65535: 65536 is not": (
        lambda: Emulator(fleet=SMALL, port=65536),
    ),
    "page_size_limit must be 1 or more: 0 is not": (
        lambda: Emulator(fleet=SMALL, page_size_limit=0),
    ),
    "default_page_size must be 1 or more: -1 is not": (
        lambda: Emulator(fleet=SMALL, default_page_size=-1),
    ),
    "page_cache must be 0 or more: -1 is not": (lambda: Emulator(fleet=SMALL, page_cache=-1),),
    "latency must be finite and not negative: -1 is not": (
        lambda: Latency.constant(-1),
        lambda: Emulator(fleet=SMALL, latency=-1),
        lambda: setattr(emulator(), "latency", -1),
    ),
    "latency must be finite and not negative: nan is not": (lambda: Latency.constant(nan),),
    "low must be finite and not negative: -1 is not": (lambda: Latency.uniform(-1, 1),),
    "high - low must be finite and not negative: -2 is not": (lambda: Latency.uniform(3, 1),),
    "median must be finite and not negative: inf is not": (lambda: Latency.lognormal(inf),),
    "sigma must be finite and not negative: -1 is not": (lambda: Latency.lognormal(1, -1),),
    "slowness must be finite and not negative: -1 is not": (lambda: Chaos(slowness=-1),),
    "rate must be finite and above 0: 0 is not": (lambda: RateLimit.bucket(0),),
    "rate must be finite and above 0: -1 is not": (lambda: RateLimit.bucket(-1),),
    "rate must be finite and above 0: inf is not": (lambda: RateLimit.bucket(inf),),
    "burst must be 1 or more: 0.5 is not": (lambda: RateLimit.bucket(1, 0.5),),
    "burst must be 1 or more: inf is not": (lambda: RateLimit.bucket(1, inf),),
    "limit must be 1 or more: 0 is not": (lambda: RateLimit.window(0),),
    "period must be finite and above 0: 0 is not": (lambda: RateLimit.window(1, 0),),
    "status must be an error status, 400 to 599: 200 is not": (
        lambda: RateLimit.bucket(1, status=200),
        lambda: RateLimit.window(1, status=200),
    ),
    "lifetime must be finite and above 0: -5 is not": (
        lambda: Tokens(lifetime=-5),
        lambda: attrs.evolve(Tokens(), lifetime=-5),
    ),
    "lifetime must be finite and above 0: 0 is not": (lambda: Tokens(lifetime=0),),
    "delay must be finite and not negative: -1 is not": (lambda: Tokens(delay=-1),),
    "after_bytes must be 0 or more: -1 is not": (lambda: Fault.cut(-1), lambda: Fault.stall(-1)),
    "bytes_per_second must be finite and above 0: 0 is not": (lambda: Fault.trickle(0),),
    "size must be 0 or more: -1 is not": (lambda: Fault.huge(-1),),
    "seconds must be finite and not negative: -1 is not": (lambda: Fault.delay(-1),),
    "times must be 1 or more: 0 is not": (lambda: emulator().script(Fault.reset(), times=0),),
    "page must be 1 or more: 0 is not": (lambda: emulator().script(Fault.reset(), page=0),),
    "count must be 0 or more: -1 is not": (lambda: emulator().release(-1),),
    "customers must be 1 or more: 0 is not": (lambda: Fleet.generate(1, 0),),
    "tenants must be 0 or more: -1 is not": (lambda: Fleet.generate(1, 1, tenants=-1),),
    "users must be 0 or more: -1 is not": (lambda: Fleet.generate(1, 1, users=-1),),
    "largest must be 0 or more: -1 is not": (lambda: Fleet.generate(1, 1, largest=-1),),
    "5 users need at least 1 tenant": (lambda: Fleet.generate(1, 1, tenants=0, users=5),),
    "tenant ('c', 't') cannot have -1 users": (lambda: Fleet.of({("c", "t"): -1}),),
}


@pytest.mark.parametrize(
    ("reason", "make"), [(reason, make) for reason, each in REFUSED.items() for make in each]
)
def test_nonsense_is_refused(reason: str, make: Callable[[], object]) -> None:
    """A ValueError names the setting, what it may be, and what it was."""
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}$"):
        make()


@pytest.mark.parametrize(
    "make",
    [
        lambda: Emulator(fleet=SMALL, port=65535, page_size_limit=1, page_cache=0, latency=0),
        lambda: Latency.uniform(2, 2),
        lambda: RateLimit.bucket(0.001, 1, status=400),
        lambda: RateLimit.window(1, 0.001, status=599),
        lambda: Tokens(lifetime=0.001, delay=0),
        lambda: [Fault.cut(0), Fault.stall(0), Fault.huge(0), Fault.delay(0), Fault.trickle(0.1)],
        lambda: emulator().script(Fault.reset(), page=1, times=1),
        lambda: emulator().release(0),
        lambda: Fleet.generate(1, 1, tenants=0, users=0, largest=0),
    ],
)
def test_the_least_that_makes_sense_is_taken(make: Callable[[], object]) -> None:
    """The bounds themselves are inside; only what lies beyond them raises."""
    make()


MISTAKEN: dict[str, Any] = {
    "fleet must be a Fleet, or a mapping of (customer_id, tenant_id) to users: [] is neither": [],
    "a tenant is named by a pair (customer_id, tenant_id): 'contoso' is none": {"contoso": 3},
    "a tenant is named by a pair (customer_id, tenant_id): (1, 2) is none": {(1, 2): 3},
    "the users of tenant ('c', 't') must be a number or a list: 'ada@x' is neither": {
        ("c", "t"): "ada@x"
    },
    "the users of tenant ('c', 't') must be a number or a list: None is neither": {
        ("c", "t"): None
    },
    "a user is a User, a mail address or a mapping: 5 is none of these": {("c", "t"): [5]},
}


@pytest.mark.parametrize(("reason", "fleet"), MISTAKEN.items())
def test_what_is_no_fleet_is_told_at_once(reason: str, fleet: Any) -> None:
    """A TypeError says what was wrong, before anything is served."""
    with pytest.raises(TypeError, match=f"^{re.escape(reason)}$"):
        Emulator(fleet=fleet)


def test_a_mapping_is_fleet_enough() -> None:
    """The emulator takes what `Fleet.of` takes."""
    assert Emulator(fleet={("c", "t"): 2, ("c", "u"): ["ada@x"]}).fleet.user_count == 3


def test_every_public_name_is_there_when_asked_for() -> None:
    """Names are loaded on demand, listed beforehand, and a misspelt one is an error."""
    assert set(testing.__all__) <= {*dir(testing)}
    assert all(getattr(testing, name) is not None for name in testing.__all__)
    assert sorted(testing.__all__, key=lambda name: (not name.isupper(), name)) == testing.__all__
    misspelt = "Emulater"
    with pytest.raises(AttributeError, match=misspelt):
        getattr(testing, misspelt)
