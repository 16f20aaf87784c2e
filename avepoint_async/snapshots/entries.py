"""The lines of a manifest: what each of them says, and how it is read and written.

One line is ``crc32 {json}``: eight hexadecimal digits, a blank, an object whose ``kind`` tells
which of the entries below it is. A line counts if it is whole.
"""

import zlib
from datetime import datetime
from typing import TypeAlias

import msgspec


class Begun(msgspec.Struct, frozen=True, tag_field="kind", tag="begun"):
    """A process began to work on the run, or went on with it."""

    at: datetime


class CustomerSeen(msgspec.Struct, frozen=True, tag_field="kind", tag="customer"):
    """A customer as it was read, with its tenants as pairs of id and name."""

    id: str
    organization: str | None
    owner_email: str | None
    country_or_region: str | None
    job_status: int | None
    management_mode: int | None
    tenants: list[tuple[str, str | None]]


class Given(msgspec.Struct, frozen=True, tag_field="kind", tag="given"):
    """The tenants that the caller named, instead of a discovery.

    Each is a customer's id, a tenant's id, and the names of both.
    """

    tenants: list[tuple[str, str, str | None, str | None]]


class RosterRead(msgspec.Struct, frozen=True, tag_field="kind", tag="roster"):
    """The list of tenants was read to its end, and whether it was whole."""

    complete: bool


class Span(msgspec.Struct, frozen=True, array_like=True):
    """Rows of a segment that belong to one walk of one tenant."""

    customer_id: str
    tenant_id: str
    attempt: int
    start: int
    rows: int


class Settled(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a tenant in one walk; ``attempt`` tells which one of this run, from 1.

    The fields of a `WalkOutcome` are written out here: what is on disk does not change with it.
    `snapshots.outcomes` translates.
    """

    customer_id: str
    tenant_id: str
    attempt: int
    users: int = 0
    pages: int = 0
    total_count: int | None = None
    complete: bool = False
    duplicates: int = 0
    drifted: int = 0
    unreadable: int = 0
    passes: int = 1
    tries: int = 1
    error: str | None = None
    status: int | None = None
    message: str | None = None
    request_id: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


class Traffic(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the client has sent since the process began with the run."""

    requests: int = 0
    retries: int = 0
    throttled: int = 0


class Commit(msgspec.Struct, frozen=True, tag_field="kind", tag="commit", omit_defaults=True):
    """A segment is part of the run from here on, and these tenants are settled.

    ``file`` is empty if no user came with it.
    """

    tenants: list[Settled]
    traffic: Traffic
    file: str = ""
    rows: int = 0
    size: int = 0
    crc32: int = 0
    pages: int = 0
    spans: list[Span] = []


class Void(msgspec.Struct, frozen=True, tag_field="kind", tag="void"):
    """What came of this walk of a tenant before does not count; the tenant is walked anew."""

    customer_id: str
    tenant_id: str
    attempt: int


class Sealed(msgspec.Struct, frozen=True, tag_field="kind", tag="sealed"):
    """Nothing more comes. A run that was ``stopped`` has tenants that were not asked."""

    at: datetime
    stopped: bool


Entry: TypeAlias = Begun | CustomerSeen | Given | RosterRead | Commit | Void | Sealed

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Entry)
_CRC = 9  # eight digits and the blank


def to_line(entry: Entry) -> bytes:
    """The entry as one line, its end included."""
    body = _ENCODER.encode(entry)
    return b"%08x %s\n" % (zlib.crc32(body), body)


def from_line(line: bytes) -> Entry | None:
    """What the line says; None if it is not whole. The line's end must be part of it."""
    body = line[_CRC:-1]
    if not line.endswith(b"\n") or line[:_CRC] != b"%08x " % zlib.crc32(body):
        return None
    try:
        entry: Entry = _DECODER.decode(body)
    except msgspec.DecodeError:
        return None
    return entry
