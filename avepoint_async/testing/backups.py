"""What the backup did: overview, jobs, reports and protected objects, made up from the fleet.

Every count is that of the users: who is not protected fails in the latest job of that module.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import attrs

from avepoint_async.testing.delivery import Refusal
from avepoint_async.testing.dialect import NOT_AVAILABLE, Digits, Either, When
from avepoint_async.testing.fleet import Fleet
from avepoint_async.testing.generator import seed_of
from avepoint_async.testing.records import MAILBOX, ONEDRIVE, Asked, Made, Ref, User

_NIGHT = datetime(2026, 9, 14, 16, 17, 38, 601724, tzinfo=UTC)
_MICROSOFT_365_SCAN, _MICROSOFT_365 = 0, 7
_FINISHED, _FAILED, _WITH_EXCEPTION, _NOT_STARTED = 2, 3, 4, 13
_SUCCESS, _FAILURE = 0, 1
# SharePoint Online, Microsoft 365 Groups and Teams were bought by nobody.
_NEVER_RUN = (302, 304, 308)


@attrs.frozen
class _Part:
    """One module that is backed up, under the number or name that each endpoint has for it."""

    module: int
    service: str
    job_module: int
    object_type: int
    mailbox_type: str
    container: str


_PARTS = (
    _Part(MAILBOX, "Exchange Online", 303, 1, "User Mailbox", "Exchange mailboxes"),
    _Part(ONEDRIVE, "OneDrive for Business", 305, 17, "", "OneDrive"),
)


def overview(fleet: Fleet, asked: Asked) -> list[dict[str, Any]]:
    """For each tenant and module: objects found, objects protected."""
    owners = {customer.id: customer.owner_email for customer in fleet.customers()}
    return [
        {
            "customerId": ref.customer_id,
            "tenantId": ref.tenant_id,
            "customer": owners.get(ref.customer_id),
            "serviceType": "Cloud Backup for Microsoft 365",
            "serviceModule": part.service,
            "lastRunTime": Either(
                When(_run_at(ref.customer_id, part), "slashes"),
                When(_run_at(ref.customer_id, part), "epoch"),
            ),
            "totalScannedObjects": tenant.tally.listed[part.module],
            "totalProtectedObjects": tenant.tally.protected[part.module],
            "dataSizeStoredInAvePoint": Digits(tenant.tally.protected[part.module], " GB"),
            "dataSizeStoredInBYOS": NOT_AVAILABLE,
        }
        for ref, tenant in fleet.tenants_of(asked.customer) or ()
        for part in _PARTS
    ]


def jobs(fleet: Fleet, asked: Asked) -> list[dict[str, Any]]:
    """The latest scan, the latest job of each module, and modules that never ran."""
    tenants = fleet.tenants_of(asked.customer) or ()
    found = [
        (
            part,
            sum(tenant.tally.listed[part.module] for _, tenant in tenants),
            sum(tenant.tally.protected[part.module] for _, tenant in tenants),
        )
        for part in _PARTS
    ]
    scanned = sum(listed for _, listed, _ in found)
    rows = [_job(asked.customer, _MICROSOFT_365_SCAN, 0, scanned, scanned)]
    rows += [
        _job(asked.customer, _MICROSOFT_365, part.job_module, listed, protected)
        for part, listed, protected in found
    ]
    rows += [_job(asked.customer, _MICROSOFT_365, module, 0, 0) for module in _NEVER_RUN]
    return [
        row
        for row in rows
        if asked.wants("jobType", str(row["jobType"]))
        and asked.wants("jobModule", str(row["jobModule"]))
    ]


def job_report(fleet: Fleet, asked: Asked) -> Sequence[dict[str, Any]]:
    """Each object of the latest job of one module.

    Raises:
        Refusal: 404 for a job that the customer does not have.
    """
    customer, job = asked.customer, asked.parameters["job"]
    for part in _PARTS:
        if job == _job_id(customer, part.job_module):
            return Made(_listed(fleet, customer, part), partial(_reported, part))
    raise Refusal(404, "The job was not found.", "jobId")


def protected_objects(fleet: Fleet, asked: Asked) -> Sequence[dict[str, Any]]:
    """Each protected mailbox or OneDrive of a customer; of other modules none.

    Raises:
        Refusal: 400 for a module that is no number.
    """
    if not asked.parameters["module"].isdecimal():
        raise Refusal(400, "module must be an integer.", "module")
    for part in _PARTS:
        if int(asked.parameters["module"]) == part.module:
            listed = _listed(fleet, asked.customer, part)
            protected = [(ref, user) for ref, user in listed if user.is_protected(part.module)]
            return Made(protected, partial(_object, part))
    return []


def _listed(fleet: Fleet, customer: str, part: _Part) -> list[tuple[Ref, User]]:
    """The users of a customer who have this module."""
    return [
        (ref, user)
        for ref, tenant in fleet.tenants_of(customer) or ()
        for user in tenant.users
        if user.is_protected(part.module) is not None
    ]


def _job(customer: str, kind: int, module: int, total: int, done: int) -> dict[str, Any]:
    """One row of jobs; one that has nothing to do never started."""
    failed, started = total - done, total > 0
    status = _NOT_STARTED
    if started:
        status = _FINISHED if not failed else _WITH_EXCEPTION if done else _FAILED
    begin = _started_at(customer, module)
    length = timedelta(seconds=20 + total // 10)
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    end = begin + length
    job_id = _job_id(customer, module)
    return {
        "jobType": kind,
        "jobModule": module,
        "status": status,
        "jobId": job_id if started else "N/A",
        "name": f"Microsoft 365 {job_id}" if started else NOT_AVAILABLE,
        "totalCount": Digits(total),
        "failedCount": Digits(failed),
        "successfulCount": Digits(done),
        "skippedCount": Digits(0),
        "warningCount": Digits(0),
        "backupSize": f"{done * 1.07:.2f} GB",
        "startTime": When(begin) if started else NOT_AVAILABLE,
        "endTime": When(end) if started else NOT_AVAILABLE,
        "jobDuration": f"{minutes}m{seconds}s" if started else "0 S",
        "lastModifyTime": When(end) if started else NOT_AVAILABLE,
    }


def _reported(part: _Part, row: tuple[Ref, User]) -> dict[str, Any]:
    ref, user = row
    protected = user.is_protected(part.module)
    return {
        "title": user.display_name or user.email,
        "type": part.object_type,
        "sourceObjectLocation": user.email,
        "container": part.container,
        "size": _size(user, part) if protected else 0,
        "status": _SUCCESS if protected else _FAILURE,
        "finishTime": When(_run_at(ref.customer_id, part), "iso7"),
        "comment": "" if protected else "The object is not protected by any backup scope.",
        "errorCode": "" if protected else "NotInScope",
    }


def _object(part: _Part, row: tuple[Ref, User]) -> dict[str, Any]:
    ref, user = row
    return {
        "displayName": user.email,
        "mailboxType": part.mailbox_type,
        "containerName": part.container,
        "tenantId": ref.tenant_id,
        "size": _size(user, part),
    }


def _size(user: User, part: _Part) -> int:
    return seed_of(user.email, part.module) % 50_000_000_000


def _started_at(customer: str, module: int) -> datetime:
    return _NIGHT - timedelta(seconds=seed_of(customer, module) % 86_400)


def _run_at(customer: str, part: _Part) -> datetime:
    return _started_at(customer, part.job_module)


def _job_id(customer: str, module: int) -> str:
    bits = seed_of("job", customer, module)
    return f"CFB{_started_at(customer, module):%Y%m%d%H%M%S}{bits % 1_000_000:06}"
