"""``avepoint-async doctor``: which step fails on the way to the users, and why most likely.

Each step needs the one before it: settings, token, customers, users.
"""

import os
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from enum import StrEnum
from itertools import islice
from typing import Annotated, cast

import attrs
import msgspec
import typer
from rich.table import Table
from rich.text import Text

from avepoint_async import (
    AvePointClient,
    AvePointError,
    Customer,
    NotFoundError,
    Page,
    PermissionDeniedError,
    RetryPolicy,
    TenantRef,
)
from avepoint_async.cli.causes import Step, likely_cause
from avepoint_async.cli.console import visible
from avepoint_async.cli.exits import DONE, FAILED, Job, job
from avepoint_async.cli.output import opened_output
from avepoint_async.cli.service import opened
from avepoint_async.cli.tables import drawn
from avepoint_async.cli.words import counted, name_of

# A person waits for it, and a trouble that passes by itself is none to look for.
_PATIENCE = RetryPolicy(attempts=2, deadline=30.0, attempt_timeout=15.0)

_MOST_TENANTS = 5
"""Tenants that are tried before the users count as out of reach: one may lack a licence."""
_OTHERS = "; no tenant after it was tried: `avepoint-async coverage` reads them all"


class Status(StrEnum):
    """What came of a step."""

    OK = "ok"
    FAILED = "failed"
    NOT_TRIED = "not tried"


_STYLES = {Status.OK: "green", Status.FAILED: "bold red", Status.NOT_TRIED: "dim"}


@attrs.frozen
class Finding:
    """What was found at one step.

    Attributes:
        step: which.
        status: whether it worked.
        detail: what was seen.
        cause: of a failure, what most likely stands behind it.
    """

    step: Step
    status: Status
    detail: str = ""
    cause: str | None = None


def doctor(
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the findings as one line of JSON.")
    ] = False,
    customer: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Ask for a tenant of this customer.", show_default=False),
    ] = None,
    tenant: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="Ask for this tenant; by default the first that answers.",
            show_default=False,
        ),
    ] = None,
) -> Job:
    """Find out what is wrong: tries settings, token, customers and users, one after the other.

    Says which step fails, and the likeliest cause. Exit status 0 if all is well, 1 if not.
    """
    return job(_examine, _tenant(customer, tenant), as_json=as_json)


def _tenant(customer: str | None, tenant: str | None) -> TenantRef | None:
    if customer is None and tenant is None:
        return None
    if customer is None or tenant is None:
        message = "--customer and --tenant go together: give both, or neither"
        raise typer.BadParameter(message)
    return TenantRef(customer, tenant)


async def _examine(wanted: TenantRef | None, *, as_json: bool) -> int:
    findings: list[Finding] = []
    with opened_output(None) as out:
        async with AsyncExitStack() as stack:
            for step, attempt in _Steps(wanted, stack).in_order():
                healthy = all(each.status is Status.OK for each in findings)
                finding = await _find(step, attempt) if healthy else Finding(step, Status.NOT_TRIED)
                findings.append(finding)
                if not as_json:
                    await out.put_text(drawn(_drawing(finding)))
        healthy = all(each.status is Status.OK for each in findings)
        if as_json:
            await out.put([_json(findings, healthy=healthy)])
    return DONE if healthy else FAILED


def _drawing(finding: Finding) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(width=9)
    table.add_column(width=9)
    table.add_column(overflow="fold")
    status = Text(finding.status, _STYLES[finding.status])
    table.add_row(finding.step, status, Text(visible(finding.detail)))
    if finding.cause is not None:
        table.add_row("", Text("likely", "yellow"), Text(visible(finding.cause)))
    return table


def _json(findings: Iterable[Finding], *, healthy: bool) -> bytes:
    report = {"ok": healthy, "steps": [attrs.asdict(finding) for finding in findings]}
    return msgspec.json.encode(report) + b"\n"


class _Unmet(Exception):  # noqa: N818  # nothing went wrong, but something is missing
    """Raised for an answer that is no error, and yet not what was hoped for."""

    def __init__(self, detail: str, cause: str | None) -> None:
        super().__init__(detail)
        self.cause = cause


async def _find(step: Step, attempt: Callable[[], Awaitable[str]]) -> Finding:
    try:
        return Finding(step, Status.OK, await attempt())
    except AvePointError as error:
        return Finding(step, Status.FAILED, str(error), likely_cause(step, error))
    except _Unmet as unmet:
        return Finding(step, Status.FAILED, str(unmet), unmet.cause)


