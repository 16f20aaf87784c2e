"""The users of a run, one tenant's table after the other, from batches of any size."""

# The stubs of pyarrow name types of numpy, which is absent.
# pyright: reportUnknownMemberType=false

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from avepoint_async.refs import TenantRef


def by_tenant(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[TenantRef, pa.Table]]:
    """Each tenant's rows, in the order in which they come.

    Memory is that of one tenant and one batch.

    Args:
        batches: sorted by ``customer_id`` and ``tenant_id``, as ``Run.users`` gives them.

    Raises:
        ValueError: the batches are not sorted.
    """
    held: list[pa.RecordBatch] = []
    current: TenantRef | None = None
    for batch in batches:
        for tenant, part in _parts(batch):
            if tenant == current:
                held.append(part)
                continue
            if current is not None:
                if tenant < current:
                    message = f"users must be sorted by customer and tenant; {tenant} came late"
                    raise ValueError(message)
                yield current, pa.Table.from_batches(held)
            current, held = tenant, [part]
    if current is not None:
        yield current, pa.Table.from_batches(held)


def _parts(batch: pa.RecordBatch) -> Iterator[tuple[TenantRef, pa.RecordBatch]]:
    """The batch, cut where customer or tenant changes."""
    # Dictionaries may differ from batch to batch; plain strings compare.
    ids = [batch.column(name).cast(pa.string()) for name in ("customer_id", "tenant_id")]
    starts = sorted({0} | {place for column in ids for place in _changes(column)})
    rest = batch.drop_columns(["customer_id", "tenant_id"])
    for start, end in pairwise([*starts, rest.num_rows]):
        if start < end:
            tenant = TenantRef(ids[0][start].as_py(), ids[1][start].as_py())
            yield tenant, rest.slice(start, end - start)


def _changes(column: "pa.Array[Any]") -> Iterator[int]:
    """The places whose value is not that of the place before."""
    differs = pc.not_equal(column.slice(1), column.slice(0, max(len(column) - 1, 0)))
    places: list[Any] = pc.indices_nonzero(differs).to_pylist()
    return (place + 1 for place in places)
