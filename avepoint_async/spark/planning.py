"""Who reads what: the tenants of a query, dealt out to its partitions. Runs once a query."""

import asyncio
from collections.abc import Collection, Iterable, Sequence

import attrs

from avepoint_async import ConfigurationError, IncompleteError, TenantRef, WalkOutcome
from avepoint_async.snapshots import Run
from avepoint_async.spark.nights import check_night, customers_of, open_run, problem_of, tenants_of
from avepoint_async.spark.options import Options, make_client

_MOST_NAMED = 3


@attrs.frozen(kw_only=True)
class Share:
    """What one partition reads; it is sent to a worker, and holds ids and names alone.

    Attributes:
        tenants: whose rows.
        of: how many partitions there are, which share the rate.
        problem: why the list of tenants is not whole, for the one partition that tells it.
        run: the run of a history; None: the service is asked.
    """

    tenants: tuple[TenantRef, ...] = ()
    of: int = 1
    problem: str | None = None
    run: str | None = None


def plan(options: Options) -> list[Share]:
    """What each partition reads: at least one, and none without a tenant beside others.

    Raises:
        AvePointError: the customers cannot be listed, a setting or an id is wrong, or the history
            cannot be read; with ``onError=fail`` a list or a history that is not whole.
    """
    if options.history is not None:
        return _plan_night(options)
    if options.table == "customers":
        return [Share()]
    with asyncio.Runner() as runner:
        tenants, problem = runner.run(_discover(options))
    count = max(1, min(options.partitions, len(tenants)))
    # Dealt round: nobody knows beforehand how large they are.
    return _shares([tenants[k::count] for k in range(count)], problem)


def _plan_night(options: Options) -> list[Share]:
    # Told to every partition: the latest run may be another one soon.
    run = open_run(options)
    _check_customers(run, options)
    if options.on_error == "fail":
        check_night(run, options)
    problem = problem_of(run)
    if options.table == "customers":
        return [Share(problem=problem, run=run.id)]
    tenants = tenants_of(run, options)
    _check_found(options, tenants, whole=problem is None)
    sizes = [run.outcomes[tenant].items for tenant in tenants]
    return _shares(neighbours(tenants, sizes, options.partitions), problem, run.id)


def _check_customers(run: Run, options: Options) -> None:
    """See that the run knows every customer that was asked for.

    Raises:
        ConfigurationError: it does not.
    """
    there = customers_of(run)
    missing = [each for each in options.customers if each.casefold() not in there]
    if missing:
        message = f"the option customers names {_named(missing)}, which run {run.id} does not know"
        raise ConfigurationError(message)


def neighbours(
    tenants: Sequence[TenantRef], sizes: Iterable[int], parts: int
) -> list[list[TenantRef]]:
    """The tenants in parts of about as many users, each of neighbours: they stand in one file."""
    sizes = list(sizes)
    dealt: list[list[TenantRef]] = [[] for _ in range(parts)]
    total, before = max(1, sum(sizes)), 0
    for tenant, size in zip(tenants, sizes, strict=True):
        dealt[min(parts - 1, before * parts // total)].append(tenant)
        before += size
    return [part for part in dealt if part] or [[]]


def _shares(
    dealt: Sequence[Sequence[TenantRef]], problem: str | None, run: str | None = None
) -> list[Share]:
    shares = [Share(tenants=tuple(part), of=len(dealt), run=run) for part in dealt]
    return [attrs.evolve(shares[0], problem=problem), *shares[1:]]


async def _discover(options: Options) -> tuple[list[TenantRef], str | None]:
    fails = options.on_error == "fail"
    async with make_client(options, strict=fails) as client:
        tenants = client.tenants(customer_ids=options.customers or None)
        # A pair that the service lists twice would be read by two partitions.
        found = list(dict.fromkeys([tenant async for tenant in tenants]))
    problem = None
    if not tenants.outcome.complete:
        problem = why_not_whole(
            tenants.outcome, options.customers, {each.customer_id for each in found}
        )
        if fails:
            raise IncompleteError(problem, outcome=tenants.outcome)
    if options.tenants:
        wanted = {each.casefold() for each in options.tenants}
        found = [tenant for tenant in found if tenant.tenant_id.casefold() in wanted]
    _check_found(options, found, whole=problem is None)
    return found, problem


def why_not_whole(outcome: WalkOutcome, asked: Iterable[str], shown: Collection[str]) -> str:
    """What to say of a list of customers that is not whole."""
    there = {each.casefold() for each in shown}
    missing = [each for each in asked if each.casefold() not in there]
    parts = [f"{outcome.items} customers were shown and {outcome.total_count} promised"]
    if outcome.unreadable:
        parts.append(f"{outcome.unreadable} were left out")
    if missing:
        parts.append(f"nothing was found of {_named(missing)}")
    return f"the customer list is incomplete: {', '.join(parts)}"


def _check_found(options: Options, found: Iterable[TenantRef], *, whole: bool) -> None:
    """See that every tenant that was asked for is there.

    Raises:
        ConfigurationError: one is not, though the list is whole.
    """
    there = {each.tenant_id.casefold() for each in found}
    missing = [each for each in options.tenants if each.casefold() not in there]
    if missing and whole:
        message = (
            f"the option tenants names {_named(missing)}, which is among the tenants of no "
            "customer that was asked for"
        )
        raise ConfigurationError(message)


def _named(ids: Sequence[str]) -> str:
    more = len(ids) - _MOST_NAMED
    return ", ".join(ids[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
