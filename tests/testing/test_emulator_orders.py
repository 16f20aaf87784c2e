"""Orders in JSON: what another process makes an emulator do, and what it is told otherwise."""

import asyncio
import re
from random import Random
from typing import Any

import pytest
from yarl import URL

from avepoint_async.testing import (
    Chaos,
    Customer,
    Dialect,
    Drift,
    Emulator,
    Fleet,
    Outage,
    RateLimit,
    Refusals,
    Silence,
    Tenant,
    User,
)
from avepoint_async.testing.orders import ORDERS, OrderError, carry_out
from tests.testing.raw import talking_to

REF, OTHER = ("c1", "t1"), ("c2", "t2")


def emulator() -> Emulator:
    """Two tenants, of three users and of one."""
    return Emulator(fleet=Fleet.of({REF: ["a@x", "b@x", "c@x"], OTHER: ["z@x"]}))


async def carried_out(**orders: Any) -> Emulator:
    """An emulator that was told this."""
    made = emulator()
    await carry_out(made, orders)
    return made


@pytest.mark.parametrize(
    ("orders", "dialect"),
    [
        ({"base": "tables", "null_text": "N/A"}, Dialect.tables(null_text="N/A")),
        (
            {"total": "page", "total_kinds": ["customers"]},
            Dialect(total="page", total_kinds=["customers"]),
        ),
        ({"filters": ["email"], "errors": "html"}, Dialect(filters=["email"], errors="html")),
        ({"echoed_size": 50, "user_id_key": None}, Dialect(echoed_size=50, user_id_key=None)),
        ({}, Dialect()),
    ],
)
async def test_the_dialect_is_ordered(orders: dict[str, Any], dialect: Dialect) -> None:
    """One of the revisions, and changes to it."""
    assert (await carried_out(dialect=orders)).dialect == dialect


@pytest.mark.parametrize(
    ("orders", "limit"),
    [
        ({"rate": 100, "burst": 10, "retry_after": 1}, RateLimit.bucket(100, 10, retry_after=1)),
        ({"limit": 5, "status": 503}, RateLimit.window(5, status=503)),
        ({}, None),
    ],
)
async def test_a_rate_limit_is_ordered(orders: dict[str, Any], limit: RateLimit | None) -> None:
    """A bucket by its rate, a window by its limit, or none."""
    assert (await carried_out(rate_limit=orders)).rate_limit == limit


async def test_latency_is_ordered() -> None:
    """Constant, uniform or log-normal, or none."""
    made = emulator()
    for orders, least, most in (
        ({"seconds": 2}, 2, 2),
        ({"low": 1, "high": 3}, 1, 3),
        ({"median": 2, "sigma": 0.01}, 1.8, 2.2),
    ):
        await carry_out(made, {"latency": orders})
        assert made.latency is not None
        assert least <= made.latency.draw(Random(1)) <= most
    await carry_out(made, {"latency": {}})
    assert made.latency is None


