"""A customer with a mistake in a side field is still a customer."""

from typing import Any

import attrs
import pytest

from avepoint_async.resources.customers import CUSTOMERS, Tenant
from tests.wire.spelled import (
    ABSENT,
    CUSTOMER,
    DECODED_CUSTOMER,
    changed,
    customer,
    encoded,
    refusal,
)

SIDES = {
    "organization": "organization",
    "ownerEmail": "owner_email",
    "jobStatus": "job_status",
    "countryOrRegion": "country_or_region",
    "managementMode": "management_mode",
}


def test_a_customer_is_read() -> None:
    """Every documented field, and two tenants of which one has no name."""
    assert customer(CUSTOMER) == DECODED_CUSTOMER
    assert customer({**CUSTOMER, "unknown": 1}) == DECODED_CUSTOMER
    assert customer({key.upper(): value for key, value in CUSTOMER.items()}) == DECODED_CUSTOMER


@pytest.mark.parametrize(("name", "field"), SIDES.items())
@pytest.mark.parametrize("value", [None, "N/A", ABSENT, True, [], {"deep": 1}])
def test_a_side_field_without_sense_is_none(name: str, field: str, value: object) -> None:
    """Null, N/A, absent and nonsense mean the same for all but the id and the tenants."""
    without: dict[str, Any] = {field: None}
    assert customer(changed(CUSTOMER, name, value)) == attrs.evolve(DECODED_CUSTOMER, **without)


def test_nonsense_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is lost silently; the value itself is not shown."""
    with caplog.at_level("INFO", logger="avepoint_async"):
        customer(changed(CUSTOMER, "jobStatus", "secret"))
    assert caplog.messages == [
        "job_status is taken as not there: expected a whole number, got a string"
    ]


@pytest.mark.parametrize("name", ["jobStatus", "managementMode"])
def test_a_number_may_be_a_string(name: str) -> None:
    """Numbers arrive as strings, too."""
    read = customer(changed(CUSTOMER, name, "3"))
    assert 3 in (read.job_status, read.management_mode)


@pytest.mark.parametrize("nothing", [[], None, "N/A"])
def test_a_customer_may_have_no_tenants(nothing: object) -> None:
    """One that is yet to be configured has none, or null."""
    assert customer(changed(CUSTOMER, "tenants", nothing)).tenants == ()


@pytest.mark.parametrize("nothing", [None, "N/A", ABSENT, 7])
def test_a_tenant_may_have_no_name(nothing: object) -> None:
    """Its id is enough."""
    row = changed(CUSTOMER, "tenants", 0, "name", nothing)
    assert customer(row).tenants[0] == Tenant("t-1", None)


@pytest.mark.parametrize(
    ("steps", "place", "why"),
    [
        (("id", None), ".id", "expected a string, got null"),
        (("id", ABSENT), ".id", "missing"),
        (("tenants", ABSENT), ".tenants", "missing"),
        (("tenants", "t"), ".tenants", "expected an array, got a string"),
        (("tenants", 1, None), ".tenants[1]", "expected an object, got null"),
        (("tenants", 1, "id", 7), ".tenants[1].id", "expected a string, got a number"),
        (("tenants", 0, "id", ABSENT), ".tenants[0].id", "missing"),
    ],
)
def test_a_customer_that_cannot_be_read_is_left_out(
    steps: tuple[Any, ...], place: str, why: str
) -> None:
    """The id and the tenants are what a customer is; its row alone is lost."""
    wrong = changed(CUSTOMER, *steps)
    reply = CUSTOMERS.decoder.page(encoded({"data": [wrong, CUSTOMER]}))
    assert reply.items == (DECODED_CUSTOMER,)
    assert reply.unreadable == (f"$.data[0]{place}: {why}",)
    assert refusal([wrong], CUSTOMERS).path == f"$[0]{place}"
