"""What `doctor` tries, one step after the other, each of which needs the one before it."""

import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from enum import StrEnum
from typing import cast

import attrs

from avepoint_async import AvePointClient, AvePointError, Customer, Page, RetryPolicy, TenantRef
from avepoint_async.cli.causes import Step, likely_cause
from avepoint_async.cli.figures import counted
from avepoint_async.cli.service import opened

# A person waits for it, and a trouble that passes by itself is none to look for.
_PATIENCE = RetryPolicy(attempts=2, deadline=30.0, attempt_timeout=15.0)


class Status(StrEnum):
    """What came of a step."""

    OK = "ok"
    FAILED = "failed"
    NOT_TRIED = "not tried"


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


class _Complaint(Exception):  # noqa: N818  # nothing went wrong, but something is missing
    """Raised for an answer that is no error, and yet not what was hoped for."""

    def __init__(self, detail: str, cause: str) -> None:
        super().__init__(detail)
        self.cause = cause


async def examine(wanted: TenantRef | None, tell: Callable[[Finding], Awaitable[None]]) -> bool:
    """Try each step until one fails; whether all of them worked.

    Args:
        wanted: the tenant whose users are asked for; None: the first that is seen.
        tell: is told what was found at each step, at once.
    """
    healthy = True
    async with AsyncExitStack() as stack:
        for step, attempt in _Steps(wanted, stack).in_order():
            finding = await _find(step, attempt) if healthy else Finding(step, Status.NOT_TRIED)
            healthy = healthy and finding.status is Status.OK
            await tell(finding)
    return healthy


async def _find(step: Step, attempt: Callable[[], Awaitable[str]]) -> Finding:
    try:
        return Finding(step, Status.OK, await attempt())
    except AvePointError as error:
        return Finding(step, Status.FAILED, str(error), likely_cause(step, error))
    except _Complaint as complaint:
        return Finding(step, Status.FAILED, str(complaint), complaint.cause)


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
        tenant = self._wanted or _first_tenant(cast("Page[Customer]", self._answer))
        users = await self._client.protected_users(tenant.customer_id, tenant.tenant_id).count()
        return f"{counted(users, 'user')} in tenant {tenant.tenant_id}"


def _none_visible(wanted: TenantRef | None) -> _Complaint:
    if wanted is None:
        return _Complaint(
            "no customer is visible", "the app registration's customer scope is empty"
        )
    return _Complaint(
        f"customer {wanted.customer_id} is not visible",
        "it is outside the app registration's customer scope, or its id is misspelt",
    )


def _no_tenant() -> _Complaint:
    return _Complaint(
        "none of the customers seen has a tenant",
        "no Microsoft 365 tenant is connected yet; --customer and --tenant can name another",
    )


def _first_tenant(page: Page[Customer]) -> TenantRef:
    for customer in page.items:
        for tenant in customer.tenants:
            return TenantRef(customer.id, tenant.id)
    raise _no_tenant()


def settings_in_words(environ: Mapping[str, str]) -> str:
    """Which credential and which cloud the variables name; they are known to be right."""
    by_certificate = "AVEPOINT_CLIENT_CERTIFICATE_PATH" in environ
    credential = "certificate" if by_certificate else "client secret"
    cloud = f"the {environ.get('AVEPOINT_ENVIRONMENT', 'commercial')} cloud"
    return f"{credential} for {environ.get('AVEPOINT_GRAPH_URL', cloud)}"
