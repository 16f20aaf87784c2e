"""A circuit breaker: an API that answers no request is given up for all calls.

It differs from the usual one in two points. It opens after a time of trying and not after a number
of failures, so that it depends on neither the number of tenants nor the backoff. While it is open
every call still tries once: the first answer closes it.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from avepoint_async.errors import TransportError


class Circuit:
    """Measures how long the API has been tried since its last answer.

    The time counts in which a request is in flight or waits to be sent again. Time in a queue and
    time in which nobody asks do not count. Requests beside each other count once.

    Args:
        patience: seconds of trying without any answer after which a failure is fatal.
        clock: monotonic, in seconds.
    """

    def __init__(self, patience: float, clock: Callable[[], float]) -> None:
        self._patience = patience
        self._clock = clock
        self._trying = 0
        self._since = 0.0
        self._spent = 0.0

    @property
    def silent_for(self) -> float:
        """Seconds of trying since the last answer."""
        return self._spent + (self._clock() - self._since if self._trying else 0.0)

    @contextmanager
    def trying(self) -> Generator[None]:
        """Around time that counts."""
        if not self._trying:
            self._since = self._clock()
        self._trying += 1
        try:
            yield
        finally:
            self._trying -= 1
            if not self._trying:
                self._spent += self._clock() - self._since

    @contextmanager
    def sending(self) -> Generator[None]:
        """Around one send, which succeeds if any answer comes, whatever its status.

        Raises:
            TransportError: no answer came. It is fatal if none came for too long.
        """
        with self.trying():
            try:
                yield
            except TransportError as error:
                if self.silent_for < self._patience:
                    raise
                raise _give_up(error, self.silent_for) from error.__cause__
            self._spent, self._since = 0.0, self._clock()


def _give_up(last: TransportError, seconds: float) -> TransportError:
    message = (
        f"the API has answered nobody for {seconds:.0f} s of trying, while tokens were issued; "
        f"the last failure: {last}"
    )
    error = TransportError(message, transient=False)
    error.fatal = True
    return error
