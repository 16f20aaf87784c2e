"""What the other endpoints have in common: paging, permission, spelling."""

import re
from typing import Any
from urllib.parse import quote

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avepoint_async.testing import JOBS_SCOPE, USERS_SCOPE, Dialect, User
from avepoint_async.testing.endpoints import ENDPOINTS, route
from avepoint_async.testing.records import Made
from tests.testing.asks import (
    BOTH,
    INFO,
    JOBS,
    MICROSOFT,
    OBJECTS,
    OTHERS,
    OVERVIEW,
    REF,
    Ask,
    at,
    emulator,
)
from tests.testing.raw import Raw, talking_to


def test_every_endpoint_is_tried_here() -> None:
    """A new one is added to these tests, too."""
    assert {ask.kind for ask in OTHERS} == {e.kind for e in ENDPOINTS} - {"users", "customers"}


@pytest.mark.parametrize("ask", OTHERS, ids=lambda ask: ask.kind)
async def test_each_asks_for_its_own_permission_and_method(ask: Ask) -> None:
    """A token without the scope is a 403, another method a 405, and the request is recorded."""
    other = JOBS_SCOPE if ask.scope != JOBS_SCOPE else USERS_SCOPE
    async with talking_to(emulator()) as raw:
        assert (await attrs.evolve(ask, scope=other)(raw, pageSize=10)).status == 403
        recorded = raw.emulator.api_requests[-1]
        assert (recorded.kind, recorded.status) == (ask.kind, 403)
        wrong = attrs.evolve(ask, method="POST" if ask.method == "GET" else "GET")
        refused = await wrong(raw)
        assert (refused.status, refused.headers["Allow"]) == (405, ask.method)


@pytest.mark.parametrize("ask", [a for a in OTHERS if "c1" in a.path], ids=lambda ask: ask.kind)
async def test_strangers_are_not_found(ask: Ask) -> None:
    """An unknown customer or tenant is a 404."""
    strangers = {at(ask, "c1", "nobody"), at(ask, "t1", "nowhere")} - {ask}
    async with talking_to(emulator()) as raw:
        assert {(await each(raw, pageSize=10)).status for each in strangers} == {404}


async def walked(raw: Raw, size: int) -> list[list[str]]:
    """The protected mailboxes, page by page, to the last token."""
    pages, query = list[list[str]](), dict[str, object]()
    while True:
        page = (await OBJECTS(raw, pageSize=size, **query)).json
        pages.append([row["displayName"] for row in page["data"]])
        token = page["metadata"].get("skipToken")
        if not token:
            return pages
        query = {"skipToken": token}


@pytest.mark.parametrize("no_more", ["null", "empty", "absent"])
async def test_skip_tokens_lead_from_page_to_page(no_more: Any) -> None:
    """They hold what a query must encode, and end in null, an empty one or none at all."""
    users = [User(f"u{number}@x") for number in range(130)]
    async with talking_to(emulator(users, dialect=Dialect(no_more=no_more))) as raw:
        pages = await walked(raw, 50)
        tokens = [request.skip_token for request in raw.emulator.api_requests]
    assert [len(page) for page in pages] == [50, 50, 30]
    assert [email for page in pages for email in page] == [user.email for user in users]
    assert tokens[0] is None
    assert all({*"+/=|% &"} <= {*(token or "")} for token in tokens[1:])


async def test_skip_tokens_are_the_services_own() -> None:
    """A page size is required, up to 1000; a token that was not issued is refused."""
    users = [User(f"u{number}@x") for number in range(1200)]
    async with talking_to(emulator(users)) as raw:
        assert (await OBJECTS(raw)).status == 400
        assert (await OBJECTS(raw, pageSize=10, skipToken="guess")).status == 400
        assert (await OBJECTS(raw, pageSize=10, skipToken="x|5 ")).status == 400
        assert len(await OBJECTS.rows(raw, pageSize=5000)) == 1000
        raw.emulator.dialect = Dialect(oversize="refuse")
        assert (await OBJECTS(raw, pageSize=1001)).status == 400


async def test_a_skip_token_may_repeat() -> None:
    """Then the walk would never end."""
    users = [User(f"u{number}@x") for number in range(5)]
    async with talking_to(emulator(users, dialect=Dialect(repeats_token=True))) as raw:
        first = (await OBJECTS(raw, pageSize=2)).json["metadata"]["skipToken"]
        second = (await OBJECTS(raw, pageSize=2, skipToken=first)).json["metadata"]["skipToken"]
    assert first == second


