"""The other endpoints: consistent with the users, each with its paging, permission and spelling."""

import re
from typing import Any
from urllib.parse import quote

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avepoint_async.testing import (
    COSTS_SCOPE,
    CUSTOMERS_SCOPE,
    DIRECTORY_SCOPE,
    JOBS_SCOPE,
    LICENSE_SCOPE,
    USERS_SCOPE,
    Customer,
    Dialect,
    Emulator,
    Fleet,
    Tenant,
    User,
)
from avepoint_async.testing.endpoints import ENDPOINTS, route
from avepoint_async.testing.generator import seed_of
from avepoint_async.testing.records import Made
from tests.testing.raw import Raw, Reply, talking_to

REF = ("c1", "t1")
TENANT = "general/customers/c1/tenants/t1"

BOTH, MAILBOX, NEITHER = ((0, True), (2, True)), ((0, True), (2, False)), ((0, False), (2, False))
USERS = [
    User("ada@x", "Ada Lovelace", BOTH, "id-ada"),
    User("alan@x", "Alan Turing", MAILBOX, "id-alan"),
    User("grace@x", None, NEITHER, "id-grace"),
    User("only@x", "Only Mailbox", ((0, True),), "id-only"),
]
"""Three mailboxes of four are protected, one OneDrive of three; three users have some module."""


@attrs.frozen
class Ask:
    """A request to one endpoint."""

    kind: str
    method: str
    path: str
    scope: str

    async def __call__(self, raw: Raw, body: Any = None, **query: object) -> Reply:
        """Send it."""
        if self.method == "GET":
            return await raw.get(self.path, self.scope, **query)
        return await raw.post(self.path, self.scope, body, **query)

    async def rows(self, raw: Raw, body: Any = None, **query: object) -> Any:
        """The rows of one page."""
        return (await self(raw, body, **query)).json["data"]


OVERVIEW = Ask(
    "backup_overview", "GET", "general/customers/c1/cloud-backup-m365/overview", USERS_SCOPE
)
JOBS = Ask("backup_jobs", "POST", "general/customers/c1/avpt-products/jobs/batch", JOBS_SCOPE)
REPORT = Ask("job_report", "GET", "general/customers/c1/jobs/J/report-details", JOBS_SCOPE)
SUBSCRIPTIONS = Ask("subscriptions", "POST", "general/customers/services/batch", LICENSE_SCOPE)
PURCHASED = Ask(
    "purchased_seats", "GET", "general/customers/c1/avpt-products/type/2048/overview", LICENSE_SCOPE
)
MICROSOFT = Ask(
    "microsoft_seats",
    "POST",
    "general/customers/c1/3rd-party-products/type/0/tenants/batch",
    LICENSE_SCOPE,
)
OBJECTS = Ask(
    "protected_objects",
    "GET",
    "general/customers/c1/m365/backup/modules/0/protected-objects",
    USERS_SCOPE,
)
INFO = Ask("tenant_info", "GET", TENANT, CUSTOMERS_SCOPE)
CONSENT = Ask("app_consent", "GET", f"{TENANT}/product/Office365Backup/apps", CUSTOMERS_SCOPE)
DIRECTORY = Ask(
    "directory_users", "POST", "um/customers/c1/tenants/t1/users/batch", DIRECTORY_SCOPE
)
COSTS = Ask("cost_issues", "GET", "acm/customers/c1/tenants/t1/issues", COSTS_SCOPE)
OTHERS = [
    OVERVIEW,
    JOBS,
    REPORT,
    SUBSCRIPTIONS,
    PURCHASED,
    MICROSOFT,
    OBJECTS,
    INFO,
    CONSENT,
    DIRECTORY,
    COSTS,
]


def at(ask: Ask, old: str, new: str) -> Ask:
    """The same with another parameter in its path."""
    return attrs.evolve(ask, path=ask.path.replace(old, new))


def emulator(users: Any = None, **settings: Any) -> Emulator:
    """One customer with one tenant."""
    return Emulator(fleet={REF: USERS if users is None else users}, **settings)


async def job_of(raw: Raw, module: int) -> Any:
    """The latest job of one module."""
    (job,) = await JOBS.rows(raw, {"jobModule": module})
    return job


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


async def test_the_overview_counts_the_users() -> None:
    """For each module: who lists it, and who is protected."""
    async with talking_to(emulator()) as raw:
        rows = await OVERVIEW.rows(raw)
    counts = {
        row["serviceModule"]: (row["totalScannedObjects"], row["totalProtectedObjects"])
        for row in rows
    }
    assert counts == {"Exchange Online": (4, 3), "OneDrive for Business": (3, 1)}
    assert {(row["customerId"], row["tenantId"]) for row in rows} == {REF}
    assert re.fullmatch(r"09/1\d/2026T\d\d:\d\d:\d\dZ", rows[0]["lastRunTime"])