async def test_troubles_are_ordered_and_taken_back() -> None:
    """They add up, until everything is calm."""
    made = await carried_out(
        refuse={"share": 0.1, "status": 429, "retry_after": "soon"},
        outage={"away": 0.4, "every": 1.6},
        silence={},
        chaos={"reset": 0.1, "seed": 3},
        drift={"move": 0.5},
        quota=[{"tenant": "t2", "rate": 0.2}, {"customer": "c1", "limit": 3}],
        tokens={"lifetime": 5, "expires_in": "soon", "granted_scopes": ["a"]},
        script={"fault": "reset"},
    )
    assert made.troubles == (Refusals(0.1, 429, "soon"), Outage(0.4, 1.6), Silence())
    assert (made.chaos, made.drift) == (Chaos(reset=0.1, seed=3), Drift(move=0.5))
    assert made.quotas == {OTHER: RateLimit.bucket(0.2), REF: RateLimit.window(3)}
    assert (made.tokens.lifetime, made.tokens.expires_in) == (5, "soon")
    assert made.tokens.client_id == "emulated-client"
    await carry_out(made, {"calm": {}})
    assert not any([made.troubles, made.quotas, made.chaos, made.drift])
    assert made.script_left == 0


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({"fault": "status", "status": 503, "body": {"a": 1}}, 503),
        ({"fault": "status", "status": 429, "retry_after": 1.5, "headers": {"X-A": "b"}}, 429),
        ({"fault": "body", "text": "<html>", "status": 502, "content_type": "text/html"}, 502),
        ({"fault": "redirect", "location": "https://elsewhere.example"}, 307),
        ({"fault": "huge", "size": 10, "status": 201}, 201),
        ({"fault": "delay", "seconds": 0}, 200),
        ({"fault": "trickle", "bytes_per_second": 1e9}, 200),
    ],
)
async def test_faults_are_ordered(fault: dict[str, Any], status: int) -> None:
    """Each meets the request that it is meant for."""
    async with talking_to(await carried_out(script=fault)) as raw:
        assert [(await raw.users(REF)).status for _ in range(2)] == [status, 200]


async def test_a_fault_is_meant_for_some_requests() -> None:
    """By kind, tenant and page, as often as told."""
    order = {"fault": "status", "status": 500, "tenant": "t2", "page": 2, "times": 2}
    async with talking_to(await carried_out(script=[order, {**order, "kind": "customers"}])) as raw:
        assert (await raw.users(OTHER)).status == 200
        assert (await raw.users(REF, pageIndex=2)).status == 200
        assert [(await raw.users(OTHER, pageIndex=2)).status for _ in range(3)] == [500, 500, 200]
        assert raw.emulator.script_left == 2


def told(made: Emulator, ref: tuple[str, str] = REF) -> list[str]:
    """The addresses of a tenant."""
    return [user.email for user in made.fleet.users(ref)]


async def test_users_are_edited() -> None:
    """In the tenant named, or in the first; by address, by fields, or as a row."""
    made = await carried_out(
        insert=[
            {"user": "new@x"},
            {"user": {"email": "y@x", "modules": [[0, False]]}, "position": 1, "tenant": "t2"},
            {"user": {"email": "row@x", "moduleStatus": None}, "customer": "c2"},
        ],
        move={"position": 0, "target": 3},
        remove={"position": 0},
        replace={"position": 1, "user": "changed@x"},
    )
    assert told(made) == ["b@x", "changed@x", "new@x"]
    assert told(made, OTHER) == ["row@x", "z@x", "y@x"]
    assert made.fleet.users(OTHER)[2] == User("y@x", modules=((0, False),))
    assert made.fleet.users(OTHER)[0].wire == {"email": "row@x", "moduleStatus": None}


async def test_one_user_loses_protection() -> None:
    """Of the modules named; the others stay as they are."""
    made = await carried_out(protect={"position": 1, "mailbox": False})
    assert made.fleet.users(REF)[1].modules == ((0, False), (2, True))
    await carry_out(made, {"protect": {"position": 1, "mailbox": True, "onedrive": False}})
    assert made.fleet.users(REF)[1].modules == ((0, True), (2, False))


async def test_customers_are_edited() -> None:
    """They come with their tenants, move and go."""
    made = await carried_out(
        insert_customer={
            "customer": {"id": "c3", "organization": "Third", "tenants": [{"id": "t3"}]},
            "users": {"t3": ["ada@x", {"email": 5}]},
        },
        move_customer={"position": 0, "target": 1},
        remove_customer={"position": 2},
    )
    assert [customer.id for customer in made.fleet.customers()] == ["c1", "c3"]
    assert made.fleet.customers()[1] == Customer("c3", "Third", tenants=(Tenant("t3"),))
    assert told(made, ("c3", "t3")) == ["ada@x", ""]