@pytest.mark.parametrize(
    ("dates", "form"),
    [
        ("iso", r"2026-09-1\dT\d\d:\d\d:\d\dZ"),
        ("iso7", r"2026-09-1\dT\d\d:\d\d:\d\d\.\d{7}Z"),
        ("dashes", r"09-1\d-2026T\d\d:\d\d:\d\dZ"),
        ("slashes", r"09/1\d/2026T\d\d:\d\d:\d\dZ"),
        ("epoch", r"1789\d{6}000"),
    ],
)
async def test_dates_come_in_every_form(dates: Any, form: str) -> None:
    """All of the same moment."""
    async with talking_to(emulator(dialect=Dialect(dates=dates))) as raw:
        row = (await OVERVIEW.rows(raw))[0]
    assert re.fullmatch(form, str(row["lastRunTime"]))


async def test_rows_are_spelled_as_told() -> None:
    """Keys in another case, numbers as strings with separators, words for null."""
    dialect = Dialect(
        keys="pascal", numbers_as_strings=True, thousands=True, null_text="N/A", null_lists=True
    )
    async with talking_to(emulator(1200, dialect=dialect)) as raw:
        row = (await OVERVIEW.rows(raw))[0]
        job = (await JOBS.rows(raw, {"jobType": 0}))[0]
        raw.emulator.dialect = Dialect(keys="lower", numbers_as_strings=True)
        lower = (await OVERVIEW.rows(raw))[0]
    assert row["TotalScannedObjects"] == "1,200"
    assert job["TotalCount"].startswith("2,")
    assert (job["SkippedCount"], job["JobType"]) == ("0", "0")
    assert lower["totalscannedobjects"] == "1200"


async def test_rows_of_the_testers_own_are_sent_as_they_stand() -> None:
    """In the place of what an endpoint would list, paged as its own; an object alone, too."""
    equal = {"jobId": "N/A", "status": "13"}
    rows: Any = {"backup_jobs": [equal] * 34, "tenant_info": [{"id": 5}]}
    async with talking_to(emulator(rows=rows)) as raw:
        pages = [await JOBS.rows(raw, pageIndex=index, pageSize=20) for index in (1, 2)]
        assert pages == [[equal] * 20, [equal] * 14]
        assert (await INFO(raw)).json == {"id": 5}
        raw.emulator.rows = {}
        assert (await INFO(raw)).json["id"] == "t1"
        assert raw.emulator.rows == {}


def test_rows_of_an_unknown_kind_are_refused() -> None:
    """A misspelt name would be served to nobody."""
    wrong: Any = {"backup_job": []}
    with pytest.raises(ValueError, match=r"^kind must be one of token, users, .*: 'backup_job' is"):
        emulator(rows=wrong)


async def test_an_edit_shows_in_every_endpoint() -> None:
    """Counts, seats and lists are those of the users as they are now."""
    run = emulator()
    async with talking_to(run) as raw:
        assert (await OVERVIEW.rows(raw))[0]["totalScannedObjects"] == 4
        run.fleet.insert(REF, 0, User("new@x", "New", BOTH))
        assert (await OVERVIEW.rows(raw))[0]["totalScannedObjects"] == 5
        assert (await OBJECTS.rows(raw, pageSize=9))[0]["displayName"] == "new@x"
        assert (await MICROSOFT.rows(raw))[0]["assignedUserSeat"] == 5


@given(st.sampled_from(ENDPOINTS), st.lists(st.text(min_size=1), min_size=3, max_size=3))
def test_ids_of_any_text_are_found_in_a_path(endpoint: Any, values: list[str]) -> None:
    """Each stands in one segment, percent-encoded, and is decoded once."""
    names = re.findall(r"\{(\w+)\}", endpoint.path)
    parameters = dict(zip(names, values, strict=False))
    path = "/partner/external/v3/" + endpoint.path
    for name, value in parameters.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    assert route(path) == (endpoint, parameters)


def test_rows_are_made_when_they_are_read() -> None:
    """One or some of them, of a source that may be long."""
    made = Made(range(10**9), str)
    assert (len(made), made[5], made[7:9]) == (10**9, "5", ["7", "8"])
