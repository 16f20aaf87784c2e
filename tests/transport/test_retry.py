"""The retry decision and the one reader of ``Retry-After``; pure."""

import math
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
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
    RateLimitError,
    ResponseError,
    ServerError,
    TransportError,
)
from avepoint_async.transport.retry import (
    RETRYABLE_STATUSES,
    RetryPolicy,
    parse_retry_after,
    retry_delay,
)

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
JITTER = st.floats(min_value=0, max_value=1, exclude_max=True)
SECONDS = st.floats(min_value=0.001, max_value=1e6)
POLICIES = st.builds(
    RetryPolicy,
    attempts=st.integers(1, 2000),
    deadline=SECONDS,
    backoff=SECONDS,
    backoff_max=SECONDS,
)
RETRYABLE = st.one_of(
    st.builds(TransportError, st.just("reset")),
    st.builds(
        ApiError,
        st.just("no"),
        status=st.sampled_from(sorted(RETRYABLE_STATUSES)),
        retry_after=st.none() | st.floats(min_value=0, max_value=1e300),
    ),
)


def delay(
    error: AvePointError,
    *,
    attempt: int = 1,
    elapsed: float = 0.0,
    policy: RetryPolicy | None = None,
    jitter: float = 0.0,
) -> float | None:
    """Ask for the decision with what a test leaves unsaid."""
    return retry_delay(
        error, attempt=attempt, elapsed=elapsed, policy=policy or RetryPolicy(), jitter=jitter
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


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        (".5", 0.5),
        ("3.", 3.0),
        ("1e3", 1000.0),
        ("9" * 100, float("9" * 100)),
        ("Wed, 04 Mar 2026 05:06:17 GMT", 10.0),
        ("Wednesday, 04-Mar-26 05:06:17 GMT", 10.0),
        ("Wed Mar  4 05:06:17 2026", 10.0),
        ("Wed, 04 Mar 2026 06:06:17 +0100", 10.0),
        ("Wed, 04 Mar 2026 05:06:17 -0000", 10.0),
        ("Wed, 04 Mar 2026 05:06:17", 10.0),
        ("Wed, 04 Mar 2026 05:06:06 GMT", 0.0),
        ("Mon, 01 Jan 0001 00:00:00 +2359", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 251629786372.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
    ],
)
def test_retry_after_is_read_in_every_spelling(text: str, seconds: float) -> None:
    """Seconds, fractions and every form of HTTP date; a naive date is UTC, a past one is 0."""
    assert parse_retry_after(text, now=NOW) == seconds


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "  ",
        "inf",
        "Infinity",
        "nan",
        "-1",
        "-0.5",
        "+1",
        "1_0",
        "1e999",
        "0x10",
        "١٢",
        "soon",
        "1 second",
        "9" * 101,
        "Wed, 99 Mar 2026 05:06:17 GMT",
        "Mon, 01 Jan 0001 00:00:00 +9959",
        "04 Mar 99999999999999999999 05:06:07 GMT",
    ],
)
def test_nonsense_in_retry_after_is_ignored(text: str | None) -> None:
    """Nonsense is as good as no header; it neither raises nor makes anybody wait."""
    assert parse_retry_after(text, now=NOW) is None


DATE_LIKE = st.lists(
    st.sampled_from(
        [*"0123456789:,-+. /()", "Mon", "Jan", "GMT", "2026", "00:00:00", "-2500", "1.2.3"]
    ),
    max_size=20,
).map("".join)


@given(st.text(max_size=150) | DATE_LIKE)
def test_retry_after_is_total(text: str) -> None:
    """Whatever the header holds, the result is None or a wait that is finite and not negative."""
    seconds = parse_retry_after(text, now=NOW)
    assert seconds is None or 0 <= seconds < math.inf


