"""The tables of a run as Arrow schemas; every file and every export follows them.

A boolean that is null is *not listed*, which is unknown and not unprotected. Times are UTC.
"""

# The stubs of pyarrow name types of numpy, which is absent.
# pyright: reportUnknownMemberType=false

from typing import Any

import pyarrow as pa

_ID = pa.dictionary(pa.int32(), pa.string())
TIME = pa.timestamp("us", tz="UTC")
"""Every moment is in UTC."""


def make_schema(fields: "list[pa.Field[Any]]") -> pa.Schema:
    """A schema of these fields."""
    return pa.schema(fields)


def fields_of(schema: pa.Schema) -> "list[pa.Field[Any]]":
    """The fields of a schema, in order."""
    return [schema.field(place) for place in range(len(schema.names))]


ANSWERS = make_schema(
    [
        pa.field("email", pa.string(), nullable=False),
        pa.field("display_name", pa.string()),
        pa.field("id", pa.string()),
        pa.field("mailbox", pa.bool_()),
        pa.field("onedrive", pa.bool_()),
        pa.field("other_modules", pa.string()),
        pa.field("page", pa.int32(), nullable=False),
        pa.field("observed_at", TIME, nullable=False),
    ]
)
"""What a segment holds of each user; whose users they are, the manifest says."""

USERS = make_schema(
    [
        pa.field("customer_id", _ID, nullable=False),
        pa.field("tenant_id", _ID, nullable=False),
        *ANSWERS,
    ]
)
"""One row a user, sorted by customer, tenant and page.

``other_modules`` is like ``7=true;9=false``; ``page`` is the page of the walk, from 1;
``observed_at`` is when the answer came that told of the user.
"""

TENANTS = make_schema(
    [
        pa.field("customer_id", pa.string(), nullable=False),
        pa.field("customer_name", pa.string()),
        pa.field("tenant_id", pa.string(), nullable=False),
        pa.field("tenant_name", pa.string()),
        pa.field("state", pa.string(), nullable=False),
        pa.field("users", pa.int64(), nullable=False),
        pa.field("pages", pa.int64(), nullable=False),
        pa.field("total_count", pa.int64()),
        pa.field("duplicates", pa.int64(), nullable=False),
        pa.field("drifted", pa.int64(), nullable=False),
        pa.field("unreadable", pa.int64(), nullable=False),
        pa.field("passes", pa.int64(), nullable=False),
        pa.field("attempts", pa.int64(), nullable=False),
        pa.field("error", pa.string()),
        pa.field("status", pa.int64()),
        pa.field("message", pa.string()),
        pa.field("request_id", pa.string()),
        pa.field("started_at", TIME),
        pa.field("finished_at", TIME),
    ]
)
"""One row a tenant, sorted by customer and tenant.

``state`` is one of

- ``complete``: every user that stood there throughout is here, once;
- ``short``: fewer rows than the service promised, or some that could not be read;
- ``drifted``: the list was still changing in the last pass;
- ``failed``: see ``error``, ``status``, ``message``; its ``users`` are those that came before;
- ``unasked``: the run was stopped before this tenant was through.

``attempts`` counts how often the tenant was tried, after a crash or a failure that might have
passed; ``started_at`` and ``finished_at`` are when the
first and the last answer of the one that counts came.
"""

CUSTOMERS = make_schema(
    [
        pa.field("customer_id", pa.string(), nullable=False),
        pa.field("organization", pa.string()),
        pa.field("owner_email", pa.string()),
        pa.field("country_or_region", pa.string()),
        pa.field("job_status", pa.int64()),
        pa.field("management_mode", pa.int64()),
        pa.field("tenants", pa.int64(), nullable=False),
    ]
)
"""One row a customer, as the service described it, sorted by id."""
