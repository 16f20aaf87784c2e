"""What changed among the users of one tenant, from its tables in two runs.

Whole columns are compared, and only rows that differ become Python objects.
"""

# The stubs of pyarrow name types of numpy, which is absent.
# pyright: reportUnknownMemberType=false

from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Any

import attrs
import pyarrow as pa
import pyarrow.compute as pc

from avepoint_async.refs import TenantRef
from avepoint_async.snapshots.compare.change import Change, ChangeKind
from avepoint_async.snapshots.modules import modules_of, modules_text

COLUMNS = ("email", "display_name", "id", "mailbox", "onedrive", "other_modules")

_Row = Mapping[str, Any]

# Made once, for every scalar that is made looks for numpy.
_NOTHING = pa.scalar("")


def user_changes(
    tenant: TenantRef, before: pa.Table, after: pa.Table, *, moved: bool
) -> Iterator[Change]:
    """What changed among a tenant's users: those who went, then all others as ``after`` has them.

    A user is the same one by id, if every row on both sides has one; otherwise by address,
    without regard to case. Where one stands twice on a side, the later row counts.

    Args:
        tenant: whose users they are.
        before: its rows in the earlier run, with at least the columns of ``COLUMNS``.
        after: its rows in the later run.
        moved: whether the later list moved while it was read. Who is missing in it is then only
            perhaps gone.
    """
    if all(before[name].equals(after[name]) for name in COLUMNS):
        return
    by_id = _has_ids(before) and _has_ids(after)
    old, new = _keyed(before, by_id=by_id), _keyed(after, by_id=by_id)
    origin = pc.index_in(new.keys, value_set=old.keys)
    went = ChangeKind.PERHAPS_GONE if moved else ChangeKind.GONE
    for row in _missing(old, origin).to_pylist():
        yield _change(went, tenant, row, before=modules_text(row))
    # A row of `new` without an origin takes nulls, which differ from its address.
    earlier = old.rows.take(origin)
    differs = reduce(pc.or_, (_differ(earlier[name], new.rows[name]) for name in COLUMNS))
    known = origin.is_valid().filter(differs).to_pylist()
    pairs = zip(
        known,
        earlier.filter(differs).to_pylist(),
        new.rows.filter(differs).to_pylist(),
        strict=True,
    )
    for is_known, was, now in pairs:
        if is_known:
            yield from _differences(tenant, was, now)
        else:
            yield _change(ChangeKind.APPEARED, tenant, now, after=modules_text(now))


@attrs.frozen
class _Keyed:
    """Rows, and the key of each; no key stands twice."""

    keys: "pa.Array[Any]"
    rows: pa.Table


def _has_ids(table: pa.Table) -> bool:
    ids = table["id"]
    return not ids.null_count and not pc.any(pc.equal(ids, _NOTHING)).as_py()


def _keyed(table: pa.Table, *, by_id: bool) -> _Keyed:
    rows = table.select(COLUMNS).combine_chunks()
    column = rows["id" if by_id else "email"]
    keys = _joined(column) if by_id else _casefolded(_joined(column))
    if pc.count_distinct(keys).as_py() == len(keys):
        return _Keyed(keys, rows)
    last = sorted({key: place for place, key in enumerate(keys.to_pylist())}.values())
    kept = pa.array(last, pa.int64())
    return _Keyed(keys.take(kept), rows.take(kept))


def _joined(column: "pa.ChunkedArray[Any]") -> "pa.Array[Any]":
    return column.combine_chunks().cast(pa.string())


def _casefolded(addresses: "pa.Array[Any]") -> "pa.Array[Any]":
    if pc.all(pc.string_is_ascii(addresses)).as_py() is not False:
        return pc.ascii_lower(addresses)
    return pa.array([str(address).casefold() for address in addresses.to_pylist()], pa.string())


def _missing(old: _Keyed, origin: "pa.Array[Any]") -> pa.Table:
    """The rows of ``old`` to which no later row goes back."""
    places = pa.array(range(len(old.keys)), pa.int32())
    return old.rows.filter(pc.invert(pc.is_in(places, value_set=origin)))


def _differ(one: "pa.ChunkedArray[Any]", other: "pa.ChunkedArray[Any]") -> Any:
    """Where the values differ; two nulls do not."""
    return pc.coalesce(pc.not_equal(one, other), pc.xor(one.is_null(), other.is_null()))


def _differences(tenant: TenantRef, was: _Row, now: _Row) -> Iterator[Change]:
    # An address that is only spelt in other case is the same address.
    moved = was["email"].casefold() != now["email"].casefold()
    if moved or was["display_name"] != now["display_name"]:
        yield _change(ChangeKind.RENAMED, tenant, now, before=_mailbox(was), after=_mailbox(now))
    old, new = modules_of(was), modules_of(now)
    for module in sorted(old.keys() | new.keys()):
        before, after = old.get(module), new.get(module)
        if before is not after:
            kind = _module_kind(before=before, after=after)
            yield _change(kind, tenant, now, module=module, before=before, after=after)


def _module_kind(*, before: bool | None, after: bool | None) -> ChangeKind:
    if before is None:
        return ChangeKind.NEWLY_LISTED
    if after is None:
        return ChangeKind.NO_LONGER_LISTED
    return ChangeKind.GAINED_PROTECTION if after else ChangeKind.LOST_PROTECTION


def _mailbox(row: _Row) -> str:
    name, address = row["display_name"], row["email"]
    return f"{name} <{address}>" if name else address


def _change(kind: ChangeKind, tenant: TenantRef, row: _Row, **what: Any) -> Change:
    names = ("email", "display_name", "id")
    return Change(kind=kind, tenant=tenant, **{name: row[name] for name in names}, **what)
