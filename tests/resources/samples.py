"""What the service documents of each endpoint: a row as its sample shows it, and what it means."""

from datetime import UTC, datetime
from typing import Any

import attrs

from avepoint_async.resources import Endpoint
from avepoint_async.resources.app_consent import AppConsent, ConsentProduct, app_consent
from avepoint_async.resources.backup_jobs import (
    BACKUP_JOBS,
    BackupJob,
    JobModule,
    JobStatus,
    JobType,
)
from avepoint_async.resources.backup_overview import BACKUP_OVERVIEW, BackupOverview
from avepoint_async.resources.directory_users import DIRECTORY_USERS, DirectoryUser, UserStatus
from avepoint_async.resources.job_report import (
    JOB_REPORT,
    JobReportRow,
    ReportedStatus,
    ReportedType,
)
from avepoint_async.resources.microsoft_seats import MICROSOFT_SEATS, MicrosoftSeats, SeatVendor
from avepoint_async.resources.protected_objects import (
    ObjectModule,
    ProtectedObject,
    protected_objects,
)
from avepoint_async.resources.purchased_seats import Product, PurchasedSeats, purchased_seats
from avepoint_async.resources.subscriptions import (
    SUBSCRIPTIONS,
    CustomerSubscriptions,
    Subscription,
)
from avepoint_async.resources.tenant_info import (
    TENANT_INFO,
    AadEnvironment,
    PlatformEnvironment,
    TenantInfo,
)


@attrs.frozen(kw_only=True)
class Sample:
    """One row of one endpoint.

    Attributes:
        endpoint: the endpoint.
        method: how it is asked.
        path: the documented path, with the ids that the tests use.
        scope: the documented permission.
        row: the row as it travels.
        record: what it means.
        required: keys without which there is no row.
    """

    endpoint: Endpoint[Any]
    method: str
    path: str
    scope: str
    row: dict[str, Any]
    record: Any
    required: frozenset[str]


GENERAL = "/partner/external/v3/general/customers"

