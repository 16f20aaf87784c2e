"""``avepoint-async demo``: the main job against an emulator of the service, without an account."""

import asyncio
from collections import defaultdict
from typing import Annotated

import typer

from avepoint_async import AvePointClient, TenantRef
from avepoint_async.cli.coverage import Coverage
from avepoint_async.cli.exits import FINE
from avepoint_async.cli.figures import counted, fleet_glimpse, summary
from avepoint_async.cli.logs import show_more
from avepoint_async.cli.options import Concurrency, Job, Verbose
from avepoint_async.cli.outlet import put_text
from avepoint_async.cli.progress import Display, surface
from avepoint_async.cli.streams import PROGRAM, say
from avepoint_async.cli.tables import coverage_table, drawn
from avepoint_async.testing import Emulator, Fleet, Latency

_USERS_PER_CUSTOMER = 5_000
_LATENCY = Latency.lognormal(0.12)
"""Seconds for each request, so that there is something to see; the real service takes longer."""

_NEXT = (
    "Next, your own customers: set AVEPOINT_CLIENT_ID and AVEPOINT_CLIENT_SECRET,",
    f"try `{PROGRAM} doctor`, and then `{PROGRAM} fleet`.",
)


def demo(
    *,
    customers: Annotated[
        int, typer.Option(min=1, metavar="N", help="Made-up customers of the emulator.")
    ] = 4,
    seed: Annotated[int, typer.Option(metavar="N", help="Of what is made up.")] = 16,
    concurrency: Concurrency = 16,
    verbose: Verbose = 0,
) -> Job:
    """See it work in a few seconds, without an account and without a network.

    Starts an emulator of the service on this machine, streams the users of all its tenants at
    once, over real HTTP, and shows how many mailboxes and OneDrives are protected.
    """
    show_more(verbose)
    return lambda: asyncio.run(_demonstrate(customers, seed, concurrency))


async def _demonstrate(customers: int, seed: int, concurrency: int) -> int:
    made_up = Fleet.generate(seed, customers, users=customers * _USERS_PER_CUSTOMER)
    names = _names(made_up)
    say(f"No account needed: an emulator on this machine serves {counted(len(names), 'tenant')}.")
    coverage: dict[TenantRef, Coverage] = defaultdict(Coverage)
    async with (
        Emulator(fleet=made_up, latency=_LATENCY, seed=seed, record=False) as emulator,
        AvePointClient(
            emulator.credential, environment=emulator.environment, concurrency=concurrency
        ) as client,
        client.protected_users_across(client.tenants()) as fleet,
        Display(
            lambda elapsed: fleet_glimpse(fleet.progress, elapsed, len(names)),
            surface(rows_on_stdout=False),
        ) as display,
    ):
        async for tenant, page in fleet.pages():
            coverage[tenant].count(page.items)
    elapsed = display.elapsed
    in_order = {tenant: coverage[tenant] for tenant in names}
    await put_text(drawn(coverage_table(in_order, names)))
    say(summary(fleet.progress, elapsed))
    for line in _NEXT:
        say(line)
    return FINE


def _names(made_up: Fleet) -> dict[TenantRef, str]:
    """What people call each tenant: its customer, and which of its tenants it is."""
    return {
        TenantRef(
            customer.id, tenant.id
        ): f"{customer.organization} / {tenant.name or f'tenant {place}'}"
        for customer in made_up.customers()
        for place, tenant in enumerate(customer.tenants, 1)
    }
