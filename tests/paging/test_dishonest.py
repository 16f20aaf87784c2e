"""Services that clamp, promise, repeat and talk nonsense: nothing is lost, repeated or endless."""

import logging
from typing import Any

import msgspec
import pytest

from avepoint_async import Module, ProtectedUser
from avepoint_async.errors import PaginationError, ResponseError
from avepoint_async.paging.pager import Pager
from avepoint_async.testing import Dialect, Fault, User
from tests.conftest import CUSTOMER, TENANT, Serve, Served
from tests.wire.spelled import ABSENT, DECODED, SEED_SAMPLE, USER, changed

SAMPLE_USER = User("admin@M365****.onmicrosoft.com", "M365****", ((0, False), (2, True)))


async def pages_before(
    pager: Pager[ProtectedUser], kind: type[PaginationError | ResponseError]
) -> tuple[list[str], Any]:
    """The addresses that were delivered before the error, and the error."""
    taken: list[str] = []

    async def read_on() -> None:
        async for page in pager.pages():
            taken.extend(user.email for user in page.items)

    with pytest.raises(kind) as caught:
        await read_on()
    return taken, caught.value


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the package has warned of."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("avepoint_async") and record.levelno >= logging.WARNING
    ]


def fell_short(place: str, items: int, promised: int) -> str:
    """The warning about a list that was short in two passes, and showed no other sign."""
    return (
        f"{place}: the list is incomplete: {items} items were delivered, the service promised "
        f"{promised} (passes 2, changed totals 0, repeated rows 0, unreadable rows 0)"
    )


def the_sample_s_user(user: ProtectedUser) -> bool:
    """Whether it is the user of the service's sample."""
    return (user.email, user.display_name, user.id) == (SAMPLE_USER.email, "M365****", None) and (
        user.is_protected(Module.MAILBOX),
        user.is_protected(Module.ONEDRIVE),
    ) == (False, True)


