"""Users as rows for machines: JSON lines and CSV; pure.

JSON lines, in UTF-8, one object a line, its keys always all there and spelt as the service spells
them::

    {"customerId": "…", "tenantId": "…", "email": "…", "displayName": "…" or null, "id": "…" or
     null, "modules": {"mailbox": true, "oneDrive": false, "7": true}}

A module stands in ``modules`` only if the service lists it; one without a name by its number.

CSV after RFC 4180, in UTF-8 without a byte order mark, with a header::

    customer_id,tenant_id,email,display_name,id,mailbox,onedrive,other_modules

``mailbox`` and ``onedrive`` are ``true``, ``false`` or, not listed, empty; ``other_modules`` is
like ``7=true;9=false``. Values are written as they are: a spreadsheet may take one that begins
with ``=``, ``+``, ``-`` or ``@`` for a formula.

Both leave out the first two members where all rows are of one tenant that the caller has named.
"""

import csv
import io
from collections.abc import Callable, Iterable

import attrs
import orjson

from avepoint_async import Module, ProtectedUser, TenantRef

_NAMES = {Module.MAILBOX: "mailbox", Module.ONEDRIVE: "oneDrive"}
_COLUMNS = ("email", "display_name", "id", "mailbox", "onedrive", "other_modules")
_PLACE = ("customer_id", "tenant_id")


@attrs.frozen
class Layout:
    """One way to write rows.

    Attributes:
        header: what stands before all rows.
        header_of_many: the same, where each row names its tenant.
        rows: the bytes of some users' rows; of this tenant, where rows name it.
    """

    header: bytes
    header_of_many: bytes
    rows: Callable[[Iterable[ProtectedUser], TenantRef | None], bytes]


def _json_rows(users: Iterable[ProtectedUser], tenant: TenantRef | None) -> bytes:
    place = (
        {} if tenant is None else {"customerId": tenant.customer_id, "tenantId": tenant.tenant_id}
    )
    return b"".join(
        orjson.dumps(place | _json_row(user), option=orjson.OPT_APPEND_NEWLINE) for user in users
    )


def _json_row(user: ProtectedUser) -> dict[str, object]:
    modules: dict[str, bool] = {}
    for status in user.module_status:
        # Of a module that is listed twice the first counts, as in `is_protected`.
        modules.setdefault(_NAMES.get(status.module, str(int(status.module))), status.is_protected)
    return {
        "email": user.email,
        "displayName": user.display_name,
        "id": user.id,
        "modules": modules,
    }


def _csv_rows(users: Iterable[ProtectedUser], tenant: TenantRef | None) -> bytes:
    place = () if tenant is None else (tenant.customer_id, tenant.tenant_id)
    return _csv((*place, *_csv_row(user)) for user in users)


def _csv_row(user: ProtectedUser) -> tuple[str, ...]:
    return (
        user.email,
        user.display_name or "",
        user.id or "",
        _word(user.is_protected(Module.MAILBOX)),
        _word(user.is_protected(Module.ONEDRIVE)),
        other_modules(user),
    )


def other_modules(user: ProtectedUser) -> str:
    """The modules without a name, like ``7=true;9=false``."""
    return ";".join(
        f"{int(status.module)}={_word(status.is_protected)}"
        for status in user.module_status
        if status.module not in _NAMES
    )


def _word(protected: bool | None) -> str:  # noqa: FBT001  # a value, no switch
    return "" if protected is None else str(protected).lower()


def _csv(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


JSONL = Layout(header=b"", header_of_many=b"", rows=_json_rows)
CSV = Layout(header=_csv([_COLUMNS]), header_of_many=_csv([(*_PLACE, *_COLUMNS)]), rows=_csv_rows)
