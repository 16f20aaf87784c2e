"""What an export needs of a sealed run, beyond what comparing needs; `Run` satisfies it."""

from abc import abstractmethod
from typing import Protocol

import pyarrow as pa

from avepoint_async.snapshots.readable import ReadableRun
from avepoint_async.snapshots.summary import Summary


class SealedRun(ReadableRun, Protocol):
    """A run with its customers and its whole summary."""

    @property
    @abstractmethod
    def summary(self) -> Summary:
        """Its counts."""

    @abstractmethod
    def customers(self) -> pa.Table:
        """One row a customer."""
