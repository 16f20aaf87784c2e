"""The public names as a user writes them: checked by mypy and pyright, and never run.

Each `assert_type` says what the user gets; both judges must agree to the letter.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import assert_type

import aiohttp
import attrs

import avepoint_async
from avepoint_async import (
    AadEnvironment,
    ApiError,
    AppConsent,
    AuthenticationError,
    AvePointClient,
    AvePointError,
    BackupJob,
    BackupOverview,
    BadRequestError,
    ClientCertificate,
    ClientClosedError,
    ClientSecret,
    ConfigurationError,
    ConsentProduct,
    Customer,
    CustomerRef,
    CustomerSubscriptions,
    DirectoryUser,
    Environment,
    FanOut,
    IncompleteError,
    JobModule,
    JobReportRow,
    JobStatus,
    JobType,
    MicrosoftSeats,
    Module,
    ModuleStatus,
    NotFoundError,
    ObjectModule,
    Page,
    Pager,
    PaginationError,
    PermissionDeniedError,
    PlatformEnvironment,
    Product,
    Progress,
    ProtectedObject,
    ProtectedUser,
    PurchasedSeats,
    RateLimitError,
    ReportedStatus,
    ReportedType,
    ResponseError,
    RetryPolicy,
    SeatVendor,
    ServerError,
    Stats,
    Subscription,
    Tenant,
    TenantFailuresError,
    TenantInfo,
    TenantRef,
    Tenants,
    TransportError,
    UserStatus,
    Walk,
    WalkOutcome,
)
from avepoint_async.resources import (
    Endpoint,
    Envelope,
    HasNext,
    Numbered,
    Single,
    SkipToken,
)

assert_type(avepoint_async.__version__, str)


def make_credentials() -> list[ClientSecret | ClientCertificate]:
    """A secret, and a certificate from a file or from memory."""
    secret = ClientSecret(client_id="id", client_secret="secret")
    pfx = ClientCertificate.from_pfx(client_id="id", path=Path("app.pfx"), password="opens")
    pem = ClientCertificate.from_pem(client_id="id", data=b"-----BEGIN", password=b"opens")
    assert_type(secret, ClientSecret)
    assert_type(pfx, ClientCertificate)
    assert_type(pem, ClientCertificate)
    assert_type(secret.client_id, str)
    assert_type(pem.thumbprint, str)
    assert_type(pem.not_valid_after, datetime)
    return [secret, pfx, pem]


def make_clients(http: aiohttp.ClientSession) -> AvePointClient:
    """With every setting, with none, and from the environment."""
    retry = RetryPolicy(
        attempts=3,
        deadline=60,
        backoff=0.1,
        backoff_max=5.0,
        connect_timeout=5.0,
        read_timeout=10.0,
        attempt_timeout=20.0,
    )
    assert_type(retry.attempts, int)
    assert_type(retry.deadline, float)
    assert_type(Environment.COMMERCIAL, Environment)
    clouds = [Environment.US_GOV, Environment.AOS2, Environment.FEDRAMP, Environment.named("aos2")]
    other = Environment(graph_url="https://graph.example", token_url="https://token.example/token")
    assert_type(clouds, list[Environment])
    assert_type(other.graph_url, str)
    for credential in make_credentials():
        client = AvePointClient(
            credential,
            environment=other,
            concurrency=32,
            max_requests_per_second=50,
            retry=retry,
            session=http,
        )
        assert_type(client, AvePointClient)
    assert_type(AvePointClient.from_env(environ={"AVEPOINT_CLIENT_ID": "id"}), AvePointClient)
    return AvePointClient.from_env(concurrency=4, retry=retry)


async def live(client: AvePointClient) -> None:
    """A client is entered, asked how it fares, and closed."""
    async with client as entered:
        assert_type(entered, AvePointClient)
        assert_type(entered.stats, Stats)
        assert_type(entered.environment, Environment)
        assert_type(entered.stats.requests, int)
        assert_type(entered.stats.held_for, float)
        assert_type(entered.stats.received_bytes, int)
        assert_type(entered.stats.pace, float | None)
    assert_type(await client.close(), None)


async def walk_users(client: AvePointClient) -> None:
    """One tenant: users, pages, and the shortcuts."""
    pager = client.protected_users("customer", "tenant", emails=["a@x"], page_size=50, start_page=2)
    assert_type(pager, Pager[ProtectedUser])
    async for user in pager:
        assert_type(user, ProtectedUser)
    async for page in pager.pages():
        assert_type(page, Page[ProtectedUser])
    assert_type(await pager.collect(), list[ProtectedUser])
    assert_type(await pager.first(), ProtectedUser | None)
    assert_type(await pager.count(), int)
    assert_type(client.protected_users("customer", "tenant", emails="a@x"), Pager[ProtectedUser])


async def walk_customers(client: AvePointClient) -> None:
    """Customers, and the pairs of each."""
    pager = client.customers(customer_ids=["c"], page_size=10)
    assert_type(pager, Pager[Customer])
    async for customer in pager:
        assert_type(customer.tenants, tuple[Tenant, ...])
    pairs = client.tenants(customer_ids="c")
    assert_type(pairs, Tenants)
    assert_type([pair async for pair in pairs], list[TenantRef])
    assert_type(pairs.outcome, WalkOutcome)
    assert_type([customer.ref async for customer in pager], list[CustomerRef])


async def walk_once(client: AvePointClient, tenant: TenantRef) -> WalkOutcome:
    """One walk, which tells its outcome."""
    walk = client.protected_users(tenant).walk()
    assert_type(walk, Walk[ProtectedUser])
    assert_type(await anext(walk), ProtectedUser)
    async for page in walk.pages():
        assert_type(page.received_at, datetime)
    await walk.aclose()
    return walk.outcome


def read_page(page: Page[ProtectedUser]) -> None:
    """What a page tells."""
    assert_type(page.items, tuple[ProtectedUser, ...])
    assert_type(page.index, int)
    assert_type(page.size, int)
    assert_type(page.total_count, int | None)
    assert_type(page.last, bool)


def read_user(user: ProtectedUser) -> ProtectedUser:
    """What a user's record tells, and one made by hand."""
    assert_type(user.email, str)
    assert_type(user.display_name, str | None)
    assert_type(user.id, str | None)
    assert_type(user.is_protected(Module.MAILBOX), bool | None)
    assert_type(user.unprotected, tuple[Module, ...])
    assert_type(user.as_row(TenantRef("c", "t")), dict[str, str | bool | None])
    assert_type(user.module_status, tuple[ModuleStatus, ...])
    assert_type([status.module for status in user.module_status], list[Module])
    assert_type([status.is_protected for status in user.module_status], list[bool])
    assert_type(Module(7), Module)
    onedrive = ModuleStatus(module=Module.ONEDRIVE, is_protected=True)
    return ProtectedUser(email="a@x", display_name=None, module_status=(onedrive,))


