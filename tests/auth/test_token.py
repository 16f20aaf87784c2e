"""A token and its times: pure, so every clock is a number."""

import copy
import math
import pickle
from typing import Any

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from avepoint_async.auth.token import (
    MAX_SCOPE,
    AccessToken,
    join_scopes,
    read_lifetime,
    token_from_reply,
)
from avepoint_async.errors import AuthenticationError, ConfigurationError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def reply(**members: Any) -> dict[str, Any]:
    """A reply of the token endpoint."""
    return {"access_token": "opaque-token", "token_type": "Bearer", "expires_in": 3600, **members}


def token(lifetime: float, *, asked_at: float = 1000.0) -> AccessToken:
    """A token of this lifetime."""
    return token_from_reply(reply(expires_in=lifetime), asked_at=asked_at)


@pytest.mark.parametrize(
    ("lifetime", "stale_after"), [(3600, 3540), (120, 60), (119, 59.5), (59, 29.5), (2, 1)]
)
def test_stale_early(lifetime: float, stale_after: float) -> None:
    """A token is stale a minute before its end, or at half its life if that is later."""
    made = token(lifetime)
    assert made.stale_at == 1000 + stale_after
    assert not made.is_stale(math.nextafter(1000 + stale_after, 0))
    assert made.is_stale(1000 + stale_after)


def test_expired_at_its_end() -> None:
    """It works until its last moment, counted from when it was asked for."""
    made = token(2)
    assert made.expires_at == 1002
    assert not made.is_expired(1001.999)
    assert made.is_expired(1002)


@given(st.floats(min_value=0.001, max_value=1e9))
def test_stale_before_expired(lifetime: float) -> None:
    """Between stale and expired there is always time to renew it in the background."""
    made = token(lifetime, asked_at=0.0)
    assert 0 < made.stale_at < made.expires_at


@pytest.mark.parametrize(
    ("stated", "lifetime"),
    [
        (3600, 3600),
        ("3600", 3600),
        (59, 59),
        (0.5, 0.5),
        (10**12, 86_400),
        ("1e300", 86_400),
        (math.inf, 86_400),
    ],
)
def test_stated_lifetime(stated: object, lifetime: float) -> None:
    """A lifetime is read as number or as string, and nothing is believed for over a day."""
    assert read_lifetime(stated) == lifetime


@pytest.mark.parametrize(
    "stated", [None, 0, -1, "0", "", "soon", True, False, math.nan, "nan", [], {}, -math.inf]
)
def test_no_usable_lifetime(stated: object) -> None:
    """What states no lifetime gets the documented hour, not one token request per call."""
    assert read_lifetime(stated) == 3600


@given(JSON | st.just(10**400))
def test_lifetime_is_total(stated: object) -> None:
    """Whatever stands there, the lifetime is a usable number."""
    assert 0 < read_lifetime(stated) <= 86_400


def test_missing_expires_in() -> None:
    """A reply without ``expires_in`` is a token all the same."""
    members = reply()
    del members["expires_in"]
    assert token_from_reply(members, asked_at=0.0).expires_at == 3600


@pytest.mark.parametrize("stated", ["soon", 0, 1, [], {}])
def test_no_moment_of_an_end(stated: object) -> None:
    """``expires_at`` is no member of a reply: whatever it holds, the lifetime counts."""
    assert token_from_reply(reply(expires_at=stated), asked_at=0.0).expires_at == 3600


@pytest.mark.parametrize("value", [None, "", 7, ["a"], "two words", "line\r\nbreak", "ümlaut"])
def test_no_token(value: object) -> None:
    """A 200 without a usable token is refused: it must be able to stand in a header."""
    with pytest.raises(AuthenticationError) as caught:
        token_from_reply(reply(access_token=value), asked_at=0.0)
    assert str(caught.value) == "the token endpoint answered without a usable access_token"
    assert caught.value.fatal


@pytest.mark.parametrize("members", [[], "opaque-token", 7, None])
def test_what_is_no_object(members: object) -> None:
    """JSON that holds no members holds no token."""
    with pytest.raises(AuthenticationError) as caught:
        token_from_reply(members, asked_at=0.0)
    assert str(caught.value) == "the token endpoint answered with something that is no token"


def test_what_may_stand_in_a_header() -> None:
    """Every visible character of ASCII is taken, the first and the last too, and no other."""
    visible = "".join(map(chr, range(0x21, 0x7F)))
    made = token_from_reply(reply(access_token=visible), asked_at=0.0)
    assert made.authorization == f"Bearer {visible}"
    for other in (" ", "\x7f"):
        with pytest.raises(AuthenticationError):
            token_from_reply(reply(access_token=visible + other), asked_at=0.0)


@pytest.mark.parametrize("kind", ["mac", 5, "", None])
def test_other_kinds_of_token(kind: object) -> None:
    """A token that is no bearer token must not be used as one (RFC 6749, section 7.1)."""
    with pytest.raises(AuthenticationError) as caught:
        token_from_reply(reply(token_type=kind), asked_at=0.0)
    assert str(caught.value) == "the token endpoint issued a token that is no bearer token"


def test_bearer_in_any_case() -> None:
    """The kind is compared without regard to case, and is Bearer where it is missing."""
    members = reply(token_type="bEARER")
    assert token_from_reply(members, asked_at=0.0).authorization == "Bearer opaque-token"
    del members["token_type"]
    assert token_from_reply(members, asked_at=0.0).authorization == "Bearer opaque-token"


@example({"access_token": "opaque", "expires_in": None})
@given(st.dictionaries(st.sampled_from(["access_token", "token_type", "expires_in", "x"]), JSON))
def test_any_reply(members: dict[str, Any]) -> None:
    """Any JSON object is a token or an AuthenticationError."""
    try:
        made = token_from_reply(members, asked_at=0.0)
    except AuthenticationError:
        return
    assert made.authorization.startswith("Bearer ")


def test_token_is_not_shown() -> None:
    """The token stands in no repr, no dict, no pickle."""
    made = token(60)
    assert "opaque-token" not in f"{made} {made!r} {attrs.asdict(made)}"
    assert copy.copy(made) is made
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(made)


def test_scopes_are_sorted() -> None:
    """One set of scopes is one string, in whatever order it is given."""
    assert join_scopes(["b", "a"]) == join_scopes({"a", "b"}) == "a b"


def test_scope_guard() -> None:
    """The identity service refuses more than 300 characters; so do we, and say why."""
    longest = ["a" * 149, "b" * 150]
    assert len(join_scopes(longest)) == MAX_SCOPE == 300
    with pytest.raises(ConfigurationError, match=r"301 characters long.*refuses more than 300"):
        join_scopes([*longest[:1], "b" * 151])
