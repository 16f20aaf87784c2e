"""An asynchronous generator iterated by synchronous code, which a worker of Spark is.

Its event loop runs in a thread for as long as it is iterated. So it goes on while Spark consumes
what it was given: a loop that stands still meanwhile would find each answer under way timed out.
Nothing outlives the iteration, because workers are used again for other tasks.
"""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


def iterate(items: AsyncGenerator[T, None]) -> Generator[T, None, None]:
    """The items of an asynchronous generator; one is made ahead while the last is consumed.

    Closing the iterator early closes the generator, its loop and the thread before it returns.

    Raises:
        Exception: what the generator raises.
    """
    steps = _Steps(items)
    with _running_loop() as loop:
        coming = asyncio.run_coroutine_threadsafe(steps.next(), loop)
        try:
            while (item := coming.result()) is not None:
                coming = asyncio.run_coroutine_threadsafe(steps.next(), loop)
                yield item
        finally:
            asyncio.run_coroutine_threadsafe(steps.close(), loop).result()


class _Steps(Generic[T]):
    """The steps of a generator, on its loop: the next one, and the end wherever it stands."""

    _step: asyncio.Task[T | None]

    def __init__(self, items: AsyncGenerator[T, None]) -> None:
        self._items = items

    async def next(self) -> T | None:
        self._step = asyncio.create_task(self._advance())
        return await self._step

    async def _advance(self) -> T | None:
        return await anext(self._items, None)

    async def close(self) -> None:
        """To be called after `next`, and in the middle of it, too."""
        self._step.cancel()
        await asyncio.wait([self._step])
        await self._items.aclose()


@contextmanager
def _running_loop() -> Generator[asyncio.AbstractEventLoop]:
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        loop = runner.get_loop()
        # A daemon: it must not keep a worker alive that Spark wants to end.
        thread = Thread(target=loop.run_forever, name="avepoint_async spark", daemon=True)
        thread.start()
        try:
            yield loop
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
