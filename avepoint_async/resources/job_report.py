"""What one backup job did, object by object.

Source: AvePoint Graph API, *Get customer job reports*.
"""

from datetime import datetime

import attrs

from avepoint_async.paging.endpoint import Endpoint
from avepoint_async.paging.skip_token import SkipToken
from avepoint_async.wire.values import OpenEnum


class ReportedType(OpenEnum):
    """What kind of object a job reports on."""

    MAILBOX = 1
    SITE_COLLECTION = 2
    USER = 17
    CANVAS = 20
    WORKSPACE = 21
    FLOW = 23
    AGENT = 24
    VIVA_ENGAGE_METADATA = 25
    MICROSOFT_365_GROUP_METADATA = 26
    TEAMS_METADATA = 27


class ReportedStatus(OpenEnum):
    """How the backup of one object ended."""

    SUCCESS = 0
    FAILED = 1
    SKIPPED = 2
    FILTERED = 3
    WARNING = 4


@attrs.frozen(kw_only=True)
class JobReportRow:
    """One object of one job. Rows have no key.

    Attributes:
        title: the object's name.
        status: how its backup ended.
        type: what kind of object it is.
        source_object_location: where it is in Microsoft 365, such as an address.
        container: what holds it.
        size: its size in bytes.
        finish_time: when it was done.
        comment: what the job says of it.
        error_code: the error's code; empty where there is none.

    All but the title and the status are None where the service has no value.

    Source: AvePoint Graph API, *Get customer job reports*.
    """

    title: str
    status: ReportedStatus
    type: ReportedType | None = None
    source_object_location: str | None = None
    container: str | None = None
    size: int | None = None
    finish_time: datetime | None = None
    comment: str | None = None
    error_code: str | None = None


JOB_REPORT = Endpoint(
    method="GET",
    path="/partner/external/v3/general/customers/{customer_id}/jobs/{job_id}/report-details",
    scopes=frozenset({"elements.jobs.read.all"}),
    record=JobReportRow,
    paging=SkipToken(page_size=1000),
)
