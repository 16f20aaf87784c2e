"""The error tree: as drawn, portable, and one line each."""

import copy
import pickle
import re
from collections.abc import Callable
from functools import partial
from typing import Any, assert_type

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from avepoint_async import errors
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
from avepoint_async.paging import errors as paging_errors
from avepoint_async.paging.errors import IncompleteError, TenantFailuresError
from avepoint_async.paging.outcome import WalkOutcome
from avepoint_async.refs import TenantRef

WHERE: dict[str, Any] = {"customer_id": "c", "tenant_id": "t", "page_index": 3}
ANSWER: dict[str, Any] = {"status": 418, "detail": "no", "request_id": "r-1", "retry_after": 1.5}
FAILURES = {
    TenantRef("c", "1"): WalkOutcome(
        error=NotFoundError("gone", status=404, customer_id="c", tenant_id="1"), items=7, pages=2
    ),
    TenantRef("c", "2"): WalkOutcome(
        error=ServerError("no", status=503, customer_id="c", tenant_id="2")
    ),
    TenantRef("c", "3"): WalkOutcome(
        error=NotFoundError("no", status=404, customer_id="c", tenant_id="3")
    ),
}
FULL: dict[type[AvePointError], AvePointError] = {
    AvePointError: AvePointError("it broke", **WHERE),
    ConfigurationError: ConfigurationError("it broke", **WHERE),
    ClientClosedError: ClientClosedError("it broke", **WHERE),
    AuthenticationError: AuthenticationError("it broke", error="e", description="d", **WHERE),
    TransportError: TransportError("it broke", transient=False, **WHERE),
    ApiError: ApiError("it broke", **ANSWER, **WHERE),
    BadRequestError: BadRequestError("it broke", **ANSWER, **WHERE),
    PermissionDeniedError: PermissionDeniedError("it broke", **ANSWER, **WHERE),
    NotFoundError: NotFoundError("it broke", **ANSWER, **WHERE),
    RateLimitError: RateLimitError("it broke", **ANSWER, **WHERE),
    ServerError: ServerError("it broke", **ANSWER, **WHERE),
    ResponseError: ResponseError("it broke", path="$.data", **WHERE),
    PaginationError: PaginationError("it broke", **WHERE),
    IncompleteError: IncompleteError("it broke", outcome=WalkOutcome(items=1), **WHERE),
    TenantFailuresError: TenantFailuresError("it broke", failures=FAILURES),
}
EACH = pytest.mark.parametrize("error", FULL.values(), ids=lambda error: type(error).__name__)


def pickled(error: AvePointError, *, protocol: int) -> AvePointError:
    """The error that comes out of another process."""
    other: AvePointError = pickle.loads(pickle.dumps(error, protocol))
    return other


COPIES: dict[str, Callable[[AvePointError], AvePointError]] = {
    "copied": copy.copy,
    "deep-copied": copy.deepcopy,
    **{f"pickle {n}": partial(pickled, protocol=n) for n in range(pickle.HIGHEST_PROTOCOL + 1)},
}


