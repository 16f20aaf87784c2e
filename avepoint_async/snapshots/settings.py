"""What a run was asked to do: written once, and compared before a run goes on."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import msgspec

from avepoint_async.refs import TenantRef
from avepoint_async.snapshots.durable import write_file

NAME = "run.json"


class RunSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a run was asked to do. No secret stands here.

    Attributes:
        id: of the run.
        started_at: when it began.
        version: of this package.
        service: the address of the cloud.
        customer_ids: the filter of customers; empty: all.
        arguments: a hash of all that tells what is asked: cloud, customers and tenants.
        shard: which part of that this run is, such as ``2/8``; None: all of it.
        merged: the ids of the runs of shards that this one was merged of.
    """

    id: str
    started_at: datetime
    version: str
    service: str
    customer_ids: list[str]
    arguments: str
    shard: str | None = None
    merged: list[str] = []


def arguments_hash(
    service: str, customer_ids: Iterable[str], tenants: Iterable[TenantRef] | None
) -> str:
    """The same for the same cloud, customers and tenants, whatever their order."""
    pairs = None if tenants is None else sorted((e.customer_id, e.tenant_id) for e in tenants)
    asked = [service, sorted(each.casefold() for each in customer_ids), pairs]
    return hashlib.sha256(msgspec.json.encode(asked)).hexdigest()


def write_settings(folder: Path, settings: RunSettings) -> None:
    """Write the settings into the folder of the run.

    Raises:
        OSError: there is no room, or another trouble of the disk.
    """
    write_file(folder / NAME, msgspec.json.format(msgspec.json.encode(settings)) + b"\n")


def read_settings(folder: Path) -> RunSettings:
    """The settings of the run in this folder.

    Raises:
        OSError: they cannot be read.
        msgspec.DecodeError, UnicodeDecodeError: they are damaged.
    """
    return msgspec.json.decode((folder / NAME).read_bytes(), type=RunSettings)
