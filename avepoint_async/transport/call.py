"""One call of the API: what is asked for, however often it is sent."""

from collections.abc import Mapping
from typing import Any

import attrs
from yarl import URL

from avepoint_async.auth.token_source import Scopes
from avepoint_async.transport.lane import Lane


@attrs.frozen(kw_only=True)
class Call:
    """What is asked of the API, all attempts together.

    Attributes:
        url: the address, as of `SessionManager.address`.
        query: the query string.
        body: the JSON body.
        scopes: what the token must be granted.
        lane: the bound and the counters of the fan-out that it belongs to, if any.
        about: what it is about, handed to the tracing of the aiohttp session.
    """

    url: URL
    query: str
    body: bytes
    scopes: Scopes
    lane: Lane | None = None
    about: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
