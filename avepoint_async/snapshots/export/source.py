"""What an export needs of a sealed run; `Run` satisfies it."""

from abc import abstractmethod
from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

import pyarrow as pa

from avepoint_async.snapshots.summary import Summary


class SealedRun(Protocol):
    """A run as tables."""

    @property
    @abstractmethod
    def id(self) -> str:
        """Of the run."""

    @property
    @abstractmethod
    def started_at(self) -> datetime:
        """When it began, in UTC."""

    @property
    @abstractmethod
    def finished_at(self) -> datetime:
        """When it was sealed, in UTC."""

    @property
    @abstractmethod
    def complete(self) -> bool:
        """Whether it is whole."""

    @property
    @abstractmethod
    def summary(self) -> Summary:
        """Its counts."""

    @abstractmethod
    def users(self) -> Iterator[pa.RecordBatch]:
        """All users."""

    @abstractmethod
    def tenants(self) -> pa.Table:
        """One row a tenant."""

    @abstractmethod
    def customers(self) -> pa.Table:
        """One row a customer."""
