"""What can go wrong with one answer, and which request meets it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import attrs

from avepoint_async.testing.bounds import AT_LEAST_ONE, COUNT, POSITIVE, SECONDS
from avepoint_async.testing.delivery import (
    JSON_TYPE,
    Answer,
    BadGzip,
    Cut,
    Delivery,
    Huge,
    Reset,
    Stall,
    Trickle,
    Whole,
    WrongLength,
    phrase_of,
)
from avepoint_async.testing.dialect import encode
from avepoint_async.testing.journal import Kind, Recorded, check_kinds


@attrs.frozen
class Fault:
    """One answer that goes wrong.

    Attributes:
        name: what it is, for the tester's own output.
        answer: what is sent; None for what would have been sent anyway.
        delivery: how it travels.
        wait: what is awaited before anything else.

    Raises:
        ValueError: a number of bytes or seconds that makes no sense.
    """

    name: str
    answer: Answer | None = attrs.field(default=None, repr=False)
    delivery: Delivery = attrs.field(factory=Whole)
    wait: Callable[[], Awaitable[object]] | None = attrs.field(default=None, repr=False)

    @classmethod
    def status(
        cls,
        status: int,
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        retry_after: float | str | None = None,
    ) -> "Fault":
        """An error status; ``body`` is sent as it is if bytes, else as JSON.

        Without a body it is the gateway's short form. ``headers`` take the place of what the
        emulator would send under the same names. ``retry_after`` is written as it stands.
        """
        if body is None:
            body = {"traceId": "fault", "error": phrase_of(status), "statusCode": status}
        sent = body if isinstance(body, bytes) else encode(body)
        extra = dict(headers or {})
        if retry_after is not None:
            extra["Retry-After"] = str(retry_after)
        return cls(f"status {status}", Answer(status, sent, headers=extra))

    @classmethod
    def body(cls, body: bytes, *, status: int = 200, content_type: str = JSON_TYPE) -> "Fault":
        """These bytes as the body, whole."""
        return cls("body", Answer(status, body, content_type))

    @classmethod
    def redirect(cls, location: str, *, status: int = 307) -> "Fault":
        """A redirect to ``location``."""
        return cls(f"redirect {status}", Answer(status, headers={"Location": location}))

    @classmethod
    def reset(cls) -> "Fault":
        """A TCP reset in place of an answer, as of a keep-alive connection that was dropped."""
        return cls("reset", Answer(), Reset())

    @classmethod
    def cut(cls, after_bytes: int = 20) -> "Fault":
        """The true answer, its body cut off; the connection is closed."""
        COUNT.check("after_bytes", after_bytes)
        return cls(f"cut after {after_bytes} bytes", None, Cut(after_bytes))

    @classmethod
    def wrong_length(cls, off: int = -1) -> "Fault":
        """The true answer under a Content-Length that is ``off`` by so many bytes."""
        return cls(f"length off by {off}", None, WrongLength(off))

    @classmethod
    def trickle(cls, bytes_per_second: float) -> "Fault":
        """The true answer, slowly."""
        POSITIVE.check("bytes_per_second", bytes_per_second)
        return cls(f"trickle {bytes_per_second:g} B/s", None, Trickle(bytes_per_second))

    @classmethod
    def bad_gzip(cls) -> "Fault":
        """The true status, with a body that claims to be gzip and cannot be unpacked."""
        return cls("bad gzip", None, BadGzip())

    @classmethod
    def huge(
        cls,
        size: int,
        *,
        status: int = 200,
        content_type: str = JSON_TYPE,
        declared: bool = True,
        compressed: bool = False,
    ) -> "Fault":
        """``size`` bytes of opening brackets, never held in memory.

        Args:
            size: bytes after unpacking.
            status: the status they come with.
            content_type: the Content-Type header.
            declared: whether a Content-Length tells of them beforehand.
            compressed: whether they travel as gzip, a thousand times smaller, undeclared.
        """
        COUNT.check("size", size)
        answer = Answer(status, content_type=content_type)
        return cls(f"huge, {size} bytes", answer, Huge(size, declared, compressed))

    @classmethod
    def stall(cls, after_bytes: int | None = None) -> "Fault":
        """No end: no answer at all, or the head and ``after_bytes`` of the true answer's body."""
        COUNT.check("after_bytes", after_bytes or 0)
        answer = Answer() if after_bytes is None else None
        return cls("stall", answer, Stall(after_bytes))

    @classmethod
    def delay(cls, seconds: float) -> "Fault":
        """The true answer, ``seconds`` later than usual."""
        SECONDS.check("seconds", seconds)
        return cls(f"delay {seconds:g} s", wait=lambda: asyncio.sleep(seconds))

    @classmethod
    def until(cls, event: asyncio.Event) -> "Fault":
        """The true answer, once ``event`` is set."""
        return cls("until an event", wait=event.wait)


@attrs.define
class _Line:
    fault: Fault
    kind: Kind | None
    tenant: tuple[str, str] | None
    page: int | None
    left: float

    def meets(self, recorded: Recorded) -> bool:
        if self.kind != recorded.kind and not (self.kind is None and recorded.kind != "token"):
            return False
        if self.tenant not in (None, (recorded.customer_id, recorded.tenant_id)):
            return False
        # A query without a page index asks for the first.
        return self.page in (None, recorded.page_index or 1)


class Script:
    """Faults in the order written; each request takes the first that is meant for it."""

    def __init__(self) -> None:
        self._lines: list[_Line] = []

    def add(
        self,
        faults: Iterable[Fault],
        kind: Kind | None,
        tenant: tuple[str, str] | None,
        page: int | None,
        times: int | None,
    ) -> None:
        """Write faults at the end; ``times`` of None never runs out.

        Raises:
            ValueError: an unknown kind, less than one time, or a page before the first.
        """
        check_kinds([kind])
        AT_LEAST_ONE.check("times", 1 if times is None else times)
        AT_LEAST_ONE.check("page", 1 if page is None else page)
        left = float("inf") if times is None else times
        self._lines += [_Line(fault, kind, tenant, page, left) for fault in faults]

    def clear(self) -> None:
        """Forget what is left."""
        self._lines.clear()

    @property
    def left(self) -> float:
        """How many faults are still to come."""
        return sum(line.left for line in self._lines)

    def take(self, recorded: Recorded) -> Fault | None:
        """The fault that this request meets, if one is written for it."""
        for line in self._lines:
            if line.meets(recorded):
                line.left -= 1
                if not line.left:
                    self._lines.remove(line)
                return line.fault
        return None
