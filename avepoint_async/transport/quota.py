"""One fan-out's share of the client's slots: its own bound, and its own counters."""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager

import attrs


@attrs.define
class Tally:
    """Counts what was sent.

    Attributes:
        requests: sends to the API, retries included.
        retries: sends after the first of their call.
        throttled: sends that the service refused with 429 or 503.
    """

    requests: int = 0
    retries: int = 0
    throttled: int = 0


class Quota:
    """Bounds the requests in flight of one fan-out, inside the bound of the whole client.

    Args:
        width: requests in flight at most, 1 or more.
        on_pause: called when a request begins to wait before it is sent again.

    Attributes:
        tally: what was sent.
        slots: held by each request in flight, and by each that waits for its turn.
        pausing: requests that wait before they are sent again; these hold no slot.
    """

    def __init__(self, width: int, *, on_pause: Callable[[], None]) -> None:
        self.tally = Tally()
        self.slots = asyncio.Semaphore(width)
        self.pausing = 0
        self._on_pause = on_pause

    @contextmanager
    def pause(self) -> Generator[None]:
        """Around the wait of a request that is to be sent again."""
        self.pausing += 1
        self._on_pause()
        try:
            yield
        finally:
            self.pausing -= 1