class _Steps:
    """The steps and what they hand on; each tells what it saw."""

    def __init__(self, wanted: TenantRef | None, stack: AsyncExitStack) -> None:
        self._wanted = wanted
        self._stack = stack
        self._client: AvePointClient
        self._answer: Page[Customer] | AvePointError

    def in_order(self) -> tuple[tuple[Step, Callable[[], Awaitable[str]]], ...]:
        """Each step and how it is tried."""
        return (
            (Step.SETTINGS, self._settings),
            (Step.TOKEN, self._token),
            (Step.CUSTOMERS, self._customers),
            (Step.USERS, self._users),
        )

    async def _settings(self) -> str:
        self._client = await self._stack.enter_async_context(opened(retry=_PATIENCE))
        return settings_in_words(os.environ)

    async def _token(self) -> str:
        """Ask for customers, since a token is fetched only when something is asked for."""
        only = self._wanted.customer_id if self._wanted else None
        try:
            self._answer = await anext(self._client.customers(customer_ids=only).pages())
        except AvePointError as error:
            # The API is asked only by those who have a token.
            if not self._client.stats.requests:
                raise
            self._answer = error
        return "issued"

    async def _customers(self) -> str:
        if isinstance(self._answer, AvePointError):
            raise self._answer
        if not self._answer.items:
            raise _none_visible(self._wanted)
        if self._wanted is not None:
            return f"customer {self._wanted.customer_id} is visible"
        return f"{counted(self._answer.total_count or len(self._answer.items), 'customer')} visible"

    async def _users(self) -> str:
        refused: dict[TenantRef, AvePointError] = {}
        tenants = self._tenants()
        for tenant in tenants:
            try:
                users = await self._client.protected_users(tenant).count()
            except (NotFoundError, PermissionDeniedError) as error:
                refused[tenant] = error
            else:
                passed_over = f"; before it {_refusals(refused)}" if refused else ""
                alone = len(refused) + 1 == len(tenants)
                return (
                    f"{counted(users, 'user')} in tenant {tenant.tenant_id}{passed_over}"
                    f"{'' if alone else _OTHERS}"
                )
        raise _all_refused(refused)

    def _tenants(self) -> Sequence[TenantRef]:
        if self._wanted is not None:
            return [self._wanted]
        page = cast("Page[Customer]", self._answer)
        found = (
            TenantRef(customer.id, tenant.id, customer.organization, tenant.name)
            for customer in page.items
            for tenant in customer.tenants
        )
        tenants = list(islice(found, _MOST_TENANTS))
        if not tenants:
            message = "none of the customers seen has a tenant"
            cause = "no Microsoft 365 tenant is connected yet; --customer and --tenant name another"
            raise _Unmet(message, cause)
        return tenants


def _none_visible(wanted: TenantRef | None) -> _Unmet:
    if wanted is None:
        return _Unmet("no customer is visible", "the app registration's customer scope is empty")
    return _Unmet(
        f"customer {wanted.customer_id} is not visible",
        "it is outside the app registration's customer scope, or its id is misspelt",
    )


def _refusals(refused: Mapping[TenantRef, AvePointError]) -> str:
    return "; ".join(f"{name_of(tenant)}: {error}" for tenant, error in refused.items())


def _all_refused(refused: Mapping[TenantRef, AvePointError]) -> _Unmet:
    """A licence is missing of one tenant; a permission is missing of all of them."""
    errors = list(refused.values())
    causes = list(dict.fromkeys(likely_cause(Step.USERS, error) for error in errors))
    alike = all(isinstance(error, PermissionDeniedError) for error in errors)
    if len(errors) > 1 and alike:
        cause: str | None = (
            f"every one of {len(errors)} tenants is refused: the app registration was not granted "
            "the permission elements.cbprotected.read.all"
        )
    elif len(errors) > 1 and len(causes) == 1:
        cause = f"none of {len(errors)} tenants has a licence for Cloud Backup for Microsoft 365"
    else:
        cause = "; or ".join(filter(None, causes))
    return _Unmet(_refusals(refused) if len(errors) > 1 else str(errors[0]), cause)


def settings_in_words(environ: Mapping[str, str]) -> str:
    """Which credential and which cloud the variables name; they are known to be right."""
    by_certificate = "AVEPOINT_CLIENT_CERTIFICATE_PATH" in environ
    credential = "certificate" if by_certificate else "client secret"
    cloud = f"the {environ.get('AVEPOINT_ENVIRONMENT', 'commercial')} cloud"
    return f"{credential} for {environ.get('AVEPOINT_GRAPH_URL', cloud)}"
