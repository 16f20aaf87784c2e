"""The endpoints of the API: path, scope, record, and where a reply keeps its items."""

from collections.abc import Callable, Hashable
from operator import attrgetter
from typing import Generic, TypeVar
from urllib.parse import quote

import attrs

from avepoint_async.decode import Envelope
from avepoint_async.models import Customer, ProtectedUser

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Endpoint(Generic[T]):
    """One endpoint that lists records page by page.

    Attributes:
        path: the path with a ``{name}`` for each id.
        scopes: what a token must be granted; only these are asked for, since one scope that the
            app was not granted refuses the whole token.
        record: what each item is decoded into.
        identity: what makes two items the same one.
        hint: a part of the identity that is quicker to read, if there is one.
        envelope: where a reply keeps its items and its paging.
    """

    path: str
    scopes: frozenset[str]
    record: type[T]
    identity: Callable[[T], Hashable]
    hint: Callable[[T], Hashable] | None = None
    envelope: Envelope = attrs.field(factory=Envelope)

    def path_for(self, **ids: str) -> str:
        """The path with each id percent-encoded as one segment."""
        return self.path.format_map({name: quote(value, safe="") for name, value in ids.items()})


PROTECTED_USERS = Endpoint(
    path="/partner/external/v3/general/customers/{customer_id}/tenants/{tenant_id}"
    "/cloud-backup-m365/users/batch",
    scopes=frozenset({"elements.cbprotected.read.all"}),
    record=ProtectedUser,
    # Revisions without ids: rooms and the like may share an address that is none.
    identity=lambda user: (user.email, user.id or user.display_name),
    hint=attrgetter("email"),
)

CUSTOMERS = Endpoint(
    path="/partner/external/v3/general/customers/batch",
    scopes=frozenset({"elements.customers.read.all"}),
    record=Customer,
    identity=attrgetter("id"),
)
