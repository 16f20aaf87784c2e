"""One run over many tenants: shown while it goes on; at its end told, and reported in files."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeAlias

import attrs
import msgspec

from avepoint_async import (
    ApiError,
    AvePointClient,
    AvePointError,
    FanOut,
    Page,
    Progress,
    ProtectedUser,
    TenantFailuresError,
    TenantRef,
    WalkOutcome,
)
from avepoint_async.cli.causes import explained, likely_cause, step_of
from avepoint_async.cli.console import complain, say
from avepoint_async.cli.exits import DONE, INCOMPLETE
from avepoint_async.cli.options import Files
from avepoint_async.cli.output import output_place, write_output
from avepoint_async.cli.progress import (
    Display,
    Glimpse,
    Surface,
    fleet_glimpse,
    waiting_glimpse,
    with_pause,
)
from avepoint_async.cli.words import counted, name_of, shortfall
from avepoint_async.report.coverage import Coverage
from avepoint_async.report.metrics import RunCounts, prometheus_text, users_by_module

Consume: TypeAlias = Callable[[TenantRef, Page[ProtectedUser]], Awaitable[None]]

STATES = ("complete", "incomplete", "failed", "unfinished")


@attrs.define(kw_only=True)
class FleetRun:
    """One fan-out as a command runs it.

    Args:
        client: whose counters are shown.
        fleet: entered, and not iterated yet.
        place: where progress is shown.
        look: how far it is, in words; given the counts and the seconds.
        tolerant: whether tenants that failed are listed, and do not change the exit status.
        single: whether it is one tenant only, whose error is that of the run; nothing is said of
            it if nothing is amiss.
        files: what is written beside the data.

    Raises:
        ConfigurationError: one of the files cannot be written.
    """

    client: AvePointClient
    fleet: FanOut[ProtectedUser]
    place: Surface | None
    look: Callable[[Progress, float], Glimpse] = fleet_glimpse
    tolerant: bool = False
    single: bool = False
    files: Files = attrs.field(factory=Files)
    _coverage: Coverage = attrs.field(factory=Coverage, init=False)
    _through: set[TenantRef] = attrs.field(factory=set[TenantRef], init=False)
    _started_at: datetime = attrs.field(factory=lambda: datetime.now(UTC), init=False)
    _seconds: float = attrs.field(default=0.0, init=False)

    def __attrs_post_init__(self) -> None:
        for path in filter(None, (self.files.report, self.files.metrics)):
            output_place(path)

    async def run(self, consume: Consume) -> int:
        """Hand each page to ``consume``; returns the exit status.

        However it ends, its outcomes are told and its files are written.

        Raises:
            AvePointError: what ends a fan-out, but for failed tenants.
            Exception: what ``consume`` raises.
        """
        display = Display(self._glimpse, self.place)
        try:
            async with display:
                await self._iterate(consume)
        except BrokenPipeError:
            raise  # nobody is there to be told
        except BaseException as error:
            self._seconds = display.elapsed
            self._tell(error)
            raise
        self._seconds = display.elapsed
        self._tell(None)
        return DONE if self._is_whole() else INCOMPLETE

    async def _iterate(self, consume: Consume) -> None:
        try:
            async for tenant, page in self.fleet.pages():
                if page.last:
                    self._through.add(tenant)
                if self.files.metrics is not None:
                    self._coverage.count(page.items)
                await consume(tenant, page)
        except TenantFailuresError as failed:
            # The failures of several tenants are told by name, in _tell.
            for outcome in failed.failures.values():
                if self.single and outcome.error is not None:
                    raise outcome.error from None

    def _glimpse(self, elapsed: float) -> Glimpse:
        progress, stats = self.fleet.progress, self.client.stats
        begun = self.single or progress.tenants_started
        glimpse = self.look(progress, elapsed) if begun else waiting_glimpse(stats)
        return with_pause(glimpse, stats.held_for, datetime.now(UTC).astimezone())

    def _is_whole(self) -> bool:
        if not self.tolerant:
            return self.fleet.complete
        discovery = self.fleet.discovery
        return (discovery is None or discovery.complete) and not self.fleet.incomplete

    def _tell(self, ended_by: BaseException | None) -> None:
        """Tell what is amiss, tenant by tenant, and the sum; write the files."""
        for tenant, outcome in self.fleet.outcomes.items():
            # The error that ends the run is told by whoever ends the program.
            if outcome.error is None or outcome.error is not ended_by:
                self._tell_tenant(tenant, outcome)
        discovery = self.fleet.discovery
        if ended_by is None and discovery is not None and not discovery.complete:
            complain(f"the list of customers is incomplete: {shortfall(discovery, 'customer')}")
        if not self.single:
            say(self._summary())
        if self.files.report is not None:
            write_output(self.files.report, self._report(ended_by))
        if self.files.metrics is not None:
            write_output(self.files.metrics, prometheus_text(self._counts()))

    def _tell_tenant(self, tenant: TenantRef, outcome: WalkOutcome) -> None:
        state = self.state_of(tenant, outcome)
        if outcome.error is not None:
            what = f"{explained(outcome.error)} (after {counted(outcome.items, 'user')})"
        elif state == "incomplete":
            what = f"incomplete: {shortfall(outcome, 'user')}"
        else:
            return
        complain(f"{name_of(tenant)}: {what}", **described(tenant, outcome, state))

    def state_of(self, tenant: TenantRef, outcome: WalkOutcome) -> str:
        """One of `STATES`."""
        if outcome.error is not None:
            return "failed"
        if outcome.complete:
            return "complete"
        return "incomplete" if tenant in self._through else "unfinished"

    def _states(self) -> Counter[str]:
        return Counter(self.state_of(*each) for each in self.fleet.outcomes.items())

    def _summary(self) -> str:
        """What it came to, in one line."""
        progress, states = self.fleet.progress, self._states()
        amiss = ", ".join(f"{states[state]:,} {state}" for state in STATES[1:] if states[state])
        return (
            f"{counted(progress.items, 'user')} of {counted(progress.tenants_started, 'tenant')}"
            f"{f' ({amiss})' if amiss else ''} in {self._seconds:,.1f} s: "
            f"{counted(progress.pages, 'page')}, {counted(progress.requests, 'request')}, "
            f"{counted(progress.retries, 'retry')}"
        )

    def _report(self, ended_by: BaseException | None) -> bytes:
        discovery = self.fleet.discovery
        document = {
            "complete": ended_by is None and self.fleet.complete,
            "ended_by": ended_by and (str(ended_by) or type(ended_by).__name__),
            "started_at": self._started_at,
            "seconds": round(self._seconds, 3),
            "progress": attrs.asdict(self.fleet.progress),
            "discovery": discovery and _outcome(discovery),
            "tenants": [
                described(tenant, outcome, self.state_of(tenant, outcome))
                for tenant, outcome in self.fleet.outcomes.items()
            ],
        }
        return msgspec.json.format(msgspec.json.encode(document)) + b"\n"

    def _counts(self) -> RunCounts:
        progress, states = self.fleet.progress, self._states()
        return RunCounts(
            users=users_by_module(self._coverage),
            states={state: states[state] for state in STATES},
            complete=self.fleet.complete,
            finished_at=datetime.now(UTC),
            seconds=self._seconds,
            requests=progress.requests,
            throttled=progress.throttled,
        )


def described(tenant: TenantRef, outcome: WalkOutcome, state: str) -> dict[str, Any]:
    """What became of one tenant, for programs."""
    return {**attrs.asdict(tenant), "state": state, **_outcome(outcome)}


def _outcome(outcome: WalkOutcome) -> dict[str, Any]:
    fields = attrs.asdict(outcome, filter=attrs.filters.exclude("error"))
    return {**fields, "error": outcome.error and _error(outcome.error)}


def _error(error: AvePointError) -> dict[str, Any]:
    return {
        "type": type(error).__name__,
        "status": error.status if isinstance(error, ApiError) else None,
        "message": str(error),
        "request_id": error.request_id if isinstance(error, ApiError) else None,
        "likely_cause": likely_cause(step_of(error), error),
    }
