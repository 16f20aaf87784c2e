"""What a fan-out has delivered so far, tenant by tenant."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import attrs

from avepoint_async.errors import AvePointError
from avepoint_async.models import TenantRef
from avepoint_async.paging.outcome import Progress, TenantOutcome
from avepoint_async.paging.page import Page
from avepoint_async.paging.walk import PageWalk
from avepoint_async.transport.lane import Tally


class Ledger:
    """Records each page and each failure as it is delivered."""

    def __init__(self) -> None:
        self._outcomes: dict[TenantRef, TenantOutcome] = {}
        self._finished = self._failed = self._pages = self._users = 0

    @property
    def outcomes(self) -> Mapping[TenantRef, TenantOutcome]:
        """Each tenant that was started, in the order of the source."""
        return MappingProxyType(self._outcomes)

    @property
    def failures(self) -> dict[TenantRef, TenantOutcome]:
        """Those with an error."""
        return {tenant: each for tenant, each in self._outcomes.items() if each.error is not None}

    def start(self, tenant: TenantRef) -> None:
        """A page of the tenant is asked for."""
        self._outcomes[tenant] = TenantOutcome()

    def deliver(self, tenant: TenantRef, page: Page[Any], walk: PageWalk[Any]) -> None:
        """A page of the tenant is handed to the caller."""
        before = self._outcomes[tenant]
        self._pages += 1
        self._users += len(page.items)
        self._finished += page.last
        self._outcomes[tenant] = TenantOutcome(
            users=before.users + len(page.items),
            pages=before.pages + 1,
            total_count=page.total_count,
            complete=page.last and walk.complete,
            duplicates=walk.duplicates,
            drifted=walk.drifted,
        )

    def fail(self, tenant: TenantRef, error: AvePointError) -> None:
        """The tenant failed."""
        self._failed += 1
        self._outcomes[tenant] = attrs.evolve(self._outcomes[tenant], error=error)

    def progress(self, tally: Tally) -> Progress:
        """The counts of now."""
        return Progress(
            tenants_started=len(self._outcomes),
            tenants_finished=self._finished,
            tenants_failed=self._failed,
            pages=self._pages,
            users=self._users,
            **attrs.asdict(tally),
        )