def drawn_parents() -> dict[str, str]:
    """Each error's parent, as the drawing in the module's docstring has it, in its order."""
    drawing = re.findall(r"^    ([│├└─ ]*)([A-Z]\w+)", errors.__doc__ or "", re.MULTILINE)
    path: list[str] = []
    parents: dict[str, str] = {}
    for branches, name in drawing:
        path[len(branches) // 4 :] = [name]
        parents[name] = path[-2] if len(path) > 1 else "Exception"
    return parents


def test_the_tree_is_as_drawn() -> None:
    """The drawing names every error, under its parent and in the order of the code."""
    defined = {
        name: each.__bases__[0].__name__
        for module in (errors, paging_errors)
        for name, each in vars(module).items()
        if isinstance(each, type)
        and issubclass(each, Exception)
        and each.__module__ == module.__name__
    }
    assert list(drawn_parents().items()) == list(defined.items())
    assert len(defined) == len(FULL)


@EACH
def test_each_error_keeps_its_fields(error: AvePointError) -> None:
    """What an error is given it tells, under the name it was given by."""
    told = vars(error)
    given_to_all = {} if isinstance(error, TenantFailuresError) else WHERE
    given_to_some = ANSWER if isinstance(error, ApiError) else {}
    assert {**told, **given_to_all, **given_to_some} == told


def test_particular_fields_are_kept() -> None:
    """The fields that one kind of error has alone."""
    auth, transport = FULL[AuthenticationError], FULL[TransportError]
    assert (vars(auth)["error"], vars(auth)["description"]) == ("e", "d")
    assert vars(transport)["transient"] is False
    assert vars(FULL[ResponseError])["path"] == "$.data"
    assert vars(FULL[TenantFailuresError])["failures"] == FAILURES
    assert vars(FULL[IncompleteError])["outcome"] == WalkOutcome(items=1)


@pytest.mark.parametrize("kind", FULL)
def test_a_message_alone_makes_an_error(kind: type[AvePointError]) -> None:
    """Everything but the message is optional, and absent means None."""
    error = kind("it broke")
    assert str(error) == "it broke"
    assert (error.customer_id, error.tenant_id, error.page_index) == (None, None, None)


def test_what_is_left_out_has_a_default() -> None:
    """A failure of the connection may pass; an answer without a status has none."""
    assert TransportError("cut").transient is True
    bare = ApiError("no")
    assert (bare.status, bare.detail, bare.request_id, bare.retry_after) == (0, None, None, None)
    assert TenantFailuresError("none").failures == {}


@EACH
@pytest.mark.parametrize("way", COPIES)
def test_each_error_travels_whole(error: AvePointError, way: str) -> None:
    """An error survives copying and every pickle: its type, its text and all its fields."""
    other = COPIES[way](error)
    assert type(other) is type(error)
    assert (str(other), other.args) == (str(error), error.args)
    assert repr(vars(other)) == repr(vars(error))


def test_a_copy_keeps_what_was_set_later() -> None:
    """An error that turned out to be fatal, or was given its place late, still is and has."""
    error = TransportError("dead")
    error.fatal, error.page_index = True, 7
    for way in COPIES.values():
        other = way(error)
        assert (other.fatal, other.page_index) == (True, 7)
    assert TransportError("another").fatal is False


def test_only_what_hits_every_tenant_is_fatal() -> None:
    """Refused credentials and a closed client would fail any other tenant, too."""
    fatal = {kind for kind in FULL if kind.fatal}
    assert fatal == {AuthenticationError, ClientClosedError}


def test_two_errors_are_also_python_s_own() -> None:
    """Code that knows nothing of this library catches what it would expect."""
    assert issubclass(ConfigurationError, ValueError)
    assert issubclass(ClientClosedError, RuntimeError)


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ({}, "it broke"),
        ({"customer_id": "c"}, "customer c: it broke"),
        ({"list_name": "customer list", "page_index": 2}, "customer list, page 2: it broke"),
        ({"tenant_id": "t", "page_index": 0}, "tenant t, page 0: it broke"),
        (WHERE, "customer c, tenant t, page 3: it broke"),
    ],
)
def test_the_text_says_where(where: dict[str, Any], text: str) -> None:
    """The text starts with the customer, tenant and page that there are."""
    assert str(AvePointError("it broke", **where)) == text


HOSTILE = (
    "a\r\nERROR forged\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\x1b[31m\x00\x07\x08\x7f\x9b\u202eb"
)


@given(st.text(), st.text(), st.text())
@example(HOSTILE, "c", "t")
@example("it broke", HOSTILE, "t")
@example("it broke", "c", HOSTILE)
def test_no_text_forges_a_log_line(message: str, customer: str, tenant: str) -> None:
    """Whatever a server or a caller put in, the text is one line without control characters."""
    text = str(AvePointError(message, customer_id=customer, tenant_id=tenant, page_index=1))
    assert text.isprintable()
    assert text.startswith("customer")


@given(st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1))
def test_readable_text_is_told_as_it_is(message: str) -> None:
    """Nothing readable is lost, in any language."""
    assert str(AvePointError(message)) == message


def test_an_error_without_a_message_has_an_empty_text() -> None:
    """Even one that lost its arguments can be logged."""
    error = AvePointError("gone")
    error.args = ()
    assert str(error) == ""


def test_failed_tenants_are_counted_by_kind() -> None:
    """The text counts kinds, the commonest first, and tells the first few errors."""
    assert str(TenantFailuresError(failures=FAILURES)) == (
        "3 tenants failed: 2 NotFoundError, 1 ServerError: "
        "customer c, tenant 1: gone; customer c, tenant 2: no; customer c, tenant 3: no"
    )
    one = dict(list(FAILURES.items())[1:2])
    text = "1 tenant failed: 1 ServerError: customer c, tenant 2: no"
    assert str(TenantFailuresError(failures=one)) == text
    assert str(TenantFailuresError("all lost", failures=FAILURES)) == "all lost"


def test_of_many_failed_tenants_a_few_are_told() -> None:
    """A night that went wrong as a whole is still one line."""
    error = NotFoundError("no", status=404, customer_id="c", tenant_id="t")
    many = {TenantRef("c", str(n)): WalkOutcome(error=error) for n in range(500)}
    text = str(TenantFailuresError(failures=many))
    assert text.endswith("; and 497 more")
    assert text.count("tenant t: no") == 3


def test_failures_are_a_copy() -> None:
    """Who goes on collecting does not change an error that was raised."""
    failures = dict(FAILURES)
    error = TenantFailuresError(failures=failures)
    failures.clear()
    assert error.failures == FAILURES


def test_failures_are_typed_as_outcomes() -> None:
    """A type checker knows each field of an entry of ``failures``."""
    assert_type(TenantFailuresError().failures, dict[Any, WalkOutcome])
    assert_type(IncompleteError().outcome, WalkOutcome)
