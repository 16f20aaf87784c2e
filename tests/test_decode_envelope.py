"""Where a reply keeps its items and its paging, and what a customer looks like."""

from typing import Any

import attrs
import orjson
import pytest
from avepoint_async.decode import Envelope, Reply, decode_page
from avepoint_async.models import Customer, ProtectedUser, Tenant

from tests.spelled import (
    ABSENT,
    CUSTOMER,
    DECODED,
    DECODED_CUSTOMER,
    USER,
    changed,
    customer,
    refusal,
    users,
)

PAGE: dict[str, Any] = {
    "data": [USER],
    "metadata": {"pageIndex": 3, "pageSize": 40, "totalCount": 250},
}


def test_paging_is_read() -> None:
    """Index, size and total stand in the metadata."""
    assert users(PAGE) == Reply((DECODED,), index=3, size=40, total=250)


def test_a_bare_list_has_no_paging() -> None:
    """An early revision had no envelope."""
    assert users([USER, USER]) == Reply((DECODED, DECODED))
    assert users([]) == Reply(())


@pytest.mark.parametrize("metadata", [None, {}, ABSENT, {"pageIndex": None}, {"pages": 3}])
def test_metadata_may_say_nothing(metadata: object) -> None:
    """What the metadata leaves out is None."""
    assert users(changed(PAGE, "metadata", metadata)) == Reply((DECODED,))


@pytest.mark.parametrize(
    ("name", "raw", "reply"),
    [
        ("pageIndex", "3", Reply((), index=3)),
        ("pageIndex", 0, Reply((), index=0)),
        ("pageSize", "40", Reply((), size=40)),
        ("pageSize", 0, Reply(())),
        ("totalCount", 0, Reply((), total=0)),
        ("totalCount", "250", Reply((), total=250)),
        ("totalCount", 2**64 - 1, Reply((), total=2**64 - 1)),
    ],
)
def test_each_count_is_read_alone(name: str, raw: object, reply: Reply[ProtectedUser]) -> None:
    """Counts come as numbers or as digits; a page size of nothing is none."""
    assert users({"data": [], "metadata": {name: raw}}) == reply


@pytest.mark.parametrize("name", ["pageIndex", "pageSize", "totalCount"])
@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (-1, "expected 0 or more, got -1"),
        (1.5, "expected a whole number, got a number"),
        (True, "expected a whole number, got a boolean"),
        ("N/A", "expected a whole number, got a string"),
        ("-1", "expected a whole number, got a string"),
        ([], "expected a whole number, got an array"),
        ({}, "expected a whole number, got an object"),
    ],
)
def test_a_count_that_is_wrong_is_refused(name: str, raw: object, why: str) -> None:
    """The path leads into the metadata."""
    error = refusal(changed(PAGE, "metadata", name, raw))
    assert (error.path, str(error)) == (f"$.metadata.{name}", f"$.metadata.{name}: {why}")


@pytest.mark.parametrize(
    ("steps", "path", "why"),
    [
        (("data", ABSENT), "$.data", "missing"),
        (("data", None), "$.data", "expected an array, got null"),
        (("data", {}), "$.data", "expected an array, got an object"),
        (("data", "[]"), "$.data", "expected an array, got a string"),
        (("data", 0, None), "$.data[0]", "expected an object, got null"),
        (("data", 0, "a@x.example"), "$.data[0]", "expected an object, got a string"),
        (("data", 0, [USER]), "$.data[0]", "expected an object, got an array"),
        (("data", 0, 7), "$.data[0]", "expected an object, got a number"),
        (("data", 0, {}), "$.data[0].email", "missing"),
        (("metadata", []), "$.metadata", "expected an object, got an array"),
        (("metadata", 7), "$.metadata", "expected an object, got a number"),
        (("metadata", "N/A"), "$.metadata", "expected an object, got a string"),
    ],
)
def test_an_envelope_that_is_wrong_is_refused(steps: tuple[Any, ...], path: str, why: str) -> None:
    """Items are an array of objects, and metadata is an object."""
    error = refusal(changed(PAGE, *steps))
    assert (error.path, str(error)) == (path, f"{path}: {why}")


