"""Users for a file that stands alone: the names of customer and tenant are on each row."""

# The stubs of pyarrow name types of numpy, which is absent.
# pyright: reportUnknownMemberType=false

from collections.abc import Iterator
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from avepoint_async.snapshots.export.source import SealedRun
from avepoint_async.snapshots.schema import USERS, fields_of, make_schema

_Column: TypeAlias = "pa.Array[Any]"
_TEXT = pa.string()
_REST = fields_of(USERS)[2:]
FLAT = make_schema(
    [
        pa.field("customer_id", _TEXT, nullable=False),
        pa.field("customer_name", _TEXT),
        pa.field("tenant_id", _TEXT, nullable=False),
        pa.field("tenant_name", _TEXT),
        *_REST,
    ]
)
"""The columns of `ProtectedUser.as_row`, then ``page`` and ``observed_at``."""


def flat_users(run: SealedRun) -> Iterator[pa.RecordBatch]:
    """The users of the run in batches of the schema `FLAT`."""
    tenants = run.tenants()
    # Two ids together are the key: a tenant's id alone may stand with two customers.
    keys = _key(*(tenants[name].combine_chunks() for name in USERS.names[:2]))
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


def _key(customer_id: _Column, tenant_id: _Column) -> _Column:
    separator: Any = "\x00"
    key: _Column = pc.binary_join_element_wise(customer_id, tenant_id, separator)
    return key


def _taken(names: "pa.ChunkedArray[Any]", rows: _Column) -> _Column:
    return names.combine_chunks().take(rows)
