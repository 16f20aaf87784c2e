"""``avepoint-async customers``, and the customers that ``--customer`` names."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

import attrs
import typer
from rich.table import Table

from avepoint_async import AvePointClient, Customer
from avepoint_async.cli.console import complain
from avepoint_async.cli.exits import DONE, INCOMPLETE, Job, job
from avepoint_async.cli.options import Format, Pace, TableOutput
from avepoint_async.cli.output import Output, opened_output
from avepoint_async.cli.rows import Layout, Row
from avepoint_async.cli.service import opened
from avepoint_async.cli.tables import drawn, plain, plain_table
from avepoint_async.cli.words import counted

_COLUMNS = ("customer_id", "customer_name", "tenant_id", "tenant_name")


def customers(*, to: TableOutput, pace: Pace) -> Job:
    """List your customers and their tenants, with the ids that other commands take."""

    async def work() -> int:
        with opened_output(to.output) as out:
            async with opened(pace) as client:
                return await _list(client, out, Layout(to.form, raw=to.raw))

    return job(work)


async def _list(client: AvePointClient, out: Output, layout: Layout) -> int:
    walk = client.customers().walk()
    found: list[Customer] = []
    async for page in walk.pages():
        if layout.form is Format.TABLE:
            found += page.items
        else:
            header = layout.header(_COLUMNS) if page.index == 1 else []
            await out.put(header + layout.records(_rows(page.items)))
    if layout.form is Format.TABLE:
        await out.put_text(drawn(_table(found)))
    if walk.outcome.complete:
        return DONE
    complain(f"the list of customers is incomplete: {counted(walk.outcome.items, 'customer')}")
    return INCOMPLETE


def _rows(found: Iterable[Customer]) -> list[Row]:
    """A row for each tenant; a customer without one has a row, too."""
    return [
        dict(zip(_COLUMNS, (each.id, each.organization, *tenant), strict=True))
        for each in found
        for tenant in [attrs.astuple(tenant) for tenant in each.tenants] or [(None, None)]
    ]


def _table(found: Sequence[Customer]) -> Table:
    rows = _rows(found)
    table = plain_table("Customer", "Customer id", "Tenant", "Tenant id")
    for column in (table.columns[1], table.columns[3]):
        column.no_wrap = True  # an id is there to be copied, and half of it is none
    for row in rows:
        customer_id, customer_name, tenant_id, tenant_name = (row[name] or "" for name in _COLUMNS)
        table.add_row(*map(plain, (customer_name, customer_id, tenant_name, tenant_id)))
    tenants = sum(len(each.tenants) for each in found)
    table.caption = f"{counted(len(found), 'customer')}, {counted(tenants, 'tenant')}"
    return table


async def ids_of(client: AvePointClient, wanted: Sequence[str] | None) -> list[str] | None:
    """The ids of the customers that these ids and names mean; None if none is named.

    Raises:
        typer.BadParameter: there is no such customer, or there are several of that name.
    """
    if not wanted:
        return None
    found = await client.customers().collect()
    return [_id_of(each, found) for each in wanted]


def _id_of(wanted: str, found: Sequence[Customer]) -> str:
    key = _key(wanted)
    if by_id := [each.id for each in found if _key(each.id) == key]:
        return by_id[0]
    by_name = [each.id for each in found if _key(each.organization or "") == key]
    if len(by_name) == 1:
        return by_name[0]
    if by_name:
        message = f"several customers are named {wanted!r}; take an id: {', '.join(by_name)}"
    else:
        message = f"no customer has the id or the name {wanted!r}{_near(key, found)}"
    raise typer.BadParameter(message, param_hint="--customer")


def _near(key: str, found: Sequence[Customer]) -> str:
    spelt = {_key(text): text for each in found for text in (each.id, each.organization) if text}
    near = get_close_matches(key, spelt)
    words = " or ".join(repr(spelt[each]) for each in near)
    return f"; did you mean {words}?" if near else "; `avepoint-async customers` lists them all"


def _key(text: str) -> str:
    return text.strip().casefold()
