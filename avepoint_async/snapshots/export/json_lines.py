"""JSON lines in UTF-8: one object a user, its keys always all there."""

# The stubs of pyarrow name types of numpy, which is absent.
# pyright: reportUnknownMemberType=false

from pathlib import Path

import msgspec

from avepoint_async.snapshots.durable import new_file
from avepoint_async.snapshots.export.flat import flat_users
from avepoint_async.snapshots.export.source import SealedRun


def write_json_lines(run: SealedRun, path: Path) -> int:
    """Write the users to a file; returns how many.

    Raises:
        OSError: it cannot be written.
    """
    encoder = msgspec.json.Encoder()
    rows = 0
    with new_file(path) as file:
        for batch in flat_users(run):
            file.write(encoder.encode_lines(batch.to_pylist()))
            rows += batch.num_rows
    return rows
