"""One call of the API: what is asked for, however often it is sent."""

from collections.abc import Mapping
from typing import Any

import attrs

from avepoint_async.auth.token import Scopes
from avepoint_async.transport.quota import Quota


@attrs.frozen(kw_only=True)
class Call:
    """What is asked of the API, all attempts together.

    Attributes:
        method: the HTTP method.
        url: the address, as `SessionManager.address` gives it.
        query: the query string, encoded as it is to travel.
        body: the JSON body; None where there is none, as for a GET.
        scopes: what the token must be granted.
        quota: the bound and the counters of the fan-out that it belongs to, if any.
        about: ``customer_id``, ``tenant_id`` and ``page_index``, as far as there are any. Logs
            and the tracing of the aiohttp session tell them.
    """

    method: str = "POST"
    url: str
    query: str = ""
    body: bytes | None
    scopes: Scopes
    quota: Quota | None = None
    about: Mapping[str, Any] = attrs.field(factory=dict[str, Any])

    @property
    def key(self) -> tuple[str, str] | None:
        """The tenant that it asks about, which may have a quota of its own."""
        tenant = self.about.get("tenant_id")
        return None if tenant is None else (self.about.get("customer_id", ""), tenant)
