"""The latest backup job of each module of a customer.

Source: AvePoint Graph API, *Get customer jobs*.
"""

from collections.abc import Callable
from datetime import datetime

import attrs
import msgspec

from avepoint_async.paging.endpoint import Endpoint
from avepoint_async.wire.values import OpenEnum


class JobType(OpenEnum):
    """What is backed up, or scanned for it."""

    MICROSOFT_365_SCAN = 0
    MICROSOFT_365 = 7
    GOOGLE_WORKSPACE_SCAN = 10
    GOOGLE_WORKSPACE = 11
    IAAS_PAAS = 12
    SALESFORCE = 15
    DYNAMICS_365 = 16


class JobStatus(OpenEnum):
    """How a job stands."""

    NONE = 0
    RUNNING = 1
    FINISHED = 2
    FAILED = 3
    FINISHED_WITH_EXCEPTION = 4
    SKIPPED = 5
    PENDING = 6
    FAILED_TO_START = 7
    CANCELED = 8
    REJECTED = 9
    STOPPED = 10
    NOT_SCANNED = 11
    DISABLED = 12
    NOT_STARTED = 13
    WAITING_FOR_CONFIGURATION = 14


class JobModule(OpenEnum):
    """The module that a job is for."""

    NONE = 0
    ARCHIVER = 8
    RETENTION = 10
    SHAREPOINT_ONLINE = 302
    EXCHANGE_ONLINE = 303
    MICROSOFT_365_GROUPS = 304
    ONEDRIVE = 305
    PROJECT_ONLINE = 306
    EXCHANGE_PUBLIC_FOLDERS = 307
    TEAMS = 308
    TEAMS_CHAT = 309
    POWER_BI = 310
    POWER_AUTOMATE = 311
    POWER_APPS = 312
    CLOUD_BACKUP_FOR_AZURE = 355
    AZURE_VM = 356
    DISK = 357
    ENTRA_ID = 358
    STORAGE = 359
    ADMIN_PORTAL_SETTINGS = 360
    AMAZON_EC2 = 361
    NATIVE_AZURE_SQL_BACKUP_MONITORING = 362
    DEVOPS = 363
    ENTRA_ID_B2C = 364
    AZURE_SQL_BACKUP = 365
    GOOGLE_VM_INSTANCE = 366
    AZURE_VMWARE_SOLUTION = 367
    SQL_SERVER_IN_AZURE_VM = 368
    GOOGLE_CLOUD_STORAGE = 369
    COSMOS_DB = 370
    AZURE_POSTGRESQL = 371
    DYNAMICS_365 = 401
    VIVA_ENGAGE = 402
    COPILOT_STUDIO_AGENTS = 405
    GMAIL = 501
    CALENDAR = 502
    CONTACTS = 503
    DRIVE = 504
    SHARED_DRIVES = 505
    GOOGLE_CLASSROOM = 506
    GOOGLE_CHAT = 507
    GOOGLE_DIRECTORY = 508
    DYNAMICS_CRM_BACKUP = 550
    DYNAMICS_UNIFIED_OPERATIONS_BACKUP = 551


@attrs.frozen(kw_only=True)
class BackupJob:
    """The latest job of one module. Rows have no key: two that are equal are two jobs.

    Attributes:
        job_type: what is backed up.
        job_module: the module.
        status: how the job stands.
        job_id: the job's id, for `AvePointClient.job_report`; None for one that never ran.
        name: the job's name.
        total_count: objects that the job is about.
        failed_count: those that failed.
        successful_count: those that were backed up.
        skipped_count: those that were skipped.
        warning_count: those that were backed up with a warning.
        backup_size: what was backed up, as text with its unit.
        start_time: when it began.
        end_time: when it ended.
        job_duration: how long it took, as the service writes it, such as "1h13m30s".
        last_modify_time: when its entry last changed.

    All but the three codes are None where the service has no value.

    Source: AvePoint Graph API, *Get customer jobs*.
    """

    job_type: JobType
    job_module: JobModule
    status: JobStatus
    job_id: str | None = None
    name: str | None = None
    total_count: int | None = None
    failed_count: int | None = None
    successful_count: int | None = None
    skipped_count: int | None = None
    warning_count: int | None = None
    backup_size: str | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    job_duration: str | None = None
    last_modify_time: datetime | None = None


BACKUP_JOBS = Endpoint(
    path="/partner/external/v3/general/customers/{customer_id}/avpt-products/jobs/batch",
    scopes=frozenset({"elements.jobs.read.all"}),
    record=BackupJob,
)


def jobs_filter(job_type: JobType | None, module: JobModule | None) -> bytes:
    """The request body that asks for some jobs."""
    given = {"jobType": job_type, "jobModule": module}
    return msgspec.json.encode({key: int(code) for key, code in given.items() if code is not None})


def keep_jobs(
    job_type: JobType | None, module: JobModule | None
) -> Callable[[BackupJob], bool] | None:
    """Which jobs were asked for; None: all. A revision may ignore the filter."""
    if job_type is None and module is None:
        return None
    return lambda job: job_type in (None, job.job_type) and module in (None, job.job_module)
