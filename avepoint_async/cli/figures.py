"""Counts in words, for progress and summaries; pure."""

import attrs

from avepoint_async import Progress


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


def counted(number: int, noun: str) -> str:
    """``1 user``, ``1,234 users``; for nouns whose plural is an s or, after y, ies."""
    if number == 1:
        return f"1 {noun}"
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {plural}"


def ratio(done: int, total: int) -> float:
    """What is done, from 0 to 1, even if there was more than ``total`` promised."""
    return min(1.0, done / total)


def duration(seconds: float) -> str:
    """``0:07``, ``12:34`` or ``1:02:03``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def per_second(users: int, elapsed: float) -> str:
    """``4,210 users/s``; of a first moment that is too short to tell, 0."""
    return f"{users / elapsed if elapsed >= 0.1 else 0:,.0f} users/s"


def fleet_glimpse(progress: Progress, elapsed: float, tenants: int | None = None) -> Glimpse:
    """How far a fan-out is; ``tenants``: how many there are, where that is known."""
    settled = progress.tenants_finished + progress.tenants_failed
    if tenants is None:
        under_way = progress.tenants_started - settled
        headline = f"{counted(settled, 'tenant')} done, {under_way:,} under way"
    else:
        headline = f"{settled:,} of {counted(tenants, 'tenant')}"
    details = (
        *([f"{progress.tenants_failed:,} failed"] if progress.tenants_failed else []),
        counted(progress.pages, "page"),
        counted(progress.users, "user"),
        per_second(progress.users, elapsed),
        counted(progress.retries, "retry"),
    )
    return Glimpse(headline, ", ".join(details), tenants and ratio(settled, tenants))


def tenant_glimpse(progress: Progress, elapsed: float, total: int | None) -> Glimpse:
    """How far the walk of one tenant is; ``total``: its users, where that is known."""
    all_of_them = f"of {counted(total, 'user')}" if total else "users"
    details = (
        counted(progress.pages, "page"),
        per_second(progress.users, elapsed),
        counted(progress.retries, "retry"),
    )
    return Glimpse(
        f"{progress.users:,} {all_of_them}",
        ", ".join(details),
        total and ratio(progress.users, total),
    )


def summary(progress: Progress, elapsed: float) -> str:
    """What a fan-out came to, in one line."""
    settled = progress.tenants_finished + progress.tenants_failed
    failed = f" ({progress.tenants_failed:,} failed)" if progress.tenants_failed else ""
    return (
        f"{counted(progress.users, 'user')} of {counted(settled, 'tenant')}{failed} in "
        f"{elapsed:,.1f} s: {counted(progress.pages, 'page')}, "
        f"{counted(progress.requests, 'request')}, {counted(progress.retries, 'retry')}"
    )
