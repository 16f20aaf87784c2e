"""A process that takes a snapshot and dies at an exact point of it, as by ``kill -9``.

The points are met by patching what the system offers, in that process alone.
"""

import asyncio
import os
import re
import resource
import shutil
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs

from avepoint_async import AvePointClient, RetryPolicy
from avepoint_async.snapshots import History, SnapshotError


@attrs.frozen
class Point:
    """When to die: at the n-th call of a function that touches a file of this kind.

    Attributes:
        call: the name of the function, such as ``os.fsync``.
        of: what must be found in the path of its file, or in what is written: a regex.
        number: the how manieth such call, from 1.
        how: what is done of the call before dying: ``nothing``, ``half`` or ``all``.
    """

    call: str
    of: str
    number: int = 1
    how: str = "nothing"

    def __str__(self) -> str:
        return f"{self.call}({self.of})-{self.number}-{self.how}"


COMMIT = [
    Point("os.fsync", "[.]arrow[.]tmp$", how="half"),
    Point("os.fsync", "[.]arrow[.]tmp$"),
    Point("os.replace", "[.]arrow[.]tmp$"),
    Point("os.replace", "[.]arrow[.]tmp$", how="all"),
    Point("os.write", '"kind":"commit"'),
    Point("os.write", '"kind":"commit"', how="half"),
    Point("os.fdatasync", "manifest[.]jsonl$"),
    Point("os.fdatasync", "manifest[.]jsonl$", how="all"),
]
BEGIN = [
    Point("os.fsync", "[.]run[.]json[.]tmp$", how="half"),
    Point("os.replace", "/[.]new-[^/]*$"),
    Point("os.replace", "/[.]new-[^/]*$", how="all"),
]
SEAL = [
    Point("os.fsync", "users-00000[.]parquet[.]tmp$", how="half"),
    Point("os.replace", "tenants[.]parquet[.]tmp$"),
    Point("os.write", '"kind":"sealed"'),
    Point("os.write", '"kind":"sealed"', how="half"),
    Point("os.fsync", "[.]summary[.]json[.]tmp$", how="half"),
    Point("os.replace", "[.]summary[.]json[.]tmp$", how="all"),
    Point("shutil.rmtree", "[.]trash-segments$", how="half"),
    Point("os.replace", "[.]partial$"),
]
SEALED = Point("os.replace", "[.]partial$", how="all")


def take(
    folder: str,
    settings: dict[str, str],
    point: Point | None,
    shard: tuple[int, int] | None = None,
) -> None:
    """Take a snapshot, or go on with one; to be called in a process of its own."""
    if point is not None:
        _arm(point)
    asyncio.run(_take(folder, settings, shard))


async def _take(
    folder: str, settings: dict[str, str], shard: tuple[int, int] | None = None
) -> None:
    retry = RetryPolicy(attempts=1)
    async with AvePointClient.from_env(environ=settings, concurrency=4, retry=retry) as client:
        await History(folder).take(client, shard=shard, commit_every=0.01)


def _arm(point: Point) -> None:
    module = {"os": os, "shutil": shutil}[point.call.partition(".")[0]]
    name = point.call.partition(".")[2]
    inner: Callable[..., Any] = getattr(module, name)
    left = point.number

    def mortal(*args: Any, **options: Any) -> Any:
        nonlocal left
        left -= re.search(point.of, _touched(args)) is not None
        if left:
            return inner(*args, **options)
        if point.how == "half":
            _half(name, args)
        elif point.how == "all":
            inner(*args, **options)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    setattr(module, name, mortal)


def _touched(args: Sequence[Any]) -> str:
    """What a call is about: the path, that of the descriptor, or the bytes that are written."""
    if len(args) > 1 and isinstance(args[1], bytes | memoryview):
        return bytes(args[1]).decode()
    if isinstance(args[0], int):
        return str(Path(f"/proc/self/fd/{args[0]}").readlink())
    return str(args[0])


def _half(name: str, args: tuple[Any, ...]) -> None:
    if name == "fsync":
        os.ftruncate(args[0], os.fstat(args[0]).st_size // 2)
    elif name == "rmtree":
        min(Path(args[0]).iterdir()).unlink()
    else:
        # The write itself is patched.
        with os.fdopen(os.dup(args[0]), "ab", buffering=0) as file:
            file.write(args[1][: len(args[1]) // 2])


def take_within(folder: str, settings: dict[str, str], limit: int, told: str) -> None:
    """Take a snapshot where no file may be larger than so many bytes; writes down the error."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        asyncio.run(_take(folder, settings))
    except SnapshotError as error:
        Path(told).write_text(str(error), encoding="utf-8")