async def test_the_seed_s_sample_ends(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """The service's sample promises two users and shows one: four requests, one user, no error."""
    served = await serve([SAMPLE_USER], dialect=Dialect.seed_sample())
    pages = [page async for page in served.users().pages()]
    (user,) = [user for page in pages for user in page.items]
    assert the_sample_s_user(user)
    assert served.asked == [1, 2, 1, 2]
    assert [(page.size, page.total_count, page.last) for page in pages] == [
        (50, 2, False),
        (50, 2, True),
    ]
    assert len(warnings(caplog)) == 1


async def test_the_seed_s_sample_word_for_word_ends(serve: Serve) -> None:
    """The document's own bytes, followed by the page past the end, make one user."""
    served = await serve(0)
    past_the_end = Fault.body(b'{"data": [], "metadata": {"totalCount": 2}}')
    served.emulator.script(Fault.body(SEED_SAMPLE), page=1, times=2)
    served.emulator.script(past_the_end, page=2, times=2)
    walk = served.users().walk()
    (user,) = [user async for user in walk]
    assert the_sample_s_user(user)
    assert served.asked == [1, 2, 1, 2]
    assert not walk.outcome.complete


async def test_the_seed_s_sample_for_ever_ends(serve: Serve) -> None:
    """A server that only knows the sample does not advance: one user, two requests, an error."""
    served = await serve(0)
    served.emulator.script(Fault.body(SEED_SAMPLE), times=None)
    taken, error = await pages_before(served.users(), PaginationError)
    assert taken == [SAMPLE_USER.email]
    assert error.page_index == 2
    assert served.asked == [1, 2]


@pytest.mark.parametrize("echoed_size", ["served", "asked", "absent"])
async def test_a_clamped_page_size_loses_and_repeats_nobody(serve: Serve, echoed_size: Any) -> None:
    """A server that clamps to 40 takes seven requests for 250 users, whatever size it tells."""
    served = await serve(250, page_size_limit=40, dialect=Dialect(echoed_size=echoed_size))
    assert [user.email async for user in served.users()] == served.emails
    assert served.asked == [1, 2, 3, 4, 5, 6, 7]
    assert {request.page_size for request in served.emulator.api_requests} == {100}


@pytest.mark.parametrize("echoed_index", ["served", "asked", "absent"])
@pytest.mark.parametrize("users", [101, 250])
async def test_a_server_that_ignores_the_page_index_is_found_out(
    serve: Serve, echoed_index: Any, users: int
) -> None:
    """The second page is the first again: an error after two requests, whatever index it tells."""
    dialect = Dialect(ignores_page_index=True, echoed_index=echoed_index)
    served = await serve(users, dialect=dialect)
    taken, error = await pages_before(served.users(), PaginationError)
    assert (taken, served.asked) == (served.emails[:100], [1, 2])
    assert (error.customer_id, error.tenant_id, error.page_index) == (CUSTOMER, TENANT, 2)


async def test_users_who_have_nothing_are_not_one_user(serve: Serve) -> None:
    """Without id, address and name nothing tells that they are one."""
    nobody: dict[str, Any] = {"email": " ", "displayName": None, "moduleStatus": []}
    walk = (await serve([nobody, USER, nobody])).users().walk()
    assert [user.email for user in [user async for user in walk]] == [" ", DECODED.email, " "]
    assert walk.outcome.complete


async def test_a_server_that_tells_a_wrong_index_is_found_out(serve: Serve) -> None:
    """The first page already tells."""
    served = await serve(250, dialect=Dialect(echoed_index="wrong"))
    taken, error = await pages_before(served.users(), PaginationError)
    assert (taken, served.asked, error.page_index) == ([], [1], 1)


@pytest.mark.parametrize(
    "lie",
    [
        {"total_off": 70, "echoed_index": "served"},
        {"total_off": 200, "echoed_index": "asked"},
        {"total_off": 5000, "echoed_index": "absent"},
        {"total_sent": False},
        {"envelope": "bare"},
    ],
)
async def test_a_server_that_repeats_its_last_page_is_found_out(
    serve: Serve, lie: dict[str, Any]
) -> None:
    """Every user, once, and a few requests more: a short page may repeat, but not for ever."""
    served = await serve(250, dialect=Dialect(repeats_last_page=True, **lie))
    taken, error = await pages_before(served.users(), PaginationError)
    assert taken == served.emails
    assert served.asked == [*range(1, len(served.asked) + 1)]
    assert error.page_index == len(served.asked) <= 6


async def test_an_honest_total_spares_the_repeated_page(serve: Serve) -> None:
    """Who never asks past the end does not see what stands there."""
    served = await serve(250, dialect=Dialect(repeats_last_page=True))
    assert [user.email async for user in served.users()] == served.emails
    assert served.asked == [1, 2, 3]


@pytest.mark.parametrize("users", [0, 1, 100, 250])
@pytest.mark.parametrize(
    "dialect",
    [
        Dialect.seed(),
        Dialect.tables(),
        Dialect.bare_list(),
        Dialect.current(),
        Dialect(user_id_key="id", null_text="N/A"),
        Dialect(numbers_as_strings=True),
        Dialect(total_sent=False, echoed_index="absent", echoed_size="absent"),
        Dialect(total_off=3),
    ],
)
async def test_every_known_dialect_gives_the_same_users(
    serve: Serve, dialect: Dialect, users: int
) -> None:
    """However the service spells and numbers its rows, they arrive whole and in order."""
    served = await serve(users, dialect=dialect)
    original = served.emulator.fleet.users((CUSTOMER, TENANT))
    ids = [user.id if dialect.user_id_key else None for user in original]
    taken = await served.users().collect()
    assert [user.email for user in taken] == [user.email for user in original]
    assert [user.display_name for user in taken] == [user.display_name for user in original]
    assert [user.id for user in taken] == ids
    assert [
        tuple((status.module, status.is_protected) for status in user.module_status)
        for user in taken
    ] == [user.modules for user in original]


async def test_a_page_that_lost_rows_ends_nothing(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """Short pages are walked to the promised end; that they fall short is logged once."""
    served = await serve(250, dialect=Dialect(short=1))
    taken = [user.email async for user in served.users()]
    lost = {100, 200, 250}
    assert taken == [email for place, email in enumerate(served.emails, 1) if place not in lost]
    assert served.asked == [1, 2, 3, 4, 1, 2, 3, 4]
    assert warnings(caplog) == [fell_short(f"customer {CUSTOMER}, tenant {TENANT}", 247, 250)]


async def read_all(served: Served) -> None:
    """A walk by items, to its end."""
    assert len(await served.users().collect()) == 3


async def read_pages(served: Served) -> None:
    """A walk by pages, to its end."""
    assert len([page async for page in served.users().pages()]) == 2


async def read_none(served: Served) -> None:
    """A walk for someone who is not there."""
    assert await served.users(emails="nobody@x.example").first() is None


@pytest.mark.parametrize("read", [read_all, read_pages, read_none])
async def test_a_walk_that_falls_short_is_logged_once(
    serve: Serve, caplog: pytest.LogCaptureFixture, read: Any
) -> None:
    """However it was walked to its end, one warning names tenant, promise and what came."""
    served = await serve(3, dialect=Dialect(total_off=2, filters=()))
    await read(served)
    (said,) = warnings(caplog)
    assert said.startswith(f"customer {CUSTOMER}, tenant {TENANT}: the list is incomplete: ")
    assert "the service promised 5 (passes 2, " in said


async def test_a_list_of_the_partner_s_own_names_no_tenant(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """Customers that fall short are called so."""
    served = await serve(0, dialect=Dialect(total_off=2))
    assert len(await served.client.customers().collect()) == 1
    assert warnings(caplog) == [fell_short("customer list", 1, 3)]


async def test_a_walk_that_is_complete_or_left_logs_nothing(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """Only a walk that came to its end can have fallen short."""
    honest = await serve(3)
    assert len(await honest.users().collect()) == 3
    short = await serve(3, dialect=Dialect(total_off=2))
    assert await short.users().first() is not None
    assert warnings(caplog) == []


async def test_an_id_forges_no_log_line(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """Ids may come from a service's list of tenants; in the log they stay on their line."""
    served = await serve(0)
    sample, past = Fault.body(SEED_SAMPLE), Fault.body(b"[]")
    served.emulator.script(sample, past, sample, past)
    hostile = served.client.protected_users("c\r\nERROR forged", "t\x1b[31m\u2028")
    assert len(await hostile.collect()) == 1
    (line,) = warnings(caplog)
    assert line.isprintable()


STATUS = ("moduleStatus", 0)
PLACE = "$.data[1].moduleStatus"
UNREADABLE: list[tuple[tuple[Any, ...], str]] = [
    ((*STATUS, "isProtected", "false"), f"{PLACE}[0].isProtected"),
    ((*STATUS, "isProtected", 1), f"{PLACE}[0].isProtected"),
    ((*STATUS, "isProtected", None), f"{PLACE}[0].isProtected"),
    ((*STATUS, "module", True), f"{PLACE}[0].module"),
    ((*STATUS, "module", 1.5), f"{PLACE}[0].module"),
    ((*STATUS, "module", "2x"), f"{PLACE}[0].module"),
    (("email", None), "$.data[1].email"),
    (("email", ABSENT), "$.data[1].email"),
]


@pytest.mark.parametrize(("wrong", "path"), UNREADABLE)
async def test_a_row_that_cannot_be_read_costs_that_row(
    serve: Serve, caplog: pytest.LogCaptureFixture, wrong: tuple[Any, ...], path: str
) -> None:
    """It is left out, counted and logged with its path; the list is not complete."""
    served = await serve(0)
    rows = {"data": [USER, changed(USER, *wrong)], "metadata": {"totalCount": 2}}
    served.emulator.script(Fault.body(msgspec.json.encode(rows)), times=None)
    walk = served.users().walk()
    assert [user async for user in walk] == [DECODED]
    assert walk.outcome.unreadable == 1
    assert not walk.outcome.complete
    place = f"customer {CUSTOMER}, tenant {TENANT}, page 1: a row is left out: {path}"
    assert warnings(caplog)[0].startswith(place)


MALFORMED: list[tuple[bytes, str | None]] = [
    (b"", None),
    (b"<!DOCTYPE html>\n<html><body>Down for maintenance</body></html>", None),
    (b"[" * 100_000, None),
    (SEED_SAMPLE[:-5], None),
    (b"null", "$"),
    (b'{"metadata": {}}', "$.data"),
    (b'{"data": [], "metadata": {"totalCount": -1}}', "$.metadata.totalCount"),
    (msgspec.json.encode({"data": [{**USER, "email": 1}]}), "$.data[0].email"),
]


@pytest.mark.parametrize(("wrong", "path"), MALFORMED)
async def test_a_malformed_page_is_one_error_and_one_request(
    serve: Serve, wrong: bytes, path: str | None
) -> None:
    """A 200 that is not what was promised is not asked for again; the error tells where."""
    served = await serve(250)
    served.emulator.script(Fault.body(wrong), page=1)
    taken, error = await pages_before(served.users(), ResponseError)
    assert (taken, error.path, served.asked) == ([], path, [1])
    assert (error.customer_id, error.tenant_id, error.page_index) == (CUSTOMER, TENANT, 1)
    assert str(error).isprintable()


async def test_a_malformed_later_page_takes_nothing_back(serve: Serve) -> None:
    """What came before it was delivered."""
    served = await serve(250)
    served.emulator.script(Fault.body(msgspec.json.encode([None])), page=3)
    taken, error = await pages_before(served.users(), ResponseError)
    assert (taken, error.path, error.page_index) == (served.emails[:200], "$[0]", 3)
    assert served.asked == [1, 2, 3]


async def test_what_the_sdk_does_not_know_is_no_mistake(serve: Serve) -> None:
    """Unknown fields and content types are ignored: only the JSON counts."""
    served = await serve(0)
    body = msgspec.json.encode({"data": [{**USER, "licence": [1]}], "next": {}})
    page, past_the_end = Fault.body(body, content_type="text/plain"), Fault.body(b"[]")
    served.emulator.script(page, past_the_end, page, past_the_end)
    assert await served.users().collect() == [DECODED]
