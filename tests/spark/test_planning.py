"""The tenants of a query are dealt out to its partitions, each to one, and what lacks is told."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avepoint_async import (
    AuthenticationError,
    ConfigurationError,
    IncompleteError,
    TenantRef,
)
from avepoint_async.spark.options import Options, read_options
from avepoint_async.spark.planning import neighbours, plan
from avepoint_async.testing import Fault, Fleet, ThreadedEmulator
from tests.spark import providers
from tests.spark.conftest import Serve

PROVIDER = {"credential": "tests.spark.providers:impatient"}


def options(**given: str) -> Options:
    """The options of a query over an impatient client."""
    return read_options(PROVIDER | given)


def tell(emulator: ThreadedEmulator, *tenants: str, total: int = 1) -> None:
    """Let the service list one customer with these tenants, and promise so many customers."""
    listed = [{"id": each, "name": None} for each in tenants]
    for page, data in enumerate([[{"id": "c1", "organization": "One", "tenants": listed}], []], 1):
        metadata = {"pageIndex": page, "pageSize": 100, "totalCount": total}
        body = Fault.body(json.dumps({"data": data, "metadata": metadata}).encode())
        emulator.script(body, kind="customers", page=page, times=None)


def test_tenants_are_dealt_round(serve: Serve) -> None:
    """Each tenant is in one share, with the names that discovery tells."""
    serve(Fleet.of({("c1", f"t{n}"): 1 for n in range(7)}))
    shares = plan(options(partitions="3", maxRequestsPerSecond="60"))
    dealt = [[ref.tenant_id for ref in share.tenants] for share in shares]
    assert dealt == [["t0", "t3", "t6"], ["t1", "t4"], ["t2", "t5"]]
    assert [(share.of, share.problem, share.run) for share in shares] == [(3, None, None)] * 3
    assert shares[0].tenants[0].customer_name is not None


def test_discovery_has_the_whole_rate(serve: Serve) -> None:
    """While the customers are listed, nobody else sends."""
    serve()
    plan(options(partitions="3", maxRequestsPerSecond="60"))
    assert [each["max_requests_per_second"] for each in providers.asked] == [60.0]


def test_there_are_no_more_partitions_than_tenants(serve: Serve) -> None:
    """A partition without a tenant would take a part of the rate for nothing."""
    serve()
    shares = plan(options(partitions="9", maxRequestsPerSecond="60", tenants="t1,T3"))
    assert [(len(share.tenants), share.of) for share in shares] == [(1, 2), (1, 2)]


def test_a_query_without_any_tenant_has_one_partition(serve: Serve) -> None:
    """An empty table is a table."""
    serve(Fleet.of({}))
    shares = plan(options(partitions="9", maxRequestsPerSecond="60"))
    assert [(share.tenants, share.of) for share in shares] == [((), 1)]


def test_a_tenant_that_is_listed_twice_is_read_once(serve: Serve) -> None:
    """Two partitions would give each of its users twice."""
    emulator = serve(Fleet.of({("c1", "t1"): 2, ("c1", "t2"): 2}))
    tell(emulator, "t1", "t1", "t2", "t1")
    shares = plan(options(partitions="4", maxRequestsPerSecond="60"))
    assert [[ref.tenant_id for ref in share.tenants] for share in shares] == [["t1"], ["t2"]]


def test_a_customer_list_that_is_not_whole_is_told_once(serve: Serve) -> None:
    """The first share says so, with the numbers; the tenants that are known are read."""
    emulator = serve(Fleet.of({("c1", "t1"): 1, ("c1", "t2"): 1}))
    tell(emulator, "t1", "t2", total=5)
    first, second = plan(options(partitions="2", maxRequestsPerSecond="60"))
    assert first.problem == (
        "the customer list is incomplete: 1 customers were shown and 5 promised"
    )
    assert second.problem is None


def test_a_customer_list_that_is_not_whole_fails_if_that_is_wanted(serve: Serve) -> None:
    """``onError=fail`` is about the list, too."""
    emulator = serve(Fleet.of({("c1", "t1"): 1}))
    tell(emulator, "t1", total=5)
    with pytest.raises(IncompleteError):
        plan(options(onError="fail"))


def test_a_customer_that_is_not_there_is_named(serve: Serve) -> None:
    """A mistyped id is no empty table."""
    serve()
    (share,) = plan(options(customers="c1,gone"))
    assert share.problem is not None
    assert "nothing was found of gone" in share.problem
    assert [ref.tenant_id for ref in share.tenants] == ["t1", "t2"]
    with pytest.raises(IncompleteError, match="nothing was found of gone"):
        plan(options(customers="c1,gone", onError="fail"))


def test_a_tenant_that_is_not_there_is_refused(serve: Serve) -> None:
    """A mistyped id is an error, and the first few are named."""
    serve()
    with pytest.raises(ConfigurationError, match="names t5, t6, t7 and 1 more, which is among"):
        plan(options(tenants="t1,t5,t6,t7,t8"))
    with pytest.raises(ConfigurationError, match="names t3, which is among the tenants of no"):
        plan(options(customers="c1", tenants="t1,t3"))


def test_a_tenant_that_a_list_which_is_not_whole_lacks_is_no_mistake(serve: Serve) -> None:
    """Nobody knows whether it is there; the share says what lacks."""
    emulator = serve(Fleet.of({("c1", "t1"): 1}))
    tell(emulator, "t1", total=5)
    (share,) = plan(options(tenants="t1,t9"))
    assert [ref.tenant_id for ref in share.tenants] == ["t1"]
    assert share.problem is not None


def test_the_customers_are_one_partition(serve: Serve) -> None:
    """They are one list; nothing is sent in planning."""
    emulator = serve()
    (share,) = plan(options(table="customers", partitions="4", maxRequestsPerSecond="60"))
    assert (share.tenants, share.of) == ((), 1)
    assert emulator.requests == []


def test_refused_credentials_fail_in_planning(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before any partition is read."""
    serve()
    monkeypatch.setenv("AVEPOINT_CLIENT_SECRET", "wrong")
    with pytest.raises(AuthenticationError):
        plan(options())


def test_missing_variables_fail_in_planning(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names them."""
    serve()
    monkeypatch.delenv("AVEPOINT_CLIENT_ID")
    with pytest.raises(ConfigurationError, match="AVEPOINT_CLIENT_ID"):
        plan(read_options({}))


@given(st.lists(st.integers(0, 50)), st.integers(1, 9))
def test_neighbours_stay_together(sizes: list[int], parts: int) -> None:
    """Every tenant once and in order, in no more parts than asked for, none of them empty."""
    tenants = [TenantRef("c", f"t{n}") for n in range(len(sizes))]
    dealt = neighbours(tenants, sizes, parts)
    assert [each for part in dealt for each in part] == tenants
    assert 1 <= len(dealt) <= parts
    assert all(dealt) or dealt == [[]]
    largest = max(sizes, default=0)
    of = dict(zip(tenants, sizes, strict=True))
    assert all(sum(of[each] for each in part) <= sum(sizes) / parts + largest for part in dealt)
