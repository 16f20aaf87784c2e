"""What comparing and reporting need of a sealed run; the runs of a history satisfy it."""

from abc import abstractmethod
from collections.abc import Hashable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

import pyarrow as pa

from avepoint_async.refs import TenantRef


class ReadableSummary(Protocol):
    """The counts of a sealed run, as far as they are needed here."""

    @property
    @abstractmethod
    def roster_complete(self) -> bool:
        """Whether the list of tenants was read to its end: only then is a tenant missing gone."""

    @property
    @abstractmethod
    def requests(self) -> int:
        """Requests sent, retries included."""

    @property
    @abstractmethod
    def throttled(self) -> int:
        """Requests that the service refused with 429 or 503."""


class ReadableRun(Protocol):
    """One finished night, as tables; their columns are those of ``snapshots.schema``."""

    @property
    @abstractmethod
    def id(self) -> str:
        """The run's name, unique within its history."""

    @property
    @abstractmethod
    def started_at(self) -> datetime:
        """When the run began, in UTC."""

    @property
    @abstractmethod
    def finished_at(self) -> datetime:
        """When the run was sealed, in UTC."""

    @property
    @abstractmethod
    def complete(self) -> bool:
        """Whether the roster was whole, and every tenant of it."""

    @property
    @abstractmethod
    def asked_for(self) -> Hashable:
        """The cloud, and which customers, tenants or shard: the same for runs of one question."""

    @property
    @abstractmethod
    def summary(self) -> ReadableSummary:
        """Its counts."""

    @abstractmethod
    def users(
        self,
        *,
        tenants: Iterable[TenantRef] | None = None,
        columns: Iterable[str] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """The users of these tenants, or of all, sorted by customer, tenant and page."""

    @abstractmethod
    def tenants(self) -> pa.Table:
        """The tenants of the roster, and what became of each."""


class ReadableHistory(Protocol):
    """The sealed runs of a folder."""

    @abstractmethod
    def runs(self) -> Sequence[ReadableRun]:
        """Every sealed run, oldest first."""