def test_an_envelope_is_data() -> None:
    """Another endpoint may keep its items and its paging under other names."""
    other = Envelope(items="value", metadata="metaData", index="page", size="top", total="count")
    body = {"value": [USER], "metaData": {"page": 3, "top": 40, "count": 250}, "metadata": 7}
    reply = decode_page(orjson.dumps(body), ProtectedUser, other)
    assert reply == Reply((DECODED,), index=3, size=40, total=250)
    assert other.query(3, 40) == "page=3&top=40"


def test_a_page_is_asked_for_in_the_documented_words() -> None:
    """The query is pageIndex and pageSize."""
    assert Envelope().query(1, 100) == "pageIndex=1&pageSize=100"


def test_a_customer_is_read() -> None:
    """Every documented field, and two tenants of which one has no name."""
    assert customer(CUSTOMER) == DECODED_CUSTOMER
    assert customer({**CUSTOMER, "unknown": 1}) == DECODED_CUSTOMER


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("organization", "organization"),
        ("ownerEmail", "owner_email"),
        ("jobStatus", "job_status"),
        ("countryOrRegion", "country_or_region"),
        ("managementMode", "management_mode"),
    ],
)
@pytest.mark.parametrize("nothing", [None, "N/A", ABSENT])
def test_a_customer_s_value_may_be_missing(name: str, field: str, nothing: object) -> None:
    """Null, N/A and absent mean the same for all but the id and the tenants."""
    row = changed(CUSTOMER, name, nothing)
    without: dict[str, Any] = {field: None}
    assert customer(row) == attrs.evolve(DECODED_CUSTOMER, **without)


@pytest.mark.parametrize("name", ["jobStatus", "managementMode"])
def test_a_customer_s_number_may_be_a_string(name: str) -> None:
    """Numbers arrive as strings, too."""
    row = changed(CUSTOMER, name, "3")
    assert 3 in (customer(row).job_status, customer(row).management_mode)


def test_a_customer_may_have_no_tenants() -> None:
    """One that is yet to be configured has none, or null."""
    assert customer(changed(CUSTOMER, "tenants", [])).tenants == ()
    assert customer(changed(CUSTOMER, "tenants", None)).tenants == ()


@pytest.mark.parametrize("nothing", [None, "N/A", ABSENT])
def test_a_tenant_may_have_no_name(nothing: object) -> None:
    """Its id is enough."""
    row = changed(CUSTOMER, "tenants", 0, "name", nothing)
    assert customer(row).tenants[0] == Tenant("t-1", None)


@pytest.mark.parametrize(
    ("steps", "place", "why"),
    [
        (("id", None), ".id", "expected a string, got null"),
        (("id", ABSENT), ".id", "missing"),
        (("organization", 1), ".organization", "expected a string, got a number"),
        (("ownerEmail", []), ".ownerEmail", "expected a string, got an array"),
        (("jobStatus", 1.5), ".jobStatus", "expected a whole number, got a number"),
        (("countryOrRegion", {}), ".countryOrRegion", "expected a string, got an object"),
        (("managementMode", True), ".managementMode", "expected a whole number, got a boolean"),
        (("tenants", ABSENT), ".tenants", "missing"),
        (("tenants", {}), ".tenants", "expected an array, got an object"),
        (("tenants", 1, None), ".tenants[1]", "expected an object, got null"),
        (("tenants", 1, "id", 7), ".tenants[1].id", "expected a string, got a number"),
        (("tenants", 1, "id", ABSENT), ".tenants[1].id", "missing"),
        (("tenants", 1, "name", 7), ".tenants[1].name", "expected a string, got a number"),
    ],
)
def test_a_customer_that_is_wrong_is_refused_with_its_path(
    steps: tuple[Any, ...], place: str, why: str
) -> None:
    """The path leads to the customer, the tenant and the field."""
    error = refusal({"data": [CUSTOMER, changed(CUSTOMER, *steps)]}, Customer)
    assert (error.path, str(error)) == (f"$.data[1]{place}", f"$.data[1]{place}: {why}")
