"""The retry decision; pure."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from avepoint_async.errors import (
    ApiError,
    AuthenticationError,
    AvePointError,
    BadRequestError,
    ClientClosedError,
    ConfigurationError,
    NotFoundError,
    PaginationError,
    PermissionDeniedError,
    ResponseError,
    ServerError,
    TransportError,
)
from avepoint_async.exchange.retry import (
    RetryPolicy,
    may_retry,
    retry_delay,
)

JITTER = st.floats(min_value=0, max_value=1, exclude_max=True)
SECONDS = st.floats(min_value=0.001, max_value=1e6)
POLICIES = st.builds(
    RetryPolicy,
    attempts=st.integers(1, 2000),
    deadline=SECONDS,
    backoff=SECONDS,
    backoff_max=SECONDS,
)
ASKED = st.none() | st.floats(min_value=0, max_value=1e300)


def delay(
    asked: float | None = None,
    *,
    attempt: int = 1,
    elapsed: float = 0.0,
    policy: RetryPolicy | None = None,
    jitter: float = 0.0,
) -> float | None:
    """Ask for the decision with what a test leaves unsaid."""
    return retry_delay(
        asked, attempt=attempt, elapsed=elapsed, policy=policy or RetryPolicy(), jitter=jitter
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("attempts", 0),
        ("attempts", -1),
        ("attempts", True),
        ("attempts", 1.5),
        ("attempts", "6"),
        *[
            (field, value)
            for field in ("deadline", "backoff", "backoff_max")
            for value in (0, -1, math.inf, -math.inf, math.nan, True, "1", None)
        ],
        ("connect_timeout", 0),
        ("read_timeout", 0),
        ("attempt_timeout", 0),
    ],
)
def test_a_policy_without_sense_is_refused(field: str, value: object) -> None:
    """A nonsensical policy is refused at construction; the message names field and value."""
    with pytest.raises(ConfigurationError) as caught:
        RetryPolicy(**{field: value})  # type: ignore[arg-type]  # the wrong type is the point
    assert field in str(caught.value)
    assert repr(value) in str(caught.value)


def test_a_policy_takes_whole_seconds_of_any_size() -> None:
    """Integers are seconds too, also those that no float can hold."""
    assert RetryPolicy(attempts=1, deadline=10**400).deadline == 10**400


def fatal(error: AvePointError) -> AvePointError:
    """The error, as one that every other call would meet."""
    error.fatal = True
    return error


def test_a_broken_connection_is_retried() -> None:
    """Unless it is said not to pass."""
    assert may_retry(TransportError("reset"))


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_passing_statuses_are_retried(status: int) -> None:
    """Exactly the statuses that pass by themselves are tried again."""
    assert may_retry(ApiError("no", status=status))


@pytest.mark.parametrize(
    "error",
    [
        BadRequestError("no", status=400),
        ApiError("no", status=401),
        PermissionDeniedError("no", status=403),
        NotFoundError("no", status=404, retry_after=1.0),
        ApiError("no", status=302),
        ServerError("no", status=501),
        ServerError("no", status=505),
        ApiError("no"),
        TransportError("certificate", transient=False),
        fatal(TransportError("nobody answers")),
        fatal(ServerError("the token address is dead", status=503)),
        ResponseError("no JSON"),
        PaginationError("stuck"),
        AuthenticationError("no"),
        ClientClosedError("closed"),
        ConfigurationError("no"),
    ],
)
def test_hopeless_errors_are_not_retried(error: AvePointError) -> None:
    """What another send cannot mend costs one request."""
    assert not may_retry(error)


def test_waits_double_up_to_their_bound() -> None:
    """Backoff doubles from its first wait to ``backoff_max``; jitter takes up to half of it."""
    policy = RetryPolicy(attempts=10, backoff=1.0, backoff_max=5.0)
    low = [delay(attempt=n, policy=policy) for n in range(1, 6)]
    high = [delay(attempt=n, policy=policy, jitter=0.999) for n in range(1, 6)]
    assert low == [0.5, 1.0, 2.0, 2.5, 2.5]
    assert high == [pytest.approx(wait, rel=0.01) for wait in (1.0, 2.0, 4.0, 5.0, 5.0)]


def test_the_last_attempt_is_the_last() -> None:
    """As many sends as the policy says, and no more."""
    policy = RetryPolicy(attempts=3)
    assert [delay(attempt=n, policy=policy) is None for n in (1, 2, 3, 4)] == [
        False,
        False,
        True,
        True,
    ]


def test_retry_after_rules_the_wait() -> None:
    """What the service asks for is waited at least, and not much more."""
    policy = RetryPolicy(backoff=0.5, backoff_max=1.0)
    assert delay(7.0, policy=policy) == 7.0
    assert delay(7.0, policy=policy, jitter=0.5) == 7.25


@pytest.mark.parametrize("asked", [0.0, 0.25, 3.0])
def test_a_short_retry_after_does_not_shorten_our_own_wait(asked: float) -> None:
    """A service that asks for nothing, or for a date that is past, gets no storm."""
    policy = RetryPolicy(backoff=1.0)
    for attempt in (1, 2, 3):
        for jitter in (0.0, 0.5, 0.999):
            own = delay(attempt=attempt, policy=policy, jitter=jitter) or 0
            wait = delay(asked, attempt=attempt, policy=policy, jitter=jitter) or 0
            assert wait == max(own, asked + jitter * 1.0)


def test_jitter_never_passes_the_deadline() -> None:
    """What is added to a Retry-After is cut to what is left."""
    wait = delay(9.9, policy=RetryPolicy(deadline=10.0, backoff=8.0), jitter=0.5)
    assert wait == pytest.approx(9.95)


def test_patience_without_end_is_no_overflow() -> None:
    """After thousands of attempts a wait is still the longest that the policy allows."""
    assert delay(attempt=5000, policy=RetryPolicy(attempts=9999)) == 10.0


def test_a_retry_after_beyond_the_deadline_fails_at_once() -> None:
    """Nobody waits for an answer that would come too late to be used."""
    policy = RetryPolicy(deadline=30.0)
    assert delay(10.0, policy=policy, elapsed=19.0) == 10.0
    assert delay(10.0, policy=policy, elapsed=20.0) is None
    assert delay(1e300, policy=policy) is None


def test_a_backoff_leaves_time_to_send() -> None:
    """A wait of ours is clipped, so that what is left of the deadline can still be used."""
    policy = RetryPolicy(deadline=10.0, backoff=8.0)
    assert delay(policy=policy, elapsed=9.0) == 0.5
    assert delay(policy=policy, elapsed=10.0) is None
    assert delay(policy=policy, elapsed=11.0) is None


@example(1.5, 1, 10.0, RetryPolicy(), 0.5)
@given(ASKED, st.integers(1, 2000), st.floats(0, 2e6), POLICIES, JITTER)
def test_no_wait_outlasts_the_deadline(
    asked: float | None, attempt: int, elapsed: float, policy: RetryPolicy, jitter: float
) -> None:
    """Whatever failed, a wait is never negative and never longer than what is left."""
    wait = delay(asked, attempt=attempt, elapsed=elapsed, policy=policy, jitter=jitter)
    if wait is not None:
        assert attempt < policy.attempts
        assert 0 <= wait <= policy.deadline - elapsed
        assert wait >= (asked or 0)
