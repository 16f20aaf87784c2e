"""To which event loop and which process the sockets of a client belong."""

import asyncio
import os
from typing import NoReturn

from avepoint_async.errors import ConfigurationError


class LoopAffinity:
    """The event loop and the process in which a client was first used, once it was."""

    def __init__(self) -> None:
        self._process = os.getpid()
        self._loop: asyncio.AbstractEventLoop | None = None

    def bind(self) -> None:
        """Belong to the running loop, unless there is one already.

        Raises:
            ConfigurationError: the client belongs to another loop or process, or this is none of
                asyncio (but trio's, say).
        """
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            _fail("this client runs on asyncio, and no event loop of asyncio is running here")
        if self._loop is None:
            self._process, self._loop = os.getpid(), loop
        elif not self.is_own_process or self._loop is not loop:
            _refuse("make one client for each")

    @property
    def is_own_process(self) -> bool:
        """Whether what is open belongs to this process.

        After a fork it is the parent's: to close it would take it out of the selector that both
        processes share, and the parent would wait for answers in vain.
        """
        return self._loop is None or self._process == os.getpid()

    def can_wait(self) -> bool:
        """Whether what is under way can be waited for: not in a fork, nor when its loop is over.

        Raises:
            ConfigurationError: another event loop may still go on with it.
        """
        if self._loop is None:
            return True
        if not self.is_own_process or self._loop.is_closed():
            return False
        if self._loop is not asyncio.get_running_loop():
            _refuse("close it there")
        return True


def _refuse(remedy: str) -> NoReturn:
    message = (
        "this client was first used in another event loop or process, and its sockets live "
        f"there: {remedy}"
    )
    _fail(message)


def _fail(message: str) -> NoReturn:
    error = ConfigurationError(message)
    error.fatal = True
    raise error from None
