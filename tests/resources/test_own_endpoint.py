"""An endpoint that this package does not know, with a record of the caller's own."""

from datetime import datetime
from operator import attrgetter
from typing import Any

import attrs
import pytest

from avepoint_async.errors import ConfigurationError, PermissionDeniedError, ResponseError
from avepoint_async.refs import TenantRef
from avepoint_async.resources import Endpoint, Envelope, HasNext, OpenEnum
from avepoint_async.testing import Emulator, Fleet
from tests.conftest import CUSTOMER, TENANT, Serve, new_client


class Severity(OpenEnum):
    """How grave an issue is."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2
    CRITICAL = 3


@attrs.frozen
class CostIssue:
    """One way to save money."""

    rule_id: str
    rule_name: str
    severity: Severity
    potential_cost_saving: int | None
    found_at: datetime | None = None


COST_ISSUES = Endpoint(
    method="GET",
    path="/partner/external/v3/acm/customers/{customer_id}/tenants/{tenant_id}/issues",
    scopes={"elements.cm.read.all"},
    record=CostIssue,
    paging=HasNext(),
    envelope=Envelope(items="costIssueItemModels"),
    identity=attrgetter("rule_id"),
)


def issue(number: int, severity: object = "High") -> dict[str, object]:
    """A row as the service sends it."""
    return {
        "ruleId": f"r-{number}",
        "ruleName": "Idle",
        "severity": severity,
        "potentialCostSaving": "1,200",
    }


async def test_it_is_walked_like_one_of_ours(serve: Serve) -> None:
    """Paging, codes by name or number, numbers in strings, and a field that no reply has yet."""
    rows = [issue(number, "High" if number % 2 else 2) for number in range(130)]
    served = await serve(rows={"cost_issues": rows})
    walk = served.client.pager(COST_ISSUES, CUSTOMER, TENANT).walk()
    issues = [each async for each in walk]
    assert issues == [CostIssue(f"r-{each}", "Idle", Severity.HIGH, 1200) for each in range(130)]
    assert walk.outcome.complete
    assert served.asked == [1, 2]


async def test_it_is_fanned_out() -> None:
    """Over references, as they come."""
    pairs = [("c-1", "t-1"), ("c-1", "t-2"), ("c-2", "t-3")]
    fleet = Fleet.of(dict.fromkeys(pairs, 2))
    async with (
        Emulator(fleet=fleet, rows={"cost_issues": [issue(1), issue(2)]}) as emulator,
        new_client(emulator) as client,
        client.fan_out(COST_ISSUES, client.tenants()) as run,
    ):
        found = [(ref, each.rule_id) async for ref, each in run]
    assert sorted(found) == [(TenantRef(*pair), rule) for pair in pairs for rule in ("r-1", "r-2")]
    assert run.complete


async def test_its_rows_are_read_as_strictly(serve: Serve) -> None:
    """A row that is wrong is told and left out; a page of nothing else is an error."""
    rows = [issue(1), {**issue(2), "ruleId": None}]
    walk = (
        (await serve(rows={"cost_issues": rows})).client.pager(COST_ISSUES, CUSTOMER, TENANT).walk()
    )
    assert [each.rule_id async for each in walk] == ["r-1"]
    assert (walk.outcome.unreadable, walk.outcome.complete) == (1, False)
    client = (await serve(rows={"cost_issues": rows[1:]})).client
    with pytest.raises(ResponseError) as caught:
        await client.pager(COST_ISSUES, CUSTOMER, TENANT).collect()
    assert caught.value.path == "$.costIssueItemModels[0].ruleId"


async def test_a_scope_that_does_not_fit_is_told_with_the_list(serve: Serve) -> None:
    """The answer's words, and where: customer and tenant."""
    wrong = attrs.evolve(COST_ISSUES, scopes={"elements.jobs.read.all"})
    client = (await serve()).client
    with pytest.raises(PermissionDeniedError) as caught:
        await client.pager(wrong, CUSTOMER, TENANT).collect()
    assert str(caught.value).startswith(f"customer {CUSTOMER}, tenant {TENANT}, page 1: ")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"path": "acm"}, "path must begin with a slash"),
        ({"record": dict}, "record must be an attrs class"),
    ],
)
def test_an_endpoint_that_makes_no_sense_is_refused(change: dict[str, Any], message: str) -> None:
    """As it is made, and not when the first reply comes."""
    with pytest.raises(ConfigurationError, match=message):
        attrs.evolve(COST_ISSUES, **change)