def read_customer(customer: Customer) -> list[TenantRef]:
    """What a customer's record tells."""
    assert_type(customer.id, str)
    assert_type(customer.organization, str | None)
    assert_type(customer.owner_email, str | None)
    assert_type(customer.job_status, int | None)
    assert_type(customer.country_or_region, str | None)
    assert_type(customer.management_mode, int | None)
    assert_type([tenant.name for tenant in customer.tenants], list[str | None])
    pairs = [TenantRef(customer_id=customer.id, tenant_id=each.id) for each in customer.tenants]
    assert_type(max(pairs), TenantRef)
    return sorted(pairs)


async def fan_out_items(client: AvePointClient) -> None:
    """Many tenants at once, their users as they come, from any source of pairs."""
    async with client.protected_users_across(client.tenants(), concurrency=32) as fleet:
        assert_type(fleet, FanOut[ProtectedUser])
        async for tenant, user in fleet:
            assert_type(tenant, TenantRef)
            assert_type(user, ProtectedUser)
            assert_type(fleet.progress, Progress)
    read_outcomes(fleet)
    client.protected_users_across([("c", "t"), TenantRef("c", "u")], on_error="skip")
    client.protected_users_across((("c", str(number)) for number in range(9)), on_error="raise")


async def fan_out_pages(client: AvePointClient, pairs: AsyncIterator[tuple[str, str]]) -> None:
    """The pages in place of the users."""
    fleet = client.protected_users_across(pairs, on_error="defer", emails=["a@x"], page_size=50)
    async with fleet:
        async for tenant, page in fleet.pages():
            assert_type(tenant, TenantRef)
            assert_type(page, Page[ProtectedUser])


def read_outcomes(fleet: FanOut[ProtectedUser]) -> None:
    """What became of each tenant."""
    assert_type(fleet.outcomes, dict[TenantRef, WalkOutcome])
    assert_type(fleet.failures, dict[TenantRef, WalkOutcome])
    assert_type(fleet.incomplete, dict[TenantRef, WalkOutcome])
    assert_type(fleet.discovery, WalkOutcome | None)
    assert_type(fleet.complete, bool)
    for tenant, outcome in fleet.failures.items():
        assert_type(tenant.customer_id, str)
        assert_type(tenant.tenant_id, str)
        assert_type(outcome.items + outcome.pages + outcome.duplicates + outcome.drifted, int)
        assert_type(outcome.total_count, int | None)
        assert_type(outcome.complete, bool)
        assert_type(outcome.error, AvePointError | None)
    progress = fleet.progress
    assert_type(progress.tenants_started + progress.tenants_finished, int)
    assert_type(progress.tenants_failed + progress.pages + progress.items, int)
    assert_type(progress.requests + progress.retries + progress.throttled, int)


