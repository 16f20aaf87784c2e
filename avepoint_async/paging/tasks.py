"""The tasks of one fan-out: who starts them here ends them here."""

import asyncio
import contextvars
import logging
from collections.abc import Callable, Coroutine
from typing import Any

logger = logging.getLogger(__name__)


class TaskGroup:
    """Owns tasks, and keeps the first error that one of them ends with.

    Unlike ``asyncio.TaskGroup`` it is no block of code that waits: a fan-out is iterated while
    its tasks run, and its ``async with`` body must not be cancelled by their errors.

    Args:
        on_end: called each time that a task has ended well.
        on_failure: called once with the first error.

    Attributes:
        error: the first error; what else fails while the tasks are ended is logged.
        ending: whether the tasks were cancelled.
    """

    def __init__(
        self, *, on_end: Callable[[], None], on_failure: Callable[[BaseException], None]
    ) -> None:
        self.error: BaseException | None = None
        self.ending = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._on_end = on_end
        self._on_failure = on_failure
        self._context = contextvars.copy_context()

    def __len__(self) -> int:
        return len(self._tasks)

    def enter_context(self) -> None:
        """Let each task run in a copy of the context of now, whoever starts it."""
        self._context = contextvars.copy_context()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Start a task."""
        task = asyncio.get_running_loop().create_task(
            work, name="avepoint_async fan-out", context=self._context.copy()
        )
        self._tasks.add(task)
        task.add_done_callback(self._settle)

    def fail(self, error: BaseException) -> None:
        """Keep the first error, and cancel every task."""
        if self.error is None:
            self.error = error
            self._on_failure(error)
        self.cancel()

    def cancel(self) -> None:
        """Cancel every task, once: a second time would interrupt a source that is closing.

        ``Task.cancelling`` cannot replace ``ending``: it also counts what a time-out inside the
        task cancels, and after that the task would go on.
        """
        if not self.ending:
            self.ending = True
            for task in self._tasks:
                task.cancel()

    async def end(self) -> None:
        """Cancel what still runs, and stay until it has ended, even if cancelled meanwhile."""
        cancelled: asyncio.CancelledError | None = None
        self.cancel()
        while self._tasks:
            try:
                await asyncio.wait(self._tasks)
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            raise cancelled

    def _settle(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if error is None:
            self._on_end()
        elif not self.ending:
            self.fail(error)
        elif self.error is None and not isinstance(error, asyncio.CancelledError):
            logger.warning("while a fan-out was ended: %r", error)
