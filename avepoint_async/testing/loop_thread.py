"""A thread that runs an event loop."""

import asyncio
import threading
from collections.abc import Awaitable
from concurrent.futures import Future
from types import TracebackType
from typing import Self, TypeVar

T = TypeVar("T")


class LoopThread:
    """An event loop that runs in a thread of its own, for as long as the ``with`` lasts."""

    def __enter__(self) -> Self:
        up: Future[asyncio.AbstractEventLoop] = Future()
        # A daemon: a program that forgets to leave can still end.
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._live(up)), name="avepoint emulator", daemon=True
        )
        self._thread.start()
        self._loop = up.result()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    async def _live(self, up: Future[asyncio.AbstractEventLoop]) -> None:
        self._end = asyncio.Event()
        up.set_result(asyncio.get_running_loop())
        await self._end.wait()

    @property
    def is_here(self) -> bool:
        """Whether the caller is on this thread."""
        return threading.current_thread() is self._thread

    def start(self, awaitable: Awaitable[T]) -> Future[T]:
        """Await on this thread."""

        async def wait() -> T:
            return await awaitable

        return asyncio.run_coroutine_threadsafe(wait(), self._loop)