async def ask_further(client: AvePointClient, tenant: TenantRef) -> None:
    """The endpoints that explain the protected status."""
    customer = CustomerRef(tenant.customer_id)
    assert_type(client.backup_overview(customer), Pager[BackupOverview])
    jobs = client.backup_jobs("c", job_type=JobType.MICROSOFT_365, module=JobModule(303))
    assert_type(jobs, Pager[BackupJob])
    assert_type([job.status async for job in jobs], list[JobStatus])
    report = client.job_report("c", "job")
    assert_type(report, Pager[JobReportRow])
    assert_type([row.type async for row in report], list[ReportedType | None])
    assert_type([row.status async for row in report], list[ReportedStatus])
    bought = client.subscriptions(customer_ids="c")
    assert_type(bought, Pager[CustomerSubscriptions])
    assert_type([each.products async for each in bought], list[tuple[Subscription, ...]])
    assert_type(await client.purchased_seats("c", Product.CLOUD_BACKUP_M365), PurchasedSeats)
    seats = client.microsoft_seats("c", tenant_ids=["t"])
    assert_type(seats, Pager[MicrosoftSeats])
    assert_type([each.type async for each in seats], list[SeatVendor | None])
    objects = client.protected_objects("c", ObjectModule.EXCHANGE_MAILBOXES)
    assert_type(objects, Pager[ProtectedObject])
    info = await client.tenant_info(tenant)
    assert_type(info, TenantInfo)
    assert_type(info.aad_environment, AadEnvironment | None)
    assert_type(info.platform_environment_type, PlatformEnvironment | None)
    consent = await client.app_consent("c", "t", product=ConsentProduct.CLOUD_BACKUP_M365)
    assert_type(consent, tuple[AppConsent, ...])
    users = client.directory_users(tenant)
    assert_type(users, Pager[DirectoryUser])
    assert_type([user.status async for user in users], list[tuple[UserStatus, ...]])


@attrs.frozen
class CostIssue:
    """A record of one's own."""

    rule_id: str
    potential_cost_saving: int | None = None


async def ask_ones_own(client: AvePointClient, customers: list[CustomerRef]) -> None:
    """Endpoints of one's own, for tenants and for customers."""
    endpoint = Endpoint(
        path="/acm/customers/{customer_id}/tenants/{tenant_id}/issues",
        record=CostIssue,
        scopes={"elements.cm.read.all"},
        method="GET",
        paging=HasNext(),
        envelope=Envelope(items="costIssueItemModels"),
        names={"rule_id": ("ruleId", "id")},
        identity=lambda issue: issue.rule_id,
    )
    assert_type(client.pager(endpoint, "c", "t"), Pager[CostIssue])
    async with client.fan_out(endpoint, client.tenants(), on_error="skip") as issues:
        assert_type(issues, FanOut[CostIssue])
        async for tenant, issue in issues:
            assert_type(tenant, TenantRef)
            assert_type(issue, CostIssue)
    for paging in (Numbered(), SkipToken(page_size=50), Single()):
        other = Endpoint(
            path="/x/{customer_id}", record=CostIssue, scopes=frozenset({"s"}), paging=paging
        )
        async with client.fan_out(other, customers) as found:
            assert_type(found, FanOut[CostIssue, CustomerRef])


async def fail(pager: Pager[ProtectedUser]) -> None:
    """Each error, caught the narrowest first, and what it carries."""
    try:
        await pager.collect()
    except RateLimitError as error:
        assert_type(error.retry_after, float | None)
    except (BadRequestError, PermissionDeniedError, NotFoundError, ServerError) as error:
        assert_type(error.status, int)
    except ApiError as error:
        assert_type(error.detail, str | None)
        assert_type(error.request_id, str | None)
    except AuthenticationError as error:
        assert_type(error.error, str | None)
        assert_type(error.description, str | None)
    except ResponseError as error:
        assert_type(error.path, str | None)
    except TenantFailuresError as error:
        for failed in error.failures.values():
            assert_type(failed.error, AvePointError | None)
            assert_type(failed.items + failed.pages, int)
    except (PaginationError, TransportError, ClientClosedError, ConfigurationError) as error:
        assert_type(error.page_index, int | None)
    except AvePointError as error:
        assert_type(error.customer_id, str | None)
        assert_type(error.tenant_id, str | None)


def read_incomplete(error: IncompleteError) -> WalkOutcome:
    """What a strict client raises at the end."""
    return error.outcome


def errors_of_python(closed: ClientClosedError, wrong: ConfigurationError) -> None:
    """Two of them are errors that Python knows, too."""
    runtime: RuntimeError = closed
    value: ValueError = wrong
    raise runtime from value
