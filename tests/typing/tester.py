"""The emulator and the fixtures as a tester writes them: checked like `consumer.py`, never run."""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from typing import assert_type

import pytest

from avepoint_async import AvePointClient, ClientSecret, Environment
from avepoint_async.testing import (
    COSTS_SCOPE,
    CUSTOMERS_SCOPE,
    DIRECTORY_SCOPE,
    JOBS_SCOPE,
    LICENSE_SCOPE,
    USERS_SCOPE,
    Chaos,
    Customer,
    Dialect,
    Drift,
    Edit,
    Emulator,
    ExpiresIn,
    Fault,
    Fleet,
    Kind,
    Latency,
    Outage,
    RateLimit,
    Recorded,
    Ref,
    Refusals,
    Silence,
    Tenant,
    ThreadedEmulator,
    Tokens,
    Trouble,
    User,
)


def make_fleets() -> list[Fleet]:
    """Listed, made up, and the document's own."""
    ada = User("ada@x", "Ada", ((0, True), (2, False)), id="u-1")
    owner = Customer("c", organization="Contoso", tenants=(Tenant("t", "Main"), Tenant("u")))
    listed = Fleet.of({("c", "t"): [ada, "alan@x", {"email": 7}], ("c", "u"): 9}, customers=[owner])
    made = Fleet.generate(1, 20, tenants=40, users=9000, sizes="zipf", largest=500)
    assert_type(ada.is_protected(0), bool | None)
    assert_type(listed, Fleet)
    assert_type(listed.refs(), list[Ref])
    assert_type(listed.customers(), list[Customer])
    assert_type(listed.users(("c", "t")), Sequence[User])
    assert_type(listed.user_count, int)
    listed.insert(("c", "t"), 0, "zoe@x")
    listed.move(("c", "t"), 0, 1)
    assert_type(listed.remove(("c", "t"), 0), User)
    return [listed, made, Fleet.seed_sample()]


def make_dialects() -> list[Dialect]:
    """Every revision, and one of the tester's own."""
    own = Dialect(envelope="bare", echoed_size=50, oversize="refuse", errors="html", short=1)
    known = [Dialect.seed(total_off=1), Dialect.seed_sample(), Dialect.tables(), Dialect.current()]
    assert_type(known, list[Dialect])
    return [own, Dialect.bare_list(), *known]


def make_faults(event: asyncio.Event) -> list[Fault]:
    """Everything that can go wrong with an answer."""
    faults = [
        Fault.status(429, retry_after=1.5),
        Fault.status(503, body={"error": "busy"}, headers={"Content-Type": "text/plain"}),
        Fault.body(b"<html>", status=502, content_type="text/html"),
        Fault.redirect("https://elsewhere.example", status=302),
        Fault.reset(),
        Fault.cut(10),
        Fault.wrong_length(-1),
        Fault.trickle(100),
        Fault.bad_gzip(),
        Fault.huge(10**9, compressed=True),
        Fault.stall(5),
        Fault.delay(0.1),
        Fault.until(event),
    ]
    assert_type(faults, list[Fault])
    return faults


def make_troubles() -> list[Trouble]:
    """What makes a service unreliable."""
    scopes = [COSTS_SCOPE, DIRECTORY_SCOPE, JOBS_SCOPE, LICENSE_SCOPE]
    assert_type(scopes, list[str])
    return [Refusals(share=0.1, status=429), Outage(away=0.4, every=1.6), Silence()]


def make_emulator(context: ssl.SSLContext) -> Emulator:
    """With every setting."""
    expiry = Tokens(expires_in=ExpiresIn.ABSENT, granted_scopes=[USERS_SCOPE, CUSTOMERS_SCOPE])
    return Emulator(
        fleet=make_fleets()[0],
        dialect=make_dialects()[0],
        page_size_limit=50,
        default_page_size=20,
        latency=Latency.lognormal(0.2),
        rate_limit=RateLimit.bucket(100, 10, retry_after=1),
        tokens=expiry,
        chaos=Chaos(seed=1, reset=0.1, throttle=0.1, retry_after="soon"),
        drift=Drift(seed=1, insert=0.1, remove=0.1, move=0.1),
        quotas={Ref("c", "t"): RateLimit.bucket(1)},
        troubles=make_troubles(),
        on_page=lambda recorded: None,
        seed=1,
        record=False,
        page_cache=0,
        port=8443,
        ssl_context=context,
        clock=lambda: 5.0,
        wall_clock=lambda: 5.0,
    )


async def run(emulator: Emulator) -> None:
    """What a test asks of it while it runs."""
    async with emulator as running:
        assert_type(running, Emulator)
        assert_type(running.url, str)
        assert_type(running.environment, Environment)
        assert_type(running.credential, ClientSecret)
        assert_type(running.settings, dict[str, str])
        assert_type(running.fleet, Fleet)
        await running.arrived(3, "users")
        await running.idle()
        assert_type(running.in_flight + running.peak_in_flight + running.refused, int)
        assert_type(running.connections, int)
        assert_type(running.edits, list[Edit])
        assert_type(running.script_left, float)
        for recorded in running.requests + running.token_requests + running.api_requests:
            read_request(recorded)


def read_request(recorded: Recorded) -> None:
    """What is kept of a request."""
    assert_type(recorded.kind, Kind)
    assert_type(recorded.query, dict[str, str])
    assert_type(recorded.headers, Mapping[str, str])
    assert_type(recorded.body, bytes)
    assert_type(recorded.form, dict[str, str])
    assert_type(recorded.customer_id, str | None)
    assert_type(recorded.page_index, int | None)
    assert_type(recorded.status, int | None)


def change(emulator: Emulator, faults: list[Fault]) -> None:
    """What a test says to it while it runs."""
    emulator.script(*faults, kind="customers", tenant=Ref("c", "t"), page=2, times=None)
    emulator.clear_script()
    emulator.hold("users", "token")
    emulator.release(1)
    emulator.revoke_tokens()
    emulator.drop_connections()
    emulator.tokens = Tokens(lifetime=2, delay=0.1, certificate=b"-----BEGIN")
    emulator.dialect = Dialect()
    emulator.rate_limit = RateLimit.window(5, 1.0, status=503)
    emulator.latency = 0.5
    emulator.latency = Latency.uniform(0, 1)
    emulator.latency = Latency.constant(1)


def run_in_thread() -> str:
    """Where no event loop runs."""
    with ThreadedEmulator(fleet=Fleet.of({("c", "t"): 5}), latency=0.1) as emulator:
        assert_type(emulator, ThreadedEmulator)
        change(emulator, [Fault.reset()])
        return emulator.url


@pytest.fixture
def avepoint_fleet() -> Fleet:
    """What the plugin's emulator holds."""
    return Fleet.of({("c", "t"): ["ada@x"]})


@pytest.mark.avepoint(latency=0.1)
async def use_fixtures(
    avepoint_emulator: Emulator, avepoint_client: AvePointClient, avepoint_settings: dict[str, str]
) -> None:
    """A test with everything that the plugin gives."""
    assert_type(await avepoint_client.protected_users("c", "t").count(), int)
    assert_type(avepoint_emulator.requests, list[Recorded])
    assert_type(avepoint_settings["AVEPOINT_GRAPH_URL"], str)
