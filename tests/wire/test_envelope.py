"""Where a reply keeps its items and its paging."""

from typing import Any

import attrs
import pytest

from avepoint_async.resources import Endpoint, Envelope
from avepoint_async.resources.protected_users import PROTECTED_USERS, ProtectedUser
from avepoint_async.wire.envelope import PagingFacts, Reply
from tests.wire.spelled import ABSENT, DECODED, USER, changed, encoded, refusal, users

PAGE: dict[str, Any] = {
    "data": [USER],
    "metadata": {"pageIndex": 3, "pageSize": 40, "totalCount": 250},
}
FACTS = PagingFacts(index=3, size=40, total=250)


def test_paging_is_read() -> None:
    """Index, size and total stand in the metadata."""
    assert users(PAGE) == Reply((DECODED,), FACTS)


@pytest.mark.parametrize("unknown", [{"pageCount": 7}, {"skipToken": None}, {"hasNextPage": None}])
def test_metadata_may_say_more(unknown: dict[str, object]) -> None:
    """What is unknown is ignored."""
    page = changed(PAGE, "metadata", {**PAGE["metadata"], **unknown})
    assert users(page) == Reply((DECODED,), FACTS)


def test_a_token_is_read_from_any_page() -> None:
    """Also beside index, size and total, and in a page that is spelled as usual."""
    page = changed(PAGE, "metadata", {**PAGE["metadata"], "skipToken": "a|b", "hasNextPage": True})
    assert users(page).paging == attrs.evolve(FACTS, token="a|b", more=True)


@pytest.mark.parametrize(
    "page",
    [
        {"Data": PAGE["data"], "METADATA": PAGE["metadata"]},
        {"data": PAGE["data"], "MetaData": PAGE["metadata"]},
        changed(PAGE, "metadata", {"PageIndex": 3, "pagesize": 40, "TOTALCOUNT": "250"}),
        {"data": PAGE["data"], "pageIndex": 3, "pageSize": 40, "totalCount": "250"},
        {"data": PAGE["data"], "metadata": None, "pageIndex": 3, "pageSize": 40, "TotalCount": 250},
    ],
)
def test_the_envelope_in_another_case_or_flat_is_the_same(page: dict[str, Any]) -> None:
    """Tables and samples differ in case, and some replies keep their paging beside the items."""
    assert users(page) == Reply((DECODED,), FACTS)


def test_a_bare_list_has_no_paging() -> None:
    """An early revision had no envelope."""
    assert users([USER, USER]) == Reply((DECODED, DECODED))
    assert users([]) == Reply(())


@pytest.mark.parametrize("metadata", [None, {}, ABSENT, {"pageIndex": None}, {"totalCount": "N/A"}])
def test_metadata_may_say_nothing(metadata: object) -> None:
    """What the metadata leaves out is None."""
    assert users(changed(PAGE, "metadata", metadata)) == Reply((DECODED,))


@pytest.mark.parametrize(
    ("name", "raw", "facts"),
    [
        ("pageIndex", "3", PagingFacts(index=3)),
        ("pageIndex", 0, PagingFacts(index=0)),
        ("pageSize", "40", PagingFacts(size=40)),
        ("pageSize", 0, PagingFacts()),
        ("totalCount", 0, PagingFacts(total=0)),
        ("totalCount", "1,250", PagingFacts(total=1250)),
        ("totalCount", 2**63 - 1, PagingFacts(total=2**63 - 1)),
        ("skipToken", "+/=|% ", PagingFacts(token="+/=|% ")),
        ("skipToken", "", PagingFacts()),
        ("hasNextPage", False, PagingFacts(more=False)),
    ],
)
def test_each_fact_is_read_alone(name: str, raw: object, facts: PagingFacts) -> None:
    """Counts come as numbers or as digits; a page size of nothing and an empty token are none."""
    assert users({"data": [], "metadata": {name: raw}}) == Reply((), facts)
    assert users({"data": [], name: raw}) == Reply((), facts)


@pytest.mark.parametrize(
    ("name", "raw", "why"),
    [
        ("pageIndex", -1, "expected 0 or more, got -1"),
        ("pageSize", "-1", "expected 0 or more, got -1"),
        ("totalCount", 1.5, "expected a whole number, got a number"),
        ("totalCount", True, "expected a whole number, got a boolean"),
        ("pageIndex", [], "expected a whole number, got an array"),
        ("skipToken", 7, "expected a string, got a number"),
        ("hasNextPage", "true", "expected a boolean, got a string"),
    ],
)
def test_a_fact_that_is_wrong_is_refused(name: str, raw: object, why: str) -> None:
    """The path leads into the metadata, or to the top."""
    error = refusal(changed(PAGE, "metadata", name, raw))
    assert (error.path, str(error)) == (f"$.metadata.{name}", f"$.metadata.{name}: {why}")
    assert refusal({"data": [], name: raw}).path == f"$.{name}"


@pytest.mark.parametrize(
    ("document", "path", "why"),
    [
        (None, "$", "expected an object or an array, got null"),
        (True, "$", "expected an object or an array, got a boolean"),
        (1.5, "$", "expected an object or an array, got a number"),
        ("data", "$", "expected an object or an array, got a string"),
        (changed(PAGE, "data", ABSENT), "$.data", "missing"),
        (changed(PAGE, "data", {}), "$.data", "expected an array, got an object"),
        (changed(PAGE, "data", "[]"), "$.data", "expected an array, got a string"),
        (changed(PAGE, "data", 0, None), "$.data[0]", "expected an object, got null"),
        (changed(PAGE, "data", 0, [USER]), "$.data[0]", "expected an object, got an array"),
        (changed(PAGE, "data", 0, {}), "$.data[0].email", "missing"),
        (changed(PAGE, "metadata", []), "$.metadata", "expected an object, got an array"),
        (changed(PAGE, "metadata", "x"), "$.metadata", "expected an object, got a string"),
    ],
)
def test_an_envelope_that_is_wrong_is_refused(document: object, path: str, why: str) -> None:
    """Items are an array of objects, and metadata is an object."""
    error = refusal(document)
    assert (error.path, str(error)) == (path, f"{path}: {why}")


def test_null_is_an_empty_list() -> None:
    """Some services write so."""
    assert users(changed(PAGE, "data", None)) == Reply((), FACTS)


def test_an_envelope_is_data() -> None:
    """Another endpoint may keep its items and its paging under other names."""
    other = Envelope(items="value", metadata="meta", index="page", size="top", total="count")
    endpoint = Endpoint(
        path="/x", record=ProtectedUser, scopes={"s"}, envelope=other, names=PROTECTED_USERS.names
    )
    body = {"value": [USER], "meta": {"page": 3, "top": 40, "count": 250}, "metadata": 7}
    assert endpoint.decoder.page(encoded(body)) == Reply((DECODED,), FACTS)
