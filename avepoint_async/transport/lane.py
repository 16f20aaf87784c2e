"""One consumer's share of the client's pace: its own bound, and its own counters."""

import asyncio

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


class Lane:
    """Bounds the requests in flight of one fan-out, inside the bound of the whole client.

    Args:
        width: requests in flight at most, 1 or more.
    """

    def __init__(self, width: int) -> None:
        self.tally = Tally()
        self.slots = asyncio.Semaphore(width)
