"""A circuit breaker: an API that answers no request is given up for all calls.

It differs from the usual one in two points. It opens after a time of trying and not after a number
of failures, so that it depends on neither the number of tenants nor the backoff. While it is open
every call still tries once: the first answer closes it.
"""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType

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
        self._sending = _Sending(self)

    @property
    def silent_for(self) -> float:
        """Seconds of trying since the last answer."""
        return self._spent + (self._clock() - self._since if self._trying else 0.0)

    @contextmanager
    def trying(self) -> Generator[None]:
        """Around time that counts."""
        self.begin()
        try:
            yield
        finally:
            self.end()

    def sending(self) -> AbstractContextManager[None]:
        """Around one send, which succeeds if any answer comes, whatever its status.

        Raises:
            TransportError: no answer came. It is fatal if none came for too long.
        """
        return self._sending

    def begin(self) -> None:
        """Time that counts begins, beside what else counts."""
        if not self._trying:
            self._since = self._clock()
        self._trying += 1

    def end(self) -> None:
        """It ends."""
        self._trying -= 1
        if not self._trying:
            self._spent += self._clock() - self._since

    def answered(self) -> None:
        """The API answered: what was spent until now does not count."""
        self._spent, self._since = 0.0, self._clock()

    def failed(self, error: TransportError) -> None:
        """No answer came.

        Raises:
            TransportError: for too long; it is fatal.
        """
        if self.silent_for >= self._patience:
            raise _give_up(error, self.silent_for) from error.__cause__


class _Sending(AbstractContextManager[None]):
    """Around one send. It keeps nothing, so that one serves all sends, also beside each other."""

    def __init__(self, circuit: Circuit) -> None:
        self._circuit = circuit

    def __enter__(self) -> None:
        self._circuit.begin()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._circuit.answered()
            elif isinstance(error, TransportError):
                self._circuit.failed(error)
        finally:
            self._circuit.end()


def _give_up(last: TransportError, seconds: float) -> TransportError:
    message = (
        f"the API has answered nobody for {seconds:.0f} s of trying, while tokens were issued; "
        f"the last failure: {last}"
    )
    error = TransportError(message, transient=False)
    error.fatal = True
    return error
