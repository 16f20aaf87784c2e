"""``avepoint-async jobs``: the latest backup job of each module of each customer."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table

from avepoint_async import Customer
from avepoint_async.cli.by_customer import ByCustomer
from avepoint_async.cli.exits import Job, job
from avepoint_async.cli.options import Customers, Format, Pace, TableOutput
from avepoint_async.cli.output import opened_output
from avepoint_async.cli.rows import Layout, Row
from avepoint_async.cli.service import opened
from avepoint_async.cli.tables import drawn, plain, plain_table
from avepoint_async.cli.words import counted, words_of
from avepoint_async.resources.backup_jobs import BACKUP_JOBS, BackupJob, JobStatus

_BAD = frozenset({JobStatus.FAILED, JobStatus.FAILED_TO_START, JobStatus.FINISHED_WITH_EXCEPTION})
_COLUMNS = (
    *("customer_id", "customer_name", "job_type", "module", "status", "job_id", "name"),
    *("total", "successful", "failed", "skipped", "warning"),
    *("start_time", "end_time", "duration", "size"),
)


def jobs(
    *,
    failed: Annotated[
        bool,
        typer.Option("--failed", metavar="", help="Only jobs that failed, as a whole or in part."),
    ] = False,
    customer: Customers = None,
    to: TableOutput,
    pace: Pace,
) -> Job:
    """List the latest backup job of each module of each customer.

    Exit status 3: some customers could not be read; each of them is named.
    """

    async def work() -> int:
        with opened_output(to.output) as out:
            async with opened(pace) as client:
                asked = await ByCustomer.found(client, customer)
                found = await asked.lists("jobs", BACKUP_JOBS, asked.refs)
            rows = [
                _row(each, one)
                for each in asked.customers
                for one in found.get(each.ref, ())
                if has_failed(one) or not failed
            ]
            if to.form is Format.TABLE:
                await out.put_text(drawn(_table(rows)))
            else:
                layout = Layout(to.form, raw=to.raw)
                await out.put(layout.header(_COLUMNS) + layout.records(rows))
            return asked.status

    return job(work)


def has_failed(one: BackupJob) -> bool:
    """Whether a job failed, as a whole or of some objects."""
    return one.status in _BAD or bool(one.failed_count)


def _row(customer: Customer, one: BackupJob) -> Row:
    return {
        "customer_id": customer.id,
        "customer_name": customer.organization,
        "job_type": words_of(one.job_type),
        "module": words_of(one.job_module),
        "status": words_of(one.status),
        "job_id": one.job_id,
        "name": one.name,
        "total": one.total_count,
        "successful": one.successful_count,
        "failed": one.failed_count,
        "skipped": one.skipped_count,
        "warning": one.warning_count,
        "start_time": one.start_time and one.start_time.isoformat(),
        "end_time": one.end_time and one.end_time.isoformat(),
        "duration": one.job_duration,
        "size": one.backup_size,
    }


def _table(rows: Sequence[Row]) -> Table:
    table = plain_table("Customer", "Job", "Module", "Status", "Failed", "Of", "Ended")
    for column in table.columns[4:6]:
        column.justify = "right"
    for row in rows:
        table.add_row(
            plain(row["customer_name"] or row["customer_id"]),
            *(plain(row[name]) for name in ("job_type", "module", "status")),
            *("-" if row[name] is None else f"{row[name]:,}" for name in ("failed", "total")),
            (row["end_time"] or "-").partition("T")[0],
        )
    table.caption = counted(len(rows), "job")
    return table
