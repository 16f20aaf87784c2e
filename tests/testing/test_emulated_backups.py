"""Overview, jobs, reports and protected objects: consistent with the users."""

import re

from avepoint_async.testing import Dialect, User
from tests.testing.asks import JOBS, OBJECTS, OVERVIEW, REF, REPORT, at, emulator, job_of
from tests.testing.raw import talking_to


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
