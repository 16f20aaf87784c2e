"""How deep a page lies: which of our functions stand between a caller and the socket."""

import sys
from types import FrameType
from typing import Any

import aiohttp

import avepoint_async
from tests.conftest import CUSTOMER, TENANT, Serve, new_client


def _ours(frame: FrameType | None) -> list[str]:
    """The names of our functions on the stack, outermost first."""
    folder = avepoint_async.__path__[0]
    names: list[str] = []
    while frame is not None:
        if frame.f_code.co_filename.startswith(folder):
            names.append(frame.f_code.co_name)
        frame = frame.f_back
    return names[::-1]


async def test_a_page_passes_seven_frames(serve: Serve) -> None:
    """From the walk down to where the answer is read, each named for what it does."""
    seen: list[list[str]] = []

    async def look(*_: Any) -> None:
        seen.append(_ours(sys._getframe()))  # noqa: SLF001  # the only way to see a stack

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(look)
    emulator = (await serve(3)).emulator
    async with (
        aiohttp.ClientSession(trace_configs=[trace]) as http,
        new_client(emulator, session=http) as client,
    ):
        assert await client.protected_users(CUSTOMER, TENANT).count() == 3
    token, page = seen
    assert token[-3:] == ["retry", "_ask", "send"]
    session = ["send", "retry", "_reauthenticate", "_send_in_slot", "send"]
    assert page == ["count", "__anext__", "send", *session]
