"""What a client has done so far, and at which pace."""

import attrs


@attrs.frozen(kw_only=True)
class Stats:
    """The counters of one client, as they were when they were asked for.

    Attributes:
        requests: requests sent to the API, retries included.
        retries: requests that were sent again.
        throttled: requests that the service refused with 429 or 503.
        refreshes: tokens asked for.
        received_bytes: bytes of answers read, unpacked.
        in_flight: requests on their way now.
        waiting: requests that wait for a slot or for the pace now.
        pace: requests a second that are let through at most now; None: as many as are answered.
        held_for: seconds that everything still waits because the service refused; else 0.
    """

    requests: int
    retries: int
    throttled: int
    refreshes: int
    received_bytes: int
    in_flight: int
    waiting: int
    pace: float | None
    held_for: float
