"""The manifest: what a line says, what counts of a torn file, and what the lines add up to."""

import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avepoint_async import TenantRef
from avepoint_async.snapshots.entries import (
    Begun,
    Commit,
    CustomerSeen,
    Entry,
    Given,
    RosterRead,
    Sealed,
    Settled,
    Span,
    Traffic,
    Void,
    from_line,
    to_line,
)
from avepoint_async.snapshots.ledger import Ledger, Rows
from avepoint_async.snapshots.manifest import Manifest, cut_off_torn, read_entries

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
count = st.integers(0, 10**9)
settled = st.builds(
    Settled,
    customer_id=text,
    tenant_id=text,
    attempt=count,
    users=count,
    error=st.none() | text,
    message=st.none() | text,
    started_at=st.none() | st.just(NOW),
)
entries: st.SearchStrategy[Entry] = st.one_of(
    st.just(Begun(NOW)),
    st.builds(RosterRead, complete=st.booleans()),
    st.builds(Given, tenants=st.lists(st.tuples(text, text, text, st.none()), max_size=2)),
    st.builds(
        CustomerSeen,
        id=text,
        organization=text,
        owner_email=st.none(),
        country_or_region=text,
        job_status=st.none() | count,
        management_mode=count,
        tenants=st.lists(st.tuples(text, st.none() | text), max_size=3),
    ),
    st.builds(
        Commit,
        tenants=st.lists(settled, max_size=3),
        traffic=st.builds(Traffic, requests=count, retries=count, throttled=count),
        file=text,
        rows=count,
        spans=st.lists(st.builds(Span, text, text, count, count, count), max_size=3),
    ),
    st.builds(Void, customer_id=text, tenant_id=text, attempt=count),
    st.builds(Sealed, at=st.just(NOW), stopped=st.booleans()),
)


@given(entries)
def test_a_line_says_what_was_written(entry: Entry) -> None:
    """Whatever stands in it, an entry is one line and comes back as it was."""
    line = to_line(entry)
    assert line.count(b"\n") == 1
    assert from_line(line) == entry


@given(entries, st.data())
def test_a_damaged_line_is_none(entry: Entry, data: st.DataObject) -> None:
    """A line of which a bit is flipped, or that was cut off, says nothing."""
    line = bytearray(to_line(entry))
    place = data.draw(st.integers(0, len(line) - 1))
    assert from_line(bytes(line[:place])) is None
    line[place] ^= 1 << data.draw(st.integers(0, 7))
    assert from_line(bytes(line)) is None


def test_a_whole_line_of_another_kind() -> None:
    """A line whose sum is right, and that this version does not know, is not guessed at."""
    body = b'{"kind":"from the future"}'
    assert from_line(b"%08x %s\n" % (zlib.crc32(body), body)) is None


@pytest.mark.parametrize("torn", [b"", b"0", b"00000000 {", to_line(Begun(NOW))[:-1]])
def test_what_is_torn_is_cut_off(
    tmp_path: Path, torn: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """What a crash left of the last line goes, what stands before it stays, and it goes on."""
    path = tmp_path / "manifest.jsonl"
    with Manifest(path) as lines:
        lines.append([Begun(NOW), RosterRead(complete=True)])
    whole = path.read_bytes()
    path.write_bytes(whole + torn)
    assert list(read_entries(path)) == [Begun(NOW), RosterRead(complete=True)]
    cut_off_torn(path)
    assert path.read_bytes() == whole
    assert ("torn" in caplog.text) == bool(torn)
    with Manifest(path) as lines:
        lines.append([Sealed(NOW, stopped=False)])
    assert len(list(read_entries(path))) == 3


T = TenantRef("c", "t")


def commit(file: str = "", spans: tuple[Span, ...] = (), *tenants: Settled) -> Commit:
    """A commit with what matters here."""
    return Commit(list(tenants), Traffic(requests=2), file=file, spans=list(spans), pages=1)


def test_rows_count_with_their_outcome() -> None:
    """Rows of a walk count if the tenant's outcome is that of the same walk."""
    first, second = Span("c", "t", 1, 0, 5), Span("c", "t", 2, 5, 7)
    ledger = Ledger.of([Begun(NOW), commit("0", (first,))])
    assert ledger.open_walks() == [Void("c", "t", 1)]
    ledger.add(Void("c", "t", 1))
    assert ledger.open_walks() == []
    ledger.add(Begun(NOW))
    ledger.add(commit("1", (second,), Settled("c", "t", 2)))
    assert list(ledger.rows_of(T)) == [Rows("1", 5, 7)]
    assert ledger.attempts[T] == 2
    assert ledger.walks_in("1") == [Void("c", "t", 2)]
    assert ledger.walks_in("0") == []
    assert (ledger.traffic, ledger.pages, ledger.begun) == (Traffic(requests=4), 2, 2)


def test_a_void_takes_the_outcome_back() -> None:
    """A tenant whose walk is void is not through any more; that of another walk stays so."""
    ledger = Ledger.of([Begun(NOW), commit("0", (), Settled("c", "t", 2))])
    ledger.add(Void("c", "t", 1))
    assert T in ledger.settled
    ledger.add(Void("c", "t", 2))
    assert T not in ledger.settled


def test_the_latest_names_count() -> None:
    """A customer that was read again has the names of the second time."""
    old = CustomerSeen("c", "Old", None, None, None, None, [("t", "Old")])
    new = CustomerSeen("c", "New", None, None, None, None, [("t", "New"), ("u", None)])
    ledger = Ledger.of([Begun(NOW), old, new])
    assert [(e.customer_name, e.tenant_name) for e in ledger.tenants.values()] == [
        ("New", "New"),
        ("New", None),
    ]
    assert ledger.customers == {"c": new}
