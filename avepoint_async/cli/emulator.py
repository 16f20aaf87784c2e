"""``avepoint-async demo`` and ``emulate``: the same without an account, on this machine alone."""

from contextlib import AsyncExitStack
from typing import Annotated

import typer

from avepoint_async import AvePointClient, Progress
from avepoint_async.cli.console import PROGRAM, say
from avepoint_async.cli.coverage_table import By, CoverageByTenant, coverage_table
from avepoint_async.cli.exits import Job, job
from avepoint_async.cli.fleet_run import FleetRun
from avepoint_async.cli.options import Concurrency
from avepoint_async.cli.output import opened_output
from avepoint_async.cli.progress import Glimpse, fleet_glimpse, surface
from avepoint_async.cli.tables import drawn
from avepoint_async.cli.words import counted

_USERS_PER_CUSTOMER = 5_000

_NEXT = (
    "Next, your own customers: set AVEPOINT_CLIENT_ID and AVEPOINT_CLIENT_SECRET,",
    f"try `{PROGRAM} doctor`, and then `{PROGRAM} coverage`.",
)

PASSED_ON = {
    "allow_extra_args": True,
    "ignore_unknown_options": True,
    "help_option_names": list[str](),
}
"""What typer must know of `emulate`: that its arguments are none of typer's business."""


def demo(
    *,
    customers: Annotated[
        int, typer.Option(min=1, metavar="N", help="Made-up customers of the emulator.")
    ] = 4,
    seed: Annotated[int, typer.Option(metavar="N", help="Of what is made up.")] = 16,
    concurrency: Concurrency = 16,
) -> Job:
    """See it work in a few seconds, without an account and without a network.

    Starts an emulator of the service on this machine, streams the users of all its tenants at
    once, over real HTTP, and shows how many mailboxes and OneDrives are protected.
    """
    return job(_demonstrate, customers, seed, concurrency)


async def _demonstrate(customers: int, seed: int, concurrency: int) -> int:
    from avepoint_async.testing import Emulator, Fleet, Latency  # noqa: PLC0415  # of this alone

    # So that there is something to see; the real service takes longer.
    latency = Latency.lognormal(0.12)
    made_up = Fleet.generate(seed, customers, users=customers * _USERS_PER_CUSTOMER)
    tenants = len(made_up.refs())

    def look(progress: Progress, elapsed: float) -> Glimpse:
        return fleet_glimpse(progress, elapsed, tenants)

    async with AsyncExitStack() as stack:
        out = stack.enter_context(opened_output(None))
        say(f"No account needed: an emulator on this machine serves {counted(tenants, 'tenant')}.")
        emulator = await stack.enter_async_context(
            Emulator(fleet=made_up, latency=latency, seed=seed, record=False)
        )
        client = await stack.enter_async_context(
            AvePointClient(
                emulator.credential, environment=emulator.environment, concurrency=concurrency
            )
        )
        fleet = await stack.enter_async_context(client.protected_users_across(client.tenants()))
        place = surface(rows_on_stdout=False)
        run = FleetRun(client=client, fleet=fleet, place=place, look=look)
        counts = CoverageByTenant()
        status = await run.run(counts.count)
        await out.put_text(drawn(coverage_table(By.TENANT, counts.lines(run, By.TENANT))))
    for line in _NEXT:
        say(line)
    return status


def emulate(context: typer.Context) -> Job:
    """Run the emulator of the service until Ctrl-C, for tests in any language.

    It prints the settings to export. This is `python -m avepoint_async.testing`, and takes the
    same options: `avepoint-async emulate --help` lists them.
    """
    arguments = list(context.args)

    def run() -> int:
        from avepoint_async.testing.command import main  # noqa: PLC0415  # of this command alone

        return main(arguments, program=context.command_path)

    return run
