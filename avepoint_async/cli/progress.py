"""How far a run is, in words; shown live on a terminal, else in a line now and then."""

import asyncio
import sys
import time
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import chain, repeat
from types import TracebackType
from typing import Protocol, Self

import attrs
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from avepoint_async import Progress, Stats
from avepoint_async.cli.console import is_watched, say
from avepoint_async.cli.words import counted, duration, per_second

_BAR_WIDTH = 24


@attrs.frozen
class Glimpse:
    """How far a run is, as a person is told.

    Attributes:
        headline: the one count that matters most.
        details: the others.
        done: what is done of it, from 0 to 1; None if nobody knows how much there is.
    """

    headline: str
    details: str
    done: float | None = None


def fleet_glimpse(progress: Progress, elapsed: float, tenants: int | None = None) -> Glimpse:
    """How far a fan-out is; ``tenants``: how many there are, where that is known."""
    settled = progress.tenants_finished + progress.tenants_failed
    if tenants is None:
        under_way = progress.tenants_started - settled
        headline = f"{counted(settled, 'tenant')} done, {under_way:,} under way"
    else:
        headline = f"{settled:,} of {counted(tenants, 'tenant')}"
    if progress.tenants_retried:
        headline += f", a second look at {counted(progress.tenants_retried, 'tenant')}"
    details = (
        *([f"{progress.tenants_failed:,} failed"] if progress.tenants_failed else []),
        counted(progress.pages, "page"),
        counted(progress.items, "user"),
        per_second(progress.items, elapsed),
        counted(progress.retries, "retry"),
    )
    return Glimpse(headline, ", ".join(details), tenants and min(1.0, settled / tenants))


def tenant_glimpse(progress: Progress, elapsed: float, total: int | None) -> Glimpse:
    """How far the walk of one tenant is; ``total``: its users, where that is known."""
    all_of_them = f"of {counted(total, 'user')}" if total else "users"
    details = (
        counted(progress.pages, "page"),
        per_second(progress.items, elapsed),
        counted(progress.retries, "retry"),
    )
    return Glimpse(
        f"{progress.items:,} {all_of_them}",
        ", ".join(details),
        # More may come than was promised.
        total and min(1.0, progress.items / total),
    )


def waiting_glimpse(stats: Stats) -> Glimpse:
    """What is waited for before there is a tenant: who sees no user yet, sees what is tried."""
    if not stats.requests:
        return Glimpse("waiting for a token", "no request yet")
    tried = f"{counted(stats.requests, 'request')}, {counted(stats.retries, 'retry')}"
    return Glimpse("waiting for the list of customers", tried)


def with_pause(glimpse: Glimpse, held_for: float, now: datetime) -> Glimpse:
    """The same; it says until when the service lets nothing through, if it does.

    Args:
        glimpse: how far the run is.
        held_for: seconds that everything still waits, as `Stats` tells.
        now: the local time.
    """
    if held_for <= 0:
        return glimpse
    until = now + timedelta(seconds=held_for)
    headline = f"{glimpse.headline}, paused by the service until {until:%H:%M:%S}"
    return attrs.evolve(glimpse, headline=headline)


class Surface(Protocol):
    """Where progress is shown."""

    @abstractmethod
    def pauses(self) -> Iterator[float]:
        """Seconds before each time that it is shown, without end."""

    @abstractmethod
    def show(self, glimpse: Glimpse, elapsed: float) -> None:
        """Show how far the run is, after this many seconds."""

    @abstractmethod
    def close(self) -> None:
        """Give back what was taken of the terminal."""


class Lines(Surface):
    """One line each time; the pauses grow, so that the log of a long run stays short."""

    def pauses(self) -> Iterator[float]:
        """A second first, a minute in the end."""
        return chain((1.0, 2.0, 4.0, 8.0, 15.0, 30.0), repeat(60.0))

    def show(self, glimpse: Glimpse, elapsed: float) -> None:
        """Say the line."""
        say(f"{duration(elapsed)}  {glimpse.headline}: {glimpse.details}")

    def close(self) -> None:
        """Nothing was taken."""


class LiveLines(Surface):
    """Two lines at the bottom of a terminal, drawn anew each time, and gone in the end."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        unicode = console.encoding.startswith("utf")
        self._spinner = Spinner("dots" if unicode else "line", style="cyan")
        # stdout is left alone: what is written there is data.
        self._live = Live(
            console=console, auto_refresh=False, transient=True, redirect_stdout=False
        )

    def pauses(self) -> Iterator[float]:
        """Ten times a second."""
        return repeat(0.1)

    def show(self, glimpse: Glimpse, elapsed: float) -> None:
        """Draw it."""
        # A terminal that has gone away takes no drawing; the work goes on.
        with suppress(OSError):
            self._live.start()
            self._live.update(self._draw(glimpse, elapsed), refresh=True)

    def close(self) -> None:
        """Wipe it out and show the cursor again."""
        with suppress(OSError):
            self._live.stop()

    def _draw(self, glimpse: Glimpse, elapsed: float) -> Group:
        headline = Table.grid(padding=(0, 1))
        bar = [] if glimpse.done is None else [ProgressBar(1.0, glimpse.done, _BAR_WIDTH)]
        headline.add_row(self._spinner, _line(glimpse.headline, "bold"), *bar, duration(elapsed))
        return Group(headline, _line(f"  {glimpse.details}", "dim"))


def _line(text: str, style: str) -> Text:
    return Text(text, style, no_wrap=True, overflow="crop")


def surface(*, rows_on_stdout: bool, lines: bool = True) -> Surface | None:
    """The place for progress, if there is one.

    Args:
        rows_on_stdout: whether rows appear on stdout meanwhile; on a terminal they would be
            mixed up with progress.
        lines: whether lines are wanted where nothing can be drawn.
    """
    if rows_on_stdout and sys.stdout.isatty():
        return None
    if is_watched(sys.stderr):
        return LiveLines()
    return Lines() if lines else None


class Display:
    """Shows progress for as long as its ``async with`` lasts.

    Args:
        look: tells how far the run is, given the seconds since the start.
        place: where it is shown; None: nowhere.
        clock: monotonic, in seconds.
    """

    def __init__(
        self,
        look: Callable[[float], Glimpse],
        place: Surface | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look = look
        self._place = place
        self._clock = clock
        self._started = clock()
        self._ticker: asyncio.Task[None] | None = None

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self._clock() - self._started

    async def __aenter__(self) -> Self:
        if self._place is not None:
            self._ticker = asyncio.create_task(self._tick(self._place), name="progress display")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._ticker is not None:
            self._ticker.cancel()
            await asyncio.wait([self._ticker])

    async def _tick(self, place: Surface) -> None:
        try:
            pauses = place.pauses()
            while True:
                await asyncio.sleep(next(pauses))
                elapsed = self.elapsed
                place.show(self._look(elapsed), elapsed)
        finally:
            place.close()