async def test_jobs_fail_where_protection_is_missing() -> None:
    """Finished, finished with exception or failed, by how many are not protected."""
    failing = [User("a@x", None, ((0, True), (2, False)))]
    async with talking_to(emulator()) as raw:
        mailbox, onedrive = await job_of(raw, 303), await job_of(raw, 305)
    async with talking_to(emulator(failing)) as raw:
        whole, none = await job_of(raw, 303), await job_of(raw, 305)
    names = ("totalCount", "failedCount", "successfulCount")
    assert [mailbox[name] for name in names] == ["4", "1", "3"]
    assert [onedrive[name] for name in names] == ["3", "2", "1"]
    assert [job["status"] for job in (mailbox, onedrive, whole, none)] == [4, 4, 2, 3]


async def test_modules_that_never_ran_have_no_job() -> None:
    """Their ids and times are N/A in samples and null in tables; filters narrow the list."""
    async with talking_to(emulator()) as raw:
        rows = await JOBS.rows(raw)
        scans = await JOBS.rows(raw, {"jobType": 0})
        raw.emulator.dialect = Dialect.tables()
        (table,) = await JOBS.rows(raw, {"jobType": 7, "jobModule": 302})
        assert (await JOBS(raw, {"jobType": "7"})).status == 400
    idle = [row for row in rows if row["status"] == 13]
    assert [row["jobModule"] for row in idle] == [302, 304, 308]
    assert {(row["jobId"], row["startTime"], row["jobDuration"]) for row in idle} == {
        ("N/A", "N/A", "0 S")
    }
    assert [row["jobType"] for row in scans] == [0]
    assert (table["jobId"], table["startTime"]) == ("N/A", None)


async def test_a_report_names_each_object_of_its_job() -> None:
    """Who is protected succeeded, who is not failed with a reason; other jobs are unknown."""
    async with talking_to(emulator()) as raw:
        job = await job_of(raw, 303)
        rows = await at(REPORT, "/J/", f"/{job['jobId']}/").rows(raw, pageSize=1000)
        recorded = raw.emulator.api_requests[-1]
        assert recorded.job_id == job["jobId"]
        onedrive = await job_of(raw, 305)
        drives = await at(REPORT, "/J/", f"/{onedrive['jobId']}/").rows(raw, pageSize=1000)
        assert (await REPORT(raw, pageSize=10)).status == 404
    assert [(row["sourceObjectLocation"], row["status"]) for row in rows] == [
        ("ada@x", 0),
        ("alan@x", 0),
        ("grace@x", 1),
        ("only@x", 0),
    ]
    assert [bool(row["comment"]) for row in rows] == [False, False, True, False]
    assert [row["type"] for row in rows] == [1] * 4
    assert [row["sourceObjectLocation"] for row in drives] == ["ada@x", "alan@x", "grace@x"]
    assert re.fullmatch(r"2026-09-1\dT\d\d:\d\d:\d\d\.\d{7}Z", rows[0]["finishTime"])


async def test_protected_objects_are_the_protected_ones() -> None:
    """Of each module, and of no other; rows tell their tenant."""
    async with talking_to(emulator()) as raw:
        mailboxes = await OBJECTS.rows(raw, pageSize=1000)
        drives = await at(OBJECTS, "modules/0/", "modules/2/").rows(raw, pageSize=1000)
        others = await at(OBJECTS, "modules/0/", "modules/6/")(raw, pageSize=1000)
        assert raw.emulator.api_requests[-1].module == "6"
        assert (await at(OBJECTS, "modules/0/", "modules/x/")(raw, pageSize=1000)).status == 400
    assert [row["displayName"] for row in mailboxes] == ["ada@x", "alan@x", "only@x"]
    assert {(row["mailboxType"], row["tenantId"]) for row in mailboxes} == {("User Mailbox", "t1")}
    assert [(row["displayName"], row["mailboxType"]) for row in drives] == [("ada@x", "")]
    assert others.json == {"data": [], "metadata": {"skipToken": None, "totalCount": 0}}


async def test_seats_agree_wherever_they_are_told() -> None:
    """Bought seats are enough for who is protected; Microsoft assigned one to every user."""
    async with talking_to(emulator()) as raw:
        (row,) = await SUBSCRIPTIONS.rows(raw)
        purchased = (await PURCHASED(raw)).json
        other = (await at(PURCHASED, "2048", "257")(raw)).json
        (microsoft,) = await MICROSOFT.rows(raw)
        assert await MICROSOFT.rows(raw, {"tenantIds": ["other"]}) == []
        assert await at(MICROSOFT, "type/0", "type/2").rows(raw) == []
        assert (await at(MICROSOFT, "type/0", "type/9")(raw)).status == 400
        assert (await at(PURCHASED, "2048", "x")(raw)).status == 400
    product = row["products"][0]
    assert purchased["productType"] == 2048
    assert product["purchasedUserSeats"] == str(purchased["purchasedUserSeat"])
    assert purchased["purchasedUserSeat"] >= 3
    assert product["microsoftLicenseAssigned"] == "4"
    assert other == {"productType": 257, "purchasedUserSeat": 0}
    assert (microsoft["tenantId"], microsoft["assignedUserSeat"]) == ("t1", 4)


