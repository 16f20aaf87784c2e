"""Users for a file that stands alone: the names of customer and tenant are on each row."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from avepoint_async.snapshots.schema import USERS

if TYPE_CHECKING:
    from avepoint_async.snapshots.run import Run

_TEXT = pa.string()
_REST = [USERS.field(name) for name in USERS.names[2:]]
FLAT = pa.schema(
    [
        pa.field("customer_id", _TEXT, nullable=False),
        pa.field("customer_name", _TEXT),
        pa.field("tenant_id", _TEXT, nullable=False),
        pa.field("tenant_name", _TEXT),
        *_REST,
    ]
)
"""The columns of `ProtectedUser.as_row`, then ``page`` and ``observed_at``."""


def flat_users(run: "Run") -> Iterator[pa.RecordBatch]:
    """The users of the run in batches of the schema `FLAT`."""
    tenants = run.tenants()
    # Two ids together are the key: a tenant's id alone may stand with two customers.
    keys = _key(tenants["customer_id"], tenants["tenant_id"])
    for batch in run.users():
        customer_id, tenant_id = (batch[name].cast(_TEXT) for name in USERS.names[:2])
        rows = pc.index_in(_key(customer_id, tenant_id), value_set=keys)
        yield pa.RecordBatch.from_arrays(
            [
                customer_id,
                _taken(tenants["customer_name"], rows),
                tenant_id,
                _taken(tenants["tenant_name"], rows),
                *batch.columns[2:],
            ],
            schema=FLAT,
        )


def _key(customer_id: pa.Array, tenant_id: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(customer_id, tenant_id, "\x00")


def _taken(names: pa.ChunkedArray, rows: pa.Array) -> pa.Array:
    return names.combine_chunks().take(rows)
