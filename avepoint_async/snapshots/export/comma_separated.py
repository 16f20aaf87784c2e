"""CSV after RFC 4180, in UTF-8 without a byte order mark, with a header.

Text stands in quotes, booleans are ``true`` and ``false``, and what is null is empty.
Values are written as they are: a spreadsheet may take one that begins with ``=``, ``+``, ``-`` or
``@`` for a formula.
"""

# The stubs of pyarrow name types of numpy, which is absent.
# pyright: reportUnknownMemberType=false

from pathlib import Path

import pyarrow.csv as pc_csv

from avepoint_async.snapshots.durable import new_file
from avepoint_async.snapshots.export.flat import FLAT, flat_users
from avepoint_async.snapshots.export.source import SealedRun


def write_csv(run: SealedRun, path: Path) -> int:
    """Write the users to a file; returns how many.

    Raises:
        OSError: it cannot be written.
    """
    rows = 0
    with new_file(path) as file, pc_csv.CSVWriter(file, FLAT) as writer:
        for batch in flat_users(run):
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows
