"""One Parquet file of users, for tools that take one file and know no folders."""

# The stubs of pyarrow name types of numpy, which is absent.
# pyright: reportUnknownMemberType=false

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from avepoint_async.snapshots.durable import new_file
from avepoint_async.snapshots.export.flat import FLAT, flat_users
from avepoint_async.snapshots.export.source import SealedRun

_REPEATED: Any = ["customer_id", "customer_name", "tenant_id", "tenant_name", "other_modules"]


def write_parquet(run: SealedRun, path: Path) -> int:
    """Write the users to a file; returns how many.

    Raises:
        OSError: it cannot be written.
    """
    rows = 0
    with (
        new_file(path) as file,
        pq.ParquetWriter(file, FLAT, compression="zstd", use_dictionary=_REPEATED) as writer,
    ):
        for batch in flat_users(run):
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows
