"""An event loop whose clock jumps to whatever is due next: nobody sleeps."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, TypeVar, TypeVarTuple

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")


class _Jump(selectors.DefaultSelector):
    """Instead of waiting, time passes; no socket is looked at, for there is none."""

    now = 1000.0
    waits = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Come back at once, as late as was asked for."""
        assert timeout is not None, "everyone waits, and nothing will ever happen"
        self.now += timeout
        self.waits += 1
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """In debug mode its timers are kept, so that a test can see whether one was left behind."""

    def __init__(self) -> None:
        self._jump = _Jump()
        self.timers: list[asyncio.TimerHandle] = []
        super().__init__(self._jump)

    @property
    def turns(self) -> int:
        """How often the loop went round."""
        return self._jump.waits

    @property
    def pending(self) -> list[asyncio.TimerHandle]:
        """The timers that would still ring."""
        return [
            timer for timer in self.timers if not timer.cancelled() and timer.when() > self.time()
        ]

    def time(self) -> float:
        """The virtual clock, in seconds."""
        return self._jump.now

    def call_at(
        self,
        when: float,
        callback: Callable[[*Arguments], object],
        *args: *Arguments,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Keep the timer."""
        timer = super().call_at(when, callback, *args, context=context)
        if self.get_debug():
            self.timers.append(timer)
        return timer


def run(
    test: Callable[[VirtualLoop], Coroutine[Any, Any, Result]], *, debug: bool = True
) -> Result:
    """Run a test in virtual time; gives what it returns.

    Args:
        test: is given the loop that it runs in.
        debug: whether asyncio watches; a long simulation takes five times as long with it.
    """
    with asyncio.Runner(debug=debug, loop_factory=VirtualLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualLoop)
        return runner.run(test(loop))
