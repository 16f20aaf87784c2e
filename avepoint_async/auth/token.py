"""An access token, and when it goes stale. Pure: every time is handed in, in seconds."""

import math
from collections.abc import Iterable
from typing import Any, cast

import attrs

from avepoint_async.auth.secret import Secret, Unpicklable
from avepoint_async.errors import AuthenticationError, ConfigurationError

Scopes = frozenset[str]
"""What a token is to be granted."""

MAX_SCOPE = 300
"""Characters of a scope string beyond which the identity service answers ``invalid_scope``."""

REFRESH_EARLY = 60.0
"""Seconds before its end at which a token is renewed; half its life if that is shorter."""

NOTHING_ISSUED = "the token endpoint answered with something that is no token"

_ASSUMED_LIFETIME = 3600.0  # what the service documents, where a reply tells nothing usable
_LONGEST_LIFETIME = 86_400.0  # nobody is served by believing a token for longer than a day


@attrs.frozen(eq=False)
class AccessToken(Unpicklable):
    """A bearer token (RFC 6750) with its times on the monotonic clock.

    Attributes:
        value: the token itself, closed; it stands in no repr and no pickle.
        stale_at: from when it should be renewed, though it still works.
        expires_at: from when it is refused.
    """

    value: Secret[str]
    stale_at: float
    expires_at: float

    @property
    def authorization(self) -> str:
        """The ``Authorization`` header."""
        return f"Bearer {self.value.reveal()}"

    def is_stale(self, now: float) -> bool:
        """Whether it should be renewed."""
        return now >= self.stale_at

    def is_expired(self, now: float) -> bool:
        """Whether it is refused by now."""
        return now >= self.expires_at


def token_from_reply(reply: object, *, asked_at: float) -> AccessToken:
    """The token in a reply of the token endpoint (RFC 6749, section 5.1).

    Its life counts from ``asked_at``, when it was asked for: the reply may have been slow.

    Raises:
        AuthenticationError: the reply holds no usable bearer token. Its frames hold the reply:
            whoever hands it to a caller drops them with `errors.bare`.
    """
    # Imported here, since authlib takes a while and nobody needs it before the first token.
    from authlib.oauth2.rfc6749 import OAuth2Token  # noqa: PLC0415

    if not isinstance(reply, dict):
        raise AuthenticationError(NOTHING_ISSUED)
    members = cast("dict[str, Any]", reply)
    lifetime = read_lifetime(members.get("expires_in"))
    # Authlib computes with expires_in unchecked; it gets the one that makes sense.
    token = OAuth2Token({**members, "expires_at": None, "expires_in": math.ceil(lifetime)})
    if not _is_bearer(token.get("access_token")):
        message = "the token endpoint answered without a usable access_token"
        raise AuthenticationError(message)
    if str(token.get("token_type", "Bearer")).lower() != "bearer":
        message = "the token endpoint issued a token that is no bearer token"
        raise AuthenticationError(message)
    expires_at = asked_at + lifetime
    stale_at = expires_at - min(REFRESH_EARLY, lifetime / 2)
    return AccessToken(Secret(str(token["access_token"])), stale_at, expires_at)


def _is_bearer(value: object) -> bool:
    """Whether it may stand in a header: visible ASCII, nothing that could end the line."""
    return isinstance(value, str) and value != "" and all("!" <= char <= "~" for char in value)


def read_lifetime(expires_in: object) -> float:
    """The lifetime that a reply states, in seconds; total.

    Missing, zero, negative or senseless: nothing is stated, and the documented hour is assumed;
    a token that ends sooner is renewed at its first 401. At most a day.
    """
    if isinstance(expires_in, bool) or not isinstance(expires_in, int | float | str):
        return _ASSUMED_LIFETIME
    try:
        lifetime = float(expires_in)
    except (ValueError, OverflowError):
        return _ASSUMED_LIFETIME
    if math.isnan(lifetime) or lifetime <= 0:
        return _ASSUMED_LIFETIME
    return min(lifetime, _LONGEST_LIFETIME)


def join_scopes(scopes: Iterable[str]) -> str:
    """The ``scope`` parameter: sorted and joined by spaces (RFC 6749, section 3.3).

    Raises:
        ConfigurationError: the identity service would refuse it for its length.
    """
    joined = " ".join(sorted(scopes))
    if len(joined) > MAX_SCOPE:
        message = (
            f"the scopes together are {len(joined)} characters long, and the identity service "
            f"refuses more than {MAX_SCOPE}: ask for fewer at once"
        )
        raise ConfigurationError(message)
    return joined
