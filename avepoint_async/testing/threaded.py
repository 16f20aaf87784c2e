"""The emulator on a thread of its own, for whoever runs no event loop or blocks the one there is.

Everything that touches the emulator's event loop is carried to it, so that a test may say the
same things as in a coroutine, from any thread.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import ExitStack
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

from avepoint_async.testing.emulator import Emulator
from avepoint_async.testing.faults import Fault
from avepoint_async.testing.journal import Kind

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


class ThreadedEmulator(Emulator):
    """An emulator for as long as its ``with`` lasts, usable from any thread.

    ::

        with ThreadedEmulator(fleet=Fleet.of({("c1", "t1"): 250})) as emulator:
            subprocess.run(["my-service"], env=os.environ | emulator.settings)

    It says and takes what `Emulator` does. `arrived` and `idle` may be awaited in any event loop:
    ``asyncio.run(emulator.arrived(3))`` waits for three requests without one. An
    ``asyncio.Event`` of the tester's belongs to the tester's loop, so ``Fault.until`` is not for
    it: `hold` and `release` are.
    """

    _thread: LoopThread | None = None

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            thread = stack.enter_context(LoopThread())
            thread.start(self.__aenter__()).result()
            stack.callback(lambda: thread.start(self.__aexit__(None, None, None)).result())
            self._stack = stack.pop_all()
        self._thread = thread
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._thread = None
        self._stack.close()

    async def arrived(self, number: int, kind: Kind | None = None) -> None:
        """As of `Emulator`, in any event loop."""
        await self._awaited(super().arrived(number, kind))

    async def idle(self, at_most: int = 0) -> None:
        """As of `Emulator`, in any event loop."""
        await self._awaited(super().idle(at_most))

    def hold(self, *kinds: Kind) -> None:
        """As of `Emulator`, from any thread."""
        self._called(partial(super().hold, *kinds))

    def release(self, count: int | None = None) -> None:
        """As of `Emulator`, from any thread."""
        self._called(partial(super().release, count))

    def revoke_tokens(self) -> None:
        """As of `Emulator`, from any thread."""
        self._called(super().revoke_tokens)

    def drop_connections(self) -> None:
        """As of `Emulator`, from any thread."""
        self._called(super().drop_connections)

    def script(
        self,
        *faults: Fault,
        kind: Kind | None = "users",
        tenant: tuple[str, str] | None = None,
        page: int | None = None,
        times: int | None = 1,
    ) -> None:
        """As of `Emulator`, from any thread."""
        write = partial(super().script, kind=kind, tenant=tenant, page=page, times=times)
        self._called(partial(write, *faults))

    def clear_script(self) -> None:
        """As of `Emulator`, from any thread."""
        self._called(super().clear_script)

    async def _awaited(self, awaitable: Awaitable[T]) -> T:
        if self._thread is None:
            return await awaitable
        return await asyncio.wrap_future(self._thread.start(awaitable))

    def _called(self, act: Callable[[], T]) -> T:
        if self._thread is None or self._thread.is_here:
            return act()

        async def call() -> T:
            return act()

        return self._thread.start(call()).result()
