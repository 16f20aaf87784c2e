"""A provider whose clients live in small batches, and once in a worker that dies among them."""

import os
import signal
from pathlib import Path
from typing import Any

import pyarrow as pa

from avepoint_async import AvePointClient
from avepoint_async.spark import reading
from avepoint_async.spark.rows import UserRows

FLAG = "AVEPOINT_TESTS_FLAG"
"""The variable that names a file; the worker that finds it removes it and dies."""


class MortalRows(UserRows):
    """Rows of which the third batch is the last that this process makes."""

    made = 0

    def batch(self) -> pa.RecordBatch:
        """All users so far, if the process lives."""
        MortalRows.made += 1
        flag = Path(os.environ[FLAG])
        if MortalRows.made == 3 and flag.exists():
            flag.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().batch()


def make(**settings: Any) -> AvePointClient:
    """A client of the environment, in a process that gives batches of a hundred users."""
    for name, value in (("UserRows", MortalRows), ("ROWS", 100)):
        setattr(reading, name, value)
    return AvePointClient.from_env(**settings)