async def test_answers_are_held_waited_for_and_released() -> None:
    """A test in another language waits by an order, too."""
    async with talking_to(await carried_out(hold={})) as raw:
        asking = [asyncio.ensure_future(raw.users(REF)) for _ in range(2)]
        await carry_out(raw.emulator, {"wait": {"arrived": 2, "kind": "users"}})
        await carry_out(raw.emulator, {"release": {"count": 1}, "wait": {"idle": 1}})
        done, _ = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
        assert len(done) == 1
        await carry_out(raw.emulator, {"release": {}, "wait": {"idle": 0}})
        assert {reply.status for reply in await asyncio.gather(*asking)} == {200}
        await carry_out(raw.emulator, {"hold": {"kinds": ["token"]}, "revoke_tokens": {}})
        assert (await raw.users(REF)).status == 401
        reader, writer = await asyncio.open_connection("127.0.0.1", URL(raw.emulator.url).port)
        await raw.users(REF)
        await carry_out(raw.emulator, {"drop_connections": {}})
        assert await reader.read() == b""
        writer.close()


@pytest.mark.parametrize(
    ("orders", "reason"),
    [
        ([], "orders are an object of names and members: [] is none"),
        ({"chaoss": {}}, "there is no order 'chaoss'; there are: dialect, tokens, latency,"),
        ({"chaos": 5}, "chaos: the members are an object: 5 is none"),
        ({"chaos": {"rest": 1}}, "chaos: Object contains unknown field `rest`"),
        ({"chaos": {"reset": "often"}}, "chaos: Expected `float`, got `str` - at `$.reset`"),
        ({"chaos": {"reset": 2}}, "chaos: "),
        ({"refuse": {}}, "refuse: Object missing required field `share`"),
        ({"refuse": {"share": 2}}, "refuse: share must be 0 to 1: 2.0 is not"),
        ({"dialect": {"base": "mine"}}, "dialect: base must be one of default, seed, seed_sample,"),
        ({"dialect": {"errors": "odd"}}, "dialect: Invalid enum value 'odd' - at `$.errors`"),
        ({"rate_limit": {"burst": 5}}, "rate_limit: a rate, or a limit of each period, is needed"),
        ({"script": {}}, "script: fault must be one of status, body, redirect, reset,"),
        ({"script": {"fault": "status"}}, "script: Object missing required field `status`"),
        ({"script": {"fault": "reset", "page": 0}}, "script: page must be 1 or more: 0 is not"),
        ({"script": {"fault": "reset", "kind": "user"}}, "script: Invalid enum value 'user'"),
        ({"insert": {"user": 5}}, "insert: Expected `str | object`, got `int` - at `$.user`"),
        ({"insert": {"user": {"email": 5}}}, "insert: Expected `str`, got `int` - at `$.email`"),
        ({"remove": {"position": 9}}, "remove: pop index out of range"),
        (
            {"remove": {"position": 0, "tenant": "t9"}},
            "remove: the fleet has no tenant 't9' of a customer None",
        ),
        ({"quota": {"tenant": "t9", "rate": 1}}, "quota: the fleet has no tenant 't9'"),
        ({"insert_customer": {"customer": {"id": "c1"}}}, "insert_customer: the fleet has a cust"),
    ],
)
async def test_an_order_that_makes_no_sense_is_told(orders: Any, reason: str) -> None:
    """Which it was, and what is wrong with it."""
    with pytest.raises(OrderError, match=f"^{re.escape(reason)}"):
        await carry_out(emulator(), orders)


def test_there_is_an_order_for_everything_that_can_be_said() -> None:
    """Each method of the emulator and of its fleet that changes something has one."""
    said = {"script", "hold", "release", "revoke_tokens", "drop_connections"}
    verbs = ("insert", "remove", "move", "replace")
    edits = {name for name in vars(Fleet) if name.startswith(verbs)}
    settings = {"dialect", "tokens", "latency", "rate_limit", "chaos", "drift"}
    assert said | edits | settings <= ORDERS.keys()