SAMPLES = {
    "backup_overview": Sample(
        endpoint=BACKUP_OVERVIEW,
        method="GET",
        path=f"{GENERAL}/C/cloud-backup-m365/overview",
        scope="elements.cbprotected.read.all",
        row={
            "customerId": "c-1",
            "tenantId": "t-1",
            "customer": "o@x.example",
            "serviceType": "Cloud Backup for Microsoft 365",
            "serviceModule": "Exchange Online",
            "lastRunTime": "10/02/2026T03:04:05Z",
            "totalScannedObjects": 130,
            "totalProtectedObjects": 109,
            "dataSizeStoredInAvePoint": "109 GB",
            "dataSizeStoredInBYOS": "N/A",
        },
        record=BackupOverview(
            customer_id="c-1",
            tenant_id="t-1",
            customer="o@x.example",
            service_type="Cloud Backup for Microsoft 365",
            service_module="Exchange Online",
            last_run_time=datetime(2026, 10, 2, 3, 4, 5, tzinfo=UTC),
            total_scanned_objects=130,
            total_protected_objects=109,
            data_size_stored_in_avepoint="109 GB",
            data_size_stored_in_byos=None,
        ),
        required=frozenset({"serviceModule"}),
    ),
    "backup_jobs": Sample(
        endpoint=BACKUP_JOBS,
        method="POST",
        path=f"{GENERAL}/C/avpt-products/jobs/batch",
        scope="elements.jobs.read.all",
        row={
            "jobType": 7,
            "jobModule": 303,
            "status": 4,
            "jobId": "CFB20260914161737927794",
            "name": "N/A",
            "totalCount": "1,135",
            "failedCount": "21",
            "successfulCount": "1114",
            "skippedCount": "0",
            "warningCount": "0",
            "backupSize": "143.22 GB",
            "startTime": "2025-09-11T03:19:14Z",
            "endTime": "N/A",
            "jobDuration": "17m39s",
            "lastModifyTime": "2025-09-11T03:36:53Z",
        },
        record=BackupJob(
            job_type=JobType.MICROSOFT_365,
            job_module=JobModule.EXCHANGE_ONLINE,
            status=JobStatus.FINISHED_WITH_EXCEPTION,
            job_id="CFB20260914161737927794",
            name=None,
            total_count=1135,
            failed_count=21,
            successful_count=1114,
            skipped_count=0,
            warning_count=0,
            backup_size="143.22 GB",
            start_time=datetime(2025, 9, 11, 3, 19, 14, tzinfo=UTC),
            end_time=None,
            job_duration="17m39s",
            last_modify_time=datetime(2025, 9, 11, 3, 36, 53, tzinfo=UTC),
        ),
        required=frozenset({"jobType", "jobModule", "status"}),
    ),
    "job_report": Sample(
        endpoint=JOB_REPORT,
        method="GET",
        path=f"{GENERAL}/C/jobs/J/report-details",
        scope="elements.jobs.read.all",
        row={
            "title": "Ada",
            "type": 1,
            "sourceObjectLocation": "ada@x.example",
            "container": "Mailboxes",
            "size": 4_300_000_000,
            "status": 1,
            "finishTime": "2026-09-14T16:17:38.6017245Z",
            "comment": "No licence.",
            "errorCode": "",
        },
        record=JobReportRow(
            title="Ada",
            type=ReportedType.MAILBOX,
            source_object_location="ada@x.example",
            container="Mailboxes",
            size=4_300_000_000,
            status=ReportedStatus.FAILED,
            finish_time=datetime(2026, 9, 14, 16, 17, 38, 601724, tzinfo=UTC),
            comment="No licence.",
            error_code="",
        ),
        required=frozenset({"title", "status"}),
    ),
    "subscriptions": Sample(
        endpoint=SUBSCRIPTIONS,
        method="POST",
        path=f"{GENERAL}/services/batch",
        scope="elements.license.read.all",
        row={
            "customerId": "c-1",
            "organization": "Org",
            "customer": "o@x.example",
            "products": [
                {
                    "service": "Cloud Backup for Microsoft 365",
                    "subscriptionModel": "User seat",
                    "purchasedUserSeats": "1,200",
                    "purchasedUnits": "N/A",
                    "microsoftLicenseAssigned": "135",
                    "microsoftLicenseAvailable": "140",
                    "purchasedCapacity": "0/1 GB",
                    "protectedCapacity": "0 GB",
                    "storage": "Bring your own storage",
                    "retention": "N/A",
                    "consumedStorage": "N/A",
                    "expirationDate": "12-31-2026T00:00:00Z",
                    "change": "N/A",
                    "source": "AvePoint subscription",
                    "paymentType": "Prepaid",
                    "subscriptionName": "N/A",
                    "package": "N/A",
                    "contractEndDate": "N/A",
                }
            ],
        },
        record=CustomerSubscriptions(
            customer_id="c-1",
            organization="Org",
            customer="o@x.example",
            products=(
                Subscription(
                    service="Cloud Backup for Microsoft 365",
                    subscription_model="User seat",
                    purchased_user_seats=1200,
                    microsoft_license_assigned=135,
                    microsoft_license_available=140,
                    purchased_capacity="0/1 GB",
                    protected_capacity="0 GB",
                    storage="Bring your own storage",
                    expiration_date=datetime(2026, 12, 31, tzinfo=UTC),
                    source="AvePoint subscription",
                    payment_type="Prepaid",
                ),
            ),
        ),
        required=frozenset({"customerId"}),
    ),
    "purchased_seats": Sample(
        endpoint=purchased_seats(Product.CLOUD_BACKUP_M365),
        method="GET",
        path=f"{GENERAL}/C/avpt-products/type/2048/overview",
        scope="elements.license.read.all",
        row={"productType": 2048, "purchasedUserSeat": 120},
        record=PurchasedSeats(product_type=Product.CLOUD_BACKUP_M365, purchased_user_seat=120),
        required=frozenset({"purchasedUserSeat"}),
    ),
    "microsoft_seats": Sample(
        endpoint=MICROSOFT_SEATS,
        method="POST",
        path=f"{GENERAL}/C/3rd-party-products/type/0/tenants/batch",
        scope="elements.license.read.all",
        row={
            "type": 0,
            "tenantId": "t-1",
            "tenantName": "T",
            "availableUserSeat": 7,
            "assignedUserSeat": 130,
        },
        record=MicrosoftSeats(
            type=SeatVendor.MICROSOFT_365,
            tenant_id="t-1",
            tenant_name="T",
            available_user_seat=7,
            assigned_user_seat=130,
        ),
        required=frozenset({"tenantId"}),
    ),
    "protected_objects": Sample(
        endpoint=protected_objects(ObjectModule.EXCHANGE_MAILBOXES),
        method="GET",
        path=f"{GENERAL}/C/m365/backup/modules/0/protected-objects",
        scope="elements.cbprotected.read.all",
        row={
            "displayName": "Room 1 (Resource Mailbox)",
            "mailboxType": "Resource Mailbox",
            "containerName": "Mailboxes",
            "tenantId": "t-1",
            "size": 28_155_301_247,
        },
        record=ProtectedObject(
            display_name="Room 1 (Resource Mailbox)",
            mailbox_type="Resource Mailbox",
            container_name="Mailboxes",
            tenant_id="t-1",
            size=28_155_301_247,
        ),
        required=frozenset({"displayName"}),
    ),
    "tenant_info": Sample(
        endpoint=TENANT_INFO,
        method="GET",
        path=f"{GENERAL}/C/tenants/T",
        scope="elements.customers.read.all",
        row={"id": "t-1", "name": "T", "aadEnvironment": 5, "platformEnvironmentType": 1},
        record=TenantInfo(
            id="t-1",
            name="T",
            aad_environment=AadEnvironment.AZURE_CLOUD_GCC,
            platform_environment_type=PlatformEnvironment.AZURE_COMMERCIAL,
        ),
        required=frozenset({"id"}),
    ),
    "app_consent": Sample(
        endpoint=app_consent(ConsentProduct.CLOUD_BACKUP_M365),
        method="GET",
        path=f"{GENERAL}/C/tenants/T/product/Office365Backup/apps",
        scope="elements.customers.read.all",
        row={"isConsent": True},
        record=AppConsent(is_consent=True),
        required=frozenset({"isConsent"}),
    ),
    "directory_users": Sample(
        endpoint=DIRECTORY_USERS,
        method="POST",
        path="/partner/external/v3/um/customers/C/tenants/T/users/batch",
        scope="elements.um.user.read.all",
        row={
            "id": "u-1",
            "userPrincipalName": "ada@x.example",
            "mail": "ada@x.example",
            "displayName": "Ada",
            "isTestUser": False,
            "age": 31,
            "startDate": "1970-01-01T00:00:00Z",
            "status": [5, 99],
        },
        record=DirectoryUser(
            id="u-1",
            user_principal_name="ada@x.example",
            mail="ada@x.example",
            display_name="Ada",
            is_test_user=False,
            age=31,
            start_date=datetime(1970, 1, 1, tzinfo=UTC),
            status=(UserStatus.COMPLIANCE, UserStatus(99)),
        ),
        required=frozenset({"id"}),
    ),
}