async def test_some_customers_have_used_up_their_seats() -> None:
    """One in four or so has just as many as users are protected, the others some to spare."""
    fleet = Fleet.of({(f"c{number}", "t"): 20 for number in range(40)})
    async with talking_to(Emulator(fleet=fleet)) as raw:
        rows = await SUBSCRIPTIONS.rows(raw, pageSize=100)
        asked = await SUBSCRIPTIONS.rows(raw, {"customerIds": ["C7", "c3"]})
    spare = list[int]()
    for row in rows:
        users = fleet.users((row["customerId"], "t"))
        protected = sum(any(flag for _, flag in user.modules) for user in users)
        spare.append(int(row["products"][0]["purchasedUserSeats"]) - protected)
    assert min(spare) == 0
    assert 5 <= spare.count(0) <= 15
    assert max(spare) <= 10
    assert {len(row["products"]) for row in rows} == {1, 2}
    assert [row["customerId"] for row in asked] == ["c3", "c7"]


async def test_a_tenant_is_told_with_its_cloud() -> None:
    """One object, without an envelope; the name is the customer's list's."""
    acme = Customer("c1", "Acme", tenants=(Tenant("t1", "Main"),))
    async with talking_to(Emulator(fleet=Fleet.of({REF: 1}, customers=[acme]))) as raw:
        assert (await INFO(raw)).json == {
            "id": "t1",
            "name": "Main",
            "aadEnvironment": 0,
            "platformEnvironmentType": 1,
        }


@pytest.mark.parametrize(("modules", "consent"), [(BOTH, True), (NEITHER, False)])
async def test_where_nobody_is_protected_the_app_is_missing(modules: Any, *, consent: bool) -> None:
    """A bare list of one; an unknown product is refused."""
    async with talking_to(emulator([User("a@x", None, modules)])) as raw:
        assert (await CONSENT(raw)).json == [{"isConsent": consent}]
        assert (await at(CONSENT, "Office365Backup", "Other")(raw)).status == 400


async def test_the_directory_has_the_same_users() -> None:
    """By id where there is one, and in an order of its own."""
    async with talking_to(emulator([*USERS, "no-id@x"])) as raw:
        rows = await DIRECTORY.rows(raw)
        asked = await DIRECTORY.rows(raw, {"userIds": ["ID-ADA"]})
        raw.emulator.dialect = Dialect.tables()
        table = await DIRECTORY.rows(raw)
    ids = {row["mail"]: row["id"] for row in rows}
    assert list(ids) == ["no-id@x", "only@x", "grace@x", "alan@x", "ada@x"]
    assert (ids["ada@x"], len(ids["no-id@x"])) == ("id-ada", 36)
    assert [row["firstName"] for row in asked] == ["Ada"]
    assert {type(row["status"]) for row in rows} == {list}
    assert {type(row["status"]) for row in table} == {int}


async def test_cost_issues_say_whether_there_are_more() -> None:
    """The last page says no; names in samples are numbers in tables."""
    tenants = [f"t{number}" for number in range(40)]
    tenant = max(tenants, key=lambda each: seed_of("costs", "c1", each) % 5)
    ask = at(COSTS, "/t1/", f"/{tenant}/")
    async with talking_to(Emulator(fleet={("c1", tenant): 1})) as raw:
        first = (await ask(raw, pageIndex=1, pageSize=3)).json
        second = (await ask(raw, pageIndex=2, pageSize=3)).json
        raw.emulator.dialect = Dialect.tables()
        table = (await ask(raw, pageIndex=2, pageSize=3)).json
    assert [len(page["costIssueItemModels"]) for page in (first, second)] == [3, 1]
    assert [page["hasNextPage"] for page in (first, second)] == [True, False]
    assert second["totalCount"] == 4
    assert second["costIssueItemModels"][0]["severity"] == "Critical"
    assert table["costIssueItemModels"][0]["severity"] == 3


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


async def test_a_customer_without_tenants_has_empty_lists() -> None:
    """It is known, and nothing is there."""
    fleet = Fleet.of({}, customers=[Customer("c1")])
    async with talking_to(Emulator(fleet=fleet)) as raw:
        assert await OVERVIEW.rows(raw) == []
        assert {row["status"] for row in await JOBS.rows(raw)} == {13}
        assert (await SUBSCRIPTIONS.rows(raw))[0]["products"][0]["purchasedUserSeats"] in "0 10"


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
