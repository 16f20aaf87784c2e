"""The way out for data: bytes to stdout, without holding up what goes on beside it.

A reader may be slow, as a pager is. Until it reads on, requests go on, their time-outs stay true,
and Ctrl-C works, because the wait for the pipe is a wait of the event loop.
"""

import asyncio
import select
import sys
from typing import TextIO

from avepoint_async import FanOut, ProtectedUser
from avepoint_async.cli.rows import Layout

# What a pipe that is ready takes without blocking, by POSIX at least 512 and on Linux 4096.
_CHUNK = select.PIPE_BUF if hasattr(select, "PIPE_BUF") else 512


async def put(data: bytes) -> None:
    """Write the data to stdout, all of it.

    Raises:
        BrokenPipeError: the reader went away.
        OSError: there is no room, or another trouble of the system.
    """
    stream = sys.stdout.buffer
    for start in range(0, len(data), _CHUNK):
        await _until_ready(sys.stdout)
        stream.write(data[start : start + _CHUNK])
        stream.flush()


async def put_text(text: str) -> None:
    """Write text in the encoding of stdout; characters that it lacks become question marks."""
    await put(text.encode(sys.stdout.encoding, "replace"))


async def _until_ready(stream: TextIO) -> None:
    """Wait until the stream takes a chunk; one that cannot be waited for is taken as ready."""
    try:
        descriptor = stream.fileno()
        ready = select.select([], [descriptor], [], 0)[1]
    except OSError:
        return
    if not ready:
        await _wait_for(descriptor)


async def _wait_for(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    turn = asyncio.Event()
    loop.add_writer(descriptor, turn.set)
    try:
        await turn.wait()
    finally:
        loop.remove_writer(descriptor)


async def put_rows(fleet: FanOut[ProtectedUser], layout: Layout, *, named: bool) -> None:
    """Write the users of a fan-out as they come, page by page; nothing is kept.

    Args:
        fleet: entered, and not iterated yet.
        layout: how they are written.
        named: whether each row names its tenant.

    Raises:
        AvePointError: what the fan-out raises.
        OSError: what `put` raises.
    """
    # It waits for the first page, so that a run that was refused leaves nothing behind.
    header = layout.header_of_many if named else layout.header
    async for tenant, page in fleet.pages():
        await put(header + layout.rows(page.items, tenant if named else None))
        header = b""
    await put(header)