@given(
    st.integers(0, 10**6),
    st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours))),
)
def test_a_date_is_as_good_as_the_seconds(seconds: int, zone: timezone) -> None:
    """A date of any zone means the same wait as the seconds until then."""
    date = format_datetime((NOW + timedelta(seconds=seconds)).astimezone(zone))
    assert parse_retry_after(date, now=NOW) == parse_retry_after(str(seconds), now=NOW)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_passing_statuses_are_retried(status: int) -> None:
    """Exactly the statuses that pass by themselves are tried again."""
    assert delay(ApiError("no", status=status)) is not None


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
        ResponseError("no JSON"),
        PaginationError("stuck"),
        AuthenticationError("no"),
        ClientClosedError("closed"),
        ConfigurationError("no"),
    ],
)
def test_hopeless_errors_are_not_retried(error: AvePointError) -> None:
    """What another send cannot mend costs one request."""
    assert delay(error) is None


def test_waits_double_up_to_their_bound() -> None:
    """Backoff doubles from its first wait to ``backoff_max``; jitter takes up to half of it."""
    policy = RetryPolicy(attempts=10, backoff=1.0, backoff_max=5.0)
    reset = TransportError("reset")
    low = [delay(reset, attempt=n, policy=policy) for n in range(1, 6)]
    high = [delay(reset, attempt=n, policy=policy, jitter=0.999) for n in range(1, 6)]
    assert low == [0.5, 1.0, 2.0, 2.5, 2.5]
    assert high == [pytest.approx(wait, rel=0.01) for wait in (1.0, 2.0, 4.0, 5.0, 5.0)]


def test_the_last_attempt_is_the_last() -> None:
    """As many sends as the policy says, and no more."""
    policy = RetryPolicy(attempts=3)
    reset = TransportError("reset")
    assert [delay(reset, attempt=n, policy=policy) is None for n in (1, 2, 3, 4)] == [
        False,
        False,
        True,
        True,
    ]


def test_retry_after_rules_the_wait() -> None:
    """What the service asks for is waited at least, and not much more."""
    error = RateLimitError("slow down", status=429, retry_after=7.0)
    policy = RetryPolicy(backoff=0.5, backoff_max=1.0)
    assert delay(error, policy=policy) == 7.0
    assert delay(error, policy=policy, jitter=0.5) == 7.25


def test_jitter_never_passes_the_deadline() -> None:
    """What is added to a Retry-After is cut to what is left."""
    error = RateLimitError("slow down", status=429, retry_after=9.9)
    wait = delay(error, policy=RetryPolicy(deadline=10.0, backoff=8.0), jitter=0.5)
    assert wait == pytest.approx(9.95)


def test_patience_without_end_is_no_overflow() -> None:
    """After thousands of attempts a wait is still the longest that the policy allows."""
    assert delay(TransportError("reset"), attempt=5000, policy=RetryPolicy(attempts=9999)) == 10.0


def test_a_retry_after_beyond_the_deadline_fails_at_once() -> None:
    """Nobody waits for an answer that would come too late to be used."""
    error = RateLimitError("slow down", status=429, retry_after=10.0)
    policy = RetryPolicy(deadline=30.0)
    assert delay(error, policy=policy, elapsed=19.0) == 10.0
    assert delay(error, policy=policy, elapsed=20.0) is None
    assert delay(RateLimitError("", status=429, retry_after=1e300), policy=policy) is None


def test_a_backoff_leaves_time_to_send() -> None:
    """A wait of ours is clipped, so that what is left of the deadline can still be used."""
    policy = RetryPolicy(deadline=10.0, backoff=8.0)
    reset = TransportError("reset")
    assert delay(reset, policy=policy, elapsed=9.0) == 0.5
    assert delay(reset, policy=policy, elapsed=10.0) is None
    assert delay(reset, policy=policy, elapsed=11.0) is None


@given(RETRYABLE, st.integers(1, 2000), st.floats(0, 2e6), POLICIES, JITTER)
def test_no_wait_outlasts_the_deadline(
    error: AvePointError, attempt: int, elapsed: float, policy: RetryPolicy, jitter: float
) -> None:
    """Whatever failed, a wait is never negative and never longer than what is left."""
    wait = delay(error, attempt=attempt, elapsed=elapsed, policy=policy, jitter=jitter)
    if wait is not None:
        assert attempt < policy.attempts
        assert 0 <= wait <= policy.deadline - elapsed
